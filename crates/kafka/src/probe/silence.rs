//! Waiting for an event that may not come.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use rdkafka::{ClientContext, Statistics, consumer::ConsumerContext, error::KafkaError as RdError};

/// After this time without an event, a position counts as unreadable: brokers that respond send an
/// existing record sooner.
const SILENT_AFTER: Duration = Duration::from_secs(10);
/// The same if responses keep arriving but cannot be decoded.
const PARTIAL_AFTER: Duration = Duration::from_millis(400);
/// Responses of an earlier attempt may be counted until then.
const COUNTED_AFTER: Duration = Duration::from_millis(250);
/// Number of such responses that is sufficient.
const PARTIAL: u64 = 3;

/// A period without events, and the responses counted in it.
pub(super) struct Silence {
    since: Instant,
    partial: Option<u64>,
}

impl Silence {
    pub(super) fn start() -> Self {
        Self { since: Instant::now(), partial: None }
    }

    /// True if it has lasted long enough to be a defect.
    pub(super) fn is_long(&mut self, counting: &FetchCounter) -> bool {
        let (lasts, partial) = (self.since.elapsed(), counting.partial.load(Ordering::Relaxed));
        if lasts < COUNTED_AFTER {
            return false;
        }
        let before = *self.partial.get_or_insert(partial);
        lasts >= SILENT_AFTER || (lasts >= PARTIAL_AFTER && partial >= before + PARTIAL)
    }
}

/// Counts responses that the client could not decode; it repeats the request without reporting an
/// error.
#[derive(Default)]
pub(super) struct FetchCounter {
    partial: AtomicU64,
}

impl ClientContext for FetchCounter {
    fn stats(&self, statistics: Statistics) {
        let partial = statistics.brokers.values().map(|broker| broker.rxpartial).sum();
        self.partial.store(partial, Ordering::Relaxed);
    }

    fn error(&self, error: RdError, reason: &str) {
        tracing::debug!(%error, reason, "a probe reported");
    }
}

impl ConsumerContext for FetchCounter {}
