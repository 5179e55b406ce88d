//! Attempts of a call, and the wait that they report.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::ports::Unavailable;

use super::super::stall::{StallMonitor, StallPoint, WaitCause, WaitGuard};

/// Maximum pause between two attempts.
const MAX_BACKOFF: Duration = Duration::from_secs(5);
/// A longer attempt is reported. A charge has a shorter deadline of its own.
const SLOW_AFTER: Duration = Duration::from_secs(10);

/// The attempts of one call.
pub(super) struct Attempts<'s> {
    group: &'static str,
    stalls: &'s Arc<StallMonitor>,
    waiting: Option<WaitGuard>,
    /// When the call started.
    began: Instant,
    /// Number of failed attempts.
    pub(super) failed: u32,
}

impl<'s> Attempts<'s> {
    pub(super) fn new(group: &'static str, stalls: &'s Arc<StallMonitor>) -> Self {
        Self { group, stalls, waiting: None, began: Instant::now(), failed: 0 }
    }

    /// Runs work of the call; if it takes long, the wait is reported.
    pub(super) async fn watch<T>(
        &mut self,
        at: StallPoint,
        records: u64,
        work: impl Future<Output = T>,
    ) -> T {
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(SLOW_AFTER) => {
                    self.wait(at, records, "no response yet");
                }
            }
        }
    }

    /// Pauses after a failed attempt.
    pub(super) async fn back_off(&mut self, records: u64, (at, reason): (StallPoint, Unavailable)) {
        self.wait(at, records, &reason.to_string());
        tokio::time::sleep(backoff(self.failed)).await;
        self.failed += 1;
    }

    fn wait(&mut self, at: StallPoint, records: u64, reason: &str) {
        let cause = WaitCause { at, records, reason, since: self.began };
        self.stalls.keep_waiting(&mut self.waiting, self.group, cause);
    }
}

/// 50 ms, doubling up to five seconds, plus up to a quarter of jitter, so that instances do not
/// retry in step.
fn backoff(failed: u32) -> Duration {
    let base = Duration::from_millis(50)
        .saturating_mul(2_u32.saturating_pow(failed.min(10)))
        .min(MAX_BACKOFF);
    let jitter = uuid::Uuid::new_v4().as_bytes()[0];
    base + base.mul_f32(f32::from(jitter) / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_grows_and_is_bounded() {
        assert!(backoff(0) >= Duration::from_millis(50));
        assert!(backoff(3) >= Duration::from_millis(400));
        assert!(backoff(u32::MAX) <= MAX_BACKOFF.mul_f32(1.25));
    }
}
