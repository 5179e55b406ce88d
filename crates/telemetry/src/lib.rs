//! Observability of a process.
//!
//! [`metrics`] are declared in one list with their meanings; `/metrics` and `docs/metrics.md` are
//! generated from it. A [`Scope`] is the trace and the order of a task, for its log lines and for
//! the records that it publishes.

pub mod metrics;
pub mod process;
mod scope;
pub mod trace;

pub use scope::Scope;
