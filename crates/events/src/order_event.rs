//! Any event about an order as a status change; shared by order book, analytics and live pages.

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
    order_details::{self, check_key, parse_field, truncate_to_micros},
    order_progress,
    record::{DecodeError, Record},
    text::Text,
    topic::Topic,
};

/// An order with the status change of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderEvent {
    /// The order as placed.
    pub order: Order,
    /// The status change.
    pub change: StatusChange,
}

/// The fields common to all events about orders.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Head<'a> {
    order_id: Text<'a>,
    restaurant_id: Text<'a>,
    placed_at: Timestamp,
}

impl OrderEvent {
    /// Decodes a record of any of [`Topic::ORDERS`].
    pub fn decode(record: &Record) -> Result<Self, DecodeError> {
        let order = order_details::decode_order(record)?;
        let change = decode_change(record, order.id, order.placed_at)?;
        Ok(Self { order, change })
    }
}

/// Decodes only the restaurant and the status change of a record of any of [`Topic::ORDERS`],
/// without checking the order itself; for code that only shows it.
pub fn decode_step(record: &Record) -> Result<(RestaurantId, StatusChange), DecodeError> {
    let head: Head<'_> = record.json()?;
    let id = parse_field("order_id", &head.order_id)?;
    check_key(record, id)?;
    let change = decode_change(record, id, truncate_to_micros(head.placed_at))?;
    Ok((parse_field("restaurant_id", &head.restaurant_id)?, change))
}

/// Decodes the status change of an order placed at `placed_at`.
fn decode_change(
    record: &Record,
    order_id: OrderId,
    placed_at: Timestamp,
) -> Result<StatusChange, DecodeError> {
    let mut number = None;
    let (status, at, reason) = match record.topic {
        Topic::OrderDetails => (Status::Placed, placed_at, None),
        Topic::OrderConfirmed => {
            let (at, its_number) = order_confirmed::decode_confirmed_at(record)?;
            number = its_number;
            (Status::Confirmed, at, None)
        }
        Topic::OrderDeclined => {
            let (reason, at) = order_declined::decode_decline(record)?;
            (Status::Declined, at, Some(reason.name().to_owned()))
        }
        Topic::OrderProgress => return order_progress::decode_change(record, order_id),
        Topic::Menu
        | Topic::OrderPayments
        | Topic::OrderRefunded
        | Topic::OrderRequests
        | Topic::StockChanges
        | Topic::StockLevels => {
            let reason = format!("{} has no status changes of orders", record.topic);
            return Err(DecodeError(reason));
        }
    };
    Ok(StatusChange { order_id, status, at, reason, ready_by: None, number })
}

impl From<OrderEvent> for BookEntry {
    fn from(event: OrderEvent) -> Self {
        Self { change: event.change, order: Some(event.order), request: None }
    }
}
