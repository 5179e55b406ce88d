//! `order_details`: an order as it was placed.

mod body;
mod parse;

use bytes::Bytes;
use domain::{ids::OrderId, order::Order};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use body::{CustomerBody, FulfilmentBody, LineBody, OptionBody, OrderDetails};
pub(crate) use parse::{field, optional};

pub use crate::header::{REQUEST_HEADER, SEAL_HEADER};

use crate::{
    envelope::Envelope,
    record::{DecodeError, OutgoingRecord, Record},
    topic::Topic,
};

/// Most bytes of a payload (DESIGN: a record of `order_details` takes at most 256 KiB). 100 lines with
/// notes of 280 characters in any script are half of it. Later events hold the same order and at most
/// as much again, so that each of them, and its dead letter, fits what brokers take (1 MB).
pub const MAX_BYTES: usize = 256 * 1_024;

/// Longest digest that is kept of a request, in bytes; ours have 64.
const LONGEST_DIGEST: usize = 128;

/// JSON of a payload. Our payloads are plain structs with text keys, which always serialise.
pub(crate) fn json(payload: &impl Serialize) -> Bytes {
    serde_json::to_vec(payload).map_or_else(|_| Bytes::from_static(b"null"), Bytes::from)
}

/// The event that an order was placed. `request` is the digest of the request that placed it.
pub fn placed(order: &Order, request: &str) -> OutgoingRecord {
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
    OutgoingRecord::event(Topic::OrderDetails, &key, &envelope, json(&OrderDetails::from(order)))
        .with_header(REQUEST_HEADER, request.to_owned())
}

/// The digest of the request that placed the order of a record, if it tells one.
pub fn request(record: &Record) -> Option<&str> {
    record.header(REQUEST_HEADER).filter(|digest| (1..=LONGEST_DIGEST).contains(&digest.len()))
}

/// Reads the order of an `order_details` record. The key must be the order's.
pub fn read(record: &Record) -> Result<Order, DecodeError> {
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

/// Reads an order and what the record adds to it. The payload is read once for each: that costs
/// less than serde's `flatten`, which copies every field before it looks at one.
pub(crate) fn read_with<'r, T: Deserialize<'r>>(
    record: &'r Record,
) -> Result<(Order, T), DecodeError> {
    Ok((read(record)?, record.json()?))
}

/// Stores keep whole microseconds. A finer time, from a foreign writer, would differ from its own
/// stored copy, and the order would pass for another one.
pub(crate) fn whole_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

/// A record under another order's key would escape that order's sequence.
pub(crate) fn check_key(record: &Record, order: OrderId) -> Result<(), DecodeError> {
    if record.key == order.to_string().as_bytes() {
        Ok(())
    } else {
        Err(DecodeError("the record's key is not its order_id".into()))
    }
}
