//! Money that is held until acceptance, and cash: the payment rows, compared with the topics.

use domain::{payment::PaymentState, payment_method::MethodKind, status::Status};
use events::order_payments::{PaymentEvent, PaymentNews};

use super::{
    books::GATEWAY,
    evidence::{Evidence, Order},
    finding::Group,
    reconcile::Problem,
};

/// What is known of money that moves after its order was confirmed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Held {
    /// The state in `order_confirmed`.
    pub(super) verified: Option<PaymentState>,
    /// What the payment row says.
    pub(super) row: HeldRow,
    /// What `order_payments` has.
    news: News,
}

/// The part of a payment row that is about money which moves later.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HeldRow {
    /// What the order is paid with.
    pub(super) method: Option<MethodKind>,
    /// Whether the bank held the money.
    pub(super) was_held: bool,
    /// Whether it was captured.
    pub(super) is_captured: bool,
    /// Whether cash was collected.
    pub(super) is_collected: bool,
}

/// The kinds of news about a payment.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a record that was read or not")]
struct News {
    captured: bool,
    released: bool,
    capture_failed: bool,
    collected: bool,
}

impl Held {
    /// Whether topics say that the money was taken.
    pub(super) fn is_taken_in_topics(&self) -> bool {
        let at_once = self.verified == Some(PaymentState::Captured);
        at_once || self.is_paid_later()
    }

    /// Whether the money was taken after the order was confirmed.
    pub(super) const fn is_paid_later(&self) -> bool {
        self.news.captured || self.news.collected
    }
}

impl Evidence {
    pub(super) fn add_payment_news(&mut self, event: &PaymentEvent) {
        let order = self.orders.entry(event.order_id).or_default();
        let News { captured, released, capture_failed, collected } = &mut order.held.news;
        match event.news {
            PaymentNews::ActionRequired { .. }
            | PaymentNews::RefundFailed { .. }
            | PaymentNews::Disputed { .. } => {}
            PaymentNews::Captured => *captured = true,
            PaymentNews::Released => *released = true,
            PaymentNews::CaptureFailed => *capture_failed = true,
            PaymentNews::Collected => *collected = true,
        }
    }
}

/// True if a confirmed order may have a payment in this state.
pub(super) fn may_be_confirmed(held: &Held, state: PaymentState) -> bool {
    match state {
        PaymentState::Captured => held.row.is_captured,
        PaymentState::RefundPending | PaymentState::PartlyRefunded | PaymentState::Refunded => {
            held.row.is_captured || held.row.is_collected
        }
        PaymentState::Authorized => held.row.was_held,
        PaymentState::Due | PaymentState::Collected => held.row.method == Some(MethodKind::Cash),
        PaymentState::Void => held.row.was_held || held.row.method == Some(MethodKind::Cash),
        PaymentState::Pending
        | PaymentState::ActionRequired
        | PaymentState::Unknown
        | PaymentState::Declined => false,
    }
}

/// Checks that held money and cash follow the steps of their order, and that topics have it.
pub(super) fn find_problems(order: &Order, state: PaymentState, found: &mut Vec<Problem>) {
    let waits = Some(Group::TRANSACTIONS);
    let Held { row, news, .. } = order.held;
    let cancelled = order.reached.has(Status::Cancelled);
    let late = match state {
        PaymentState::Authorized if cancelled => Some("is cancelled, but its money is still held"),
        PaymentState::Authorized if order.reached.has(Status::Accepted) => {
            Some("is accepted, but its money is not captured")
        }
        PaymentState::Due if cancelled => Some("is cancelled, but its cash is still due"),
        PaymentState::Due if order.reached.has(Status::Completed) => {
            Some("is handed over, but its cash is not collected")
        }
        _ => None,
    };
    found.extend(late.map(|problem| (problem.to_owned(), waits)));
    let (n, is_authorized) = (order.holds, state == PaymentState::Authorized);
    if n != u8::from(is_authorized) {
        let problem = format!("has a payment that is {state}, but {GATEWAY} hold money {n} times");
        // A hold is captured or cancelled at the gateway before the row says so.
        found.push((problem, waits.filter(|_| n == 0)));
    }
    let is_released = state == PaymentState::Void && row.was_held && cancelled;
    let published = [
        ("captured", row.was_held && row.is_captured, news.captured),
        ("released", is_released, news.released),
        ("collected", row.is_collected, news.collected),
    ];
    for (what, is_stored, is_published) in published {
        match (is_stored, is_published) {
            (true, false) => {
                found.push((format!("is {what}, which is not in order_payments"), waits));
            }
            (false, true) => found.push((
                format!("is {what} in order_payments, but its payment is {state}"),
                // The row may have been read before.
                waits.filter(|_| order.has_moved),
            )),
            _ => {}
        }
    }
    if news.capture_failed && row.is_captured {
        found.push(("has a failed capture in order_payments, and was captured".into(), None));
    }
}
