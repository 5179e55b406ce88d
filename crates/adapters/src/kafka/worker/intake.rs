//! Between the consumer and the calls: records that wait for their turn.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, atomic::Ordering},
};

use bytes::Bytes;
use events::Record;
use rdkafka::message::{BorrowedMessage, Message};

use super::{
    super::{commit::SharedTracker, message, names::Names, tracker::Ticket},
    Counters,
};

/// The records of one call, with what is needed to commit them, side by side.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) tickets: Vec<Ticket>,
    pub(super) records: Vec<Record>,
}

/// Records that wait.
pub(super) struct Intake {
    names: Names,
    tracker: SharedTracker,
    counters: Arc<Counters>,
    waiting: VecDeque<(Ticket, Record)>,
    /// Keys in flight: the records of one order are never handled by two calls at a time.
    busy: HashSet<Bytes>,
}

impl Intake {
    pub(super) fn new(names: Names, tracker: SharedTracker, counters: Arc<Counters>) -> Self {
        Self { names, tracker, counters, waiting: VecDeque::new(), busy: HashSet::new() }
    }

    /// How many records wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Takes a message in.
    pub(super) fn accept(&mut self, message: &BorrowedMessage<'_>) {
        let Some(record) = message::record(&self.names, message) else {
            tracing::error!(topic = message.topic(), "a record of a topic we did not ask for");
            return;
        };
        self.counters.consumed.fetch_add(1, Ordering::Relaxed);
        let (topic, partition, offset) = (message.topic(), message.partition(), message.offset());
        let ticket = self.tracker.with(|tracker| tracker.start(topic, partition, offset));
        self.waiting.push_back((ticket, record));
    }

    /// The records of the next call, in order, none of an order that another call works on.
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
            // What was given up meanwhile is left to its next owner.
            if !self.tracker.with(|tracker| tracker.take_up(&ticket)) {
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

    /// The records of a call are done: their orders go on.
    pub(super) fn finish(&mut self, batch: &Batch) {
        for record in &batch.records {
            self.busy.remove(&record.key);
        }
    }
}
