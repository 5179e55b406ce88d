//! Reading whole topics, from the first record to where they ended when the scan began.

use std::{collections::BTreeMap, time::Duration};

use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError as RdError,
    types::RDKafkaErrorCode,
};

use super::{
    client::KafkaConfig,
    error::KafkaError,
    message::{self, Scanned},
    watermarks::watermarks,
};

/// How long the next record may take.
const NEXT_WITHIN: Duration = Duration::from_secs(10);

/// Reads topics, each from where the last scan of it ended.
#[derive(Clone, Debug)]
pub struct Scanner {
    config: KafkaConfig,
    /// By topic and partition, the offset of the next record.
    next: BTreeMap<(String, i32), i64>,
}

impl Scanner {
    /// A scanner that has read nothing yet.
    pub fn new(config: &KafkaConfig) -> Self {
        Self { config: config.clone(), next: BTreeMap::new() }
    }

    /// Hands every record of `topic` that it has not read, up to where the topic ends now, to
    /// `each`, with how many it has read and how many there are. Blocks its thread. A topic that
    /// does not exist has no records.
    pub fn scan(
        &mut self,
        topic: &str,
        mut each: impl FnMut(Scanned, u64, u64),
    ) -> Result<(), KafkaError> {
        let mut config = self.config.consumer("comanda.scan");
        // The last offset need not be a record: compaction leaves gaps, transactions leave marks.
        config.set("enable.partition.eof", "true");
        let consumer: BaseConsumer = config.create().map_err(KafkaError::Settings)?;
        let names = self.config.names();
        let on_cluster = names.on_cluster(topic);
        let marks = watermarks(&consumer, &on_cluster, &self.config.brokers)?;
        let (mut open, mut read, mut total) = (Vec::new(), 0, 0);
        let mut list = TopicPartitionList::new();
        for (partition, low, high) in marks {
            let next = self.next.entry((topic.to_owned(), partition)).or_insert(low);
            let from = low.max(*next);
            *next = high;
            if from < high {
                list.add_partition_offset(&on_cluster, partition, Offset::Offset(from))
                    .map_err(KafkaError::Read)?;
                open.push((partition, high));
                total += u64::try_from(high - from).unwrap_or(0);
            }
        }
        consumer.assign(&list).map_err(KafkaError::Read)?;
        drop(list);
        while !open.is_empty() {
            match consumer.poll(NEXT_WITHIN) {
                Some(Ok(message)) => {
                    let (partition, offset) = (message.partition(), message.offset());
                    let Some(place) = open.iter().position(|(p, _)| *p == partition) else {
                        continue;
                    };
                    let high = open[place].1;
                    if offset + 1 >= high {
                        open.swap_remove(place);
                    }
                    // What came in the meantime is for the next scan.
                    if offset < high {
                        read += 1;
                        each(message::scanned(&names, &message), read, total);
                    }
                }
                Some(Err(RdError::PartitionEOF(partition))) => {
                    open.retain(|(p, _)| *p != partition);
                }
                Some(Err(error)) => return Err(KafkaError::Read(error)),
                None => {
                    let late = RDKafkaErrorCode::RequestTimedOut;
                    return Err(KafkaError::Read(RdError::MessageConsumption(late)));
                }
            }
        }
        Ok(())
    }
}
