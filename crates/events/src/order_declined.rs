//! `order_declined`: an order that was not paid, and the reason. No money moved.

use domain::{order::Order, payment::DeclineReason};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    envelope::Envelope,
    order_details::{self, OrderDetails, encode_json, truncate_to_micros},
    record::{DecodeError, OutgoingRecord, Record},
    topic::Topic,
};

/// The payload: the fields of the order and of the decline.
#[derive(Clone, Debug, Serialize)]
pub struct OrderDeclined<'a> {
    /// The order as placed.
    #[serde(flatten)]
    pub order: OrderDetails<'a>,
    /// Why it was not paid.
    #[serde(flatten)]
    pub decline: Decline,
}

/// The fields of a decline.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Decline {
    /// The reason: `card_declined`, `insufficient_funds`, …
    pub reason: String,
    /// RFC 3339.
    pub declined_at: Timestamp,
}

/// Encodes the event that an order was not paid.
pub fn encode_declined(order: &Order, reason: DeclineReason, at: Timestamp) -> OutgoingRecord {
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
    let decline = Decline { reason: reason.name().to_owned(), declined_at: at };
    let payload = OrderDeclined { order: OrderDetails::from(order), decline };
    OutgoingRecord::event(Topic::OrderDeclined, &key, &envelope, encode_json(&payload))
}

/// Decodes an `order_declined` record: the order, the reason, and when it was declined.
pub fn decode_declined(record: &Record) -> Result<(Order, DeclineReason, Timestamp), DecodeError> {
    let order = order_details::decode_order(record)?;
    let (reason, at) = decode_decline(record)?;
    Ok((order, reason, at))
}

/// Decodes why and when the order of an `order_declined` record was declined.
pub(crate) fn decode_decline(record: &Record) -> Result<(DeclineReason, Timestamp), DecodeError> {
    let decline: Decline = record.json()?;
    Ok((
        decline.reason.parse().unwrap_or(DeclineReason::Other),
        truncate_to_micros(decline.declined_at),
    ))
}
