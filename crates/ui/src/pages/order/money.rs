//! What is still to be paid or taken, by the state of the payment.

use domain::{
    money::Money,
    payment::{PartRefund, PaymentState, Refunder},
    payment_method::MethodKind,
    ports::OrderView,
    status::Status,
};
use maud::{Markup, html};

use super::{OrderPage, is_delivery, seller, zone};
use crate::when;

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

/// What is left of the sum after refunds of parts, as text.
pub(super) fn left(page: &OrderPage<'_>) -> String {
    let payment = page.view.payment.as_ref();
    let left =
        payment.map(|payment| Money { minor: payment.remainder_minor(), ..payment.amount });
    left.map(|left| page.reader.money(left)).unwrap_or_default()
}

/// What was refunded in parts, each with its day and reason, and what remains paid.
pub(super) fn refunds(page: &OrderPage<'_>) -> Markup {
    let words = &page.reader.words().refunds;
    let Some(payment) = page.view.payment.as_ref().filter(|row| row.parts.booked_minor > 0) else {
        return html! {};
    };
    let money = |minor| page.reader.money(Money { minor, ..payment.amount });
    let booked = page.refunds.iter().filter_map(PartRefund::published);
    html! {
        dl.totals.given-back {
            @for refund in booked {
                div {
                    dt {
                        (words.refunded) ", " (when::near(&page.reader, refund.at, page.now, &zone(page)))
                        @if refund.by == Some(Refunder::Kitchen) {
                            p.soft { "\u{201c}" (refund.reason) "\u{201d}" }
                        }
                    }
                    dd { "\u{2212}" (money(refund.amount_minor)) }
                }
            }
            @if payment.refunded_minor() < payment.amount.minor {
                div.sum {
                    dt { (words.remains) }
                    dd { (money(payment.amount.minor - payment.refunded_minor())) }
                }
            }
        }
    }
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
        Some(PaymentState::Captured | PaymentState::PartlyRefunded) => {
            (words.order.back_to_card)(&left(page))
        }
        Some(PaymentState::Authorized) => (words.order.lifts_hold)(&total(page)),
        _ if is_cash(page.view) => words.story.nothing_due.to_owned(),
        _ => words.story.not_charged.to_owned(),
    }
}
