//! The names of all headers that records of ours have.

use std::borrow::Cow;

use bytes::Bytes;

/// Header names with their values, in order. Names of ours are borrowed: see [`header_name`].
pub type Headers = Vec<(HeaderName, Bytes)>;

/// The name of a header.
pub type HeaderName = Cow<'static, str>;

/// Of `order_details`: the digest of the canonical request body, to tell a repeated request from
/// another.
pub const REQUEST_HEADER: &str = "comanda_request";
/// Of `order_details`: the storefront's seal on key and value. An order without it is priced again
/// before it is charged.
pub const SEAL_HEADER: &str = "comanda_seal";
/// Of all events: the trace that they belong to (W3C Trace Context).
pub const TRACE_HEADER: &str = "traceparent";
/// Of what staff asked for: their name.
pub const BY_HEADER: &str = "comanda_by";

/// Of a record that was set aside: why it could not be handled.
pub const REASON: &str = "comanda_error";
/// Of a record that was set aside: the topic it came from.
pub const ORIGIN_TOPIC: &str = "comanda_origin_topic";
/// Of a record that was set aside: the partition it came from.
pub const ORIGIN_PARTITION: &str = "comanda_origin_partition";
/// Of a record that was set aside: the offset it had there.
pub const ORIGIN_OFFSET: &str = "comanda_origin_offset";
/// Of a record that was set aside: how often it was tried.
pub const ATTEMPTS: &str = "comanda_attempts";
/// Of a retry: when it is due, in milliseconds since 1970.
pub const DUE_MS: &str = "comanda_due_ms";

/// Of the dead letter of a range that cannot be read: its last offset.
pub const ORIGIN_LAST_OFFSET: &str = "comanda_origin_last_offset";
/// Of a record that acknowledges such a range: who acknowledged it.
pub const DROPPED_BY: &str = "comanda_dropped_by";
/// Of such a record: why.
pub const DROPPED_BECAUSE: &str = "comanda_dropped_because";
/// Of such a record: when, as RFC 3339.
pub const DROPPED_AT: &str = "comanda_dropped_at";

/// Of a dead letter without the original bytes: how many they are, in bytes of the value.
pub const VALUE_BYTES: &str = "comanda_value_bytes";
/// Of a dead letter without the original bytes: SHA-256 of the value, in hexadecimal.
pub const VALUE_DIGEST: &str = "comanda_value_sha256";

/// The headers of events, so that reading a record copies no names.
const OF_EVENTS: [&str; 11] = [
    "ce_specversion",
    "ce_id",
    "ce_source",
    "ce_type",
    "ce_time",
    "ce_subject",
    "content-type",
    TRACE_HEADER,
    REQUEST_HEADER,
    SEAL_HEADER,
    BY_HEADER,
];

/// The headers of records that were set aside; each time, they are written anew.
const OF_SET_ASIDE: [&str; 10] = [
    REASON,
    ORIGIN_TOPIC,
    ORIGIN_PARTITION,
    ORIGIN_OFFSET,
    ATTEMPTS,
    DUE_MS,
    ORIGIN_LAST_OFFSET,
    DROPPED_BY,
    DROPPED_BECAUSE,
    DROPPED_AT,
];

/// A header's name as we keep it.
pub fn header_name(name: &str) -> HeaderName {
    match OF_EVENTS.iter().find(|known| **known == name) {
        Some(known) => Cow::Borrowed(known),
        None => Cow::Owned(name.to_owned()),
    }
}

/// True for the name of a header that only a record which was set aside has.
pub fn is_set_aside(name: &str) -> bool {
    OF_SET_ASIDE.contains(&name)
}
