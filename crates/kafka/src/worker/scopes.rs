//! The scope of records: their order and trace, for log lines, spans and published events.

use std::future::Future;

use domain::trace::Trace;
use events::Record;
use telemetry::Scope;

use super::spans::Spans;

/// Processes records: a single one in its own scope. Several are of many orders.
pub(super) async fn run_in_scope<T>(
    records: &[Record],
    spans: &Spans,
    work: impl Future<Output = T>,
) -> T {
    let single = match records {
        [record] => scope_of(record),
        _ => None,
    };
    match spans.scope(records, single) {
        Some(scope) => scope.run(work).await,
        None => work.await,
    }
}

/// Logs something about a record.
pub(super) fn log_in_scope(record: &Record, log: impl FnOnce()) {
    match scope_of(record) {
        Some(scope) => scope.run_sync(log),
        None => log(),
    }
}

/// The scope of a record: the order that its key names, and the trace of its headers.
pub(super) fn scope_of(record: &Record) -> Option<Scope> {
    let order = std::str::from_utf8(&record.key).ok().and_then(|key| key.parse().ok());
    let trace = record.trace().or(order.map(Trace::of_order))?;
    Some(Scope { trace, is_given: true, is_of_many: false, order })
}
