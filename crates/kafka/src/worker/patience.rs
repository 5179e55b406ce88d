//! How long a call waits for outside parts, and who hears of it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::ports::Unavailable;

use super::super::standing::{At, Cause, Standing, Waiting};

/// The longest wait between two tries.
const MAX_BACKOFF: Duration = Duration::from_secs(5);
/// What takes longer keeps others waiting: a charge has a deadline of its own, and ends before.
const SLOW_AFTER: Duration = Duration::from_secs(10);

/// The tries of one call.
pub(super) struct Patience<'s> {
    group: &'static str,
    standing: &'s Arc<Standing>,
    waiting: Option<Waiting>,
    /// When the call began.
    began: Instant,
    /// How often it was tried in vain.
    pub(super) tries: u32,
}

impl<'s> Patience<'s> {
    pub(super) fn new(group: &'static str, standing: &'s Arc<Standing>) -> Self {
        Self { group, standing, waiting: None, began: Instant::now(), tries: 0 }
    }

    /// Waits for an outside part, and records for that; if it takes long, it is told.
    pub(super) async fn until_slow<T>(
        &mut self,
        at: At,
        records: u64,
        work: impl Future<Output = T>,
    ) -> T {
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(SLOW_AFTER) => {
                    self.wait(at, records, "it has not answered yet");
                }
            }
        }
    }

    /// Pauses after a try in vain.
    pub(super) async fn pause(&mut self, records: u64, (at, reason): (At, Unavailable)) {
        self.wait(at, records, &reason.to_string());
        tokio::time::sleep(backoff(self.tries)).await;
        self.tries += 1;
    }

    fn wait(&mut self, at: At, records: u64, reason: &str) {
        let cause = Cause { at, records, reason, since: self.began };
        self.standing.keep_waiting(&mut self.waiting, self.group, cause);
    }
}

/// 50 ms, doubling up to five seconds, plus up to a quarter of jitter so that instances spread.
fn backoff(tries: u32) -> Duration {
    let base = Duration::from_millis(50)
        .saturating_mul(2_u32.saturating_pow(tries.min(10)))
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
