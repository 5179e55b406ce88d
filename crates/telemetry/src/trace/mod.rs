//! Spans: units of work in a trace, with start, end and attributes.
//!
//! They are exported by the `OpenTelemetry` SDK if the feature `otel` is on and the standard
//! variables name an endpoint. Otherwise, and in traces that are not sampled, a span costs a
//! comparison.

#[cfg(not(feature = "otel"))]
#[path = "absent.rs"]
mod backend;
#[cfg(feature = "otel")]
#[path = "otlp.rs"]
mod backend;
#[cfg(feature = "otel")]
mod export;
mod settings;
mod span;

pub use self::span::{Kind, Span};

/// True if spans are exported: the sampler has decided about each trace that began here.
pub fn is_recording() -> bool {
    backend::is_started()
}

/// Exports spans from now on, if the standard variables (`OTEL_EXPORTER_OTLP_ENDPOINT`,
/// `OTEL_TRACES_SAMPLER`, …) name an endpoint. `Err` says what is wrong with them.
pub fn start() -> Result<(), String> {
    let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.trim().is_empty());
    if settings::wants_spans(variable)? { backend::start() } else { Ok(()) }
}

/// Exports what is left before the process ends. Blocks its thread for at most five seconds.
pub fn flush() {
    backend::flush();
}
