//! Names of all headers of our records.

use std::borrow::Cow;

use bytes::Bytes;

/// Header names with their values, in order. Our names are borrowed: see [`header_name`].
pub type Headers = Vec<(HeaderName, Bytes)>;

/// The name of a header.
pub type HeaderName = Cow<'static, str>;

/// On `order_details`: the digest of the canonical request body, which distinguishes a repeated
/// request from a different one.
pub const REQUEST_HEADER: &str = "comanda_request";
/// On `order_details`: the storefront's seal on key and value. An order without it is priced again
/// before it is charged.
pub const SEAL_HEADER: &str = "comanda_seal";
/// On all events: their trace (W3C Trace Context).
pub const TRACE_HEADER: &str = "traceparent";
/// On requests by staff: the person's name.
pub const BY_HEADER: &str = "comanda_by";

/// On a record that was set aside: the reason.
pub const REASON: &str = "comanda_error";
/// On a record that was set aside: its original topic.
pub const ORIGIN_TOPIC: &str = "comanda_origin_topic";
/// On a record that was set aside: its original partition.
pub const ORIGIN_PARTITION: &str = "comanda_origin_partition";
/// On a record that was set aside: its original offset.
pub const ORIGIN_OFFSET: &str = "comanda_origin_offset";
/// On a record that was set aside: the number of attempts.
pub const ATTEMPTS: &str = "comanda_attempts";
/// On a retry: when it is due, in milliseconds since 1970.
pub const DUE_MS: &str = "comanda_due_ms";

/// On the dead letter of an unreadable range: its last offset.
pub const ORIGIN_LAST_OFFSET: &str = "comanda_origin_last_offset";
/// On a drop notice for such a range: its author.
pub const DROPPED_BY: &str = "comanda_dropped_by";
/// On a drop notice: the reason.
pub const DROPPED_BECAUSE: &str = "comanda_dropped_because";
/// On a drop notice: the time, as RFC 3339.
pub const DROPPED_AT: &str = "comanda_dropped_at";

/// On a dead letter without the original value: the size of the value, in bytes.
pub const VALUE_BYTES: &str = "comanda_value_bytes";
/// On a dead letter without the original value: SHA-256 of the value, in hexadecimal.
pub const VALUE_DIGEST: &str = "comanda_value_sha256";

/// The headers of events. Decoding a record borrows these names.
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

/// The headers of a record that was set aside; they are replaced each time.
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

/// The name of a header, borrowed if it is one of ours.
pub fn header_name(name: &str) -> HeaderName {
    match OF_EVENTS.iter().find(|known| **known == name) {
        Some(known) => Cow::Borrowed(known),
        None => Cow::Owned(name.to_owned()),
    }
}

/// True for a header that only a record which was set aside has.
pub fn is_set_aside(name: &str) -> bool {
    OF_SET_ASIDE.contains(&name)
}
