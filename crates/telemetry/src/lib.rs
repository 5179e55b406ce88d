//! What an operator can read of a process.
//!
//! [`metrics`] are declared in one list, with what they mean. Whoever measures names one and knows
//! nothing of who reads it; `/metrics` and `docs/metrics.md` are written from the same list.

pub mod metrics;
pub mod process;
