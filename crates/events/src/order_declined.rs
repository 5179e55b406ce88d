//! `order_declined`: an order that was not paid, and why. No money moved.

use domain::{order::Order, payment::DeclineReason};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    envelope::Envelope,
    order_details::{self, OrderDetails, json, whole_micros},
    record::{DecodeError, OutgoingRecord, Record},
    topic::Topic,
};

/// The payload: the order with the refusal, side by side.
#[derive(Clone, Debug, Serialize)]
pub struct OrderDeclined<'a> {
    /// The order as placed.
    #[serde(flatten)]
    pub order: OrderDetails<'a>,
    /// Why it was not paid.
    #[serde(flatten)]
    pub refusal: Refusal,
}

/// What a refusal adds to an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refusal {
    /// Why: `card_declined`, `insufficient_funds`, …
    pub reason: String,
    /// RFC 3339.
    pub declined_at: Timestamp,
}

/// The event that an order was not paid.
pub fn declined(order: &Order, reason: DeclineReason, at: Timestamp) -> OutgoingRecord {
    let key = order.id.to_string();
    let envelope = Envelope::new(
        Topic::OrderDeclined,
        "/comanda/transactions",
        "comanda.order.declined.v1",
        &key,
        "declined",
        at,
    )
    .in_trace_of(order);
    let refusal = Refusal { reason: reason.name().to_owned(), declined_at: at };
    let payload = OrderDeclined { order: OrderDetails::from(order), refusal };
    OutgoingRecord::event(Topic::OrderDeclined, &key, &envelope, json(&payload))
}

/// Reads an `order_declined` record: the order, the reason, and when.
pub fn read(record: &Record) -> Result<(Order, DeclineReason, Timestamp), DecodeError> {
    let order = order_details::read(record)?;
    let (reason, at) = refusal(record)?;
    Ok((order, reason, at))
}

/// Why and when the order of an `order_declined` record was not paid.
pub(crate) fn refusal(record: &Record) -> Result<(DeclineReason, Timestamp), DecodeError> {
    let refusal: Refusal = record.json()?;
    Ok((refusal.reason.parse().unwrap_or(DeclineReason::Other), whole_micros(refusal.declined_at)))
}
