//! What dead letters and retries have in common: the original bytes under the original key, and
//! beside them where they came from, how often they were tried, and why they are here.

use bytes::Bytes;

use crate::{
    dead_letter::{DROPPED_AT, DROPPED_BECAUSE, DROPPED_BY, ORIGIN_LAST_OFFSET},
    record::{HeaderName, Headers, Outgoing, Place, Record},
};

/// Header: why it could not be handled.
pub const REASON: &str = "comanda_error";
/// Header: the topic it came from.
pub const ORIGIN_TOPIC: &str = "comanda_origin_topic";
/// Header: the partition it came from.
pub const ORIGIN_PARTITION: &str = "comanda_origin_partition";
/// Header: the offset it had there.
pub const ORIGIN_OFFSET: &str = "comanda_origin_offset";
/// Header: how often it was tried.
pub const ATTEMPTS: &str = "comanda_attempts";
/// Header of a retry: when it is due, in milliseconds since 1970.
pub(crate) const DUE_MS: &str = "comanda_due_ms";

/// The headers that are written here; whoever sets a record aside again writes them anew.
const OURS: [&str; 10] = [
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

impl Record {
    /// How often it was tried before; 0 for a record that comes for the first time.
    pub fn attempts(&self) -> u32 {
        self.header(ATTEMPTS).and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// Where it stood first: its own place, unless it was set aside before.
    pub fn origin(&self) -> Place {
        let origin = || {
            Some(Place {
                topic: self.header(ORIGIN_TOPIC).filter(|name| name.len() <= MAX_TOPIC)?.to_owned(),
                partition: self.header(ORIGIN_PARTITION)?.parse().ok()?,
                offset: self.header(ORIGIN_OFFSET)?.parse().ok()?,
            })
        };
        origin().unwrap_or_else(|| self.place())
    }
}

/// Longest name of a topic (Apache Kafka's own limit).
const MAX_TOPIC: usize = 249;
/// Longest reason that is kept, in bytes. Some quote what they could not read, however long it is.
const MAX_REASON: usize = 2_000;

/// True for the name of a header that only a record which was set aside has.
pub fn is_set_aside(name: &str) -> bool {
    OURS.contains(&name)
}

/// The same record for `topic`.
pub(crate) fn set_aside(topic: String, record: &Record, reason: &str, attempts: u32) -> Outgoing {
    let reason = &reason[..reason.floor_char_boundary(MAX_REASON)];
    let its_own = |(name, _): &&(HeaderName, Bytes)| !is_set_aside(name);
    let headers: Headers = record.headers.iter().filter(its_own).cloned().collect();
    let origin = record.origin();
    Outgoing { topic, key: record.key.clone(), headers, payload: record.payload.clone() }
        .with_header(REASON, Bytes::copy_from_slice(reason.as_bytes()))
        .with_header(ORIGIN_TOPIC, origin.topic)
        .with_header(ORIGIN_PARTITION, origin.partition.to_string())
        .with_header(ORIGIN_OFFSET, origin.offset.to_string())
        .with_header(ATTEMPTS, attempts.to_string())
}
