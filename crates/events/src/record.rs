//! Records as consumed from and published to a log.

use bytes::Bytes;
use domain::trace::Trace;
use serde::Deserialize;

use crate::{
    envelope::Envelope,
    header::{BY_HEADER, Headers, TRACE_HEADER},
    topic::Topic,
};

/// The position of a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordPosition {
    /// The topic's name.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset within the partition.
    pub offset: i64,
}

/// A consumed record: bytes that are not validated yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The topic, whose contract the record should follow.
    pub topic: Topic,
    /// The partition.
    pub partition: i32,
    /// The offset within the partition.
    pub offset: i64,
    /// The key; empty if it has none.
    pub key: Bytes,
    /// The headers.
    pub headers: Headers,
    /// The value; `None` for a tombstone.
    pub payload: Option<Bytes>,
}

/// Why a record does not follow its topic's contract; stored with it in the dead letters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DecodeError(pub String);

impl DecodeError {
    /// An error with any cause.
    pub fn because(cause: impl std::fmt::Display) -> Self {
        Self(cause.to_string())
    }
}

impl Record {
    /// The value of the header `name`, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(key, _)| key == name)?;
        std::str::from_utf8(value).ok()
    }

    /// The trace in the headers.
    pub fn trace(&self) -> Option<Trace> {
        self.header(TRACE_HEADER)?.parse().ok()
    }

    /// The payload as JSON, decoded into a type that may borrow from it.
    pub fn json<'r, T: Deserialize<'r>>(&'r self) -> Result<T, DecodeError> {
        let bytes =
            self.payload.as_ref().ok_or_else(|| DecodeError("the record has no value".into()))?;
        serde_json::from_slice(bytes)
            .map_err(|error| DecodeError(format!("no valid {} record: {error}", self.topic)))
    }

    /// Its position.
    pub fn position(&self) -> RecordPosition {
        RecordPosition {
            topic: self.topic.name().to_owned(),
            partition: self.partition,
            offset: self.offset,
        }
    }

    /// The same bytes in another topic's hands; for tests that hand an event from one service to
    /// the next without a log.
    pub fn delivered(event: &OutgoingRecord, topic: Topic, partition: i32, offset: i64) -> Self {
        Self {
            topic,
            partition,
            offset,
            key: event.key.clone(),
            headers: event.headers.clone(),
            payload: event.payload.clone(),
        }
    }
}

/// A record to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingRecord {
    /// The topic's name.
    pub topic: String,
    /// The key, which chooses the partition.
    pub key: Bytes,
    /// The headers.
    pub headers: Headers,
    /// The value; `None` for a tombstone.
    pub payload: Option<Bytes>,
}

impl OutgoingRecord {
    /// An event of a topic.
    pub fn event(topic: Topic, key: &str, envelope: &Envelope, payload: Bytes) -> Self {
        Self {
            topic: topic.name().to_owned(),
            key: Bytes::copy_from_slice(key.as_bytes()),
            headers: envelope.headers(),
            payload: Some(payload),
        }
    }

    /// The trace in its headers.
    pub fn trace(&self) -> Option<Trace> {
        let (_, value) = self.headers.iter().find(|(name, _)| name == TRACE_HEADER)?;
        std::str::from_utf8(value).ok()?.parse().ok()
    }

    /// Its key, headers and value, in bytes.
    pub fn bytes(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.len());
        self.key.len() + headers.sum::<usize>() + self.payload.as_ref().map_or(0, Bytes::len)
    }

    /// Says who asked for it.
    #[must_use]
    pub fn signed(self, by: &str) -> Self {
        self.with_header(BY_HEADER, by.to_owned())
    }

    /// Puts it in a trace, and out of the one that it was in.
    #[must_use]
    pub fn in_trace(mut self, trace: Trace) -> Self {
        self.headers.retain(|(name, _)| name != TRACE_HEADER);
        self.with_header(TRACE_HEADER, trace.to_string())
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<Bytes>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}
