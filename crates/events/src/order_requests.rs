//! `order_requests`: requests to move orders. The orders service decides them in the order of the
//! partition.

use domain::kitchen::Request;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    envelope::Envelope,
    order_details::{check_key, encode_json, parse_field, parse_optional, truncate_to_micros},
    record::{DecodeError, OutgoingRecord, Record},
    topic::Topic,
};

/// The payload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrderRequest {
    /// UUID; the same for repetitions of the request.
    pub request_id: String,
    /// UUID, also the key.
    pub order_id: String,
    /// `accept`, `start`, `ready`, `dispatch`, `complete`, `reject`, `cancel`.
    pub action: String,
    /// The originator: `kitchen`, `restaurant`, `customer`, `timer`.
    pub by: String,
    /// RFC 3339.
    pub at: Timestamp,
    /// Minutes until ready; for accepting.
    #[serde(default)]
    pub ready_in_min: Option<u32>,
    /// The reason; for rejecting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Encodes the event of a request.
pub fn encode_request(request: &Request) -> OutgoingRecord {
    let (key, id) = (request.order_id.to_string(), request.id.to_string());
    let envelope = Envelope::new(
        Topic::OrderRequests,
        "/comanda/orders",
        "comanda.order.requested.v1",
        &key,
        &id,
        request.at,
    );
    let payload = OrderRequest {
        request_id: id,
        order_id: key.clone(),
        action: request.action.name().to_owned(),
        by: request.by.name().to_owned(),
        at: request.at,
        ready_in_min: request.ready_in_min,
        reason: request.reason.as_ref().map(ToString::to_string),
    };
    OutgoingRecord::event(Topic::OrderRequests, &key, &envelope, encode_json(&payload))
}

/// Decodes an `order_requests` record; `None` for an action unknown to this release, which is left
/// to newer ones.
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
