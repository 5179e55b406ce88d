//! The lag of a group.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use domain::ports::LagProbe;
use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
};

use super::{client::KafkaConfig, error::KafkaError, names::Names, watermarks::watermarks};

const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for which a result is reused.
const FRESH: Duration = Duration::from_millis(500);

/// The progress of a group in a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GroupProgress {
    /// The next offset to handle.
    pub(super) at: i64,
    /// The end of the partition.
    pub(super) end: i64,
}

/// A cached result; `None` if the brokers did not respond.
#[derive(Clone, Copy)]
struct CachedLag {
    at: Instant,
    lag: Option<u64>,
}

/// Measures how many records of some topics a group has not committed. Asks the brokers on demand
/// only.
#[derive(Clone)]
pub struct GroupLag {
    consumer: Arc<BaseConsumer>,
    topics: Arc<[String]>,
    names: Names,
    brokers: String,
    last: Arc<Mutex<Option<CachedLag>>>,
}

impl GroupLag {
    /// The lag of `group` on `topics`, from a client that never joins it.
    pub fn new(config: &KafkaConfig, group: &str, topics: &[String]) -> Result<Self, KafkaError> {
        let consumer = config.consumer(group).create().map_err(KafkaError::Settings)?;
        let (names, brokers) = (config.names(), config.brokers.clone());
        let (consumer, topics) = (Arc::new(consumer), topics.into());
        Ok(Self { consumer, topics, names, brokers, last: Arc::default() })
    }

    /// Asks the brokers; blocks its thread.
    pub fn measure(&self) -> Result<u64, KafkaError> {
        let progress = self.partition_progress()?;
        Ok(progress.values().map(|at| u64::try_from(at.end - at.at).unwrap_or(0)).sum())
    }

    /// The progress in each partition; blocks its thread.
    pub(super) fn partition_progress(
        &self,
    ) -> Result<BTreeMap<(String, i32), GroupProgress>, KafkaError> {
        let mut ends = Vec::new();
        for topic in &*self.topics {
            let topic = self.names.on_cluster(topic);
            for (partition, low, high) in watermarks(&self.consumer, &topic, &self.brokers)? {
                ends.push(((topic.clone(), partition), low, high));
            }
        }
        let mut list = TopicPartitionList::with_capacity(ends.len());
        for ((topic, partition), ..) in &ends {
            list.add_partition(topic, *partition);
        }
        let committed = self
            .consumer
            .committed_offsets(list, RESPONSE_TIMEOUT)
            .map_err(KafkaError::Read)?
            .to_topic_map();
        let range = |(partition, low, end): ((String, i32), i64, i64)| {
            let at = match committed.get(&partition) {
                Some(Offset::Offset(offset)) => *offset,
                _ => low,
            };
            (partition, GroupProgress { at, end })
        };
        Ok(ends.into_iter().map(range).collect())
    }

    fn cached(&self) -> Option<CachedLag> {
        let last = self.last.lock();
        last.filter(|answer| answer.at.elapsed() < FRESH)
    }
}

impl LagProbe for GroupLag {
    async fn lag_records(&self) -> Option<u64> {
        if let Some(answer) = self.cached() {
            return answer.lag;
        }
        let probe = self.clone();
        let measured = tokio::task::spawn_blocking(move || probe.measure()).await;
        let lag = measured.ok().and_then(Result::ok);
        *self.last.lock() = Some(CachedLag { at: Instant::now(), lag });
        lag
    }
}
