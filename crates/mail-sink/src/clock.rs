//! The wall clock; no other code reads it.

use std::time::{SystemTime, UNIX_EPOCH};

/// The system clock.
#[allow(clippy::disallowed_methods, reason = "this is the default of the clock port")]
pub(crate) fn system() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
