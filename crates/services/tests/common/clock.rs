//! Clocks for tests.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::ports::Clock;
use jiff::Timestamp;

const START_S: i64 = 1_700_000_000;

/// A clock that advances by a second at each reading, so that no two times are equal.
#[derive(Default)]
pub struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(START_S + self.0.fetch_add(1, Ordering::SeqCst)).unwrap()
    }
}

/// The time of the runtime, which a test may have paused, from a given start.
pub struct Virtual(Timestamp, tokio::time::Instant);

impl Virtual {
    pub fn beginning_at(at: Timestamp) -> Self {
        Self(at, tokio::time::Instant::now())
    }
}

impl Clock for Virtual {
    fn now(&self) -> Timestamp {
        self.0 + self.1.elapsed()
    }
}

/// A clock that a test moves.
pub struct Manual(AtomicI64);

impl Default for Manual {
    fn default() -> Self {
        Self(AtomicI64::new(START_S))
    }
}

impl Manual {
    /// Moves the clock forward.
    pub fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Manual {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}
