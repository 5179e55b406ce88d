//! The loop that runs a [`Handler`] on Kafka: consume → handle → publish → commit.
//!
//! Offsets are committed after effects and acknowledged events, so a crash repeats work and loses
//! none. While an outside part does not answer, the records wait where they are; polling goes on,
//! so that the group keeps its member.

mod call;

use std::{
    collections::{HashSet, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use events::{Handler, Publisher, Record};
use rdkafka::{
    consumer::{CommitMode, Consumer, StreamConsumer},
    message::Message,
};
use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

use self::call::{abandon, call};
use super::{
    client::{KafkaConfig, KafkaError},
    commit::{Member, SharedTracker, commit},
    message,
    tracker::Ticket,
};

/// How often finished offsets are committed.
const COMMIT_EVERY: Duration = Duration::from_millis(200);
/// How long a full intake may go unpolled before the partitions are paused and polling goes on.
const PAUSE_AFTER: Duration = Duration::from_secs(1);
/// How long work in flight may take to finish at shutdown.
const DRAIN: Duration = Duration::from_secs(10);

/// What a worker has done; `consumed = done + dead + open`.
#[derive(Debug, Default)]
pub struct Counters {
    /// Records read.
    pub consumed: AtomicU64,
    /// Records whose effects and events are done.
    pub done: AtomicU64,
    /// Records in the dead letters.
    pub dead: AtomicU64,
    /// Times that an outside part did not answer.
    pub waits: AtomicU64,
}

/// Runs a handler as a member of its group.
pub struct Worker<H, P> {
    handler: Arc<H>,
    publisher: P,
    consumer: StreamConsumer<Member>,
    tracker: SharedTracker,
    counters: Arc<Counters>,
    waiting: VecDeque<(Ticket, Record)>,
    /// Keys in flight: the records of one order are never handled by two calls at a time.
    busy: HashSet<Bytes>,
    paused: bool,
}

type Batch = Vec<(Ticket, Record)>;

/// How a call ended: its records, or nothing where it was abandoned and its records must not be
/// committed.
type Ended = Option<Batch>;

impl<H: Handler, P: Publisher> Worker<H, P> {
    /// Joins the handler's group.
    pub fn new(
        handler: Arc<H>,
        publisher: P,
        config: &KafkaConfig,
        counters: Arc<Counters>,
    ) -> Result<Self, KafkaError> {
        let tracker = SharedTracker::default();
        let member = Member { group: H::GROUP, tracker: tracker.clone() };
        let consumer: StreamConsumer<Member> =
            config.consumer(H::GROUP).create_with_context(member).map_err(KafkaError::Settings)?;
        let topics: Vec<_> = H::TOPICS.iter().map(|topic| topic.name()).collect();
        consumer.subscribe(&topics).map_err(KafkaError::Settings)?;
        Ok(Self {
            handler,
            publisher,
            consumer,
            tracker,
            counters,
            waiting: VecDeque::new(),
            busy: HashSet::new(),
            paused: false,
        })
    }

    /// Works until `stop`, then drains: finishes what is in flight, commits, leaves the group.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut calls: JoinSet<Ended> = JoinSet::new();
        let mut ticks = tokio::time::interval(COMMIT_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut full_since: Option<Instant> = None;
        while !stop.is_cancelled() {
            let full = self.waiting.len() >= Self::room();
            full_since = if full { full_since.or(Some(Instant::now())) } else { None };
            let polling = full_since.is_none_or(|since| since.elapsed() > PAUSE_AFTER);
            self.set_paused(full && polling);
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(finished) = calls.join_next(), if !calls.is_empty() => self.finish(finished),
                _ = ticks.tick() => self.commit_finished(CommitMode::Async),
                message = self.consumer.recv(), if polling => match message {
                    Ok(message) => accept(&self.tracker, &self.counters, &mut self.waiting, &message),
                    Err(error) => {
                        tracing::debug!(group = H::GROUP, %error, "reading waits");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                },
            }
            self.take_ready();
            self.start_calls(&mut calls, &stop);
        }
        self.drain(calls).await;
    }

    /// Most records waiting: enough for the next calls while the current ones run.
    const fn room() -> usize {
        let one_round = H::PACE.max_batch * H::PACE.in_flight;
        if one_round < 500 { 1_000 } else { one_round * 2 }
    }

    /// Takes the messages that are here already, so that a batch is what has queued up.
    fn take_ready(&mut self) {
        while self.waiting.len() < Self::room() {
            let next = futures::FutureExt::now_or_never(self.consumer.recv());
            let Some(Ok(message)) = next else { break };
            accept(&self.tracker, &self.counters, &mut self.waiting, &message);
        }
    }

    fn start_calls(&mut self, calls: &mut JoinSet<Ended>, stop: &CancellationToken) {
        while calls.len() < H::PACE.in_flight {
            let batch = self.next_batch();
            if batch.is_empty() {
                break;
            }
            let (handler, publisher) = (self.handler.clone(), self.publisher.clone());
            let (counters, stop) = (self.counters.clone(), stop.clone());
            calls.spawn(async move {
                let records: Vec<_> = batch.iter().map(|(_, record)| record.clone()).collect();
                tokio::select! {
                    // Records unfinished at shutdown are left to the next owner.
                    () = abandon(&stop) => None,
                    () = call(&*handler, &publisher, &records, &counters) => Some(batch),
                }
            });
        }
    }

    fn next_batch(&mut self) -> Batch {
        let mut batch = Batch::new();
        let mut skipped = VecDeque::new();
        let mut keys = HashSet::new();
        while batch.len() < H::PACE.max_batch {
            let Some((ticket, record)) = self.waiting.pop_front() else { break };
            if !self.tracker.with(|tracker| tracker.is_ours(&ticket)) {
                continue;
            }
            // Once a key waits, its later records wait behind it.
            if self.busy.contains(&record.key)
                || skipped.iter().any(|(_, s): &(_, Record)| s.key == record.key)
            {
                skipped.push_back((ticket, record));
                continue;
            }
            keys.insert(record.key.clone());
            batch.push((ticket, record));
        }
        for back in skipped.into_iter().rev() {
            self.waiting.push_front(back);
        }
        self.busy.extend(keys);
        batch
    }

    fn finish(&mut self, finished: Result<Ended, tokio::task::JoinError>) {
        match finished {
            Ok(None) => {}
            Ok(Some(batch)) => self.tracker.with(|tracker| {
                for (ticket, record) in &batch {
                    self.busy.remove(&record.key);
                    tracker.finish(ticket);
                }
            }),
            // Its records stay unfinished: nothing after them is committed, and the next start
            // handles them again.
            Err(error) => {
                tracing::error!(group = H::GROUP, %error, "a call was lost; restart needed");
            }
        }
    }

    fn commit_finished(&self, mode: CommitMode) {
        let commits = self.tracker.with(super::tracker::Tracker::take_commits);
        commit(&self.consumer, &commits, mode);
    }

    fn set_paused(&mut self, pause: bool) {
        if pause == self.paused {
            return;
        }
        let changed = self.consumer.assignment().and_then(|list| match pause {
            true => self.consumer.pause(&list),
            false => self.consumer.resume(&list),
        });
        match changed {
            Ok(()) => self.paused = pause,
            Err(error) => {
                tracing::warn!(group = H::GROUP, %error, pause, "cannot change the intake");
            }
        }
    }

    async fn drain(mut self, mut calls: JoinSet<Ended>) {
        let deadline = tokio::time::sleep(DRAIN);
        tokio::pin!(deadline);
        loop {
            tokio::select! {
                finished = calls.join_next() => match finished {
                    Some(finished) => self.finish(finished),
                    None => break,
                },
                () = &mut deadline => break,
            }
        }
        calls.abort_all();
        // Waiting for the commit, and leaving the group, block their thread for a moment.
        let left = tokio::task::spawn_blocking(move || self.commit_finished(CommitMode::Sync));
        let _ = left.await;
    }
}

fn accept(
    tracker: &SharedTracker,
    counters: &Counters,
    waiting: &mut VecDeque<(Ticket, Record)>,
    message: &rdkafka::message::BorrowedMessage<'_>,
) {
    let Some(record) = message::record(message) else {
        tracing::error!(topic = message.topic(), "a record of a topic we did not ask for");
        return;
    };
    counters.consumed.fetch_add(1, Ordering::Relaxed);
    let ticket = tracker.with(|t| t.start(message.topic(), message.partition(), message.offset()));
    waiting.push_back((ticket, record));
}
