//! Reading an order that is known to be accepted, though its row may still be on its way.

use std::time::Duration;

use domain::{
    ids::OrderId,
    ports::{OrderBook, OrderView, Unavailable},
    status::{Standing, Status},
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
