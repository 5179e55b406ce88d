//! The loop that runs a [`Handler`] on Kafka: consume → handle → publish → commit.
//!
//! Offsets are committed after effects and acknowledged events, so a crash repeats work and loses
//! none. While an outside part does not answer, the records wait where they are; polling goes on,
//! so that the group keeps its member.

use std::{
    collections::{HashSet, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use events::{Handler, Outcome, Publisher, Record, dead_letter::dead_letter};
use rdkafka::{
    consumer::{CommitMode, Consumer, StreamConsumer},
    message::Message,
};
use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

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
/// The longest wait between two tries.
const MAX_BACKOFF: Duration = Duration::from_secs(5);

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
        let mut calls: JoinSet<Batch> = JoinSet::new();
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

    fn start_calls(&mut self, calls: &mut JoinSet<Batch>, stop: &CancellationToken) {
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
                    () = abandon(&stop) => {}
                    () = call(&*handler, &publisher, &records, &counters) => {}
                }
                batch
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

    fn finish(&mut self, finished: Result<Batch, tokio::task::JoinError>) {
        match finished {
            Ok(batch) => self.tracker.with(|tracker| {
                for (ticket, record) in &batch {
                    self.busy.remove(&record.key);
                    tracker.finish(ticket);
                }
            }),
            // A panic in a handler is a defect. Its records stay unfinished, nothing after them is
            // committed, and a restart handles them again.
            Err(error) => {
                tracing::error!(group = H::GROUP, %error, "a handler failed; restart needed")
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
                tracing::warn!(group = H::GROUP, %error, pause, "cannot change the intake")
            }
        }
    }

    async fn drain(mut self, mut calls: JoinSet<Batch>) {
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
        self.commit_finished(CommitMode::Sync);
        // Leaving the group blocks its thread for a moment.
        let consumer = self.consumer;
        let _ = tokio::task::spawn_blocking(move || drop(consumer)).await;
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

/// After the stop, calls in flight get most of the drain time, then they are abandoned.
async fn abandon(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(DRAIN.mul_f32(0.8)).await;
}

/// Handles records until their effects are done and their events acknowledged.
async fn call<H: Handler, P: Publisher>(
    handler: &H,
    publisher: &P,
    records: &[Record],
    counters: &Counters,
) {
    let mut tries = 0;
    loop {
        let waited = match handler.handle(records).await {
            Ok(outcomes) => {
                let (events, dead) = collect(H::GROUP, records, outcomes, tries + 1);
                match publisher.publish(events).await {
                    Ok(_) => {
                        counters.dead.fetch_add(dead, Ordering::Relaxed);
                        counters.done.fetch_add(records.len() as u64 - dead, Ordering::Relaxed);
                        return;
                    }
                    Err(unavailable) => unavailable,
                }
            }
            Err(unavailable) => unavailable,
        };
        counters.waits.fetch_add(1, Ordering::Relaxed);
        if tries == 0 {
            tracing::warn!(group = H::GROUP, records = records.len(), reason = %waited, "waiting");
        }
        tokio::time::sleep(backoff(tries)).await;
        tries += 1;
    }
}

fn collect(
    group: &str,
    records: &[Record],
    outcomes: Vec<Outcome>,
    attempts: u32,
) -> (Vec<events::Outgoing>, u64) {
    let (mut events, mut dead) = (Vec::new(), 0);
    for (record, outcome) in records.iter().zip(outcomes) {
        match outcome {
            Outcome::Done(more) => events.extend(more),
            Outcome::Dead(reason) => {
                let (topic, offset) = (record.topic.name(), record.offset);
                tracing::warn!(group, topic, record.partition, offset, reason, "dead letter");
                events.push(dead_letter(group, record, &reason, attempts));
                dead += 1;
            }
        }
    }
    (events, dead)
}

/// 50 ms, doubling up to five seconds, plus up to a quarter of jitter so that instances spread.
fn backoff(tries: u32) -> Duration {
    let base = Duration::from_millis(50)
        .saturating_mul(2_u32.saturating_pow(tries.min(10)))
        .min(MAX_BACKOFF);
    let jitter = uuid::Uuid::new_v4().as_bytes()[0];
    base + base.mul_f32(f32::from(jitter) / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_grows_and_is_bounded() {
        assert!(backoff(0) >= Duration::from_millis(50));
        assert!(backoff(3) >= Duration::from_millis(400));
        assert!(backoff(u32::MAX) <= MAX_BACKOFF.mul_f32(1.25));
    }
}
