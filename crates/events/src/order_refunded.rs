//! `order_refunded`: money of an order was returned: what was left of a cancelled one, or a part.

use domain::{
    number::OrderNumber,
    order::Order,
    payment::{LinePieces, Refund, RefundId, RefundKey, Refunder},
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
    /// The gateway's refund; for cash, the request.
    pub refund_id: String,
    /// Minor units of the order's currency.
    pub amount_minor: i64,
    /// RFC 3339.
    pub refunded_at: Timestamp,
    /// Why; of a cancelled order, the reason of the cancellation.
    pub reason: String,
    /// The request for a refund of a part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The originator: `kitchen`, `restaurant`, `customer`, `timer`, `gateway`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// All that was returned of the order so far, in minor units; absent in earlier records, which
    /// refunded whole orders alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunded_total_minor: Option<i64>,
    /// The pieces that a refund of a part is for, if it is for pieces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunded_lines: Option<Vec<PiecesBody>>,
    /// By which number people call the order; absent if it has none, and in earlier records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
}

/// Pieces of a line.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct PiecesBody {
    /// The line, counted from 0.
    pub line: u32,
    /// Number of pieces.
    pub quantity: u32,
}

impl From<&LinePieces> for PiecesBody {
    fn from(pieces: &LinePieces) -> Self {
        Self { line: pieces.line, quantity: pieces.quantity }
    }
}

impl From<&PiecesBody> for LinePieces {
    fn from(body: &PiecesBody) -> Self {
        Self { line: body.line, quantity: body.quantity }
    }
}

/// Encodes the event that money of an order was returned.
pub fn encode_refunded(
    order: &Order,
    number: Option<OrderNumber>,
    refund: &Refund,
) -> OutgoingRecord {
    let key = order.id.to_string();
    let discriminator = match &refund.part {
        None => "refunded".to_owned(),
        Some(part) => format!("refunded:{part}"),
    };
    let envelope = Envelope::new(
        Topic::OrderRefunded,
        "/comanda/transactions",
        "comanda.order.refunded.v1",
        &key,
        &discriminator,
        refund.at,
    )
    .in_trace_of(order);
    // A refund that was made at the gateway is known by its id.
    let request = refund.part.as_ref().filter(|_| refund.by != Some(Refunder::Gateway));
    let lines: Vec<_> = refund.lines.iter().map(PiecesBody::from).collect();
    let body = RefundBody {
        refund_id: refund.id.0.clone(),
        amount_minor: refund.amount_minor,
        refunded_at: refund.at,
        reason: refund.reason.to_string(),
        request_id: request.map(ToString::to_string),
        by: refund.by.map(|by| by.name().to_owned()),
        refunded_total_minor: refund.refunded_total_minor,
        refunded_lines: Some(lines).filter(|lines| !lines.is_empty()),
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
    let total = body.refunded_total_minor;
    if total.is_some_and(|sum| !(body.amount_minor..=order.totals.total_minor).contains(&sum)) {
        return Err(DecodeError(
            "refunded_total_minor is not between amount_minor and the order's total".into(),
        ));
    }
    // An originator of a later release is not known here.
    let by = body.by.as_deref().and_then(|by| by.parse().ok());
    let part: Option<RefundKey> = match (&body.request_id, by) {
        (Some(request), _) => Some(parse_field("request_id", request)?),
        (None, Some(Refunder::Gateway)) => Some(parse_field("refund_id", &body.refund_id)?),
        (None, _) => None,
    };
    let refund = Refund {
        amount_minor: body.amount_minor,
        at: truncate_to_micros(body.refunded_at),
        reason: parse_field("reason", &body.reason)?,
        part,
        by,
        refunded_total_minor: body.refunded_total_minor,
        lines: body.refunded_lines.iter().flatten().map(LinePieces::from).collect(),
        id: RefundId(body.refund_id),
    };
    Ok((order, refund))
}
