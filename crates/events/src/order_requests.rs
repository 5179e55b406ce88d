//! `order_requests`: requests to move orders, which the orders service decides in the order of the
//! partition, and requests for refunds, which are for transactions.

use domain::{
    kitchen::Request,
    payment::{LinePieces, RefundPart, RefundRequest},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    envelope::Envelope,
    header::BY_HEADER,
    order_details::{check_key, encode_json, parse_field, parse_optional, truncate_to_micros},
    order_refunded::PiecesBody,
    record::{DecodeError, OutgoingRecord, Record},
    topic::Topic,
};

/// The action of a request for a refund.
const REFUND: &str = "refund";

/// The payload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrderRequest {
    /// UUID; the same for repetitions of the request.
    pub request_id: String,
    /// UUID, also the key.
    pub order_id: String,
    /// `accept`, `start`, `ready`, `dispatch`, `complete`, `reject`, `cancel`, `refund`.
    pub action: String,
    /// The originator: `kitchen`, `restaurant`, `customer`, `timer`.
    pub by: String,
    /// RFC 3339.
    pub at: Timestamp,
    /// Minutes until ready; for accepting.
    #[serde(default)]
    pub ready_in_min: Option<u32>,
    /// The reason; for rejecting and refunding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What a refund returns, in minor units of the order's currency, unless it names lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_minor: Option<i64>,
    /// The pieces whose price a refund returns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<PiecesBody>>,
}

/// Encodes the event of a request.
pub fn encode_request(request: &Request) -> OutgoingRecord {
    let payload = OrderRequest {
        request_id: request.id.to_string(),
        order_id: request.order_id.to_string(),
        action: request.action.name().to_owned(),
        by: request.by.name().to_owned(),
        at: request.at,
        ready_in_min: request.ready_in_min,
        reason: request.reason.as_ref().map(ToString::to_string),
        amount_minor: None,
        lines: None,
    };
    encode_payload(&payload)
}

/// Encodes the event of a request for a refund, signed by the person who makes it.
pub fn encode_refund_request(request: &RefundRequest) -> OutgoingRecord {
    let (amount_minor, lines) = match &request.part {
        RefundPart::Amount(minor) => (Some(*minor), None),
        RefundPart::Lines(lines) => (None, Some(lines.iter().map(PiecesBody::from).collect())),
    };
    let payload = OrderRequest {
        request_id: request.key.to_string(),
        order_id: request.order_id.to_string(),
        action: REFUND.to_owned(),
        by: request.by.name().to_owned(),
        at: request.at,
        ready_in_min: None,
        reason: Some(request.reason.to_string()),
        amount_minor,
        lines,
    };
    let event = encode_payload(&payload);
    match &request.person {
        Some(person) => event.signed(person.as_str()),
        None => event,
    }
}

fn encode_payload(payload: &OrderRequest) -> OutgoingRecord {
    let envelope = Envelope::new(
        Topic::OrderRequests,
        "/comanda/orders",
        "comanda.order.requested.v1",
        &payload.order_id,
        &payload.request_id,
        payload.at,
    );
    let (key, json) = (&payload.order_id, encode_json(payload));
    OutgoingRecord::event(Topic::OrderRequests, key, &envelope, json)
}

/// Decodes a request for a refund; `None` for every other action.
pub fn decode_refund_request(record: &Record) -> Result<Option<RefundRequest>, DecodeError> {
    let body: OrderRequest = record.json()?;
    let order_id = parse_field("order_id", &body.order_id)?;
    check_key(record, order_id)?;
    if body.action != REFUND {
        return Ok(None);
    }
    let part = match (body.amount_minor, body.lines) {
        (Some(minor), None) => RefundPart::Amount(minor),
        (None, Some(lines)) => RefundPart::Lines(lines.iter().map(LinePieces::from).collect()),
        _ => return Err(DecodeError("names neither or both of amount_minor and lines".into())),
    };
    let Some(reason) = parse_optional("reason", body.reason.as_deref())? else {
        return Err(DecodeError("reason is missing".into()));
    };
    Ok(Some(RefundRequest {
        key: parse_field("request_id", &body.request_id)?,
        order_id,
        part,
        reason,
        by: parse_field("by", &body.by)?,
        person: record.header(BY_HEADER).and_then(|name| name.parse().ok()),
        at: truncate_to_micros(body.at),
    }))
}

/// Decodes a request to move an order; `None` for a refund, which moves none, and for an action
/// unknown to this release, which is left to newer ones.
pub fn decode_request(record: &Record) -> Result<Option<Request>, DecodeError> {
    let body: OrderRequest = record.json()?;
    let order_id = parse_field("order_id", &body.order_id)?;
    check_key(record, order_id)?;
    let Ok(action) = body.action.parse() else { return Ok(None) };
    Ok(Some(Request {
        id: parse_field("request_id", &body.request_id)?,
        order_id,
        action,
        by: parse_field("by", &body.by)?,
        at: truncate_to_micros(body.at),
        ready_in_min: body.ready_in_min,
        reason: parse_optional("reason", body.reason.as_deref())?,
    }))
}
