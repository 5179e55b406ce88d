//! The loop that runs a [`Handler`] on Kafka: consume → handle → publish → commit.
//!
//! Offsets are committed after effects and acknowledged events, so a crash repeats work and loses
//! none. While an outside part does not answer, the records wait where they are; polling goes on,
//! so that the group keeps its member.

mod call;
mod commits;
mod figures;
mod intake;
mod members;
mod outcomes;
mod passing;
mod patience;
mod pausing;
mod progress;
mod reading;
mod scopes;
mod spans;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use events::{Handler, Publisher};
use futures::StreamExt;
use rdkafka::error::KafkaError as RdError;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use self::{
    call::{abandon, call},
    commits::Commits,
    figures::Figures,
    intake::{Batch, Intake},
    members::Members,
    passing::Looked,
    pausing::until,
    progress::{Progress, tell_of_silence},
};
use super::{
    client::KafkaConfig,
    commit::SharedTracker,
    ends::Ends,
    error::KafkaError,
    tracker::{Hold, Partition},
};

/// How often finished offsets are committed.
const COMMIT_EVERY: Duration = Duration::from_millis(200);
/// How long a full intake may go unpolled before the partitions are paused and polling goes on.
const PAUSE_AFTER: Duration = Duration::from_secs(1);
/// How long work in flight may take to finish at shutdown.
const DRAIN: Duration = Duration::from_secs(10);

pub use self::figures::Counters;

