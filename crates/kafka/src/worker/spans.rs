//! A span for each record that is processed, if its trace is recorded.

#![allow(clippy::zero_sized_map_values, reason = "a span has a size with the feature otel only")]

use std::collections::HashMap;

use events::{Handler, OutgoingRecord, Record, RecordPosition};
use telemetry::{
    Scope,
    trace::{Kind, Span, is_recording},
};

use super::scopes::scope_of;

/// The spans of a call, by the origin of their records: a retried record is known by that.
pub(super) struct Spans(HashMap<RecordPosition, Span>);

impl Spans {
    /// Begins to process records.
    pub(super) fn begin<H: Handler>(records: &[Record]) -> Self {
        if !is_recording() {
            return Self(HashMap::new());
        }
        let spans = records.iter().filter_map(|r| Some((r.origin(), begin_span::<H>(r)?)));
        Self(spans.collect())
    }

    /// The scope in which records are processed: the span of a single record, or of the first
    /// recorded one of several. `single` is the scope of a single record without its span.
    pub(super) fn scope(&self, records: &[Record], single: Option<Scope>) -> Option<Scope> {
        let mut spans = records.iter().filter_map(|record| self.0.get(&record.origin()));
        let Some(trace) = spans.find_map(Span::trace) else { return single };
        Some(match single {
            Some(scope) => Scope { trace, ..scope },
            None => Scope { trace, is_given: true, is_of_many: true, order: None },
        })
    }

    /// Makes each event a child of the span of the record that it was made of. An event in another
    /// trace is linked instead. `sources` has the index of the record of each event.
    pub(super) fn adopt(
        &mut self,
        events: Vec<OutgoingRecord>,
        sources: &[usize],
        records: &[Record],
    ) -> Vec<OutgoingRecord> {
        if self.0.is_empty() {
            return events;
        }
        let sources = sources.iter().map(|source| records.get(*source));
        let adopted = events.into_iter().zip(sources).map(|(event, record)| {
            let span = record.and_then(|record| self.0.get_mut(&record.origin()));
            match span {
                Some(span) => adopt_event(span, event),
                None => event,
            }
        });
        adopted.collect()
    }
}

fn adopt_event(span: &mut Span, event: OutgoingRecord) -> OutgoingRecord {
    let (Some(trace), Some(parent)) = (event.trace(), span.trace()) else { return event };
    if trace.id() == parent.id() {
        return event.in_trace(parent);
    }
    span.link(trace);
    event
}

/// Names and attributes follow the semantic conventions of `OpenTelemetry` for messaging.
fn begin_span<H: Handler>(record: &Record) -> Option<Span> {
    let RecordPosition { topic, partition, offset } = record.origin();
    let mut span = Span::part_of(record.trace()?, Kind::Consumer, format!("process {topic}"));
    if !span.is_recorded() {
        return None;
    }
    span.set_text("messaging.system", "kafka");
    span.set_text("messaging.operation.type", "process");
    span.set_text("messaging.operation.name", "process");
    span.set_text("messaging.consumer.group.name", H::GROUP);
    span.set_text("messaging.destination.name", topic);
    span.set_text("messaging.destination.partition.id", partition.to_string());
    span.set_number("messaging.kafka.offset", offset);
    if let Some(order) = scope_of(record).and_then(|scope| scope.order) {
        span.set_text("order.id", order.to_string());
    }
    Some(span)
}
