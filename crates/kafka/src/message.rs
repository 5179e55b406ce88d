//! Between librdkafka's messages and our records.

use bytes::{Bytes, BytesMut};
use events::{
    Headers, OutgoingRecord, Record, RecordPosition, Topic, header_name, is_set_aside, retry,
};
use rdkafka::message::{BorrowedMessage, Header, Headers as _, Message, OwnedHeaders};

use super::names::Names;

/// Copies a message out of librdkafka's hands; `None` if its topic has no contract. What a topic of
/// retries would say of its record (where it stood first, how often it was tried) is nothing that a
/// producer of this one can say.
pub(super) fn record(names: &Names, message: &BorrowedMessage<'_>) -> Option<Record> {
    let mut record = record_as(names.contract(message.topic())?, message);
    record.headers.retain(|(name, _)| !is_set_aside(name));
    Some(record)
}

/// The same for a topic of retries, whose records follow the contract of the topic they came from.
/// One that a stranger wrote has no such topic: it is read as a record of `default`, and its origin is
/// where it lies.
pub(super) fn retried(names: &Names, message: &BorrowedMessage<'_>, default: Topic) -> Record {
    let record = record_as(default, message);
    if let Some(topic) = retry::origin_topic(&record) {
        return Record { topic, ..record };
    }
    let topic = names.ours(message.topic()).unwrap_or(message.topic()).to_owned();
    retry::reset_origin(record, topic)
}

fn record_as(topic: Topic, message: &BorrowedMessage<'_>) -> Record {
    let Content { key, headers, payload } = content(message);
    let (partition, offset) = (message.partition(), message.offset());
    Record { topic, partition, offset, key, headers, payload }
}

/// What a message holds.
struct Content {
    key: Bytes,
    headers: Headers,
    payload: Option<Bytes>,
}

/// Copies all of it into one piece of memory, which its parts share.
fn content(message: &BorrowedMessage<'_>) -> Content {
    let (key, payload) = (message.key().unwrap_or_default(), message.payload());
    let from = message.headers();
    let values = || from.iter().flat_map(|all| all.iter());
    let size: usize = values().map(|header| header.value.map_or(0, <[u8]>::len)).sum();
    let mut all = BytesMut::with_capacity(key.len() + payload.map_or(0, <[u8]>::len) + size);
    let mut keep = |bytes: &[u8]| {
        all.extend_from_slice(bytes);
        all.split().freeze()
    };
    Content {
        key: keep(key),
        payload: payload.map(&mut keep),
        headers: values()
            .map(|header| (header_name(header.key), keep(header.value.unwrap_or_default())))
            .collect(),
    }
}

pub(super) fn owned_headers(event: &OutgoingRecord) -> OwnedHeaders {
    let empty = OwnedHeaders::new_with_capacity(event.headers.len());
    event.headers.iter().fold(empty, |headers, (key, value)| {
        headers.insert(Header { key, value: Some(value.as_ref()) })
    })
}

/// A record of any topic, with or without a contract.
#[derive(Clone, Debug)]
pub struct Scanned {
    /// Where it stands; the topic is called as we call it.
    pub place: RecordPosition,
    /// The key.
    pub key: Bytes,
    /// The headers.
    pub headers: Headers,
    /// The value.
    pub payload: Option<Bytes>,
}

/// Copies a message of any topic.
pub(super) fn scanned(names: &Names, message: &BorrowedMessage<'_>) -> Scanned {
    let Content { key, headers, payload } = content(message);
    let topic = names.ours(message.topic()).unwrap_or_else(|| message.topic()).to_owned();
    let place = RecordPosition { topic, partition: message.partition(), offset: message.offset() };
    Scanned { place, key, headers, payload }
}
