//! Conversion between librdkafka's messages and our records.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
};

use bytes::{Bytes, BytesMut};
use events::{
    Headers, OutgoingRecord, Record, RecordPosition, Topic, header_name, is_set_aside, retry,
};
use rdkafka::message::{BorrowedMessage, Header, Headers as _, Message, OwnedHeaders};

use super::names::Names;

/// Copies a message; `None` if its topic has no contract. Headers of set-aside records (origin,
/// attempts) are removed, since a producer of this topic must not set them.
pub(super) fn copy_record(names: &Names, message: &BorrowedMessage<'_>) -> Option<Record> {
    let mut record = copy_record_as(names.contract(message.topic())?, message);
    record.headers.retain(|(name, _)| !is_set_aside(name));
    Some(record)
}

/// Copies a message of a retry topic, whose records follow the contract of their original topic. A
/// foreign record without a valid origin is treated as a record of `default`, with its own position
/// as the origin.
pub(super) fn copy_retried_record(
    names: &Names,
    message: &BorrowedMessage<'_>,
    default: Topic,
) -> Record {
    let record = copy_record_as(default, message);
    if let Some(topic) = retry::origin_topic(&record) {
        return Record { topic, ..record };
    }
    let topic = names.ours(message.topic()).unwrap_or(message.topic()).to_owned();
    retry::reset_origin(record, topic)
}

fn copy_record_as(topic: Topic, message: &BorrowedMessage<'_>) -> Record {
    let Content { key, headers, payload } = copy_content(message);
    let (partition, offset) = (message.partition(), message.offset());
    Record { topic, partition, offset, key, headers, payload }
}

/// The content of a message.
struct Content {
    key: Bytes,
    headers: Headers,
    payload: Option<Bytes>,
}

/// Copies everything into one allocation, which the parts share.
fn copy_content(message: &BorrowedMessage<'_>) -> Content {
    let (key, payload) = (message.key().unwrap_or_default(), message.payload());
    let headers = readable_headers(message);
    let size: usize = headers.iter().map(|header| header.value.map_or(0, <[u8]>::len)).sum();
    let mut all = BytesMut::with_capacity(key.len() + payload.map_or(0, <[u8]>::len) + size);
    let mut keep = |bytes: &[u8]| {
        all.extend_from_slice(bytes);
        all.split().freeze()
    };
    Content {
        key: keep(key),
        payload: payload.map(&mut keep),
        headers: headers
            .iter()
            .map(|header| (header_name(header.key), keep(header.value.unwrap_or_default())))
            .collect(),
    }
}

thread_local! {
    static IS_READING_HEADER: Cell<bool> = const { Cell::new(false) };
}

/// True while this thread reads a header, whose panic is expected and need not be reported.
pub fn is_reading_header() -> bool {
    IS_READING_HEADER.get()
}

/// The headers of a message. Kafka allows any bytes as a header name. rdkafka 0.39 panics on names
/// that are not UTF-8 and has no other accessor. We use no such header, so it is skipped.
fn readable_headers<'m>(message: &'m BorrowedMessage<'_>) -> Vec<Header<'m, &'m [u8]>> {
    let Some(headers) = message.headers() else { return Vec::new() };
    IS_READING_HEADER.set(true);
    let read = |at| catch_unwind(AssertUnwindSafe(|| headers.try_get(at))).ok().flatten();
    let readable = (0..headers.count()).filter_map(read).collect();
    IS_READING_HEADER.set(false);
    readable
}

pub(super) fn owned_headers(event: &OutgoingRecord) -> OwnedHeaders {
    let empty = OwnedHeaders::new_with_capacity(event.headers.len());
    event.headers.iter().fold(empty, |headers, (key, value)| {
        headers.insert(Header { key, value: Some(value.as_ref()) })
    })
}

/// A record of any topic, with or without a contract.
#[derive(Clone, Debug)]
pub struct ScannedRecord {
    /// Its position; the topic has our name.
    pub position: RecordPosition,
    /// The key.
    pub key: Bytes,
    /// The headers.
    pub headers: Headers,
    /// The value.
    pub payload: Option<Bytes>,
}

/// Copies a message of any topic.
pub(super) fn copy_scanned_record(names: &Names, message: &BorrowedMessage<'_>) -> ScannedRecord {
    let Content { key, headers, payload } = copy_content(message);
    let topic = names.ours(message.topic()).unwrap_or_else(|| message.topic()).to_owned();
    let position =
        RecordPosition { topic, partition: message.partition(), offset: message.offset() };
    ScannedRecord { position, key, headers, payload }
}
