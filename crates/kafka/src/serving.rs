//! Waits until topics are served: every partition has a leader that knows about it.
//!
//! Brokers may learn of a new partition later than their clients. A group member that asks for an
//! offset too early gets the error that there is no such partition, and does not ask again.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError as RdError,
};

use super::{client::KafkaConfig, error::KafkaError};

const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Waits until the leaders of all partitions of `topics` respond for them, or until `deadline`.
/// Blocks its thread.
pub(super) fn wait_until_served(
    config: &KafkaConfig,
    topics: &[String],
    deadline: Instant,
) -> Result<(), KafkaError> {
    let consumer: BaseConsumer =
        config.consumer("comanda.start").create().map_err(KafkaError::Settings)?;
    let names: Vec<_> = topics.iter().map(|topic| config.names().on_cluster(topic)).collect();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let within = left.clamp(Duration::from_secs(1), RESPONSE_TIMEOUT);
        let reason = match unserved_reason(&consumer, &names, within) {
            Ok(None) => return Ok(()),
            Ok(Some(reason)) => reason,
            Err(error) => error.to_string(),
        };
        if Instant::now() > deadline {
            return Err(KafkaError::Unserved(reason));
        }
        sleep(Duration::from_millis(50));
    }
}

/// Why some partition is not served; `None` if all are.
fn unserved_reason(
    consumer: &BaseConsumer,
    names: &[String],
    within: Duration,
) -> Result<Option<String>, RdError> {
    let metadata = consumer.fetch_metadata(None, within)?;
    let mut asked = TopicPartitionList::new();
    for name in names {
        let topic = metadata.topics().iter().find(|topic| topic.name() == name);
        let Some(topic) = topic.filter(|t| t.error().is_none() && !t.partitions().is_empty())
        else {
            return Ok(Some(format!("the topic {name} is not known to every broker")));
        };
        for partition in topic.partitions() {
            if partition.leader() < 0 {
                let n = partition.id();
                return Ok(Some(format!("partition {n} of the topic {name} has no leader")));
            }
            asked.add_partition_offset(name, partition.id(), Offset::End)?;
        }
    }
    let found = consumer.offsets_for_times(asked, within)?;
    let refused = found.elements().iter().find_map(|partition| {
        let error = partition.error().err()?;
        Some(format!("{} [{}]: {error}", partition.topic(), partition.partition()))
    });
    Ok(refused)
}
