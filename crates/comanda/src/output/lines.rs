//! Log lines. Each has the trace and the order of the current scope, unless it sets these fields.

use std::fmt::{self, Debug, Write};

use clock::SystemClock;
use domain::ports::Clock;
use serde_json::{Map, Value, json};
use telemetry::Scope;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

/// The field of an order's id.
const ORDER: &str = "order.id";
/// The field of a trace's id.
const TRACE: &str = "trace_id";

/// The JSON format: `timestamp`, `level`, `fields` and `target`.
pub(super) struct Json;

/// The format for terminals: that of `F` with the fields of the scope.
pub(super) struct Text<F>(pub(super) F);

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let Fields(mut fields) = fields;
        for (name, value) in scope_fields() {
            fields.entry(name).or_insert_with(|| value.into());
        }
        let about = event.metadata();
        let line = line(about.level().as_str(), &Value::Object(fields), about.target());
        writeln!(writer, "{line}")
    }
}

impl<S, N, F> FormatEvent<S, N> for Text<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut text = String::new();
        let inner = Writer::new(&mut text);
        self.0.format_event(context, inner, event)?;
        write!(writer, "{}", text.trim_end())?;
        for (name, value) in scope_fields() {
            let is_set = event.fields().any(|field| field.name() == name);
            if !is_set {
                write!(writer, " {name}={value}")?;
            }
        }
        writeln!(writer)
    }
}

/// The line for a fault, as the last one of a process.
pub(super) fn fault_line(message: &str, code: u8) -> String {
    line("ERROR", &json!({"message": message, "exit_code": code}), "comanda")
}

fn line(level: &str, fields: &Value, target: &str) -> String {
    let mut line = String::with_capacity(200);
    let (now, level, target) = (SystemClock.now(), json!(level), json!(target));
    // Writing to a string cannot fail.
    let _ = write!(
        line,
        "{{\"timestamp\":\"{now:.6}\",\"level\":{level},\"fields\":{fields},\"target\":{target}}}"
    );
    line
}

fn scope_fields() -> impl Iterator<Item = (&'static str, String)> {
    let scope = Scope::current().filter(|scope| !scope.is_of_many);
    let order = scope.and_then(|scope| scope.order).map(|order| (ORDER, order.to_string()));
    let trace = scope.map(|scope| (TRACE, scope.trace.trace_id().to_string()));
    order.into_iter().chain(trace)
}

/// The fields of a line.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }
}
