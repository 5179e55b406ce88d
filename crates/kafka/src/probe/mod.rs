//! Examines a position at which reading does not continue.
//!
//! librdkafka reports that a batch is unreadable, but not where it starts or ends. A separate
//! client reads the position again. If that fails, the batch header gives the next position to
//! examine; without a trustworthy header, it is the next offset. Brokers return whole batches, so
//! each offset of a bad one fails, and the first readable record ends the search. No readable
//! record between two bad batches is skipped.

mod partition;
mod silence;

use std::{
    cell::{Cell, OnceCell},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use rdkafka::{
    consumer::{BaseConsumer, Consumer},
    error::KafkaError as RdError,
};

use self::{partition::ProbedPartition, silence::FetchCounter};
use super::{client::KafkaConfig, error::KafkaError, unreadable::Defect};

/// Timeout for a response of the brokers.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);

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
        let (low, high) = consumer.fetch_watermarks(topic, partition, RESPONSE_TIMEOUT)?;
        let (is_assigned, leader) = (Cell::new(false), OnceCell::new());
        let probed =
            ProbedPartition { config, consumer, topic, partition, high, is_assigned, leader };
        let asked = match from {
            Some(from) => from,
            None => probed.committed()?.unwrap_or(low),
        };
        let from = asked.max(low);
        if from < high {
            let found = probed.examine_from(from);
            probed.stop_reading()?;
            return found;
        }
        let gone = asked < low;
        Ok(if gone { ProbeResult::Empty { from: asked, to: low } } else { ProbeResult::Readable })
    }
}
