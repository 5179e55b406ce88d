//! Skips unreadable ranges.
//!
//! When a member receives a data error, commits of its partitions are held at their position, a
//! probe examines each of them, and every unreadable range becomes a dead letter. Only after that
//! is acknowledged does reading continue after the range and the offset move past it.

use std::{panic::AssertUnwindSafe, time::Duration};

use events::{Handler, Publisher, Range, dead_letter};
use futures::FutureExt;
use tokio::time::Instant;

use super::{
    super::{
        client::KafkaConfig,
        commit::SharedTracker,
        names::Names,
        probe::{Probe, ProbeResult},
        tracker::{Hold, Partition},
    },
    Worker,
    call::publish_until_done,
};

/// Interval of probes while the brokers do not respond.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);

/// The results of a probe of some positions.
#[derive(Default)]
pub(super) struct ProbeResults {
    /// Settled holds, with the range to skip.
    settled: Vec<(Hold, Option<(i64, i64)>)>,
    /// The topics with unreadable ranges.
    unreadable: Vec<String>,
    /// Positions of which nothing is known yet.
    again: Vec<Hold>,
}

impl<H: Handler, P: Publisher> Worker<H, P> {
    /// Holds all partitions of a member that received a data error.
    pub(super) fn hold_member(&mut self, index: usize) {
        let topics = self.members.topics(index).to_vec();
        let own = self.tracker.with(|tracker| tracker.positions()).into_iter();
        let own = own.map(|(partition, _)| partition).filter(|(topic, _)| topics.contains(topic));
        own.for_each(|partition| self.hold(&partition));
    }

    /// Keeps commits of a partition from passing its current position.
    pub(super) fn hold(&mut self, partition: &Partition) {
        self.suspects.extend(self.tracker.with(|tracker| tracker.hold(partition)));
    }

    /// Probes all held positions, unless a probe is running.
    pub(super) fn probe_suspects(&mut self) {
        if self.suspects.is_empty() || !self.probes.is_empty() || self.next_probe > Instant::now() {
            return;
        }
        self.next_probe = Instant::now() + PROBE_INTERVAL;
        let holds = std::mem::take(&mut self.suspects);
        let (config, tracker) = (self.config.clone(), self.tracker.clone());
        let (publisher, counters) = (self.publisher.clone(), self.counters.clone());
        self.probes.spawn(keep_holds(holds, async move |holds| {
            let asked = config.clone();
            let probe =
                tokio::task::spawn_blocking(move || probe_holds::<H>(&asked, &tracker, holds));
            let (verdicts, again) = probe.await.ok()?;
            let mut results = ProbeResults { again, ..ProbeResults::default() };
            for (hold, result) in verdicts {
                if let Some(letter) = encode_letter::<H>(&config.names(), &hold.partition, &result)
                {
                    publish_until_done::<H, _>(&publisher, vec![letter], &counters.stalls).await;
                    results.unreadable.push(hold.partition.0.clone());
                }
                results.settled.push((hold, result.skipped()));
            }
            Some(results)
        }));
    }

    /// Continues reading after the skipped ranges.
    pub(super) fn resume_after(&mut self, results: ProbeResults) {
        self.suspects.extend(results.again);
        for topic in results.unreadable {
            self.count_unreadable(&topic);
        }
        for (hold, passed) in results.settled {
            if let Some(to) = self.tracker.with(|tracker| tracker.settle(&hold, passed)) {
                self.seeks.push((hold.partition, to));
            }
        }
        self.seek();
    }

    /// Moves reading to where it must continue. A failure is retried.
    pub(super) fn seek(&mut self) {
        let seeks = std::mem::take(&mut self.seeks);
        for (partition, to) in seeks {
            // A partition revoked meanwhile has another owner.
            let stands_there = self
                .tracker
                .with(|tracker| tracker.positions().contains(&(partition.clone(), Some(to))));
            if !stands_there {
                continue;
            }
            if let Err(error) = self.members.seek(&partition, to) {
                tracing::debug!(group = H::GROUP, %error, "the position cannot be moved yet");
                self.seeks.push((partition, to));
            }
        }
    }
}

/// Probes positions, and all of them again if the probe panics: a lost hold would stop the commits
/// of its partition.
async fn keep_holds<R>(holds: Vec<Hold>, probe: impl FnOnce(Vec<Hold>) -> R) -> ProbeResults
where
    R: Future<Output = Option<ProbeResults>>,
{
    let again = holds.clone();
    let results = AssertUnwindSafe(probe(holds)).catch_unwind().await.ok().flatten();
    results.unwrap_or_else(|| ProbeResults { again, ..ProbeResults::default() })
}

/// Probes positions; returns the results, and the positions for which the brokers did not respond.
/// Blocks its thread.
fn probe_holds<H: Handler>(
    config: &KafkaConfig,
    tracker: &SharedTracker,
    holds: Vec<Hold>,
) -> (Vec<(Hold, ProbeResult)>, Vec<Hold>) {
    let probe = match Probe::new(config, H::GROUP) {
        Ok(probe) => probe,
        Err(error) => {
            tracing::warn!(group = H::GROUP, %error, "unreadable positions cannot be probed");
            return (Vec::new(), holds);
        }
    };
    let (mut found, mut again) = (Vec::new(), Vec::new());
    for hold in holds {
        if !tracker.with(|tracker| tracker.is_current(&hold)) {
            continue;
        }
        let (topic, partition) = &hold.partition;
        match probe.examine(topic, *partition, hold.from) {
            Ok(result) => found.push((hold, result)),
            Err(error) => {
                tracing::debug!(group = H::GROUP, %error, topic, partition, "the position is probed again");
                again.push(hold);
            }
        }
    }
    (found, again)
}

/// The dead letter of an unreadable range.
fn encode_letter<H: Handler>(
    names: &Names,
    (topic, partition): &Partition,
    result: &ProbeResult,
) -> Option<events::OutgoingRecord> {
    let ProbeResult::Unreadable { from, to, why } = result else { return None };
    let topic = names.ours(topic).unwrap_or(topic).to_owned();
    let range = Range { topic, partition: *partition, first: *from, last: to - 1 };
    let reason = why.describe();
    tracing::warn!(group = H::GROUP, %range, error = reason, "unreadable records: dead letter");
    Some(dead_letter::encode_range(H::GROUP, &range, &reason))
}

#[cfg(test)]
mod tests {
    use super::{super::super::tracker::Tracker, *};

    #[tokio::test]
    async fn a_probe_that_panics_loses_no_hold() {
        let mut tracker = Tracker::default();
        let partition = ("t".to_owned(), 0);
        tracker.assign(&partition);
        let holds = vec![tracker.hold(&partition).unwrap()];
        let within = async |_| {
            tokio::task::spawn_blocking(|| panic!("a bug")).await.ok()?;
            Some(ProbeResults::default())
        };
        assert_eq!(keep_holds(holds.clone(), within).await.again, holds);
        let after = async |_| panic!("a bug");
        assert_eq!(keep_holds(holds.clone(), after).await.again, holds);
    }
}
