//! From where on a topic is read that is followed since some time, and up to where a group has
//! handled it.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError as RdError,
};

use super::{client::KafkaConfig, error::KafkaError, names::Names, watermarks::watermarks};

const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// A topic and a group, seen from a client that never joins it. Clones share it.
#[derive(Clone)]
pub struct Reach {
    consumer: Arc<BaseConsumer>,
    topic: String,
    names: Names,
    brokers: String,
}

impl Reach {
    /// The reach of `group` on `topic`.
    pub fn new(config: &KafkaConfig, group: &str, topic: &str) -> Result<Self, KafkaError> {
        let consumer = Arc::new(config.consumer(group).create().map_err(KafkaError::Settings)?);
        let (names, brokers) = (config.names(), config.brokers.clone());
        Ok(Self { consumer, topic: topic.to_owned(), names, brokers })
    }

    /// Each partition with the offset of the first record that was written at a time or later, or
    /// of the next one.
    pub async fn since(&self, at: Timestamp) -> Result<Vec<(i32, i64)>, KafkaError> {
        self.ask(move |reach| reach.offsets_at(at)).await
    }

    /// Each partition with the offset before which the group has handled all there is.
    pub async fn handled(&self) -> Result<Vec<(i32, i64)>, KafkaError> {
        self.ask(Self::committed).await
    }

    /// The client blocks its thread.
    async fn ask(
        &self,
        question: impl FnOnce(&Self) -> Result<Vec<(i32, i64)>, KafkaError> + Send + 'static,
    ) -> Result<Vec<(i32, i64)>, KafkaError> {
        let reach = self.clone();
        let asked = tokio::task::spawn_blocking(move || question(&reach)).await;
        asked.map_err(|_| KafkaError::Read(RdError::Canceled))?
    }

    fn offsets_at(&self, at: Timestamp) -> Result<Vec<(i32, i64)>, KafkaError> {
        let topic = self.names.on_cluster(&self.topic);
        let marks = watermarks(&self.consumer, &topic, &self.brokers)?;
        let mut times = TopicPartitionList::with_capacity(marks.len());
        for (partition, ..) in &marks {
            let at = Offset::Offset(at.as_millisecond().max(0));
            times.add_partition_offset(&topic, *partition, at).map_err(KafkaError::Read)?;
        }
        let found = self.consumer.offsets_for_times(times, ANSWER_WITHIN);
        let found = found.map_err(KafkaError::Read)?.to_topic_map();
        let offset =
            |(partition, _, end): (i32, i64, i64)| match found.get(&(topic.clone(), partition)) {
                Some(Offset::Offset(offset)) => (partition, *offset),
                _ => (partition, end),
            };
        Ok(marks.into_iter().map(offset).collect())
    }

    fn committed(&self) -> Result<Vec<(i32, i64)>, KafkaError> {
        let topic = self.names.on_cluster(&self.topic);
        let marks = watermarks(&self.consumer, &topic, &self.brokers)?;
        let mut list = TopicPartitionList::with_capacity(marks.len());
        for (partition, ..) in &marks {
            list.add_partition(&topic, *partition);
        }
        let found = self.consumer.committed_offsets(list, ANSWER_WITHIN);
        let found = found.map_err(KafkaError::Read)?.to_topic_map();
        let offset =
            |(partition, low, _): (i32, i64, i64)| match found.get(&(topic.clone(), partition)) {
                Some(Offset::Offset(offset)) => (partition, *offset),
                // What retention has deleted cannot be handled any more.
                _ => (partition, low),
            };
        Ok(marks.into_iter().map(offset).collect())
    }
}
