//! Examines a position at which reading does not continue.
//!
//! librdkafka reports that a batch is unreadable, but not where it starts or ends. A separate
//! client reads the position again. If that fails, the batch header gives the next position to
//! examine; without a trustworthy header, it is the next offset. Brokers return whole batches, so
//! each offset of a bad one fails, and the first readable record ends the search. No readable
//! record between two bad batches is skipped.

use std::{
    cell::{Cell, OnceCell},
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use rdkafka::{
    ClientContext, Message, Offset, Statistics, TopicPartitionList,
    consumer::{BaseConsumer, Consumer, ConsumerContext},
    error::{KafkaError as RdError, RDKafkaErrorCode},
};

use super::{
    client::KafkaConfig, error::KafkaError, range_cache::cached_ranges, raw::Raw,
    unreadable::Defect,
};

const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// After this time without an event, a position counts as unreadable: brokers that respond send an
/// existing record sooner.
const SILENT_AFTER: Duration = Duration::from_secs(10);
/// The same if responses keep arriving but cannot be decoded.
const PARTIAL_AFTER: Duration = Duration::from_millis(400);
/// Responses of an earlier attempt may be counted until then.
const COUNTED_AFTER: Duration = Duration::from_millis(250);
/// Number of such responses that is sufficient.
const PARTIAL: u64 = 3;
/// Timeout for further events of the same response.
const REST_WITHIN: Duration = Duration::from_millis(20);
/// Poll interval.
const LISTEN: Duration = Duration::from_millis(50);
/// Number of equal failures that confirm an unreadable position.
const CONFIRMATIONS: u32 = 3;
/// The same for each following position.
const CONFIRMATIONS_BEHIND: u32 = 2;
/// Turns of the client's thread that stopping a partition may take: request, stop, reply, and one
/// spare.
const TURNS: usize = 4;
/// Maximum number of attempts at a position with varying results.
const MAX_ATTEMPTS: u32 = 12;

/// The result of examining a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ProbeResult {
    /// It can be read.
    Readable,
    /// There is no record in this range (`to` is exclusive): compaction, transactions and retention
    /// leave gaps.
    Empty { from: i64, to: i64 },
    /// This range is unreadable (`to` is exclusive).
    Unreadable { from: i64, to: i64, why: Defect },
}

impl ProbeResult {
    /// The range to skip; the end is exclusive.
    pub(super) fn skipped(&self) -> Option<(i64, i64)> {
        match self {
            Self::Readable => None,
            Self::Empty { from, to } | Self::Unreadable { from, to, .. } => Some((*from, *to)),
        }
    }
}

/// The first event when reading from an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FirstEvent {
    /// A record, and the defect before it.
    Record(i64, Option<Defect>),
    /// The end of the partition.
    End,
    Broken(Defect),
}

/// A partition with its end at the start of the probe, and the client that reads.
struct ProbedPartition<'p> {
    config: &'p KafkaConfig,
    consumer: &'p BaseConsumer<FetchCounter>,
    topic: &'p str,
    partition: i32,
    high: i64,
    is_assigned: Cell<bool>,
    raw: OnceCell<Option<Raw<'p>>>,
}

/// A period without events, and the responses counted in it.
struct Silence {
    since: Instant,
    partial: Option<u64>,
}

impl Silence {
    fn start() -> Self {
        Self { since: Instant::now(), partial: None }
    }

    fn is_long(&mut self, counting: &FetchCounter) -> bool {
        let (lasts, partial) = (self.since.elapsed(), counting.partial.load(Ordering::Relaxed));
        if lasts < COUNTED_AFTER {
            return false;
        }
        let before = *self.partial.get_or_insert(partial);
        lasts >= SILENT_AFTER || (lasts >= PARTIAL_AFTER && partial >= before + PARTIAL)
    }
}

/// Number of probes running in this process.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// True while a probe runs in this process. A long range takes time; that is no stall.
pub fn is_probing() -> bool {
    RUNNING.load(Ordering::Relaxed) > 0
}

