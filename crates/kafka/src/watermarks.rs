//! First and last offsets of partitions.

use std::time::Duration;

use rdkafka::{
    consumer::{BaseConsumer, Consumer},
    error::KafkaError as RdError,
};

use super::error::KafkaError;

const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);

/// The (low, high) offsets of every partition of a topic by its name on the cluster.
pub(super) fn watermarks(
    consumer: &BaseConsumer,
    topic: &str,
    brokers: &str,
) -> Result<Vec<(i32, i64, i64)>, KafkaError> {
    let unreachable = |error: RdError| KafkaError::Unreachable {
        brokers: brokers.to_owned(),
        reason: error.to_string(),
    };
    let metadata = consumer.fetch_metadata(Some(topic), RESPONSE_TIMEOUT).map_err(unreachable)?;
    let mut marks = Vec::new();
    for found in metadata.topics().iter().filter(|t| t.error().is_none()) {
        for partition in found.partitions() {
            let (low, high) = consumer
                .fetch_watermarks(topic, partition.id(), RESPONSE_TIMEOUT)
                .map_err(unreachable)?;
            marks.push((partition.id(), low, high));
        }
    }
    Ok(marks)
}