/// Runs a handler as a member of its group.
pub struct Worker<H, P> {
    handler: Arc<H>,
    publisher: P,
    config: KafkaConfig,
    members: Arc<Members>,
    tracker: SharedTracker,
    counters: Arc<Counters>,
    /// Where the partitions end.
    ends: Ends,
    progress: Progress,
    figures: Figures,
    /// Places where something may stand that nobody can read.
    suspects: Vec<Hold>,
    /// The look at some of them that is under way.
    looks: JoinSet<Looked>,
    next_look: Instant,
    /// Where reading still has to be moved to.
    seeks: Vec<(Partition, i64)>,
    /// The question for where reading began that is under way.
    beginnings: JoinSet<()>,
    intake: Intake,
    commits: Commits,
    paused: bool,
    /// When the next call may begin.
    next_call: Instant,
    /// When it joined the group, or one of its members joined anew.
    joined: Instant,
    /// Members that have to join it anew.
    must_join_again: BTreeSet<usize>,
    /// The reading errors that were told since the last message, so that each is told once.
    complaints: Vec<RdError>,
}

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
        let members = Arc::new(Members::join::<H>(config, &tracker)?);
        Ok(Self {
            handler,
            publisher,
            config: config.clone(),
            ends: Ends::unknown(),
            progress: Progress::default(),
            figures: Figures::default(),
            suspects: Vec::new(),
            looks: JoinSet::new(),
            next_look: Instant::now(),
            seeks: Vec::new(),
            beginnings: JoinSet::new(),
            commits: Commits::new(members.clone()),
            members,
            intake: Intake::new::<H>(config.names(), tracker.clone(), counters.clone()),
            tracker,
            counters,
            paused: false,
            next_call: Instant::now(),
            joined: Instant::now(),
            must_join_again: BTreeSet::new(),
            complaints: Vec::new(),
        })
    }

    /// Knows where partitions end, and so notices that reading does not go on.
    #[must_use]
    pub fn watching(self, ends: Ends) -> Self {
        Self { ends, ..self }
    }

    /// Works until `stop`, then drains: finishes what is in flight, commits, leaves the group.
    /// `Err` with the reason if it cannot go on: the group has shut it out, or a call was lost.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), String> {
        let (ends, tracker) = (self.ends.clone(), self.tracker.clone());
        let standing = self.counters.standing.clone();
        let mut beside = JoinSet::new();
        beside.spawn(tell_of_silence(H::GROUP, ends, tracker, standing));
        let members = self.members.clone();
        let mut messages = members.messages();
        let mut calls: JoinSet<Ended> = JoinSet::new();
        let mut ticks = tokio::time::interval(COMMIT_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut full_since: Option<Instant> = None;
        let mut ended = Ok(());
        while ended.is_ok() && !stop.is_cancelled() {
            let full = self.intake.len() >= Self::room();
            full_since = if full { full_since.or(Some(Instant::now())) } else { None };
            let polling = full_since.is_none_or(|since| since.elapsed() > PAUSE_AFTER);
            self.set_paused(full && polling);
            let received = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(finished) = calls.join_next(), if !calls.is_empty() => {
                    ended = self.finish(finished);
                    Ok(())
                }
                Some(looked) = self.looks.join_next(), if !self.looks.is_empty() => {
                    self.go_on_behind(looked.unwrap_or_default());
                    Ok(())
                }
                Some(_) = self.beginnings.join_next(), if !self.beginnings.is_empty() => Ok(()),
                () = sleep_until(self.next_call), if self.is_early() => Ok(()),
                () = until(self.intake.next_due()) => self.take_due(),
                _ = ticks.tick() => {
                    self.commits.start();
                    self.join_again();
                    self.seek();
                    self.watch_progress();
                    self.look_into_suspects();
                    Ok(())
                }
                Some((which, message)) = messages.next(), if polling => self.take(which, message),
            };
            if let Err(error) = received.and_then(|()| self.take_ready(&mut messages)) {
                ended = ended.and(self.reading_failed(error).await);
            }
            self.start_calls(&mut calls, &stop);
        }
        drop(messages);
        drop(members);
        self.drain(calls).await;
        ended
    }

    /// Most records waiting: enough for the next calls while the current ones run.
    const fn room() -> usize {
        let one_round = H::PACE.max_batch * H::PACE.in_flight;
        if one_round < 500 { 1_000 } else { one_round * 2 }
    }

    /// Records wait for nothing but the time of the next call.
    fn is_early(&self) -> bool {
        self.intake.len() > 0 && self.next_call > Instant::now()
    }

    fn start_calls(&mut self, calls: &mut JoinSet<Ended>, stop: &CancellationToken) {
        while calls.len() < H::PACE.in_flight && Instant::now() >= self.next_call {
            let batch = self.intake.next_batch(H::PACE.max_batch);
            if batch.records.is_empty() {
                break;
            }
            self.next_call = Instant::now() + H::PACE.interval;
            let (handler, publisher) = (self.handler.clone(), self.publisher.clone());
            let (counters, stop) = (self.counters.clone(), stop.clone());
            let tracker = self.tracker.clone();
            calls.spawn(async move {
                tokio::select! {
                    // Records unfinished at shutdown are left to the next owner.
                    () = abandon(&stop) => None,
                    () = call(&*handler, &publisher, &batch.records, &counters) => {
                        // Here and not in the loop: a rebalance holds the loop up until it is done.
                        tracker.with(|t| batch.tickets.iter().for_each(|ticket| t.finish(ticket)));
                        Some(batch)
                    }
                }
            });
        }
    }

    /// `Err` if the call was lost: its records stay unfinished, so nothing after them would ever be
    /// committed. Whoever starts next handles them again.
    fn finish(&mut self, finished: Result<Ended, tokio::task::JoinError>) -> Result<(), String> {
        match finished {
            Ok(batch) => {
                if let Some(batch) = batch {
                    self.intake.finish(&batch);
                }
                Ok(())
            }
            Err(error) => Err(format!("the group {} has lost a call: {error}", H::GROUP)),
        }
    }

    async fn drain(mut self, mut calls: JoinSet<Ended>) {
        let deadline = tokio::time::sleep(DRAIN);
        tokio::pin!(deadline);
        loop {
            tokio::select! {
                finished = calls.join_next() => match finished.map(|ended| self.finish(ended)) {
                    Some(Err(reason)) => tracing::error!(error = reason, "work is left to the next start"),
                    Some(Ok(())) => {}
                    None => break,
                },
                () = &mut deadline => break,
            }
        }
        calls.abort_all();
        self.looks.abort_all();
        // It holds the members for a moment.
        let _ = tokio::time::timeout(DRAIN, self.beginnings.join_next()).await;
        self.commits.finish().await;
        if let Some(members) = Arc::into_inner(self.members) {
            members.leave().await;
        }
    }
}
