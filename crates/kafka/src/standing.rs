//! What keeps a group or a follower from going on, and since when.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::{Mutex, MutexGuard};

use domain::ports::Clock;
use jiff::Timestamp;

use clock::SystemClock;

/// What lasts shorter is no news.
const TOLD_AFTER: Duration = Duration::from_secs(1);

/// Where it is that something stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The handler waits for an outside part: the database, the payment gateway, the mail server.
    Handler,
    /// Its events are not acknowledged.
    Publish,
    /// Records are there, and reading does not come to them.
    Reading,
    /// The brokers do not answer.
    Kafka,
}

impl At {
    /// As metrics and `/readyz` call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Handler => "handler",
            Self::Publish => "publish",
            Self::Reading => "reading",
            Self::Kafka => "kafka",
        }
    }
}

/// Something that stands still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stall {
    /// Since when.
    pub since: Timestamp,
    /// For how long.
    pub lasts: Duration,
    /// Where.
    pub at: At,
    /// Records that wait for it, as far as they are known.
    pub records: u64,
    /// Why, in plain words.
    pub reason: String,
}

#[derive(Clone, Debug)]
struct Wait {
    began: Instant,
    since: Timestamp,
    at: At,
    records: u64,
    reason: String,
}

#[derive(Debug, Default)]
struct Waits {
    by_number: BTreeMap<u64, Wait>,
    last: u64,
    /// Since when it has stood still, if that was told.
    told: Option<Instant>,
}

/// What somebody waits for by now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cause<'r> {
    pub(super) at: At,
    /// Records that wait for it, as far as they are known.
    pub(super) records: u64,
    /// Why, in plain words.
    pub(super) reason: &'r str,
    /// When it began, which may be well before it is noticed.
    pub(super) since: Instant,
}

/// What a group or a follower waits for. It stands still from the first thing that it waits for until
/// the last one is over; that is logged once at the beginning and once at the end.
#[derive(Debug, Default)]
pub struct Standing(Mutex<Waits>);

/// One thing that is waited for, until it is dropped.
#[derive(Debug)]
pub struct Waiting {
    name: &'static str,
    standing: Arc<Standing>,
    number: u64,
}

impl Standing {
    /// Begins to wait: `name` is the group's or the follower's.
    pub(super) fn wait(self: &Arc<Self>, name: &'static str, cause: Cause<'_>) -> Waiting {
        let Cause { at, records, reason, since: began } = cause;
        let lasts = began.elapsed();
        let now = SystemClock.now();
        let since = now.checked_sub(lasts).unwrap_or(now);
        let mut waits = self.locked();
        waits.last += 1;
        let number = waits.last;
        let wait = Wait { began, since, at, records, reason: reason.to_owned() };
        waits.by_number.insert(number, wait);
        waits.tell(name);
        Waiting { name, standing: self.clone(), number }
    }

    /// The same, where it may wait for something already: then it waits for this by now.
    pub(super) fn keep_waiting(
        self: &Arc<Self>,
        waiting: &mut Option<Waiting>,
        name: &'static str,
        cause: Cause<'_>,
    ) {
        if let Some(waiting) = waiting {
            waiting.goes_on(cause);
        } else {
            *waiting = Some(self.wait(name, cause));
        }
    }

    /// What it has waited for longest, if that is long enough to be told.
    pub fn still(&self) -> Option<Stall> {
        let waits = self.locked();
        let longest = waits.by_number.values().min_by_key(|wait| wait.began)?;
        let lasts = longest.began.elapsed();
        (lasts >= TOLD_AFTER).then(|| Stall {
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
    /// Logs that it stands still, once, and only if it lasts.
    fn tell(&mut self, name: &'static str) {
        let longest = self.by_number.values().min_by_key(|wait| wait.began);
        let lasting = longest.filter(|longest| longest.began.elapsed() >= TOLD_AFTER);
        if let (Some(longest), None) = (lasting, self.told) {
            let Wait { at, records, reason, since, began } = longest;
            tracing::warn!(name, at = at.name(), records, %since, reason, "stands still");
            self.told = Some(*began);
        }
    }
}

impl Waiting {
    /// It still waits, for this by now.
    fn goes_on(&self, cause: Cause<'_>) {
        let mut waits = self.standing.locked();
        let Some(wait) = waits.by_number.get_mut(&self.number) else { return };
        (wait.at, wait.records, wait.reason) = (cause.at, cause.records, cause.reason.to_owned());
        waits.tell(self.name);
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut waits = self.standing.locked();
        waits.by_number.remove(&self.number);
        if waits.by_number.is_empty()
            && let Some(began) = waits.told.take()
        {
            let stood_s = began.elapsed().as_secs();
            tracing::warn!(name = self.name, stood_s, "goes on");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_still_from_the_first_wait_to_the_end_of_the_last() {
        let standing = Arc::<Standing>::default();
        let cause = |at, records, reason, seconds| {
            let since = Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap();
            Cause { at, records, reason, since }
        };
        assert_eq!(standing.still(), None);
        let first = standing.wait("g", cause(At::Handler, 3, "the gateway is away", 0));
        assert_eq!((standing.still(), standing.locked().told), (None, None), "no news yet");
        let second = standing.wait("g", cause(At::Publish, 2, "not acknowledged", 9));
        assert!(standing.locked().told.is_some(), "it has lasted when it is noticed");
        first.goes_on(cause(At::Handler, 4, "the gateway is still away", 0));
        let still = standing.still().unwrap();
        assert_eq!((still.at, still.records, still.lasts.as_secs()), (At::Publish, 6, 9));
        let since_s = SystemClock.now().duration_since(still.since).as_secs();
        assert_eq!(since_s, 9, "since it began, not since it was noticed");
        drop(second);
        assert_eq!(standing.still(), None, "the other one has only begun");
        let third = standing.wait("g", cause(At::Kafka, 0, "away", 7));
        assert_eq!(standing.still().unwrap().reason, "away");
        drop((first, third));
        assert_eq!((standing.still(), standing.locked().told), (None, None));
    }
}
