//! Following topics into memory: all partitions, no group, no commits.

mod places;
mod spans;

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

use self::{places::Places, spans::begin};
use super::{
    client::KafkaConfig,
    ends::Ends,
    error::KafkaError,
    message,
    probe::{Probe, Verdict},
    standing::{At, Cause, Standing, Waiting},
    unreadable::Defect,
};

/// Nothing is committed by it.
const GROUP: &str = "comanda.follower";
const BEGIN_AGAIN_AFTER: Duration = Duration::from_millis(200);
/// How often a follower looks for new partitions, and whether it goes on.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Where a follower begins.
#[derive(Clone, Copy, Debug)]
pub enum Start {
    /// With the first record there is.
    Beginning,
    /// With the first record written at or after a time.
    At(Timestamp),
}

/// What a follower is told, and what it tells.
pub struct Following {
    /// Its name, for people.
    pub name: &'static str,
    /// Where it reads.
    pub config: KafkaConfig,
    /// Where partitions end, and which there are.
    pub ends: Ends,
    /// Turns true once everything that was there at the start has been applied.
    pub caught_up: watch::Sender<bool>,
    /// What keeps it from going on.
    pub standing: Arc<Standing>,
    /// When to end.
    pub stop: CancellationToken,
}

/// Hands every record of `topics` to `follower` until it is to stop. Partitions that are added
/// meanwhile are followed from their first record; what nobody can read is passed over. What fails
/// is begun again.
pub async fn follow<F: Follower>(
    follower: Arc<F>,
    topics: Vec<(Topic, Start)>,
    following: &Following,
) {
    let mut waiting: Option<Waiting> = None;
    let mut since = Instant::now();
    while !following.stop.is_cancelled() {
        let read = match Tail::begin(&topics, following).await {
            Ok(mut tail) => {
                // From here on it tells of itself.
                waiting = None;
                let read = tail.read(&*follower).await;
                let _ = tokio::task::spawn_blocking(move || drop(tail.consumer)).await;
                since = Instant::now();
                read
            }
            Err(error) => Err(error),
        };
        // The brokers of a new topic need a moment to choose its leaders; what lasts longer is told.
        if let Err(error) = read {
            let reason = &*error.to_string();
            let cause = Cause { at: At::Reading, records: 0, reason, since };
            following.standing.keep_waiting(&mut waiting, following.name, cause);
            tokio::time::sleep(BEGIN_AGAIN_AFTER).await;
        }
    }
}

struct Tail<'f> {
    places: Places,
    waiting: Option<Waiting>,
    following: &'f Following,
    consumer: StreamConsumer,
}

impl<'f> Tail<'f> {
    async fn begin(
        topics: &[(Topic, Start)],
        following: &'f Following,
    ) -> Result<Self, KafkaError> {
        let consumer: StreamConsumer =
            following.config.consumer(GROUP).create().map_err(KafkaError::Settings)?;
        let (names, topics) = (following.config.names(), topics.to_vec());
        let begun = tokio::task::spawn_blocking(move || {
            let spans = begin(&consumer, &topics, &names);
            (consumer, spans)
        });
        let (consumer, spans) = begun.await.map_err(|_| KafkaError::Read(RdError::Canceled))?;
        Ok(Self { places: Places::new(spans?), waiting: None, following, consumer })
    }

    async fn read(&mut self, follower: &impl Follower) -> Result<(), KafkaError> {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stop = self.following.stop.clone();
        self.tell();
        while !stop.is_cancelled() {
            let defect = tokio::select! {
                () = stop.cancelled() => break,
                _ = looks.tick() => self.watch()?,
                message = self.consumer.recv() => match message {
                    Ok(message) => {
                        take(&mut self.places, self.following, &message, follower);
                        false
                    }
                    Err(error) => {
                        tracing::debug!(%error, name = self.following.name, "following waits");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        Defect::of(&error).is_some()
                    }
                },
            };
            if defect && let Some(passed) = stop.run_until_cancelled(self.pass_over()).await {
                passed?;
            }
        }
        Ok(())
    }

    fn tell(&self) {
        self.following.caught_up.send_if_modified(|caught_up| {
            let now = self.places.have_caught_up();
            std::mem::replace(caught_up, now) != now
        });
    }

    /// Looks for new partitions, and whether reading goes on; true if that has to be looked at
    /// closely.
    fn watch(&mut self) -> Result<bool, KafkaError> {
        let known = self.following.ends.known();
        let names = self.following.config.names();
        if self.places.add_new(&known, &names) {
            tracing::info!(name = self.following.name, "further partitions are followed");
            self.assign()?;
        }
        let stuck = self.places.stuck(&known, &names);
        let silence = known.silence().map(|(since, reason)| {
            (At::Kafka, format!("the brokers do not answer: {reason}"), since)
        });
        let told = silence.or_else(|| {
            let stuck = stuck.as_ref()?;
            Some((At::Reading, format!("{} does not come", stuck.place), stuck.since))
        });
        let records = stuck.as_ref().map_or(0, |stuck| stuck.records);
        match told {
            None => self.waiting = None,
            Some((at, reason, since)) => {
                let Following { name, standing, .. } = self.following;
                let cause = Cause { at, records, reason: &reason, since };
                standing.keep_waiting(&mut self.waiting, name, cause);
            }
        }
        Ok(stuck.is_some() && known.silence().is_none())
    }

    /// Has a probe look at where reading stands, and goes on behind what nobody can read.
    async fn pass_over(&mut self) -> Result<(), KafkaError> {
        let (config, names) = (self.following.config.clone(), self.following.config.names());
        let places = self.places.next();
        let look = tokio::task::spawn_blocking(move || {
            let probe = Probe::new(&config, GROUP)?;
            let look = |(topic, partition, next): (Topic, i32, i64)| {
                let name = names.on_cluster(topic.name());
                Some((topic, partition, probe.look(&name, partition, Some(next)).ok()?))
            };
            Ok::<_, KafkaError>(places.into_iter().filter_map(look).collect::<Vec<_>>())
        });
        let found = look.await.map_err(|_| KafkaError::Read(RdError::Canceled))??;
        let mut behind = false;
        for (topic, partition, verdict) in found {
            if let Verdict::Unreadable { from, to, why } = &verdict {
                let (name, first, last) = (self.following.name, from, to - 1);
                let reason = why.words();
                tracing::warn!(name, %topic, partition, first, last, error = reason, "passed over");
            }
            if let Some((_, to)) = verdict.passes() {
                behind |= self.places.pass((topic, partition), to);
            }
        }
        self.tell();
        if behind { self.assign() } else { Ok(()) }
    }

    /// Reads every partition from where it stands.
    fn assign(&self) -> Result<(), KafkaError> {
        let names = self.following.config.names();
        let list = spans::list(&self.places.next(), &names).map_err(KafkaError::Read)?;
        self.consumer.assign(&list).map_err(KafkaError::Read)
    }
}

fn take(
    places: &mut Places,
    following: &Following,
    message: &BorrowedMessage<'_>,
    follower: &impl Follower,
) {
    let names = following.config.names();
    let Some(record) = message::record(&names, message) else { return };
    match record.readability() {
        Readability::Readable => follower.apply(&record),
        Readability::UnknownType(_) => {}
        Readability::UnknownVersion(reason) => {
            let (topic, partition, offset) = (record.topic.name(), record.partition, record.offset);
            tracing::warn!(name = following.name, topic, partition, offset, reason, "passed over");
        }
    }
    if places.read((record.topic, record.partition), record.offset) {
        following.caught_up.send_replace(places.have_caught_up());
    }
}
