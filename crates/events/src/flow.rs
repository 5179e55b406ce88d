//! The common shape of every service: consume → decide → effect → produce.
//!
//! A [`Handler`] decides and has effects; its runner consumes and produces. On Kafka the runner is
//! the worker loop, in tests a few lines of in-memory code; handlers see no difference.

use std::{future::Future, time::Duration};

use domain::ports::Unavailable;

use crate::{
    record::{OutgoingRecord, Record, RecordPosition},
    retry::Delay,
    topic::Topic,
};

/// The outcome of handling a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its effects are done; these events must be published before the offset is committed.
    Done(Vec<OutgoingRecord>),
    /// It cannot be decided now, for this reason: it waits in a retry topic of the group, by the
    /// handler's retry plan, without blocking others. On the next attempt, its inputs are read
    /// again.
    Retry(String),
    /// It can never be handled; it goes to the group's dead letters with this reason.
    Dead(String),
    /// It has a type unknown to this release and is skipped.
    Skipped,
}

/// The pace at which a handler is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Maximum number of records per call.
    pub max_batch: usize,
    /// Maximum number of concurrent calls. Records with the same key are never in two calls at
    /// once.
    pub in_flight: usize,
    /// Minimum interval between the starts of calls. A single record is handled at once; under
    /// load, each call gets all records that arrived meanwhile, which makes its transaction worth
    /// the cost.
    pub interval: Duration,
}

impl Pace {
    /// One batch after the other, with this interval: for handlers whose effect is one database
    /// transaction.
    pub const fn batches(interval: Duration) -> Pace {
        Pace { max_batch: 1_000, in_flight: 1, interval }
    }

    /// Many concurrent calls with one record each: for handlers that wait for an outside part.
    pub const fn concurrent(in_flight: usize) -> Pace {
        Pace { max_batch: 1, in_flight, interval: Duration::ZERO }
    }
}

/// The implementation of a consumer group.
pub trait Handler: Send + Sync + 'static {
    /// The consumer group.
    const GROUP: &'static str;
    /// The topics that it consumes.
    const TOPICS: &'static [Topic];
    /// The topics that it may publish to, for the flow diagram and for access rules.
    const PRODUCES: &'static [Topic];
    /// The pace of its calls.
    const PACE: Pace;
    /// The retry plan: the delay after the first attempt, after the second, and so on; the last one
    /// repeats. Empty for a handler that never retries.
    const RETRY: &'static [Delay] = &[];

    /// Handles records and returns one outcome per record, in the same order.
    ///
    /// Called again with the same records after a crash, a rebalance or an `Err`, so every effect
    /// must be safe to repeat, and a repeated call must publish the same events again.
    /// An `Err` says that an outside part does not respond: nothing is decided; retry later.
    fn handle(
        &self,
        records: &[Record],
    ) -> impl Future<Output = Result<Vec<Outcome>, Unavailable>> + Send;
}

/// Why events were not published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// The log does not respond: publishing the same events again is right.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// Some events exceed the limits of their topics and always will; the others are published.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    TooLarge(Vec<TooLarge>),
}

/// An event that exceeds the limit of its topic.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event of {bytes} bytes is more than {topic} takes")]
pub struct TooLarge {
    /// The index of the event in the call, from 0.
    pub event: usize,
    /// The topic.
    pub topic: String,
    /// The size of key, headers and value, in bytes.
    pub bytes: usize,
}

/// For code that publishes small events only, which cannot be too large.
impl From<PublishError> for Unavailable {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Unavailable(unavailable) => unavailable,
            too_large @ PublishError::TooLarge(_) => Unavailable::new("kafka", too_large),
        }
    }
}

/// Publishes events durably.
pub trait Publisher: Clone + Send + Sync + 'static {
    /// Publishes events; `Ok` once all of them are acknowledged by all replicas. After an `Err`,
    /// each event may or may not be published, and publishing the same again is right.
    fn publish(
        &self,
        events: Vec<OutgoingRecord>,
    ) -> impl Future<Output = Result<Vec<RecordPosition>, PublishError>> + Send;
}

/// Receives all records of all partitions of its topics from a starting point on, without a
/// consumer group: for state that an instance keeps in memory.
pub trait Follower: Send + Sync + 'static {
    /// Receives one record. Must not block.
    fn apply(&self, record: &Record);
}
