//! Counters of a worker, and the lag of its group.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use events::{Handler, Publisher, Topic, dead_letter, retry};
use telemetry::metrics::{self, Counter};

use super::{super::stall::StallMonitor, Worker};

/// Counts of a group in this process; `consumed = done + retried + dead + skipped + open`.
#[derive(Debug)]
pub struct Counters {
    topics: Vec<(Topic, TopicCounters)>,
    /// Number of times an outside part did not respond.
    pub waits: Arc<Counter>,
    /// When the oldest unfinished record was written, in milliseconds since 1970; 0 if there is
    /// none.
    pub oldest_ms: AtomicI64,
    /// The stalls of the group.
    pub stalls: Arc<StallMonitor>,
}

/// Counters by original topic. They are looked up once, not for every record.
#[derive(Debug, Default)]
struct TopicCounters {
    consumed: Arc<Counter>,
    done: Arc<Counter>,
    retried: Arc<Counter>,
    dead: Arc<Counter>,
    skipped: Arc<Counter>,
}

/// The outcome of a record, for counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordOutcome {
    Done,
    Retried,
    Dead,
    Skipped,
}

impl Counters {
    /// The counters of a handler's group, in the metrics of the process.
    pub fn of<H: Handler>() -> Self {
        let waits = metrics::WAITS.with([H::GROUP]);
        Self::new::<H>(waits, |topic| {
            let outcome = |name| metrics::RECORDS.with([H::GROUP, topic.name(), name]);
            TopicCounters {
                consumed: metrics::RECORDS_CONSUMED.with([H::GROUP, topic.name()]),
                done: outcome("done"),
                retried: outcome("retried"),
                dead: outcome("dead"),
                skipped: outcome("skipped"),
            }
        })
    }

    /// Counters of one worker that are not in the metrics.
    pub fn detached<H: Handler>() -> Self {
        Self::new::<H>(Arc::default(), |_| TopicCounters::default())
    }

    fn new<H: Handler>(waits: Arc<Counter>, of_topic: impl Fn(Topic) -> TopicCounters) -> Self {
        Self {
            topics: H::TOPICS.iter().map(|topic| (*topic, of_topic(*topic))).collect(),
            waits,
            oldest_ms: AtomicI64::default(),
            stalls: Arc::default(),
        }
    }

    /// Totals over all topics: records consumed, done, waiting for a retry, and dead.
    pub fn totals(&self) -> [u64; 4] {
        let sum = |of: fn(&TopicCounters) -> &Counter| {
            self.topics.iter().map(|(_, counters)| of(counters).get()).sum()
        };
        [sum(|t| &t.consumed), sum(|t| &t.done), sum(|t| &t.retried), sum(|t| &t.dead)]
    }

    /// Counts a consumed record.
    pub(super) fn count_consumed(&self, topic: Topic) {
        if let Some(counters) = self.of_topic(topic) {
            counters.consumed.inc();
        }
    }

    /// Counts the outcome of a record.
    pub(super) fn count_outcome(&self, topic: Topic, became: RecordOutcome) {
        let Some(counters) = self.of_topic(topic) else { return };
        match became {
            RecordOutcome::Done => counters.done.inc(),
            RecordOutcome::Retried => counters.retried.inc(),
            RecordOutcome::Dead => counters.dead.inc(),
            RecordOutcome::Skipped => counters.skipped.inc(),
        }
    }

    fn of_topic(&self, topic: Topic) -> Option<&TopicCounters> {
        self.topics.iter().find(|(found, _)| *found == topic).map(|(_, counters)| counters)
    }
}

/// The partitions whose lag was last reported.
#[derive(Debug, Default)]
pub(super) struct ReportedPartitions(BTreeSet<(String, i32)>);

impl<H: Handler, P: Publisher> Worker<H, P> {
    /// Counts an unreadable range of a topic (by its name on the cluster) as a dead letter. One in
    /// a retry topic counts for the group's first topic, like a retry without origin.
    pub(super) fn count_unreadable(&self, topic: &str) {
        let topic = self.config.names().contract(topic).or(H::TOPICS.first().copied());
        if let Some(topic) = topic {
            self.counters.count_consumed(topic);
            self.counters.count_outcome(topic, RecordOutcome::Dead);
        }
    }

    /// Reports the lag of the group from known ends, without asking the brokers.
    pub(super) fn report_lag(&mut self) {
        let oldest_ms = self.tracker.with(|tracker| tracker.oldest_ms()).unwrap_or(0);
        self.counters.oldest_ms.store(oldest_ms, Ordering::Relaxed);
        let (names, known) = (self.config.names(), self.ends.known());
        let lowest = self.tracker.with(|tracker| tracker.lowest_open());
        let reported: BTreeSet<_> = lowest.iter().map(|(partition, _)| partition.clone()).collect();
        if reported != self.reported.0 {
            // Partitions that moved to another process are reported there.
            metrics::LAG.forget("group", H::GROUP);
            self.reported.0 = reported;
        }
        let mut waiting = BTreeMap::<String, u64>::new();
        for delay in H::RETRY {
            waiting.insert(retry::topic(H::GROUP, *delay), 0);
        }
        for (partition, at) in lowest {
            let end = known.ends.get(&partition).copied().unwrap_or(at);
            let lag = u64::try_from(end - at).unwrap_or(0);
            let topic = names.ours(&partition.0).unwrap_or(&partition.0);
            if let Some(waiting) = waiting.get_mut(topic) {
                *waiting += lag;
            } else {
                metrics::LAG.with([H::GROUP, topic, &partition.1.to_string()]).set_count(lag);
            }
        }
        for delay in H::RETRY {
            let waits = waiting.get(&retry::topic(H::GROUP, *delay)).copied().unwrap_or(0);
            metrics::RETRY_WAITING.with([H::GROUP, delay.name()]).set_count(waits);
        }
        let letters = names.on_cluster(&dead_letter::topic(H::GROUP));
        let ends = known.ends.iter().filter(|((topic, _), _)| *topic == letters);
        let letters = ends.map(|(_, end)| u64::try_from(*end).unwrap_or(0)).sum();
        metrics::DEAD_LETTERS.with([H::GROUP]).set_count(letters);
    }
}
