//! Between librdkafka's messages and our records.

use bytes::Bytes;
use events::{Headers, Outgoing, Place, Record};
use rdkafka::message::{BorrowedMessage, Header, Headers as _, Message, OwnedHeaders};

use super::names::Names;

/// Copies a message out of librdkafka's hands; `None` if its topic has no contract.
pub(super) fn record(names: &Names, message: &BorrowedMessage<'_>) -> Option<Record> {
    let topic = names.contract(message.topic())?;
    Some(Record {
        topic,
        partition: message.partition(),
        offset: message.offset(),
        key: message.key().map(Bytes::copy_from_slice).unwrap_or_default(),
        headers: message.headers().map(headers).unwrap_or_default(),
        payload: message.payload().map(Bytes::copy_from_slice),
    })
}

fn headers(from: &rdkafka::message::BorrowedHeaders) -> Headers {
    from.iter()
        .map(|header| {
            (header.key.to_owned(), header.value.map(Bytes::copy_from_slice).unwrap_or_default())
        })
        .collect()
}

pub(super) fn owned_headers(event: &Outgoing) -> OwnedHeaders {
    let empty = OwnedHeaders::new_with_capacity(event.headers.len());
    event.headers.iter().fold(empty, |headers, (key, value)| {
        headers.insert(Header { key, value: Some(value.as_ref()) })
    })
}

/// A record of any topic, with or without a contract.
#[derive(Clone, Debug)]
pub struct Scanned {
    /// Where it stands; the topic is called as we call it.
    pub place: Place,
    /// The key.
    pub key: Bytes,
    /// The headers.
    pub headers: Headers,
    /// The value.
    pub payload: Option<Bytes>,
}

/// Copies a message of any topic.
pub(super) fn scanned(names: &Names, message: &BorrowedMessage<'_>) -> Scanned {
    Scanned {
        place: Place {
            topic: names.ours(message.topic()).unwrap_or_else(|| message.topic()).to_owned(),
            partition: message.partition(),
            offset: message.offset(),
        },
        key: message.key().map(Bytes::copy_from_slice).unwrap_or_default(),
        headers: message.headers().map(headers).unwrap_or_default(),
        payload: message.payload().map(Bytes::copy_from_slice),
    }
}
