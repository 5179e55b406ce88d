//! `order_requests`: somebody asks to move an order. Decided by the orders service, in the order
//! of the partition.

use domain::kitchen::Request;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    envelope::Envelope,
    order_details::{check_key, field, json, optional, whole_micros},
    record::{DecodeError, OutgoingRecord, Record},
    topic::Topic,
};

/// The payload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrderRequest {
    /// UUID; the same request asked again carries the same.
    pub request_id: String,
    /// UUID, also the key.
    pub order_id: String,
    /// `accept`, `start`, `ready`, `dispatch`, `complete`, `reject`, `cancel`.
    pub action: String,
    /// Who asks: `kitchen`, `restaurant`, `customer`, `timer`.
    pub by: String,
    /// RFC 3339.
    pub at: Timestamp,
    /// Minutes until ready, said when accepting.
    #[serde(default)]
    pub ready_in_min: Option<u32>,
    /// Why, said when rejecting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The event that somebody asks.
pub fn requested(request: &Request) -> OutgoingRecord {
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
    OutgoingRecord::event(Topic::OrderRequests, &key, &envelope, json(&payload))
}

/// Reads an `order_requests` record; `None` for an action that this release does not know, and
/// leaves to those that do.
pub fn read(record: &Record) -> Result<Option<Request>, DecodeError> {
    let body: OrderRequest = record.json()?;
    let order_id = field("order_id", &body.order_id)?;
    check_key(record, order_id)?;
    let Ok(action) = body.action.parse() else { return Ok(None) };
    Ok(Some(Request {
        id: field("request_id", &body.request_id)?,
        order_id,
        action,
        by: field("by", &body.by)?,
        at: whole_micros(body.at),
        ready_in_min: body.ready_in_min,
        reason: optional("reason", body.reason.as_deref())?,
    }))
}
