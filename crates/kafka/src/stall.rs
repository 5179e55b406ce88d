//! Stalls: why and since when a group or a follower makes no progress.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::{Mutex, MutexGuard};

use domain::ports::Clock;
use jiff::Timestamp;

use clock::SystemClock;

/// Shorter waits are not reported.
const REPORT_AFTER: Duration = Duration::from_secs(1);

/// The step at which progress stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StallPoint {
    /// The handler waits for an outside part: database, payment gateway, mail server.
    Handler,
    /// Published events are not acknowledged.
    Publish,
    /// Records exist but are not received.
    Reading,
    /// The brokers do not respond.
    Kafka,
}

impl StallPoint {
    /// The name in metrics and `/readyz`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Handler => "handler",
            Self::Publish => "publish",
            Self::Reading => "reading",
            Self::Kafka => "kafka",
        }
    }
}

/// A lack of progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stall {
    /// When it began.
    pub since: Timestamp,
    /// Its duration.
    pub lasts: Duration,
    /// The step.
    pub at: StallPoint,
    /// Number of waiting records, as far as known.
    pub records: u64,
    /// The reason, in plain words.
    pub reason: String,
}

#[derive(Clone, Debug)]
struct Wait {
    began: Instant,
    since: Timestamp,
    at: StallPoint,
    records: u64,
    reason: String,
}

#[derive(Debug, Default)]
struct Waits {
    by_number: BTreeMap<u64, Wait>,
    last: u64,
    /// Since when there is no progress, if that was logged.
    logged: Option<Instant>,
}

/// The cause of a wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct WaitCause<'r> {
    pub(super) at: StallPoint,
    /// Number of waiting records, as far as known.
    pub(super) records: u64,
    /// The reason, in plain words.
    pub(super) reason: &'r str,
    /// When it began, which may be before it is noticed.
    pub(super) since: Instant,
}

/// The waits of a group or a follower. A stall lasts from the start of the first wait to the end of
/// the last; its start and its end are logged once.
#[derive(Debug, Default)]
pub struct StallMonitor(Mutex<Waits>);

/// A wait, until it is dropped.
#[derive(Debug)]
pub struct WaitGuard {
    group: &'static str,
    stalls: Arc<StallMonitor>,
    number: u64,
}

impl StallMonitor {
    /// Starts a wait of the group, or the follower, `group`.
    pub(super) fn begin_wait(
        self: &Arc<Self>,
        group: &'static str,
        cause: WaitCause<'_>,
    ) -> WaitGuard {
        let WaitCause { at, records, reason, since: began } = cause;
        let lasts = began.elapsed();
        let now = SystemClock.now();
        let since = now.checked_sub(lasts).unwrap_or(now);
        let mut waits = self.locked();
        waits.last += 1;
        let number = waits.last;
        let wait = Wait { began, since, at, records, reason: reason.to_owned() };
        waits.by_number.insert(number, wait);
        waits.log_stall(group);
        WaitGuard { group, stalls: self.clone(), number }
    }

    /// Starts a wait, or updates the cause of the current one.
    pub(super) fn keep_waiting(
        self: &Arc<Self>,
        waiting: &mut Option<WaitGuard>,
        group: &'static str,
        cause: WaitCause<'_>,
    ) {
        if let Some(waiting) = waiting {
            waiting.update(cause);
        } else {
            *waiting = Some(self.begin_wait(group, cause));
        }
    }

    /// The longest wait, if it is long enough to report.
    pub fn stall(&self) -> Option<Stall> {
        let waits = self.locked();
        let longest = waits.by_number.values().min_by_key(|wait| wait.began)?;
        let lasts = longest.began.elapsed();
        (lasts >= REPORT_AFTER).then(|| Stall {
            since: longest.since,
            lasts,
            at: longest.at,
            records: waits.by_number.values().map(|wait| wait.records).sum(),
            reason: longest.reason.clone(),
        })
    }

    fn locked(&self) -> MutexGuard<'_, Waits> {
        self.0.lock()
    }
}

impl Waits {
    /// Logs a lasting stall, once.
    fn log_stall(&mut self, group: &'static str) {
        let longest = self.by_number.values().min_by_key(|wait| wait.began);
        let lasting = longest.filter(|longest| longest.began.elapsed() >= REPORT_AFTER);
        if let (Some(longest), None) = (lasting, self.logged) {
            let Wait { at, records, reason, since, began } = longest;
            tracing::warn!(group, at = at.name(), records, %since, reason, "makes no progress");
            self.logged = Some(*began);
        }
    }
}

impl WaitGuard {
    /// Updates the cause.
    fn update(&self, cause: WaitCause<'_>) {
        let mut waits = self.stalls.locked();
        let Some(wait) = waits.by_number.get_mut(&self.number) else { return };
        (wait.at, wait.records, wait.reason) = (cause.at, cause.records, cause.reason.to_owned());
        waits.log_stall(self.group);
    }
}

impl Drop for WaitGuard {
    fn drop(&mut self) {
        let mut waits = self.stalls.locked();
        waits.by_number.remove(&self.number);
        if waits.by_number.is_empty()
            && let Some(began) = waits.logged.take()
        {
            let stood_s = began.elapsed().as_secs();
            tracing::warn!(group = self.group, stood_s, "makes progress again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stall_lasts_from_the_first_wait_to_the_end_of_the_last() {
        let stalls = Arc::<StallMonitor>::default();
        let cause = |at, records, reason, seconds| {
            let since = Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap();
            WaitCause { at, records, reason, since }
        };
        assert_eq!(stalls.stall(), None);
        let first = stalls.begin_wait("g", cause(StallPoint::Handler, 3, "the gateway is away", 0));
        assert_eq!((stalls.stall(), stalls.locked().logged), (None, None), "not reported yet");
        let second = stalls.begin_wait("g", cause(StallPoint::Publish, 2, "not acknowledged", 9));
        assert!(stalls.locked().logged.is_some(), "it is old when it is noticed");
        first.update(cause(StallPoint::Handler, 4, "the gateway is still away", 0));
        let stall = stalls.stall().unwrap();
        assert_eq!((stall.at, stall.records, stall.lasts.as_secs()), (StallPoint::Publish, 6, 9));
        let since_s = SystemClock.now().duration_since(stall.since).as_secs();
        assert_eq!(since_s, 9, "since it began, not since it was noticed");
        drop(second);
        assert_eq!(stalls.stall(), None, "the other one has only begun");
        let third = stalls.begin_wait("g", cause(StallPoint::Kafka, 0, "away", 7));
        assert_eq!(stalls.stall().unwrap().reason, "away");
        drop((first, third));
        assert_eq!((stalls.stall(), stalls.locked().logged), (None, None));
    }
}
