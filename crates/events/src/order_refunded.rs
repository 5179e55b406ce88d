//! `order_refunded`: the money of a cancelled order was refunded in full.

use domain::{
    number::OrderNumber,
    order::Order,
    payment::{Refund, RefundId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    envelope::Envelope,
    number::number_value,
    order_details::{OrderDetails, decode_with, encode_json, parse_field, truncate_to_micros},
    record::{DecodeError, OutgoingRecord, Record},
    topic::Topic,
};

/// The payload: the fields of the order and of its refund.
#[derive(Clone, Debug, Serialize)]
pub struct OrderRefunded<'a> {
    /// The order as placed.
    #[serde(flatten)]
    pub order: OrderDetails<'a>,
    /// The refund.
    #[serde(flatten)]
    pub refund: RefundBody,
}

/// The fields of a refund.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RefundBody {
    /// The gateway's refund.
    pub refund_id: String,
    /// Minor units of the order's currency.
    pub amount_minor: i64,
    /// RFC 3339.
    pub refunded_at: Timestamp,
    /// The reason of the cancellation.
    pub reason: String,
    /// By which number people call the order; absent if it has none, and in earlier records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
}

/// Encodes the event that an order was refunded.
pub fn encode_refunded(
    order: &Order,
    number: Option<OrderNumber>,
    refund: &Refund,
) -> OutgoingRecord {
    let key = order.id.to_string();
    let envelope = Envelope::new(
        Topic::OrderRefunded,
        "/comanda/transactions",
        "comanda.order.refunded.v1",
        &key,
        "refunded",
        refund.at,
    )
    .in_trace_of(order);
    let body = RefundBody {
        refund_id: refund.id.0.clone(),
        amount_minor: refund.amount_minor,
        refunded_at: refund.at,
        reason: refund.reason.to_string(),
        number: number_value(number),
    };
    let payload = OrderRefunded { order: OrderDetails::from(order), refund: body };
    OutgoingRecord::event(Topic::OrderRefunded, &key, &envelope, encode_json(&payload))
}

/// Decodes an `order_refunded` record: the order and its refund.
pub fn decode_refunded(record: &Record) -> Result<(Order, Refund), DecodeError> {
    let (order, body): (Order, RefundBody) = decode_with(record)?;
    if !(1..=order.totals.total_minor).contains(&body.amount_minor) {
        return Err(DecodeError("amount_minor is not between 1 and the order's total".into()));
    }
    let refund = Refund {
        id: RefundId(body.refund_id),
        amount_minor: body.amount_minor,
        at: truncate_to_micros(body.refunded_at),
        reason: parse_field("reason", &body.reason)?,
    };
    Ok((order, refund))
}
