//! Spans of the `OpenTelemetry` SDK, exported with OTLP over HTTP.

use std::{borrow::Cow, sync::OnceLock};

use opentelemetry::{
    Context, KeyValue,
    trace::{
        Span, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt, TraceFlags, TraceState,
        Tracer, TracerProvider,
    },
};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::{
    Resource,
    trace::{SdkTracer, SdkTracerProvider, Span as SdkSpan},
};

use domain::trace::Trace;

use super::{Kind, export::ReportedExporter};

/// The tracer of this process, and the provider that exports its spans on a thread of its own.
static TRACING: OnceLock<(SdkTracer, SdkTracerProvider)> = OnceLock::new();

/// A span of the SDK; it ends when it is dropped.
#[derive(Debug)]
pub(super) struct RecordedSpan(SdkSpan);

pub(super) fn is_started() -> bool {
    TRACING.get().is_some()
}

/// Starts to export. Endpoint, headers, sampler, limits and batches are read from the standard
/// variables by the SDK.
pub(super) fn start() -> Result<(), String> {
    let exporter = SpanExporter::builder().with_http().build();
    let exporter = exporter.map_err(|error| format!("OTEL_EXPORTER_OTLP_ENDPOINT: {error}"))?;
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(ReportedExporter::new(exporter))
        .with_resource(resource())
        .build();
    start_with(provider);
    Ok(())
}

fn start_with(provider: SdkTracerProvider) {
    // A second start changes nothing.
    TRACING.get_or_init(|| (provider.tracer("comanda"), provider));
}

pub(super) fn flush() {
    if let Some((_, provider)) = TRACING.get() {
        // The exporter has logged why spans were lost.
        let _ = provider.shutdown();
    }
}

/// Attributes of this process. Its name is `comanda` unless a variable sets it.
fn resource() -> Resource {
    let from_variables = Resource::builder().build();
    let has_name = std::env::var("OTEL_SERVICE_NAME").is_ok_and(|name| !name.is_empty())
        || std::env::var("OTEL_RESOURCE_ATTRIBUTES").is_ok_and(|all| all.contains("service.name="));
    if has_name { from_variables } else { Resource::builder().with_service_name("comanda").build() }
}

/// Begins a span. The sampler decides whether it is recorded.
pub(super) fn begin(
    parent: Option<Trace>,
    kind: Kind,
    name: Cow<'static, str>,
) -> Option<RecordedSpan> {
    let (tracer, _) = TRACING.get()?;
    let parent = match parent {
        Some(parent) => Context::new().with_remote_span_context(context_of(parent)),
        None => Context::new(),
    };
    let builder = SpanBuilder::from_name(name).with_kind(match kind {
        Kind::Server => SpanKind::Server,
        Kind::Client => SpanKind::Client,
        Kind::Producer => SpanKind::Producer,
        Kind::Consumer => SpanKind::Consumer,
        Kind::Internal => SpanKind::Internal,
    });
    Some(RecordedSpan(tracer.build_with_context(builder, &parent)))
}

impl RecordedSpan {
    pub(super) fn trace(&self) -> Trace {
        let context = self.0.span_context();
        let id = u128::from_be_bytes(context.trace_id().to_bytes());
        let span = u64::from_be_bytes(context.span_id().to_bytes());
        Trace::new(id, span, context.is_sampled())
    }

    pub(super) fn rename(&mut self, name: String) {
        self.0.update_name(name);
    }

    pub(super) fn set_text(&mut self, name: &'static str, value: String) {
        self.0.set_attribute(KeyValue::new(name, value));
    }

    pub(super) fn set_number(&mut self, name: &'static str, value: i64) {
        self.0.set_attribute(KeyValue::new(name, value));
    }

    pub(super) fn link(&mut self, other: Trace) {
        self.0.add_link(context_of(other), Vec::new());
    }

    pub(super) fn fail(&mut self, error: String) {
        self.0.set_status(Status::error(error));
    }
}

fn context_of(trace: Trace) -> SpanContext {
    let flags = if trace.is_sampled() { TraceFlags::SAMPLED } else { TraceFlags::default() };
    let (id, span) = (trace.id().into(), trace.span().into());
    SpanContext::new(id, span, flags, true, TraceState::default())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use opentelemetry_sdk::{
        error::OTelSdkResult,
        trace::{SpanData, SpanExporter},
    };
    use parking_lot::Mutex;

    use super::{super::Span, *};
    use crate::Scope;

    #[derive(Clone, Debug, Default)]
    struct MemoryExporter(Arc<Mutex<Vec<SpanData>>>);

    impl SpanExporter for MemoryExporter {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            self.0.lock().extend(batch);
            Ok(())
        }
    }

    #[test]
    fn a_span_is_part_of_its_parent_if_the_trace_is_sampled() {
        let kept = MemoryExporter::default();
        start_with(SdkTracerProvider::builder().with_simple_exporter(kept.clone()).build());
        let parent = Trace::new(7, 8, true);
        drop(Span::part_of(Trace::new(7, 8, false), Kind::Client, "not sampled"));
        drop(Span::here(Kind::Client, "without a scope"));
        let mut outer = Span::enter(Some(parent), Kind::Server, "outer");
        outer.link(Trace::new(9, 9, true));
        let trace = outer.trace().unwrap();
        assert!(trace.id() == 7 && trace.span() != 8 && trace.is_sampled());
        let scope = Scope { trace, is_given: true, is_of_many: false, order: None };
        scope.run_sync(|| {
            let mut inner = Span::here(Kind::Client, "inner");
            inner.set_number("n", 3);
            inner.fail(|| "it broke".to_owned());
        });
        drop(outer);
        let root = Span::enter(None, Kind::Server, "root").trace().unwrap();
        assert!(root.is_sampled() && root.id() != 7);
        let unsampled = Span::enter(Some(Trace::new(7, 8, false)), Kind::Server, "unsampled");
        assert!(!unsampled.is_recorded() && unsampled.trace().is_some_and(|t| !t.is_sampled()));
        drop(unsampled);

        let spans = kept.0.lock();
        let names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
        assert_eq!(names, ["inner", "outer", "root"]);
        let parents: Vec<_> = spans.iter().map(|span| span.parent_span_id).collect();
        assert_eq!(parents, [trace.span().into(), 8.into(), 0.into()]);
        assert_eq!(spans[0].attributes, [KeyValue::new("n", 3)]);
        assert_eq!(spans[0].status, Status::error("it broke"));
        assert_eq!(spans[1].links.len(), 1);
    }
}
