//! Whether reading goes on: records may be there, and none of them come.

use std::{collections::HashMap, sync::Arc, time::Duration};

use events::{Handler, Publisher};
use tokio::time::Instant;

use super::{
    super::{
        commit::SharedTracker,
        ends::{Ends, Known},
        standing::{At, Cause, Standing, Waiting},
        tracker::Partition,
    },
    Worker,
};

/// Records that are there for so long and do not come keep the group waiting.
const STILL_AFTER: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Where reading stood, and since when.
#[derive(Default)]
pub(super) struct Progress {
    places: HashMap<Partition, (i64, Instant)>,
    waiting: Option<Waiting>,
    /// When it was looked at last.
    looked: Option<Instant>,
}

/// A partition whose records do not come.
struct Stuck {
    partition: Partition,
    at: i64,
    records: u64,
    since: Instant,
}

impl Progress {
    /// Partitions that stand before their end, those first that have stood longest.
    fn stuck(&mut self, positions: &[(Partition, i64)], known: &Known, now: Instant) -> Vec<Stuck> {
        let mut places = HashMap::with_capacity(positions.len());
        let mut stuck = Vec::new();
        for (partition, at) in positions {
            let end = known.ends.get(partition).copied().unwrap_or(*at);
            let records = u64::try_from(end - at).unwrap_or(0);
            let before = self.places.get(partition).filter(|(was, _)| was == at && records > 0);
            let since = before.map_or(now, |(_, since)| *since);
            places.insert(partition.clone(), (*at, since));
            if records > 0 && now.duration_since(since) >= STILL_AFTER {
                stuck.push(Stuck { partition: partition.clone(), at: *at, records, since });
            }
        }
        self.places = places;
        stuck.sort_by_key(|stuck| stuck.since);
        stuck
    }
}

impl<H: Handler, P: Publisher> Worker<H, P> {
    /// Looks once a second whether reading goes on.
    pub(super) fn watch_progress(&mut self) {
        let looked = self.progress.looked.is_some_and(|at| at.elapsed() < LOOK_EVERY);
        if looked {
            return;
        }
        self.progress.looked = Some(Instant::now());
        self.tell_figures();
        self.learn_beginnings();
        let known = self.ends.known();
        let positions = self.readable_now();
        let stuck = self.progress.stuck(&positions, &known, Instant::now());
        // A probe finds out why.
        for stuck in &stuck {
            self.hold(&stuck.partition);
        }
        let names = self.config.names();
        // Somebody else tells that the brokers are silent.
        let told = stuck.first().filter(|_| known.silence().is_none()).map(|first| {
            let (topic, partition) = &first.partition;
            let topic = names.ours(topic).unwrap_or(topic);
            let records = stuck.iter().map(|stuck| stuck.records).sum();
            (records, format!("{topic}/{partition}@{} does not come", first.at), first.since)
        });
        let waiting = &mut self.progress.waiting;
        match told {
            None => *waiting = None,
            Some((records, reason, since)) => {
                let since = since.into_std();
                let cause = Cause { at: At::Reading, records, reason: &reason, since };
                self.counters.standing.keep_waiting(waiting, H::GROUP, cause);
            }
        }
    }

    /// Where reading stands in partitions that are read now: while the intake is full, or the next
    /// retry is not due, nothing has to come.
    fn readable_now(&self) -> Vec<(Partition, i64)> {
        if self.paused || self.intake.len() >= Self::room() {
            return Vec::new();
        }
        let early = self.intake.early();
        let positions = self.tracker.with(|tracker| tracker.positions()).into_iter();
        let known = positions.filter_map(|(partition, next)| Some((partition, next?)));
        known.filter(|(partition, _)| !early.contains(partition)).collect()
    }

    /// Asks once where reading of each partition began of which nothing has come.
    fn learn_beginnings(&mut self) {
        if !self.beginnings.is_empty() {
            return;
        }
        let positions = self.tracker.with(|tracker| tracker.positions()).into_iter();
        let unknown: Vec<_> =
            positions.filter(|(_, next)| next.is_none()).map(|(p, _)| p).collect();
        if unknown.is_empty() {
            return;
        }
        let (members, tracker) = (self.members.clone(), self.tracker.clone());
        self.beginnings.spawn_blocking(move || {
            // While the brokers do not answer, it is asked again.
            let Ok(found) = members.committed(&unknown) else { return };
            tracker.with(|tracker| {
                for (partition, at) in found {
                    tracker.begins(&partition, at.unwrap_or(0));
                }
            });
            drop(members);
        });
    }
}

/// Tells that a group waits for silent brokers, for as long as it is polled. The loop of the worker may
/// itself be waiting for them then: a rebalance commits, and that has no limit.
pub(super) async fn tell_of_silence(
    group: &'static str,
    ends: Ends,
    tracker: SharedTracker,
    standing: Arc<Standing>,
) {
    let mut waiting: Option<Waiting> = None;
    loop {
        let known = ends.known();
        match known.silence() {
            None => waiting = None,
            Some((since, reason)) => {
                let records = tracker.with(|tracker| tracker.open());
                let reason = &*format!("the brokers do not answer: {reason}");
                let cause = Cause { at: At::Kafka, records, reason, since };
                standing.keep_waiting(&mut waiting, group, cause);
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_before_its_end_is_stuck() {
        let (mut progress, began) = (Progress::default(), Instant::now());
        let partition = |n| ("t".to_owned(), n);
        let known = Known {
            ends: HashMap::from([(partition(0), 9), (partition(1), 4)]),
            ..Known::default()
        };
        let mut look = |second, zero, one| {
            let positions = [(partition(0), zero), (partition(1), one)];
            let now = began + Duration::from_secs(second);
            let stuck = progress.stuck(&positions, &known, now).into_iter();
            stuck.map(|s| (s.partition.1, s.at, s.records)).collect::<Vec<_>>()
        };
        assert_eq!(look(0, 5, 4), []);
        assert_eq!(look(6, 5, 4), [(0, 5, 4)], "the other one has nothing to read");
        assert_eq!(look(7, 6, 4), [], "it goes on");
        assert_eq!(look(11, 6, 4), []);
        assert_eq!(look(13, 6, 4), [(0, 6, 3)]);
    }
}
