//! What records are about, for the log.

use std::future::Future;

use domain::trace::Trace;
use events::Record;
use telemetry::Scope;

/// Works on records: one alone is worked on in its own scope. A batch is of many orders.
pub(super) async fn around<T>(records: &[Record], work: impl Future<Output = T>) -> T {
    match records {
        [record] => match of(record) {
            Some(scope) => scope.around(work).await,
            None => work.await,
        },
        _ => work.await,
    }
}

/// Tells something of a record.
pub(super) fn within(record: &Record, tell: impl FnOnce()) {
    match of(record) {
        Some(scope) => scope.within(tell),
        None => tell(),
    }
}

/// What a record is about: the order that its key names, in the trace by which it came.
fn of(record: &Record) -> Option<Scope> {
    let order = std::str::from_utf8(&record.key).ok().and_then(|key| key.parse().ok());
    let trace = record.trace().or(order.map(Trace::of_order))?;
    Some(Scope { trace, is_given: true, order })
}
