//! Looking closely at a place of a partition where reading does not go on.
//!
//! librdkafka tells that a batch cannot be read, but not which one: neither where it begins nor
//! where it ends. A client of its own reads the place again. If it fails, the header of the batch says
//! where it ends, and the next place that is looked at is behind it; where no header can be had or
//! believed, it is the next offset. Brokers answer with whole batches, so each offset of a bad one
//! fails, and the first good record shows itself. No good record between two bad batches is passed
//! over.

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
    client::KafkaConfig, error::KafkaError, raw::Raw, remembered::remembered, unreadable::Defect,
};

const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// A place from which nothing comes for so long is as good as one that fails: brokers that answer
/// and have a record send it in less.
const SILENT_AFTER: Duration = Duration::from_secs(10);
/// The same where answers come again and again, and none of them can be taken apart.
const PARTIAL_AFTER: Duration = Duration::from_millis(400);
/// Answers of an earlier look may be counted for so long.
const COUNTED_AFTER: Duration = Duration::from_millis(250);
/// How many such answers are enough.
const PARTIAL: u64 = 3;
/// How long the next event may take once one was there: they come out of one answer.
const REST_WITHIN: Duration = Duration::from_millis(20);
/// Between two looks at what was counted.
const LISTEN: Duration = Duration::from_millis(50);
/// How often a place has to fail in the same way.
const SURE: u32 = 3;
/// How often each place behind it has to.
const SURE_AGAIN: u32 = 2;
/// Turns of the client's thread that a partition may take to stop: the order to, the stop, the word of it,
/// and one more.
const TURNS: usize = 4;
/// How often a place may be looked at that shows itself differently each time.
const LOOKS: u32 = 12;

/// What a look has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It can be read.
    Readable,
    /// There is no record from one offset up to (not including) the other: compaction, transactions
    /// and retention leave gaps.
    Empty { from: i64, to: i64 },
    /// Nobody can read what stands from one offset up to (not including) the other.
    Unreadable { from: i64, to: i64, why: Defect },
}

impl Verdict {
    /// The offsets that are passed over: from one up to (not including) the other.
    pub(super) fn passes(&self) -> Option<(i64, i64)> {
        match self {
            Self::Readable => None,
            Self::Empty { from, to } | Self::Unreadable { from, to, .. } => Some((*from, *to)),
        }
    }
}

/// What comes first when reading from an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    /// A record, and what failed before it.
    Record(i64, Option<Defect>),
    /// The end of the partition.
    End,
    Broken(Defect),
}

/// A partition, where it ended when the look began, and the client that looks.
struct ProbedPartition<'p> {
    config: &'p KafkaConfig,
    consumer: &'p BaseConsumer<Counting>,
    topic: &'p str,
    partition: i32,
    high: i64,
    is_assigned: Cell<bool>,
    raw: OnceCell<Option<Raw<'p>>>,
}

/// How long nothing has come, and what was counted meanwhile.
struct Silence {
    since: Instant,
    partial: Option<u64>,
}

impl Silence {
    fn begins() -> Self {
        Self { since: Instant::now(), partial: None }
    }

    fn is_long(&mut self, counting: &Counting) -> bool {
        let (lasts, partial) = (self.since.elapsed(), counting.partial.load(Ordering::Relaxed));
        if lasts < COUNTED_AFTER {
            return false;
        }
        let before = *self.partial.get_or_insert(partial);
        lasts >= SILENT_AFTER || (lasts >= PARTIAL_AFTER && partial >= before + PARTIAL)
    }
}

/// Looks that are going on in this process.
static AT_WORK: AtomicUsize = AtomicUsize::new(0);

/// True while a probe looks in this process. A long range takes a while, and that is no standstill.
pub fn is_probing() -> bool {
    AT_WORK.load(Ordering::Relaxed) > 0
}

/// Counts a look while it lives.
struct AtWork;

impl AtWork {
    fn begins() -> Self {
        AT_WORK.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        AT_WORK.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A client that only looks. It joins nothing and commits nothing.
pub(super) struct Probe {
    config: KafkaConfig,
    consumer: BaseConsumer<Counting>,
}

/// Counts the answers that the client could not take apart: it asks again then, and tells nobody.
#[derive(Default)]
struct Counting {
    partial: AtomicU64,
}

impl ClientContext for Counting {
    fn stats(&self, statistics: Statistics) {
        let partial = statistics.brokers.values().map(|broker| broker.rxpartial).sum();
        self.partial.store(partial, Ordering::Relaxed);
    }

    fn error(&self, error: RdError, reason: &str) {
        tracing::debug!(%error, reason, "a probe reported");
    }
}

impl ConsumerContext for Counting {}

impl Probe {
    /// A probe that knows what `group` has committed.
    pub(super) fn new(config: &KafkaConfig, group: &str) -> Result<Self, KafkaError> {
        let mut client = config.probe(group);
        client.set("statistics.interval.ms", "100");
        let consumer =
            client.create_with_context(Counting::default()).map_err(KafkaError::Settings)?;
        Ok(Self { config: config.clone(), consumer })
    }

    /// Looks at a partition of a topic, called as the cluster does, from an offset on, or from
    /// where the group would begin. `Err` if the brokers do not answer: then nothing is known.
    /// Blocks its thread.
    pub(super) fn look(
        &self,
        topic: &str,
        partition: i32,
        from: Option<i64>,
    ) -> Result<Verdict, RdError> {
        let _at_work = AtWork::begins();
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
            let found = place.judge(from);
            place.leave()?;
            return found;
        }
        let gone = asked < low;
        Ok(if gone { Verdict::Empty { from: asked, to: low } } else { Verdict::Readable })
    }
}

impl ProbedPartition<'_> {
    fn judge(&self, from: i64) -> Result<Verdict, RdError> {
        Ok(match self.surely(from, SURE)? {
            First::Record(_, None) => Verdict::Readable,
            First::End => Verdict::Empty { from, to: self.high },
            First::Record(to, Some(why)) => Verdict::Unreadable { from, to, why },
            First::Broken(why) => Verdict::Unreadable { from, to: self.first_good(from)?, why },
        })
    }

