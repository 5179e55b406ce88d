//! What is being worked on: the trace, and the order if it is about one. Log lines that are written
//! meanwhile have both, without a word of whoever writes them.

use std::future::Future;

use domain::{ids::OrderId, trace::Trace};

/// What a task works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The trace that it belongs to.
    pub trace: Trace,
    /// Whether somebody else began the trace, and told us of it.
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

    /// Does work in this scope. Tasks that are spawned meanwhile are not in it.
    pub async fn around<T>(self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self, work).await
    }

    /// The same for work that does not wait.
    pub fn within<T>(self, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self, work)
    }

    /// The one that this task is in.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|scope| *scope).ok()
    }
}
