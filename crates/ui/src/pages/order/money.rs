//! What is still to be paid or taken, by the state of the payment.

use domain::{payment::PaymentState, payment_method::MethodKind, ports::OrderView, status::Status};

use super::{OrderPage, is_delivery, seller};

/// The state of the payment, once there is one.
pub(super) fn state(view: &OrderView) -> Option<PaymentState> {
    view.payment.as_ref().map(|payment| payment.state)
}

/// True if the order is paid in cash.
pub(super) fn is_cash(view: &OrderView) -> bool {
    let of_order = view.order.as_ref().map(|order| order.payment_method.kind());
    view.payment.as_ref().map(|payment| payment.method).or(of_order) == Some(MethodKind::Cash)
}

/// The sum of the payment, as text.
pub(super) fn total(page: &OrderPage<'_>) -> String {
    let payment = page.view.payment.as_ref();
    payment.map(|payment| page.reader.money(payment.amount)).unwrap_or_default()
}

/// What is still to be paid or taken while the order is under way.
pub(super) fn outlook(page: &OrderPage<'_>) -> Option<String> {
    let words = page.reader.words();
    match state(page.view)? {
        PaymentState::Authorized if page.view.standing.status == Status::Confirmed => {
            Some((words.story.held)(&total(page)))
        }
        PaymentState::Due if is_delivery(page.view) => {
            Some((words.checkout.cash.due_to_courier)(&total(page)))
        }
        PaymentState::Due => Some((words.checkout.cash.due_at)(seller(page), &total(page))),
        _ => None,
    }
}

/// What a cancellation by the customer would mean.
pub(super) fn if_cancelled(page: &OrderPage<'_>) -> String {
    let words = page.reader.words();
    match state(page.view) {
        Some(PaymentState::Captured) => (words.order.back_to_card)(&total(page)),
        Some(PaymentState::Authorized) => (words.order.lifts_hold)(&total(page)),
        _ if is_cash(page.view) => words.story.nothing_due.to_owned(),
        _ => words.story.not_charged.to_owned(),
    }
}
