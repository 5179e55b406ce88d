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
pub struct Still {
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
    pub fn wait(
        self: &Arc<Self>,
        name: &'static str,
        at: At,
        records: u64,
        reason: &str,
    ) -> Waiting {
        let (began, since) = (Instant::now(), SystemClock.now());
        let mut waits = self.locked();
        waits.last += 1;
        let number = waits.last;
        let wait = Wait { began, since, at, records, reason: reason.to_owned() };
        waits.by_number.insert(number, wait);
        Waiting { name, standing: self.clone(), number }
    }

    /// The same, where it may wait for something already: then it waits for this by now.
    pub fn keep_waiting(
        self: &Arc<Self>,
        waiting: &mut Option<Waiting>,
        name: &'static str,
        (at, records, reason): (At, u64, &str),
    ) {
        if let Some(waiting) = waiting {
            waiting.goes_on(at, records, reason);
        } else {
            *waiting = Some(self.wait(name, at, records, reason));
        }
    }

    /// What it has waited for longest, if that is long enough to be told.
    pub fn still(&self) -> Option<Still> {
        let waits = self.locked();
        let longest = waits.by_number.values().min_by_key(|wait| wait.began)?;
        let lasts = longest.began.elapsed();
        (lasts >= TOLD_AFTER).then(|| Still {
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

impl Waiting {
    /// It still waits, for this by now.
    pub fn goes_on(&self, at: At, records: u64, reason: &str) {
        let mut waits = self.standing.locked();
        let Some(wait) = waits.by_number.get_mut(&self.number) else { return };
        (wait.at, wait.records, wait.reason) = (at, records, reason.to_owned());
        if waits.told.is_some() {
            return;
        }
        let Some(longest) = waits.by_number.values().min_by_key(|wait| wait.began).cloned() else {
            return;
        };
        if longest.began.elapsed() >= TOLD_AFTER {
            waits.told = Some(longest.began);
            let (name, at) = (self.name, longest.at.name());
            let Wait { records, reason, since, .. } = longest;
            tracing::warn!(name, at, records, %since, reason, "stands still");
        }
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
        let ago = |number: u64, seconds| {
            let mut waits = standing.locked();
            let wait = waits.by_number.get_mut(&number).unwrap();
            wait.began = wait.began.checked_sub(Duration::from_secs(seconds)).unwrap();
        };
        assert_eq!(standing.still(), None);
        let first = standing.wait("g", At::Handler, 3, "the gateway is away");
        assert_eq!(standing.still(), None, "that is no news yet");
        let second = standing.wait("g", At::Publish, 2, "not acknowledged");
        ago(1, 5);
        ago(2, 9);
        first.goes_on(At::Handler, 4, "the gateway is still away");
        let still = standing.still().unwrap();
        assert_eq!((still.at, still.records, still.lasts.as_secs()), (At::Publish, 6, 9));
        assert!(standing.locked().told.is_some());
        drop(second);
        assert_eq!(standing.still().unwrap().reason, "the gateway is still away");
        drop(first);
        assert_eq!((standing.still(), standing.locked().told), (None, None));
    }
}