/// Counts a running probe while it exists.
struct RunningProbe;

impl RunningProbe {
    fn start() -> Self {
        RUNNING.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for RunningProbe {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A client that only reads. It joins no group and commits nothing.
pub(super) struct Probe {
    config: KafkaConfig,
    consumer: BaseConsumer<FetchCounter>,
}

/// Counts responses that the client could not decode; it repeats the request without reporting an
/// error.
#[derive(Default)]
struct FetchCounter {
    partial: AtomicU64,
}

impl ClientContext for FetchCounter {
    fn stats(&self, statistics: Statistics) {
        let partial = statistics.brokers.values().map(|broker| broker.rxpartial).sum();
        self.partial.store(partial, Ordering::Relaxed);
    }

    fn error(&self, error: RdError, reason: &str) {
        tracing::debug!(%error, reason, "a probe reported");
    }
}

impl ConsumerContext for FetchCounter {}

impl Probe {
    /// A probe that can read the offsets committed by `group`.
    pub(super) fn new(config: &KafkaConfig, group: &str) -> Result<Self, KafkaError> {
        let mut client = config.probe(group);
        client.set("statistics.interval.ms", "100");
        let consumer =
            client.create_with_context(FetchCounter::default()).map_err(KafkaError::Settings)?;
        Ok(Self { config: config.clone(), consumer })
    }

    /// Examines a partition (of a topic by its name on the cluster) from an offset on, or from the
    /// group's committed offset. An `Err` means that the brokers do not respond and nothing is
    /// known. Blocks its thread.
    pub(super) fn examine(
        &self,
        topic: &str,
        partition: i32,
        from: Option<i64>,
    ) -> Result<ProbeResult, RdError> {
        let _at_work = RunningProbe::start();
        let Self { config, consumer } = self;
        let (low, high) = consumer.fetch_watermarks(topic, partition, ANSWER_WITHIN)?;
        let (is_assigned, raw) = (Cell::new(false), OnceCell::new());
        let place = ProbedPartition { config, consumer, topic, partition, high, is_assigned, raw };
        let asked = match from {
            Some(from) => from,
            None => place.committed()?.unwrap_or(low),
        };
        let from = asked.max(low);
        if from < high {
            let found = place.examine_from(from);
            place.stop_reading()?;
            return found;
        }
        let gone = asked < low;
        Ok(if gone { ProbeResult::Empty { from: asked, to: low } } else { ProbeResult::Readable })
    }
}

impl ProbedPartition<'_> {
    fn examine_from(&self, from: i64) -> Result<ProbeResult, RdError> {
        Ok(match self.confirm(from, CONFIRMATIONS)? {
            FirstEvent::Record(_, None) => ProbeResult::Readable,
            FirstEvent::End => ProbeResult::Empty { from, to: self.high },
            FirstEvent::Record(to, Some(why)) => ProbeResult::Unreadable { from, to, why },
            FirstEvent::Broken(why) => {
                ProbeResult::Unreadable { from, to: self.first_readable(from)?, why }
            }
        })
    }

    /// The first readable offset after an unreadable one, or the end of the partition. Concurrent
    /// callers wait and get the same result.
    fn first_readable(&self, bad: i64) -> Result<i64, RdError> {
        let cached = cached_ranges(&self.config.brokers, self.topic, self.partition);
        let mut ranges = cached.lock();
        if let Some(to) = ranges.end(bad).filter(|to| *to <= self.high) {
            return Ok(to);
        }
        let to = self.search(bad)?;
        ranges.insert(bad, to);
        Ok(to)
    }

    fn search(&self, bad: i64) -> Result<i64, RdError> {
        let mut bad = bad;
        loop {
            let next = self.next_candidate(bad);
            if next >= self.high {
                return Ok(self.high);
            }
            match self.confirm(next, CONFIRMATIONS_BEHIND)? {
                FirstEvent::Record(offset, _) => return Ok(offset),
                FirstEvent::End => return Ok(self.high),
                FirstEvent::Broken(_) => bad = next,
            }
        }
    }

    /// The next offset that may be readable.
    fn next_candidate(&self, bad: i64) -> i64 {
        let find = || Raw::find(self.config, self.consumer, self.topic, self.partition);
        let raw = self.raw.get_or_init(find).as_ref();
        raw.and_then(|raw| raw.next_candidate(bad, self.high)).unwrap_or(bad + 1)
    }

    /// Repeats until an event has occurred `times` times in a row.
    fn confirm(&self, at: i64, times: u32) -> Result<FirstEvent, RdError> {
        let mut last = (self.first_event(at)?, 1);
        for _ in 0..MAX_ATTEMPTS {
            if last.1 >= times || matches!(last.0, FirstEvent::Record(_, None)) {
                return Ok(last.0);
            }
            let again = self.first_event(at)?;
            last = if again == last.0 { (again, last.1 + 1) } else { (again, 1) };
        }
        // The result varies, so it is not permanent.
        Err(RdError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut))
    }

    /// Stops reading. librdkafka aborts if a partition is assigned again before it has stopped
    /// (`rd_kafka_assignment_partition_stopped`). It stops on the client's single thread for such
    /// operations, so a later request to that thread is answered after the stop.
    fn stop_reading(&self) -> Result<(), RdError> {
        if self.is_assigned.replace(false) {
            self.consumer.unassign()?;
            for _ in 0..TURNS {
                drop(self.consumer.assignment()?);
            }
        }
        Ok(())
    }

    /// Starts reading at an offset.
    fn start_reading(&self, at: i64) -> Result<(), RdError> {
        self.stop_reading()?;
        self.is_assigned.set(true);
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(self.topic, self.partition, Offset::Offset(at))?;
        self.consumer.assign(&list)
    }

    fn first_event(&self, at: i64) -> Result<FirstEvent, RdError> {
        self.start_reading(at)?;
        let mut silence = Silence::start();
        let mut failed = None;
        loop {
            let wait = if failed.is_some() { REST_WITHIN } else { LISTEN };
            match self.consumer.poll(wait) {
                // From an earlier attempt.
                Some(Ok(message)) if message.offset() < at => {}
                Some(Ok(message)) if self.is_forged(message.offset())? => {
                    return Ok(FirstEvent::Broken(Defect::ForgedOffset));
                }
                Some(Ok(message)) => return Ok(FirstEvent::Record(message.offset(), failed)),
                Some(Err(RdError::PartitionEOF(_))) => {
                    return Ok(failed.map_or(FirstEvent::End, FirstEvent::Broken));
                }
                Some(Err(error)) => match (Defect::from_error(&error), failed) {
                    (None, _) => return Err(error),
                    (Some(why), None) => failed = Some(why),
                    (Some(_), Some(why)) => return Ok(FirstEvent::Broken(why)),
                },
                None => match failed {
                    Some(why) => return Ok(FirstEvent::Broken(why)),
                    None if silence.is_long(self.consumer.context()) => return self.silent(),
                    None => {}
                },
            }
        }
    }

    /// True for an offset that the partition has not reached by now. librdkafka would continue to read
    /// behind it.
    fn is_forged(&self, offset: i64) -> Result<bool, RdError> {
        if offset < self.high {
            return Ok(false);
        }
        let marks = self.consumer.fetch_watermarks(self.topic, self.partition, ANSWER_WITHIN);
        Ok(offset >= marks?.1)
    }

    /// No event: that means a defect only if the broker responds.
    fn silent(&self) -> Result<FirstEvent, RdError> {
        self.consumer.fetch_watermarks(self.topic, self.partition, ANSWER_WITHIN)?;
        Ok(FirstEvent::Broken(Defect::Silence))
    }

    /// The group's committed offset.
    fn committed(&self) -> Result<Option<i64>, RdError> {
        let mut list = TopicPartitionList::new();
        list.add_partition(self.topic, self.partition);
        let found = self.consumer.committed_offsets(list, ANSWER_WITHIN)?.to_topic_map();
        Ok(found.into_values().find_map(|offset| match offset {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        }))
    }
}
