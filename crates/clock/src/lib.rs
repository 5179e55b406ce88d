//! The system's clock.

use domain::ports::Clock;
use jiff::{Timestamp, Unit};

/// The time of the machine, in whole microseconds: what every store and event keeps exactly.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the clock port")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        now.round(Unit::Microsecond).unwrap_or(now)
    }
}
