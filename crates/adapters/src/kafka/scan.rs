//! Reading a whole topic, from its first record to where it ended when the scan began.

use std::time::Duration;

use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
};

use super::{
    client::KafkaConfig,
    error::KafkaError,
    message::{self, Scanned},
    watermarks::watermarks,
};

/// Hands every record of `topic` to `each`, with the share read so far (0 to 1). Blocks its thread.
/// A topic that does not exist has no records.
pub fn scan(
    config: &KafkaConfig,
    topic: &str,
    mut each: impl FnMut(Scanned, u64, u64),
) -> Result<(), KafkaError> {
    let consumer: BaseConsumer =
        config.consumer("comanda.scan").create().map_err(KafkaError::Settings)?;
    let names = config.names();
    let topic = names.on_cluster(topic);
    let marks = watermarks(&consumer, &topic, &config.brokers)?;
    let mut open: Vec<(i32, i64)> = Vec::new();
    let (mut read, mut total) = (0_u64, 0_u64);
    let mut list = TopicPartitionList::new();
    for (partition, low, high) in marks.into_iter().filter(|(_, low, high)| low < high) {
        list.add_partition_offset(&topic, partition, Offset::Offset(low))
            .map_err(KafkaError::Read)?;
        open.push((partition, high));
        total += u64::try_from(high - low).unwrap_or(0);
    }
    consumer.assign(&list).map_err(KafkaError::Read)?;
    drop(list);
    while !open.is_empty() {
        let Some(polled) = consumer.poll(Duration::from_secs(10)) else {
            return Err(KafkaError::Read(rdkafka::error::KafkaError::MessageConsumption(
                rdkafka::error::RDKafkaErrorCode::RequestTimedOut,
            )));
        };
        let message = polled.map_err(KafkaError::Read)?;
        let (partition, offset) = (message.partition(), message.offset());
        open.retain(|(p, high)| *p != partition || offset + 1 < *high);
        read += 1;
        each(message::scanned(&names, &message), read, total);
    }
    Ok(())
}
