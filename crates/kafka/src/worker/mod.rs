//! The loop that runs a [`Handler`] on Kafka: consume → handle → publish → commit.
//!
//! Offsets are committed after effects and acknowledged events, so a crash repeats work and loses
//! none. While an outside part does not respond, records wait; polling continues, so that the
//! member stays in its group.

mod attempts;
mod call;
mod commits;
mod counters;
mod disposition;
mod intake;
mod members;
mod outcomes;
mod pausing;
mod progress;
mod reading;
mod scopes;
mod skipping;
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
    call::{run_call, wait_for_abandonment},
    commits::Commits,
    counters::ReportedPartitions,
    intake::{Batch, Intake},
    members::Members,
    pausing::sleep_until_due,
    progress::{Progress, report_silence},
    skipping::ProbeResults,
};
use super::{
    client::KafkaConfig,
    commit::SharedTracker,
    ends::Ends,
    error::KafkaError,
    tracker::{Hold, Partition},
};

/// Interval of commits.
const COMMIT_EVERY: Duration = Duration::from_millis(200);
/// Time without polling while the queue is full, after which partitions are paused and polling
/// continues.
const PAUSE_AFTER: Duration = Duration::from_secs(1);
/// Timeout for running work at shutdown.
const DRAIN: Duration = Duration::from_secs(10);

pub use self::counters::Counters;

/// Runs a handler as a member of its group.
pub struct Worker<H, P> {
    handler: Arc<H>,
    publisher: P,
    config: KafkaConfig,
    members: Arc<Members>,
    tracker: SharedTracker,
    counters: Arc<Counters>,
    /// The ends of partitions.
    ends: Ends,
    progress: Progress,
    reported: ReportedPartitions,
    /// Positions that may be unreadable.
    suspects: Vec<Hold>,
    /// The running probe of such positions.
    probes: JoinSet<ProbeResults>,
    next_probe: Instant,
    /// Positions to which reading must still be moved.
    seeks: Vec<(Partition, i64)>,
    /// The running request for the starts of partitions.
    starts: JoinSet<()>,
    intake: Intake,
    commits: Commits,
    is_paused: bool,
    /// When the next call may start.
    next_call: Instant,
    /// When it joined the group, or a member rejoined.
    joined: Instant,
    /// Members that must rejoin.
    must_rejoin: BTreeSet<usize>,
    /// Reading errors logged since the last message, so that each is logged once.
    logged_errors: Vec<RdError>,
}

/// The result of a call: its records, or `None` if it was abandoned and its records must not be
/// committed.
type FinishedCall = Option<Batch>;

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
            reported: ReportedPartitions::default(),
            suspects: Vec::new(),
            probes: JoinSet::new(),
            next_probe: Instant::now(),
            seeks: Vec::new(),
            starts: JoinSet::new(),
            commits: Commits::new(members.clone()),
            members,
            intake: Intake::new::<H>(config.names(), tracker.clone(), counters.clone()),
            tracker,
            counters,
            is_paused: false,
            next_call: Instant::now(),
            joined: Instant::now(),
            must_rejoin: BTreeSet::new(),
            logged_errors: Vec::new(),
        })
    }

    /// Sets the ends of partitions, by which a lack of progress is noticed.
    #[must_use]
    pub fn with_ends(self, ends: Ends) -> Self {
        Self { ends, ..self }
    }

    /// Works until `stop`, then drains: finishes running calls, commits, leaves the group. An `Err`
    /// has the reason why it cannot continue: the group has fenced it, or a call was lost.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), String> {
        let (ends, tracker) = (self.ends.clone(), self.tracker.clone());
        let stalls = self.counters.stalls.clone();
        let mut background = JoinSet::new();
        background.spawn(report_silence(H::GROUP, ends, tracker, stalls));
        let members = self.members.clone();
        let mut messages = members.messages();
        let mut calls: JoinSet<FinishedCall> = JoinSet::new();
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
                Some(results) = self.probes.join_next(), if !self.probes.is_empty() => {
                    self.resume_after(results.unwrap_or_default());
                    Ok(())
                }
                Some(_) = self.starts.join_next(), if !self.starts.is_empty() => Ok(()),
                () = sleep_until(self.next_call), if self.is_early() => Ok(()),
                () = sleep_until_due(self.intake.next_due()) => self.take_due(),
                _ = ticks.tick() => {
                    self.commits.start();
                    self.rejoin();
                    self.seek();
                    self.watch_progress();
                    self.probe_suspects();
                    Ok(())
                }
                Some((index, message)) = messages.next(), if polling => self.accept_result(index, message),
            };
            if let Err(error) = received.and_then(|()| self.accept_ready(&mut messages)) {
                ended = ended.and(self.handle_reading_error(error).await);
            }
            self.start_calls(&mut calls, &stop);
        }
        drop(messages);
        drop(members);
        self.drain(calls).await;
        ended
    }

    /// Maximum number of waiting records: enough for the next calls while the current ones run.
    const fn room() -> usize {
        let one_round = H::PACE.max_batch * H::PACE.in_flight;
        if one_round < 500 { 1_000 } else { one_round * 2 }
    }

    /// True if records wait only for the start of the next call.
    fn is_early(&self) -> bool {
        self.intake.len() > 0 && self.next_call > Instant::now()
    }

    fn start_calls(&mut self, calls: &mut JoinSet<FinishedCall>, stop: &CancellationToken) {
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
                    () = wait_for_abandonment(&stop) => None,
                    () = run_call(&*handler, &publisher, &batch.records, &counters) => {
                        // Here and not in the loop, which a rebalance blocks until this is done.
                        tracker.with(|t| batch.tickets.iter().for_each(|ticket| t.finish(ticket)));
                        Some(batch)
                    }
                }
            });
        }
    }

    /// An `Err` means that a call was lost: its records stay unfinished, so nothing after them
    /// would ever be committed. The next process handles them again.
    fn finish(
        &mut self,
        finished: Result<FinishedCall, tokio::task::JoinError>,
    ) -> Result<(), String> {
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

    async fn drain(mut self, mut calls: JoinSet<FinishedCall>) {
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
        self.probes.abort_all();
        // The request holds a reference to the members.
        let _ = tokio::time::timeout(DRAIN, self.starts.join_next()).await;
        self.commits.finish().await;
        if let Some(members) = Arc::into_inner(self.members) {
            members.leave().await;
        }
    }
}
