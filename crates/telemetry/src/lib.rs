//! What an operator can read of a process.
//!
//! [`metrics`] are declared in one list, with what they mean. Whoever measures names one and knows
//! nothing of who reads it; `/metrics` and `docs/metrics.md` are written from the same list. A
//! [`Scope`] is what a task works on, for its log lines and for what it publishes.

pub mod metrics;
pub mod process;
mod scope;
pub mod trace;

pub use scope::Scope;
