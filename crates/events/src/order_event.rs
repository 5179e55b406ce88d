//! Any event about an order, as a status it reached: what order book, analytics and live pages
//! have in common.

use domain::{
    order::Order,
    ports::BookEntry,
    status::{Status, StatusChange},
};

use crate::{
    order_confirmed, order_declined, order_details, order_progress,
    record::{DecodeError, Record},
    topic::Topic,
};

/// An order and the step that the event tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderEvent {
    /// The order as placed.
    pub order: Order,
    /// The step.
    pub change: StatusChange,
}

impl OrderEvent {
    /// Reads a record of any of [`Topic::ORDERS`].
    pub fn read(record: &Record) -> Result<Self, DecodeError> {
        let step = |order: Order, status, at, reason| {
            let change = StatusChange { order_id: order.id, status, at, reason, ready_by: None };
            Self { order, change }
        };
        match record.topic {
            Topic::OrderDetails => {
                let order = order_details::read(record)?;
                let at = order.placed_at;
                Ok(step(order, Status::Placed, at, None))
            }
            Topic::OrderConfirmed => {
                let (order, _, at) = order_confirmed::read(record)?;
                Ok(step(order, Status::Confirmed, at, None))
            }
            Topic::OrderDeclined => {
                let (order, reason, at) = order_declined::read(record)?;
                Ok(step(order, Status::Declined, at, Some(reason.name().to_owned())))
            }
            Topic::OrderProgress => {
                let (order, change, _) = order_progress::read(record)?;
                Ok(Self { order, change })
            }
            Topic::Menu
            | Topic::OrderRefunded
            | Topic::OrderRequests
            | Topic::StockChanges
            | Topic::StockLevels => {
                Err(DecodeError(format!("{} does not tell what happened to orders", record.topic)))
            }
        }
    }
}

impl From<OrderEvent> for BookEntry {
    fn from(event: OrderEvent) -> Self {
        Self { change: event.change, order: Some(event.order) }
    }
}
