//! The one shape of every service: consume → decide → effect → produce.
//!
//! A [`Handler`] does the middle; whoever runs it does the ends. On Kafka that is the worker loop,
//! in tests a few lines of in-memory code: the handler cannot tell.

use std::{future::Future, time::Duration};

use domain::ports::Unavailable;

use crate::{
    record::{OutgoingRecord, Record, RecordPosition},
    retry::Delay,
    topic::Topic,
};

/// What became of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its effects are done; these events are to be published before the offset is committed.
    Done(Vec<OutgoingRecord>),
    /// It alone cannot be decided now, for this reason: it waits in a retry topic of the group, by
    /// the handler's plan, and holds up nobody meanwhile. When it is due, all it rests on is read
    /// anew.
    Retry(String),
    /// It can never be handled; it goes to the group's dead letters with this reason.
    Dead(String),
    /// It is of a type that this release does not know, and is passed over.
    Skipped,
}

/// How a handler likes to be fed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Most records of one call.
    pub max_batch: usize,
    /// Most calls at a time. Records of one key are never in two calls at a time.
    pub in_flight: usize,
    /// Calls begin at least this far apart. A record that comes alone is handled at once; under
    /// load, each call gets as many as came meanwhile, and its transaction is worth its cost.
    pub apart: Duration,
}

impl Pace {
    /// One batch after the other, begun this far apart: for handlers whose effect is one database
    /// transaction.
    pub const fn batches(apart: Duration) -> Pace {
        Pace { max_batch: 1_000, in_flight: 1, apart }
    }

    /// Many records at once, each on its own: for handlers that wait for somebody else.
    pub const fn concurrent(in_flight: usize) -> Pace {
        Pace { max_batch: 1, in_flight, apart: Duration::ZERO }
    }
}

/// The middle of a service.
pub trait Handler: Send + Sync + 'static {
    /// The consumer group.
    const GROUP: &'static str;
    /// What it consumes.
    const TOPICS: &'static [Topic];
    /// What it may publish, for the flow picture and for access rules.
    const PRODUCES: &'static [Topic];
    /// How it likes to be fed.
    const PACE: Pace;
    /// How long a record waits that is to be tried again: after its first attempt, after its
    /// second, and so on, the last one for ever. Empty for a handler that never asks for that.
    const RETRY: &'static [Delay] = &[];

    /// Handles records and answers one outcome for each, in the same order.
    ///
    /// Called again with the same records after a crash, a rebalance or an `Err`, so every effect
    /// must be safe to repeat, and a repeated call must publish the same events again.
    /// `Err` says that an outside part does not answer: nothing is decided, ask again later.
    fn handle(
        &self,
        records: &[Record],
    ) -> impl Future<Output = Result<Vec<Outcome>, Unavailable>> + Send;
}

/// Why events were not published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// The log does not answer: publishing the same again is right.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// Some events are larger than their topics take, and always will be; the others are published.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    TooLarge(Vec<TooLarge>),
}

/// An event that is larger than its topic takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event of {bytes} bytes is more than {topic} takes")]
pub struct TooLarge {
    /// Which of the events that were handed in, counted from 0.
    pub event: usize,
    /// Its topic.
    pub topic: String,
    /// Its key, headers and value, in bytes.
    pub bytes: usize,
}

/// For work that publishes small events only, where too large an event cannot be.
impl From<PublishError> for Unavailable {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Unavailable(unavailable) => unavailable,
            too_large @ PublishError::TooLarge(_) => Unavailable::new("kafka", too_large),
        }
    }
}

/// Writes events durably.
pub trait Publisher: Clone + Send + Sync + 'static {
    /// Publishes events; `Ok` once every one of them is acknowledged by all replicas. After an
    /// `Err` each of them may or may not be there, and publishing the same again is right.
    fn publish(
        &self,
        events: Vec<OutgoingRecord>,
    ) -> impl Future<Output = Result<Vec<RecordPosition>, PublishError>> + Send;
}

/// Follows topics from a starting point on, all partitions, without a group: for what an
/// instance keeps in memory.
pub trait Follower: Send + Sync + 'static {
    /// Takes one record. Must not block.
    fn apply(&self, record: &Record);
}
