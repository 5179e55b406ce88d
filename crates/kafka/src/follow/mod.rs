//! Follows topics into memory: all partitions, no consumer group, no commits.

mod partitions;
mod starts;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use events::{Follower, Readability, Topic};
use jiff::Timestamp;
use rdkafka::{
    consumer::{Consumer, StreamConsumer},
    error::KafkaError as RdError,
    message::BorrowedMessage,
};
use tokio::{sync::watch, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use self::{partitions::FollowedPartitions, starts::assign_starts};
use super::{
    client::KafkaConfig,
    ends::Ends,
    error::KafkaError,
    message,
    probe::{Probe, ProbeResult},
    stall::{StallMonitor, StallPoint, WaitCause, WaitGuard},
    unreadable::Defect,
};

/// Group id for reading; nothing is committed.
const GROUP: &str = "comanda.follower";
const RESTART_AFTER: Duration = Duration::from_millis(200);
/// Interval of checks for new partitions and for progress.
const CHECK_EVERY: Duration = Duration::from_secs(1);

/// Where a follower starts.
#[derive(Clone, Copy, Debug)]
pub enum Start {
    /// At the first record.
    Beginning,
    /// At the first record written at or after a time.
    At(Timestamp),
}

/// Parameters and state of a follower.
pub struct FollowOptions {
    /// Its name, for logs.
    pub name: &'static str,
    /// The cluster.
    pub config: KafkaConfig,
    /// The partitions and their ends.
    pub ends: Ends,
    /// True once everything that was there at the start has been applied.
    pub caught_up: watch::Sender<bool>,
    /// Its stalls.
    pub stalls: Arc<StallMonitor>,
    /// When to stop.
    pub stop: CancellationToken,
}

/// Passes every record of `topics` to `follower` until `stop`. Added partitions are followed from
/// their first record; unreadable ranges are skipped. After an error it starts again.
pub async fn follow<F: Follower>(
    follower: Arc<F>,
    topics: Vec<(Topic, Start)>,
    options: &FollowOptions,
) {
    let mut waiting: Option<WaitGuard> = None;
    let mut since = Instant::now();
    while !options.stop.is_cancelled() {
        let read = match RunningFollower::start(&topics, options).await {
            Ok(mut tail) => {
                // From here on, it reports its own waits.
                waiting = None;
                let read = tail.read(&*follower).await;
                let _ = tokio::task::spawn_blocking(move || drop(tail.consumer)).await;
                since = Instant::now();
                read
            }
            Err(error) => Err(error),
        };
        // The leaders of a new topic are elected within a moment; only longer waits are reported.
        if let Err(error) = read {
            let reason = &*error.to_string();
            let cause = WaitCause { at: StallPoint::Reading, records: 0, reason, since };
            options.stalls.keep_waiting(&mut waiting, options.name, cause);
            tokio::time::sleep(RESTART_AFTER).await;
        }
    }
}

struct RunningFollower<'f> {
    partitions: FollowedPartitions,
    waiting: Option<WaitGuard>,
    options: &'f FollowOptions,
    consumer: StreamConsumer,
}

impl<'f> RunningFollower<'f> {
    async fn start(
        topics: &[(Topic, Start)],
        options: &'f FollowOptions,
    ) -> Result<Self, KafkaError> {
        let consumer: StreamConsumer =
            options.config.consumer(GROUP).create().map_err(KafkaError::Settings)?;
        let (names, topics) = (options.config.names(), topics.to_vec());
        let started = tokio::task::spawn_blocking(move || {
            let starts = assign_starts(&consumer, &topics, &names);
            (consumer, starts)
        });
        let (consumer, starts) = started.await.map_err(|_| KafkaError::Read(RdError::Canceled))?;
        Ok(Self { partitions: FollowedPartitions::new(starts?), waiting: None, options, consumer })
    }

    async fn read(&mut self, follower: &impl Follower) -> Result<(), KafkaError> {
        let mut checks = tokio::time::interval(CHECK_EVERY);
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stop = self.options.stop.clone();
        self.report_caught_up();
        while !stop.is_cancelled() {
            let defect = tokio::select! {
                () = stop.cancelled() => break,
                _ = checks.tick() => self.check_progress()?,
                message = self.consumer.recv() => match message {
                    Ok(message) => {
                        apply_message(&mut self.partitions, self.options, &message, follower);
                        false
                    }
                    Err(error) => {
                        tracing::debug!(%error, group = self.options.name, "following waits");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        Defect::from_error(&error).is_some()
                    }
                },
            };
            if defect && let Some(passed) = stop.run_until_cancelled(self.skip_unreadable()).await {
                passed?;
            }
        }
        Ok(())
    }

