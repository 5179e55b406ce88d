//! The queue between the consumer and the calls.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use domain::ports::Clock;
use events::{Handler, Record, Topic, retry};
use rdkafka::message::{BorrowedMessage, Message};
use tokio::time::Instant;

use super::{
    super::{
        commit::SharedTracker,
        message,
        names::Names,
        tracker::{Partition, Ticket},
    },
    Counters,
};
use clock::SystemClock;

/// The records of one call, with their tickets, index by index.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) tickets: Vec<Ticket>,
    pub(super) records: Vec<Record>,
}

/// Records that wait for a call.
pub(super) struct Intake {
    names: Names,
    /// Retry topics by name on the cluster, with the maximum wait of a record in milliseconds.
    retries: HashMap<String, i64>,
    /// The contract for retries without origin.
    default_topic: Option<Topic>,
    tracker: SharedTracker,
    counters: Arc<Counters>,
    waiting: VecDeque<(Ticket, Record)>,
    /// Retries by due time, in milliseconds since 1970. Their partitions are paused: later records
    /// are due later.
    early: BTreeMap<i64, Vec<(Ticket, Record)>>,
    /// Keys in flight: records of one order are never in two calls at once.
    busy: HashSet<Bytes>,
}

impl Intake {
    pub(super) fn new<H: Handler>(
        names: Names,
        tracker: SharedTracker,
        counters: Arc<Counters>,
    ) -> Self {
        let retries = H::RETRY.iter().map(|delay| {
            let wait_ms = i64::try_from(delay.duration().as_millis()).unwrap_or(i64::MAX);
            (names.on_cluster(&retry::topic(H::GROUP, *delay)), wait_ms)
        });
        Self {
            retries: retries.collect(),
            default_topic: H::TOPICS.first().copied(),
            names,
            tracker,
            counters,
            waiting: VecDeque::new(),
            early: BTreeMap::new(),
            busy: HashSet::new(),
        }
    }

    /// Number of records that wait for a call.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Accepts a message. Returns its partition if it must be paused, since the message is not due
    /// yet.
    #[must_use]
    pub(super) fn accept(&mut self, message: &BorrowedMessage<'_>) -> Option<Partition> {
        let wait_ms = self.retries.get(message.topic()).copied();
        let record = match self.default_topic.filter(|_| wait_ms.is_some()) {
            Some(default) => Some(message::copy_retried_record(&self.names, message, default)),
            None => message::copy_record(&self.names, message),
        };
        let Some(record) = record else {
            tracing::error!(topic = message.topic(), "a record of a topic without a contract");
            return None;
        };
        self.counters.count_consumed(record.topic);
        let (topic, partition, offset) = (message.topic(), message.partition(), message.offset());
        let at_ms = message.timestamp().to_millis();
        let ticket = self.tracker.with(|tracker| tracker.add(topic, partition, offset, at_ms));
        let now_ms = now_ms();
        // A foreign producer may write any due time; the topic's delay is the maximum, so that it
        // cannot block others.
        let due_ms =
            wait_ms.map(|wait_ms| retry::due_ms(&record).min(now_ms.saturating_add(wait_ms)));
        if let Some(due_ms) = due_ms.filter(|due_ms| *due_ms > now_ms) {
            self.early.entry(due_ms).or_default().push((ticket, record));
            return Some((topic.to_owned(), partition));
        }
        self.waiting.push_back((ticket, record));
        None
    }

    /// When the next retry is due, if any.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let (due_ms, _) = self.early.first_key_value()?;
        let wait_ms = u64::try_from(due_ms.saturating_sub(now_ms())).unwrap_or(0);
        Some(Instant::now() + Duration::from_millis(wait_ms))
    }

    /// Queues retries that are due; returns their partitions, which may resume.
    pub(super) fn take_due(&mut self) -> Vec<Partition> {
        let later = self.early.split_off(&now_ms().saturating_add(1));
        let due = std::mem::replace(&mut self.early, later).into_values().flatten();
        let before = self.waiting.len();
        self.waiting.extend(due);
        self.waiting.iter().skip(before).map(|(ticket, _)| ticket.partition.clone()).collect()
    }

    /// Partitions whose next record is not due yet.
    pub(super) fn early_partitions(&self) -> HashSet<Partition> {
        self.early.values().flatten().map(|(ticket, _)| ticket.partition.clone()).collect()
    }

    /// The records of the next call, in order, without keys that another call is handling.
    pub(super) fn next_batch(&mut self, at_most: usize) -> Batch {
        let mut batch = Batch::default();
        let mut skipped = VecDeque::new();
        let mut keys = HashSet::new();
        while batch.records.len() < at_most {
            let Some((ticket, record)) = self.waiting.pop_front() else { break };
            // Once a key waits, its later records wait behind it.
            if self.busy.contains(&record.key)
                || skipped.iter().any(|(_, s): &(_, Record)| s.key == record.key)
            {
                skipped.push_back((ticket, record));
                continue;
            }
            // Records of partitions revoked meanwhile are left to the new owner.
            if !self.tracker.with(|tracker| tracker.begin_handling(&ticket)) {
                continue;
            }
            keys.insert(record.key.clone());
            batch.tickets.push(ticket);
            batch.records.push(record);
        }
        for back in skipped.into_iter().rev() {
            self.waiting.push_front(back);
        }
        self.busy.extend(keys);
        batch
    }

    /// Releases the keys of a finished call.
    pub(super) fn finish(&mut self, batch: &Batch) {
        for record in &batch.records {
            self.busy.remove(&record.key);
        }
    }
}

fn now_ms() -> i64 {
    SystemClock.now().as_millisecond()
}
