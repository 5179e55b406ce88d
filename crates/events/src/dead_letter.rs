//! `<group>.dead_letters`: the original bytes, and beside them why and where from.

use bytes::Bytes;

use crate::record::{Outgoing, Record};

/// The dead-letter topic of a group.
pub fn topic(group: &str) -> String {
    format!("{group}.dead_letters")
}

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

/// The dead letter of a record: key, value and headers as they came, and what is known of it.
pub fn dead_letter(group: &str, record: &Record, reason: &str, attempts: u32) -> Outgoing {
    Outgoing {
        topic: topic(group),
        key: record.key.clone(),
        headers: record.headers.clone(),
        payload: record.payload.clone(),
    }
    .with_header(REASON, Bytes::copy_from_slice(reason.as_bytes()))
    .with_header(ORIGIN_TOPIC, record.topic.name())
    .with_header(ORIGIN_PARTITION, record.partition.to_string())
    .with_header(ORIGIN_OFFSET, record.offset.to_string())
    .with_header(ATTEMPTS, attempts.to_string())
}
