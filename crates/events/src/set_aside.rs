//! What dead letters and retries have in common: the original key, value and headers, and
//! additional headers with the origin, the number of attempts and the reason.

use bytes::Bytes;

use crate::{
    header::{
        ATTEMPTS, HeaderName, Headers, ORIGIN_OFFSET, ORIGIN_PARTITION, ORIGIN_TOPIC, REASON,
        is_set_aside,
    },
    record::{OutgoingRecord, Record, RecordPosition},
};

impl Record {
    /// The number of previous attempts; 0 for a new record.
    pub fn attempts(&self) -> u32 {
        self.header(ATTEMPTS).and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// The original position: the record's own, unless it was set aside before.
    pub fn origin(&self) -> RecordPosition {
        let origin = || {
            Some(RecordPosition {
                topic: self.header(ORIGIN_TOPIC).filter(|name| name.len() <= MAX_TOPIC)?.to_owned(),
                partition: self.header(ORIGIN_PARTITION)?.parse().ok()?,
                offset: self.header(ORIGIN_OFFSET)?.parse().ok()?,
            })
        };
        origin().unwrap_or_else(|| self.position())
    }
}

/// Maximum length of a topic name (Apache Kafka's limit).
const MAX_TOPIC: usize = 249;
/// Maximum length of a reason, in bytes. Reasons may quote malformed input of any length.
const MAX_REASON: usize = 2_000;

/// The same record for `topic`, with the headers of a record that is set aside.
pub(crate) fn encode_set_aside(
    topic: String,
    record: &Record,
    reason: &str,
    attempts: u32,
) -> OutgoingRecord {
    let reason = &reason[..reason.floor_char_boundary(MAX_REASON)];
    let its_own = |(name, _): &&(HeaderName, Bytes)| !is_set_aside(name);
    let headers: Headers = record.headers.iter().filter(its_own).cloned().collect();
    let origin = record.origin();
    OutgoingRecord { topic, key: record.key.clone(), headers, payload: record.payload.clone() }
        .with_header(REASON, Bytes::copy_from_slice(reason.as_bytes()))
        .with_header(ORIGIN_TOPIC, origin.topic)
        .with_header(ORIGIN_PARTITION, origin.partition.to_string())
        .with_header(ORIGIN_OFFSET, origin.offset.to_string())
        .with_header(ATTEMPTS, attempts.to_string())
}
