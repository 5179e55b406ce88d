//! Reads an order that was accepted but may not be in the order book yet.

use std::time::Duration;

use domain::{
    ids::OrderId,
    payment::PaymentState,
    ports::{OrderBook, OrderView, Unavailable},
    status::{OrderStanding, Status, StatusChange},
};
use jiff::Timestamp;

/// Timeout for the row of an accepted order. A valid token proves that the order was accepted.
const ROW_TIMEOUT: Duration = Duration::from_millis(500);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// The order's row; polls for it up to [`ROW_TIMEOUT`].
pub(crate) async fn wait_for_row<B: OrderBook>(
    book: &B,
    id: OrderId,
) -> Result<Option<OrderView>, Unavailable> {
    let deadline = tokio::time::Instant::now() + ROW_TIMEOUT;
    loop {
        let found = book.read_order(id).await?;
        if found.is_some() || tokio::time::Instant::now() >= deadline {
            return Ok(found);
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Adds steps read from the log to a view whose row may lack them: a step that was pushed to a page
/// must be on that page after a reload.
pub(crate) fn add_steps(view: &mut OrderView, steps: &[StatusChange]) {
    for step in steps {
        view.standing = view.standing.clone().join(step.clone().into());
        if view.history.iter().all(|(status, _)| *status != step.status) {
            view.history.push((step.status, step.at));
        }
    }
    view.history.sort_by_key(|(status, _)| *status);
}

/// The view of an order that has no row yet.
pub(crate) fn view_without_row(id: OrderId, now: Timestamp) -> OrderView {
    OrderView {
        order_id: id,
        standing: OrderStanding {
            status: Status::Placed,
            at: now,
            reason: None,
            ready_by: None,
            number: None,
        },
        order: None,
        history: Vec::new(),
        payment: None,
    }
}

/// Until when the customer can authenticate, if the payment waits for that.
pub(crate) fn authenticate_until(view: &OrderView) -> Option<Timestamp> {
    let payment = view.payment.as_ref()?;
    let waits = payment.state == PaymentState::ActionRequired;
    payment.action.filter(|_| waits).map(|action| action.until)
}
