//! The envelope of every event: `CloudEvents` 1.0 in binary mode (Kafka protocol binding §3.2).

use bytes::Bytes;
use domain::{order::Order, trace::Trace};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    header::{Headers, TRACE_HEADER},
    topic::Topic,
};

/// The namespace of event ids: a random UUID that never changes.
const EVENT_IDS: Uuid = Uuid::from_u128(0x5b0e_6d1c_7f0a_4c0e_9a53_0d5a_c7f1_22e4);

/// The metadata of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The same for each publication of the event.
    pub id: Uuid,
    /// The writer: `/comanda/transactions`.
    pub source: &'static str,
    /// The type with its version: `comanda.order.confirmed.v1`.
    pub event_type: &'static str,
    /// When it happened.
    pub time: Timestamp,
    /// The subject: the order id, or the key.
    pub subject: String,
    /// The trace of the event; all events of an order are in one trace.
    pub trace: Option<Trace>,
}

impl Envelope {
    /// The envelope of an event about `subject` on `topic`. `discriminator` distinguishes events
    /// with the same subject on one topic; the same three always give the same id.
    pub fn new(
        topic: Topic,
        source: &'static str,
        event_type: &'static str,
        subject: &str,
        discriminator: &str,
        time: Timestamp,
    ) -> Self {
        let name = format!("{topic}/{subject}/{discriminator}");
        let id = Uuid::new_v5(&EVENT_IDS, name.as_bytes());
        Self {
            id,
            source,
            event_type,
            time,
            subject: subject.to_owned(),
            trace: Uuid::try_parse(subject).ok().map(|order| default_trace(order, id)),
        }
    }

    /// Sets the trace, if one is known.
    #[must_use]
    pub fn in_trace(self, trace: Option<Trace>) -> Self {
        Self { trace: trace.or(self.trace), ..self }
    }

    /// Sets the trace of an order, if it is known. The span is derived from the event's id: an
    /// event that is published again because of another record must be identical byte for byte.
    #[must_use]
    pub fn in_trace_of(self, order: &Order) -> Self {
        let span = self.id.as_u64_pair().0;
        let trace = order.trace().map(|trace| Trace::new(trace.id(), span, trace.is_sampled()));
        self.in_trace(trace)
    }

    /// The headers of the record.
    pub fn headers(&self) -> Headers {
        let mut headers = vec![
            ("ce_specversion".into(), Bytes::from_static(b"1.0")),
            ("ce_id".into(), Bytes::from(self.id.to_string())),
            ("ce_source".into(), Bytes::from_static(self.source.as_bytes())),
            ("ce_type".into(), Bytes::from_static(self.event_type.as_bytes())),
            ("ce_time".into(), Bytes::from(self.time.to_string())),
            ("ce_subject".into(), Bytes::from(self.subject.clone())),
            ("content-type".into(), Bytes::from_static(b"application/json")),
        ];
        if let Some(trace) = self.trace {
            headers.push((TRACE_HEADER.into(), Bytes::from(trace.to_string())));
        }
        headers
    }
}

/// The default trace: the order's id, with the event's id as the span.
fn default_trace(order: Uuid, event: Uuid) -> Trace {
    Trace::new(order.as_u128(), event.as_u64_pair().0, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_event_has_the_same_id() {
        let envelope = |discriminator| {
            let at = Timestamp::UNIX_EPOCH;
            Envelope::new(Topic::OrderProgress, "/comanda/orders", "t", "o1", discriminator, at).id
        };
        assert_eq!(envelope("ready"), envelope("ready"));
        assert_ne!(envelope("ready"), envelope("accepted"));
    }
}
