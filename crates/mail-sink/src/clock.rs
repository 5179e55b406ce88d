//! The wall clock, in the one place that may read it.

use std::time::{SystemTime, UNIX_EPOCH};

/// The clock of the machine.
#[allow(clippy::disallowed_methods, reason = "this is the default of the clock port")]
pub(crate) fn system() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
