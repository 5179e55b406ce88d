//! Offsets of a topic at a time, and those that a group has committed.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError as RdError,
};

use super::{client::KafkaConfig, error::KafkaError, names::Names, watermarks::watermarks};

const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);

/// A topic and a group, from a client that never joins it. Clones share it.
#[derive(Clone)]
pub struct TopicOffsets {
    consumer: Arc<BaseConsumer>,
    topic: String,
    names: Names,
    brokers: String,
}

impl TopicOffsets {
    /// The offsets of `topic`, and of `group` on it.
    pub fn new(config: &KafkaConfig, group: &str, topic: &str) -> Result<Self, KafkaError> {
        let consumer = Arc::new(config.consumer(group).create().map_err(KafkaError::Settings)?);
        let (names, brokers) = (config.names(), config.brokers.clone());
        Ok(Self { consumer, topic: topic.to_owned(), names, brokers })
    }

    /// By partition, the offset of the first record written at `at` or later, or the end.
    pub async fn offsets_since(&self, at: Timestamp) -> Result<Vec<(i32, i64)>, KafkaError> {
        self.query(move |offsets| offsets.offsets_at(at)).await
    }

    /// By partition, the committed offset.
    pub async fn committed_offsets(&self) -> Result<Vec<(i32, i64)>, KafkaError> {
        self.query(Self::committed).await
    }

    /// The client blocks its thread.
    async fn query(
        &self,
        query: impl FnOnce(&Self) -> Result<Vec<(i32, i64)>, KafkaError> + Send + 'static,
    ) -> Result<Vec<(i32, i64)>, KafkaError> {
        let offsets = self.clone();
        let response = tokio::task::spawn_blocking(move || query(&offsets)).await;
        response.map_err(|_| KafkaError::Read(RdError::Canceled))?
    }

    fn offsets_at(&self, at: Timestamp) -> Result<Vec<(i32, i64)>, KafkaError> {
        let topic = self.names.on_cluster(&self.topic);
        offsets_at(&self.consumer, &topic, &self.brokers, at)
    }

    fn committed(&self) -> Result<Vec<(i32, i64)>, KafkaError> {
        let topic = self.names.on_cluster(&self.topic);
        let marks = watermarks(&self.consumer, &topic, &self.brokers)?;
        let mut list = TopicPartitionList::with_capacity(marks.len());
        for (partition, ..) in &marks {
            list.add_partition(&topic, *partition);
        }
        let found = self.consumer.committed_offsets(list, RESPONSE_TIMEOUT);
        let found = found.map_err(KafkaError::Read)?.to_topic_map();
        let offset =
            |(partition, low, _): (i32, i64, i64)| match found.get(&(topic.clone(), partition)) {
                Some(Offset::Offset(offset)) => (partition, *offset),
                // Records deleted by retention count as handled.
                _ => (partition, low),
            };
        Ok(marks.into_iter().map(offset).collect())
    }
}

/// By partition, the offset of the first record of a topic written at `at` or later, or the end. The
/// topic has its name on the cluster.
pub(super) fn offsets_at(
    consumer: &BaseConsumer,
    topic: &str,
    brokers: &str,
    at: Timestamp,
) -> Result<Vec<(i32, i64)>, KafkaError> {
    let marks = watermarks(consumer, topic, brokers)?;
    let mut times = TopicPartitionList::with_capacity(marks.len());
    for (partition, ..) in &marks {
        let at = Offset::Offset(at.as_millisecond().max(0));
        times.add_partition_offset(topic, *partition, at).map_err(KafkaError::Read)?;
    }
    let found = consumer.offsets_for_times(times, RESPONSE_TIMEOUT);
    let found = found.map_err(KafkaError::Read)?.to_topic_map();
    let offset =
        |(partition, _, end): (i32, i64, i64)| match found.get(&(topic.to_owned(), partition)) {
            Some(Offset::Offset(offset)) => (partition, *offset),
            _ => (partition, end),
        };
    Ok(marks.into_iter().map(offset).collect())
}
