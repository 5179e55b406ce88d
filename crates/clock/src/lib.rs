//! The system clock.

use domain::ports::Clock;
use jiff::{Timestamp, Unit};

/// The system time, rounded to microseconds, the precision of all stores and events.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the clock port")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        now.round(Unit::Microsecond).unwrap_or(now)
    }
}
