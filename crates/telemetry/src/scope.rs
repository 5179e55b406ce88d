//! The scope of a task: its trace, and the order that it processes. All log lines within it have
//! both as fields.

use std::future::Future;

use domain::{ids::OrderId, trace::Trace};

/// The scope of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The trace that it belongs to.
    pub trace: Trace,
    /// Whether the trace came with the request, instead of beginning here.
    pub is_given: bool,
    /// True for a batch of many orders. The trace is that of the first one, for spans; log lines
    /// leave it out.
    pub is_of_many: bool,
    /// The order that it is about, if there is one.
    pub order: Option<OrderId>,
}

tokio::task_local! {
    static CURRENT: Scope;
}

impl Scope {
    /// The scope of an order, in the trace by which it came.
    pub const fn of(order: OrderId, trace: Trace) -> Self {
        Self { trace, is_given: true, is_of_many: false, order: Some(order) }
    }

    /// Runs a future in this scope. Tasks that it spawns are not in the scope.
    pub async fn run<T>(self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self, work).await
    }

    /// Runs synchronous work in this scope.
    pub fn run_sync<T>(self, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self, work)
    }

    /// The scope of the current task.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|scope| *scope).ok()
    }
}