    fn report_caught_up(&self) {
        self.options.caught_up.send_if_modified(|caught_up| {
            let now = self.partitions.has_caught_up();
            std::mem::replace(caught_up, now) != now
        });
    }

    /// Checks for new partitions and for progress; true if the position must be examined.
    fn check_progress(&mut self) -> Result<bool, KafkaError> {
        let known = self.options.ends.known();
        let names = self.options.config.names();
        if self.partitions.add_new(&known, &names) {
            tracing::info!(group = self.options.name, "further partitions are followed");
            self.assign()?;
        }
        let stalled = self.partitions.stalled(&known, &names);
        let silence = known.silence().map(|(since, reason)| {
            (StallPoint::Kafka, format!("the brokers do not answer: {reason}"), since)
        });
        let cause = silence.or_else(|| {
            let stalled = stalled.as_ref()?;
            Some((
                StallPoint::Reading,
                format!("{} is not received", stalled.position),
                stalled.since,
            ))
        });
        let records = stalled.as_ref().map_or(0, |stalled| stalled.records);
        match cause {
            None => self.waiting = None,
            Some((at, reason, since)) => {
                let FollowOptions { name, stalls, .. } = self.options;
                let cause = WaitCause { at, records, reason: &reason, since };
                stalls.keep_waiting(&mut self.waiting, name, cause);
            }
        }
        Ok(stalled.is_some() && known.silence().is_none())
    }

    /// Lets a probe examine the current positions, and continues after unreadable ranges.
    async fn skip_unreadable(&mut self) -> Result<(), KafkaError> {
        let (config, names) = (self.options.config.clone(), self.options.config.names());
        let partitions = self.partitions.next();
        let probing = tokio::task::spawn_blocking(move || {
            let probe = Probe::new(&config, GROUP)?;
            let examine = |(topic, partition, next): (Topic, i32, i64)| {
                let name = names.on_cluster(topic.name());
                Some((topic, partition, probe.examine(&name, partition, Some(next)).ok()?))
            };
            Ok::<_, KafkaError>(partitions.into_iter().filter_map(examine).collect::<Vec<_>>())
        });
        let found = probing.await.map_err(|_| KafkaError::Read(RdError::Canceled))??;
        let mut behind = false;
        for (topic, partition, result) in found {
            if let ProbeResult::Unreadable { from, to, why } = &result {
                let (group, first_offset, last_offset) = (self.options.name, from, to - 1);
                let reason = why.describe();
                tracing::warn!(group, %topic, partition, first_offset, last_offset, error = reason, "skipped");
            }
            if let Some((_, to)) = result.skipped() {
                behind |= self.partitions.skip_to((topic, partition), to);
            }
        }
        self.report_caught_up();
        if behind { self.assign() } else { Ok(()) }
    }

    /// Assigns every partition at its current position.
    fn assign(&self) -> Result<(), KafkaError> {
        let names = self.options.config.names();
        let list =
            starts::offset_list(&self.partitions.next(), &names).map_err(KafkaError::Read)?;
        self.consumer.assign(&list).map_err(KafkaError::Read)
    }
}

fn apply_message(
    partitions: &mut FollowedPartitions,
    options: &FollowOptions,
    message: &BorrowedMessage<'_>,
    follower: &impl Follower,
) {
    let names = options.config.names();
    let Some(record) = message::copy_record(&names, message) else { return };
    match record.readability() {
        Readability::Readable => follower.apply(&record),
        Readability::UnknownType(_) => {}
        Readability::UnknownVersion(reason) => {
            let (topic, partition, offset) = (record.topic.name(), record.partition, record.offset);
            let group = options.name;
            tracing::warn!(group, topic, partition, offset, error = reason, "skipped");
        }
    }
    if partitions.mark_read((record.topic, record.partition), record.offset) {
        options.caught_up.send_replace(partitions.has_caught_up());
    }
}
