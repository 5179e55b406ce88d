//! Any event about an order, as a status it reached: what order book, analytics and live pages
//! have in common.

use domain::{
    ids::{OrderId, RestaurantId},
    order::Order,
    ports::BookEntry,
    status::{Status, StatusChange},
};
use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    order_confirmed, order_declined,
    order_details::{self, check_key, field, whole_micros},
    order_progress,
    record::{DecodeError, Record},
    text::Text,
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

/// What every event of an order has that tells whose it is.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Head<'a> {
    order_id: Text<'a>,
    restaurant_id: Text<'a>,
    placed_at: Timestamp,
}

impl OrderEvent {
    /// Reads a record of any of [`Topic::ORDERS`].
    pub fn read(record: &Record) -> Result<Self, DecodeError> {
        let order = order_details::read(record)?;
        let change = change(record, order.id, order.placed_at)?;
        Ok(Self { order, change })
    }
}

/// The step that a record of any of [`Topic::ORDERS`] tells, and where: for those who only show it
/// and leave it to others to find out whether the order adds up.
pub fn step(record: &Record) -> Result<(RestaurantId, StatusChange), DecodeError> {
    let head: Head<'_> = record.json()?;
    let id = field("order_id", &head.order_id)?;
    check_key(record, id)?;
    let change = change(record, id, whole_micros(head.placed_at))?;
    Ok((field("restaurant_id", &head.restaurant_id)?, change))
}

/// The step of an order that was placed at `placed_at`.
fn change(
    record: &Record,
    order_id: OrderId,
    placed_at: Timestamp,
) -> Result<StatusChange, DecodeError> {
    let (status, at, reason) = match record.topic {
        Topic::OrderDetails => (Status::Placed, placed_at, None),
        Topic::OrderConfirmed => (Status::Confirmed, order_confirmed::at(record)?, None),
        Topic::OrderDeclined => {
            let (reason, at) = order_declined::refusal(record)?;
            (Status::Declined, at, Some(reason.name().to_owned()))
        }
        Topic::OrderProgress => return order_progress::change(record, order_id),
        Topic::Menu
        | Topic::OrderRefunded
        | Topic::OrderRequests
        | Topic::StockChanges
        | Topic::StockLevels => {
            let told = format!("{} does not tell what happened to orders", record.topic);
            return Err(DecodeError(told));
        }
    };
    Ok(StatusChange { order_id, status, at, reason, ready_by: None })
}

impl From<OrderEvent> for BookEntry {
    fn from(event: OrderEvent) -> Self {
        Self { change: event.change, order: Some(event.order), request: None }
    }
}
