//! What a worker has done, and how far it is behind: figures for whoever operates it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use events::{Handler, Publisher, Topic, dead_letter, retry};
use telemetry::metrics::{self, Counter};

use super::{super::standing::Standing, Worker};

/// What a group has done in this process; `consumed = done + retried + dead + skipped + open`.
#[derive(Debug)]
pub struct Counters {
    topics: Vec<(Topic, OfTopic)>,
    /// Times that an outside part did not answer.
    pub waits: Arc<Counter>,
    /// When the oldest record was written that was read and is not done, in milliseconds since 1970;
    /// 0 if there is none.
    pub oldest_ms: AtomicI64,
    /// What keeps the group from going on.
    pub standing: Arc<Standing>,
}

/// The same by the topic that records first came from. The counters are found once, and not for
/// every record.
#[derive(Debug, Default)]
struct OfTopic {
    consumed: Arc<Counter>,
    done: Arc<Counter>,
    retried: Arc<Counter>,
    dead: Arc<Counter>,
    skipped: Arc<Counter>,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Became {
    Done,
    Retried,
    Dead,
    Skipped,
}

impl Counters {
    /// Those of a handler's group, among the metrics of the process.
    pub fn of<H: Handler>() -> Self {
        let waits = metrics::WAITS.with([H::GROUP]);
        Self::new::<H>(waits, |topic| {
            let outcome = |name| metrics::RECORDS.with([H::GROUP, topic.name(), name]);
            OfTopic {
                consumed: metrics::RECORDS_CONSUMED.with([H::GROUP, topic.name()]),
                done: outcome("done"),
                retried: outcome("retried"),
                dead: outcome("dead"),
                skipped: outcome("skipped"),
            }
        })
    }

    /// Those of one worker alone, which are no metrics.
    pub fn apart<H: Handler>() -> Self {
        Self::new::<H>(Arc::default(), |_| OfTopic::default())
    }

    fn new<H: Handler>(waits: Arc<Counter>, of_topic: impl Fn(Topic) -> OfTopic) -> Self {
        Self {
            topics: H::TOPICS.iter().map(|topic| (*topic, of_topic(*topic))).collect(),
            waits,
            oldest_ms: AtomicI64::default(),
            standing: Arc::default(),
        }
    }

    /// How many records of all topics were read; and how many of these are done, wait to be tried
    /// again, and are dead.
    pub fn totals(&self) -> [u64; 4] {
        let sum = |of: fn(&OfTopic) -> &Counter| {
            self.topics.iter().map(|(_, counters)| of(counters).get()).sum()
        };
        [sum(|t| &t.consumed), sum(|t| &t.done), sum(|t| &t.retried), sum(|t| &t.dead)]
    }

    /// A record was read.
    pub(super) fn consume(&self, topic: Topic) {
        if let Some(counters) = self.of_topic(topic) {
            counters.consumed.inc();
        }
    }

    /// A record is done with.
    pub(super) fn close(&self, topic: Topic, became: Became) {
        let Some(counters) = self.of_topic(topic) else { return };
        match became {
            Became::Done => counters.done.inc(),
            Became::Retried => counters.retried.inc(),
            Became::Dead => counters.dead.inc(),
            Became::Skipped => counters.skipped.inc(),
        }
    }

    fn of_topic(&self, topic: Topic) -> Option<&OfTopic> {
        self.topics.iter().find(|(found, _)| *found == topic).map(|(_, counters)| counters)
    }
}

/// The partitions of which something was told last.
#[derive(Debug, Default)]
pub(super) struct Figures(BTreeSet<(String, i32)>);

impl<H: Handler, P: Publisher> Worker<H, P> {
    /// A range of a topic, called as the cluster does, is a dead letter. One of retries counts for the
    /// group's first topic, as which a retry is read that does not say where it came from.
    pub(super) fn count_unreadable(&self, topic: &str) {
        let topic = self.config.names().contract(topic).or(H::TOPICS.first().copied());
        if let Some(topic) = topic {
            self.counters.consume(topic);
            self.counters.close(topic, Became::Dead);
        }
    }

    /// Tells how far the group is behind, by what is known already: nobody is asked for it.
    pub(super) fn tell_figures(&mut self) {
        let oldest_ms = self.tracker.with(|tracker| tracker.oldest_ms()).unwrap_or(0);
        self.counters.oldest_ms.store(oldest_ms, Ordering::Relaxed);
        let (names, known) = (self.config.names(), self.ends.known());
        let places = self.tracker.with(|tracker| tracker.places());
        let told: BTreeSet<_> = places.iter().map(|(partition, _)| partition.clone()).collect();
        if told != self.figures.0 {
            // What another process has by now is told by that one.
            metrics::LAG.forget("group", H::GROUP);
            self.figures.0 = told;
        }
        let mut waiting = BTreeMap::<String, u64>::new();
        for delay in H::RETRY {
            waiting.insert(retry::topic(H::GROUP, *delay), 0);
        }
        for (partition, at) in places {
            let end = known.ends.get(&partition).copied().unwrap_or(at);
            let lag = u64::try_from(end - at).unwrap_or(0);
            let topic = names.ours(&partition.0).unwrap_or(&partition.0);
            if let Some(waiting) = waiting.get_mut(topic) {
                *waiting += lag;
            } else {
                metrics::LAG.with([H::GROUP, topic, &partition.1.to_string()]).count(lag);
            }
        }
        for delay in H::RETRY {
            let waits = waiting.get(&retry::topic(H::GROUP, *delay)).copied().unwrap_or(0);
            metrics::RETRY_WAITING.with([H::GROUP, delay.name()]).count(waits);
        }
        let letters = names.on_cluster(&dead_letter::topic(H::GROUP));
        let ends = known.ends.iter().filter(|((topic, _), _)| *topic == letters);
        let letters = ends.map(|(_, end)| u64::try_from(*end).unwrap_or(0)).sum();
        metrics::DEAD_LETTERS.with([H::GROUP]).count(letters);
    }
}
