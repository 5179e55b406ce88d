//! Reading an order that is known to be accepted, though its row may still be on its way.

use std::time::Duration;

use domain::{
    ids::OrderId,
    ports::{OrderBook, OrderView, Unavailable},
    status::{Standing, Status, StatusChange},
};
use jiff::Timestamp;

/// How long a row is waited for that must come: a valid token proves that the order was accepted.
const ROW_WITHIN: Duration = Duration::from_millis(500);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The order's row, waited for if need be.
pub(crate) async fn wait_for_row<B: OrderBook>(
    book: &B,
    id: OrderId,
) -> Result<Option<OrderView>, Unavailable> {
    let deadline = tokio::time::Instant::now() + ROW_WITHIN;
    loop {
        let found = book.read(id).await?;
        if found.is_some() || tokio::time::Instant::now() >= deadline {
            return Ok(found);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Joins steps that were read from the log into a view whose row may not have them yet: whoever
/// was told of a step must find it on the page.
pub(crate) fn add_steps(view: &mut OrderView, steps: &[StatusChange]) {
    for step in steps {
        view.standing = view.standing.clone().join(step.clone().into());
        if view.history.iter().all(|(status, _)| *status != step.status) {
            view.history.push((step.status, step.at));
        }
    }
    view.history.sort_by_key(|(status, _)| *status);
}

/// What is known of an order whose row has not come.
pub(crate) fn just_placed(id: OrderId, now: Timestamp) -> OrderView {
    OrderView {
        order_id: id,
        standing: Standing { status: Status::Placed, at: now, reason: None, ready_by: None },
        order: None,
        history: Vec::new(),
        payment: None,
    }
}
