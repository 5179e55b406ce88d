//! `order_details`: an order as it was placed.

mod body;
mod parse;

use bytes::Bytes;
use domain::{ids::OrderId, order::Order};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use body::{CustomerBody, FulfilmentBody, LineBody, OptionBody, OrderDetails, TaxBody};
pub(crate) use parse::{parse_field, parse_optional};

pub use crate::header::{REQUEST_HEADER, SEAL_HEADER};

use crate::{
    envelope::Envelope,
    record::{DecodeError, OutgoingRecord, Record},
    topic::Topic,
};

/// Maximum size of a payload, in bytes. 100 lines with notes of 280 characters in any script take
/// half of it. Later events contain the same order and at most as much again, so each of them and
/// its dead letter fits the brokers' limit (1 MB).
pub const MAX_BYTES: usize = 256 * 1_024;

/// Maximum length of a request digest, in bytes; ours have 64.
const LONGEST_DIGEST: usize = 128;

/// JSON of a payload. Our payloads are plain structs with text keys, which always serialise.
pub(crate) fn encode_json(payload: &impl Serialize) -> Bytes {
    serde_json::to_vec(payload).map_or_else(|_| Bytes::from_static(b"null"), Bytes::from)
}

/// Encodes the event that an order was placed. `request` is the digest of the request that placed
/// it.
pub fn encode_placed(order: &Order, request: &str) -> OutgoingRecord {
    let key = order.id.to_string();
    let envelope = Envelope::new(
        Topic::OrderDetails,
        "/comanda/storefront",
        "comanda.order.placed.v1",
        &key,
        "placed",
        order.placed_at,
    )
    .in_trace(order.trace());
    OutgoingRecord::event(
        Topic::OrderDetails,
        &key,
        &envelope,
        encode_json(&OrderDetails::from(order)),
    )
    .with_header(REQUEST_HEADER, request.to_owned())
}

/// The digest of the request that placed the order, if the record has one.
pub fn request_digest(record: &Record) -> Option<&str> {
    record.header(REQUEST_HEADER).filter(|digest| (1..=LONGEST_DIGEST).contains(&digest.len()))
}

/// Decodes the order of an `order_details` record. The key must be the order's id.
pub fn decode_order(record: &Record) -> Result<Order, DecodeError> {
    let bytes = record.payload.as_ref().map_or(0, Bytes::len);
    if record.topic == Topic::OrderDetails && bytes > MAX_BYTES {
        return Err(DecodeError(format!(
            "an order of {bytes} bytes: at most {MAX_BYTES} are taken"
        )));
    }
    let order = Order::try_from(&record.json::<OrderDetails<'_>>()?)?;
    check_key(record, order.id)?;
    Ok(order.with_trace(record.trace()))
}

/// Decodes an order and the additional fields of the record. The payload is parsed once for each:
/// that is cheaper than serde's `flatten`, which buffers every field.
pub(crate) fn decode_with<'r, T: Deserialize<'r>>(
    record: &'r Record,
) -> Result<(Order, T), DecodeError> {
    Ok((decode_order(record)?, record.json()?))
}

/// Stores keep whole microseconds. A more precise time from a foreign writer would differ from its
/// stored copy, and the order would be taken for a different one.
pub(crate) fn truncate_to_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

/// A record under another order's key would bypass that order's sequence.
pub(crate) fn check_key(record: &Record, order: OrderId) -> Result<(), DecodeError> {
    if record.key == order.to_string().as_bytes() {
        Ok(())
    } else {
        Err(DecodeError("the record's key is not its order_id".into()))
    }
}
