//! Detects partitions with records that are not received.

use std::{collections::HashMap, sync::Arc, time::Duration};

use events::{Handler, Publisher};
use tokio::time::Instant;

use super::{
    super::{
        commit::SharedTracker,
        ends::{Ends, KnownEnds},
        stall::{StallMonitor, StallPoint, WaitCause, WaitGuard},
        tracker::Partition,
    },
    Worker,
};

/// Time without progress, while records exist, after which a partition is stalled.
const STALLED_AFTER: Duration = Duration::from_secs(5);
const CHECK_EVERY: Duration = Duration::from_secs(1);

/// The positions, and since when.
#[derive(Default)]
pub(super) struct Progress {
    positions_since: HashMap<Partition, (i64, Instant)>,
    waiting: Option<WaitGuard>,
    /// Time of the last check.
    looked: Option<Instant>,
}

/// A partition whose records are not received.
struct StalledPartition {
    partition: Partition,
    at: i64,
    records: u64,
    since: Instant,
}

impl Progress {
    /// Partitions before their end without progress, longest first.
    fn stalled(
        &mut self,
        positions: &[(Partition, i64)],
        known: &KnownEnds,
        now: Instant,
    ) -> Vec<StalledPartition> {
        let mut positions_since = HashMap::with_capacity(positions.len());
        let mut stalled = Vec::new();
        for (partition, at) in positions {
            let end = known.ends.get(partition).copied().unwrap_or(*at);
            let records = u64::try_from(end - at).unwrap_or(0);
            let before =
                self.positions_since.get(partition).filter(|(was, _)| was == at && records > 0);
            let since = before.map_or(now, |(_, since)| *since);
            positions_since.insert(partition.clone(), (*at, since));
            if records > 0 && now.duration_since(since) >= STALLED_AFTER {
                stalled.push(StalledPartition {
                    partition: partition.clone(),
                    at: *at,
                    records,
                    since,
                });
            }
        }
        self.positions_since = positions_since;
        stalled.sort_by_key(|stalled| stalled.since);
        stalled
    }
}

impl<H: Handler, P: Publisher> Worker<H, P> {
    /// Checks for progress once a second.
    pub(super) fn watch_progress(&mut self) {
        let looked = self.progress.looked.is_some_and(|at| at.elapsed() < CHECK_EVERY);
        if looked {
            return;
        }
        self.progress.looked = Some(Instant::now());
        self.report_lag();
        self.request_starts();
        let known = self.ends.known();
        let positions = self.readable_positions();
        let stalled = self.progress.stalled(&positions, &known, Instant::now());
        // A probe determines the reason.
        for stalled in &stalled {
            self.hold(&stalled.partition);
        }
        let names = self.config.names();
        // Silent brokers are reported by another task.
        let cause = stalled.first().filter(|_| known.silence().is_none()).map(|first| {
            let (topic, partition) = &first.partition;
            let topic = names.ours(topic).unwrap_or(topic);
            let records = stalled.iter().map(|stalled| stalled.records).sum();
            (records, format!("{topic}/{partition}@{} is not received", first.at), first.since)
        });
        let waiting = &mut self.progress.waiting;
        match cause {
            None => *waiting = None,
            Some((records, reason, since)) => {
                let since = since.into_std();
                let cause = WaitCause { at: StallPoint::Reading, records, reason: &reason, since };
                self.counters.stalls.keep_waiting(waiting, H::GROUP, cause);
            }
        }
    }

    /// Positions of the partitions that are being read: while the queue is full, or the next retry
    /// is not due, no record is expected.
    fn readable_positions(&self) -> Vec<(Partition, i64)> {
        if self.is_paused || self.intake.len() >= Self::room() {
            return Vec::new();
        }
        let early = self.intake.early_partitions();
        let positions = self.tracker.with(|tracker| tracker.positions()).into_iter();
        let known = positions.filter_map(|(partition, next)| Some((partition, next?)));
        known.filter(|(partition, _)| !early.contains(partition)).collect()
    }

    /// Asks once for the start of each partition from which no record was received.
    fn request_starts(&mut self) {
        if !self.starts.is_empty() {
            return;
        }
        let positions = self.tracker.with(|tracker| tracker.positions()).into_iter();
        let unknown: Vec<_> =
            positions.filter(|(_, next)| next.is_none()).map(|(p, _)| p).collect();
        if unknown.is_empty() {
            return;
        }
        let (members, tracker) = (self.members.clone(), self.tracker.clone());
        self.starts.spawn_blocking(move || {
            // While the brokers do not respond, it is asked again.
            let Ok(found) = members.committed(&unknown) else { return };
            tracker.with(|tracker| {
                for (partition, at) in found {
                    tracker.set_start(&partition, at.unwrap_or(0));
                }
            });
            drop(members);
        });
    }
}

/// Reports silent brokers for as long as it is polled. The worker's loop may itself be blocked by
/// them: a commit during a rebalance has no timeout.
pub(super) async fn report_silence(
    group: &'static str,
    ends: Ends,
    tracker: SharedTracker,
    stalls: Arc<StallMonitor>,
) {
    let mut waiting: Option<WaitGuard> = None;
    loop {
        let known = ends.known();
        match known.silence() {
            None => waiting = None,
            Some((since, reason)) => {
                let records = tracker.with(|tracker| tracker.open());
                let reason = &*format!("the brokers do not answer: {reason}");
                let cause = WaitCause { at: StallPoint::Kafka, records, reason, since };
                stalls.keep_waiting(&mut waiting, group, cause);
            }
        }
        tokio::time::sleep(CHECK_EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_partition_before_its_end_is_stalled() {
        let (mut progress, began) = (Progress::default(), Instant::now());
        let partition = |n| ("t".to_owned(), n);
        let known = KnownEnds {
            ends: HashMap::from([(partition(0), 9), (partition(1), 4)]),
            ..KnownEnds::default()
        };
        let mut look = |second, zero, one| {
            let positions = [(partition(0), zero), (partition(1), one)];
            let now = began + Duration::from_secs(second);
            let stalled = progress.stalled(&positions, &known, now).into_iter();
            stalled.map(|s| (s.partition.1, s.at, s.records)).collect::<Vec<_>>()
        };
        assert_eq!(look(0, 5, 4), []);
        assert_eq!(look(6, 5, 4), [(0, 5, 4)], "the other one has nothing to read");
        assert_eq!(look(7, 6, 4), [], "it makes progress");
        assert_eq!(look(11, 6, 4), []);
        assert_eq!(look(13, 6, 4), [(0, 6, 3)]);
    }
}
