//! Where a follower starts in each partition, and what it must read first.

use std::time::Duration;

use events::Topic;
use jiff::Timestamp;
use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{Consumer, StreamConsumer},
    error::KafkaError as RdError,
};

use super::{
    super::{error::KafkaError, names::Names},
    Start,
};

const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);

/// A partition with the start and the end of the log at that time.
pub(super) struct PartitionStart {
    pub(super) topic: Topic,
    pub(super) partition: i32,
    pub(super) from: i64,
    pub(super) end: i64,
}

/// Determines the starts and assigns them. Blocks its thread.
pub(super) fn assign_starts(
    consumer: &StreamConsumer,
    topics: &[(Topic, Start)],
    names: &Names,
) -> Result<Vec<PartitionStart>, KafkaError> {
    let mut starts = Vec::new();
    for (topic, start) in topics {
        starts.extend(topic_starts(consumer, *topic, *start, names).map_err(KafkaError::Read)?);
    }
    let partitions: Vec<_> = starts.iter().map(|s| (s.topic, s.partition, s.from)).collect();
    let list = offset_list(&partitions, names).map_err(KafkaError::Read)?;
    consumer.assign(&list).map_err(KafkaError::Read)?;
    Ok(starts)
}

/// Partitions with the offsets to read next.
pub(super) fn offset_list(
    partitions: &[(Topic, i32, i64)],
    names: &Names,
) -> Result<TopicPartitionList, RdError> {
    let mut list = TopicPartitionList::with_capacity(partitions.len());
    for (topic, partition, next) in partitions {
        let name = names.on_cluster(topic.name());
        list.add_partition_offset(&name, *partition, Offset::Offset(*next))?;
    }
    Ok(list)
}

fn topic_starts(
    consumer: &StreamConsumer,
    topic: Topic,
    start: Start,
    names: &Names,
) -> Result<Vec<PartitionStart>, RdError> {
    let name = names.on_cluster(topic.name());
    let metadata = consumer.fetch_metadata(Some(&name), RESPONSE_TIMEOUT)?;
    let mut starts = Vec::new();
    for found in metadata.topics() {
        // A new topic may not be known to every broker yet: following nothing would look like
        // having caught up.
        if let Some(error) = found.error() {
            return Err(RdError::MetadataFetch(error.into()));
        }
        for partition in found.partitions() {
            let (low, end) = consumer.fetch_watermarks(&name, partition.id(), RESPONSE_TIMEOUT)?;
            starts.push(PartitionStart { topic, partition: partition.id(), from: low, end });
        }
    }
    if let Start::At(time) = start {
        start_at(consumer, &name, time, &mut starts)?;
    }
    Ok(starts)
}

fn start_at(
    consumer: &StreamConsumer,
    topic: &str,
    time: Timestamp,
    starts: &mut [PartitionStart],
) -> Result<(), RdError> {
    let mut times = TopicPartitionList::new();
    for start in starts.iter() {
        let at = Offset::Offset(time.as_millisecond().max(0));
        times.add_partition_offset(topic, start.partition, at)?;
    }
    let found = consumer.offsets_for_times(times, RESPONSE_TIMEOUT)?.to_topic_map();
    for start in starts {
        // No record that late: start at the end.
        start.from = match found.get(&(topic.to_owned(), start.partition)) {
            Some(Offset::Offset(offset)) => *offset,
            _ => start.end,
        };
    }
    Ok(())
}