    /// Behind an offset that cannot be read: the first one from which a record comes that can be; where
    /// the partition ended, if none does. Others who ask at the same time wait, and get the answer.
    fn first_good(&self, bad: i64) -> Result<i64, RdError> {
        let remembered = remembered(&self.config.brokers, self.topic, self.partition);
        let mut ranges = remembered.lock();
        if let Some(to) = ranges.end(bad).filter(|to| *to <= self.high) {
            return Ok(to);
        }
        let to = self.search(bad)?;
        ranges.keep(bad, to);
        Ok(to)
    }

    fn search(&self, bad: i64) -> Result<i64, RdError> {
        let mut bad = bad;
        loop {
            let next = self.behind(bad);
            if next >= self.high {
                return Ok(self.high);
            }
            match self.surely(next, SURE_AGAIN)? {
                First::Record(offset, _) => return Ok(offset),
                First::End => return Ok(self.high),
                First::Broken(_) => bad = next,
            }
        }
    }

    /// The next offset that may be a good one.
    fn behind(&self, bad: i64) -> i64 {
        let find = || Raw::find(self.config, self.consumer, self.topic, self.partition);
        let raw = self.raw.get_or_init(find).as_ref();
        raw.and_then(|raw| raw.behind(bad, self.high)).unwrap_or(bad + 1)
    }

    /// Looks until a place that fails has failed in the same way so often in a row.
    fn surely(&self, at: i64, times: u32) -> Result<First, RdError> {
        let mut last = (self.first(at)?, 1);
        for _ in 0..LOOKS {
            if last.1 >= times || matches!(last.0, First::Record(_, None)) {
                return Ok(last.0);
            }
            let again = self.first(at)?;
            last = if again == last.0 { (again, last.1 + 1) } else { (again, 1) };
        }
        // It changes while it is looked at; so it does not fail for good.
        Err(RdError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut))
    }

    /// Stops reading. A partition that is assigned again before it has stopped is what librdkafka aborts
    /// on (`rd_kafka_assignment_partition_stopped`); it stops in the client's one thread for such
    /// things, so what is asked of that thread afterwards is answered afterwards.
    fn leave(&self) -> Result<(), RdError> {
        if self.is_assigned.replace(false) {
            self.consumer.unassign()?;
            for _ in 0..TURNS {
                drop(self.consumer.assignment()?);
            }
        }
        Ok(())
    }

    /// Reads from an offset on.
    fn go_to(&self, at: i64) -> Result<(), RdError> {
        self.leave()?;
        self.is_assigned.set(true);
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(self.topic, self.partition, Offset::Offset(at))?;
        self.consumer.assign(&list)
    }

    fn first(&self, at: i64) -> Result<First, RdError> {
        self.go_to(at)?;
        let mut silence = Silence::begins();
        let mut failed = None;
        loop {
            let wait = if failed.is_some() { REST_WITHIN } else { LISTEN };
            match self.consumer.poll(wait) {
                // Of an earlier look.
                Some(Ok(message)) if message.offset() < at => {}
                Some(Ok(message)) => return Ok(First::Record(message.offset(), failed)),
                Some(Err(RdError::PartitionEOF(_))) => {
                    return Ok(failed.map_or(First::End, First::Broken));
                }
                Some(Err(error)) => match (Defect::of(&error), failed) {
                    (None, _) => return Err(error),
                    (Some(why), None) => failed = Some(why),
                    (Some(_), Some(why)) => return Ok(First::Broken(why)),
                },
                None => match failed {
                    Some(why) => return Ok(First::Broken(why)),
                    None if silence.is_long(self.consumer.context()) => return self.silent(),
                    None => {}
                },
            }
        }
    }

    /// Nothing came: that says something of the place only if its broker answers.
    fn silent(&self) -> Result<First, RdError> {
        self.consumer.fetch_watermarks(self.topic, self.partition, ANSWER_WITHIN)?;
        Ok(First::Broken(Defect::Silence))
    }

    /// The offset that the group would go on with.
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
