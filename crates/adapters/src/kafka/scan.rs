//! Reading whole topics, from the first record to where they ended when the scan began.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

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
    names::Names,
    watermarks::watermarks,
};

/// How long the next record may take.
const NEXT_WITHIN: Duration = Duration::from_secs(10);
/// How long brokers may be away in the middle of a scan.
const BACK_WITHIN: Duration = Duration::from_mins(1);

/// Reads topics, each from where the last scan of it ended.
pub struct Scanner {
    consumer: BaseConsumer,
    names: Names,
    brokers: String,
    /// By topic and partition, the offset of the next record.
    next: BTreeMap<(String, i32), i64>,
}

/// A partition that is being read, and where its scan ends.
struct Open {
    partition: i32,
    end: i64,
}

impl Scanner {
    /// A scanner that has read nothing yet.
    pub fn new(config: &KafkaConfig) -> Result<Self, KafkaError> {
        let mut client = config.consumer("comanda.scan");
        // The last offset need not be a record: compaction leaves gaps, transactions leave marks.
        client.set("enable.partition.eof", "true");
        let consumer = client.create().map_err(KafkaError::Settings)?;
        let (names, brokers) = (config.names(), config.brokers.clone());
        Ok(Self { consumer, names, brokers, next: BTreeMap::new() })
    }

    /// Hands every record of `topic` that it has not read, up to where the topic ends now, to
    /// `each`, with how many it has read and how many there are. Blocks its thread. A topic that
    /// does not exist has no records.
    pub fn scan(
        &mut self,
        topic: &str,
        each: impl FnMut(Scanned, u64, u64),
    ) -> Result<(), KafkaError> {
        let (open, total) = self.begin(topic)?;
        if open.is_empty() {
            return Ok(());
        }
        let read = self.read(open, total, each);
        self.consumer.unassign().map_err(KafkaError::Read)?;
        read
    }

    /// How many records of `topic` are gone: retention has deleted them. Blocks its thread.
    pub fn gone(&self, topic: &str) -> Result<u64, KafkaError> {
        let on_cluster = self.names.on_cluster(topic);
        let marks = watermarks(&self.consumer, &on_cluster, &self.brokers)?;
        Ok(marks.into_iter().map(|(_, low, _)| u64::try_from(low).unwrap_or(0)).sum())
    }

    /// Assigns what is to be read, and answers it with the number of offsets.
    fn begin(&mut self, topic: &str) -> Result<(Vec<Open>, u64), KafkaError> {
        let on_cluster = self.names.on_cluster(topic);
        let (mut open, mut total) = (Vec::new(), 0);
        let mut list = TopicPartitionList::new();
        for (partition, low, end) in watermarks(&self.consumer, &on_cluster, &self.brokers)? {
            let next = self.next.entry((topic.to_owned(), partition)).or_insert(low);
            let from = low.max(*next);
            *next = end;
            if from < end {
                list.add_partition_offset(&on_cluster, partition, Offset::Offset(from))
                    .map_err(KafkaError::Read)?;
                open.push(Open { partition, end });
                total += u64::try_from(end - from).unwrap_or(0);
            }
        }
        if !open.is_empty() {
            self.consumer.assign(&list).map_err(KafkaError::Read)?;
        }
        Ok((open, total))
    }

    fn read(
        &self,
        mut open: Vec<Open>,
        total: u64,
        mut each: impl FnMut(Scanned, u64, u64),
    ) -> Result<(), KafkaError> {
        let mut read = 0;
        let mut last_seen = Instant::now();
        while !open.is_empty() {
            match self.consumer.poll(NEXT_WITHIN) {
                Some(Ok(message)) => {
                    last_seen = Instant::now();
                    let (partition, offset) = (message.partition(), message.offset());
                    let Some(place) = open.iter().position(|o| o.partition == partition) else {
                        continue;
                    };
                    let end = open[place].end;
                    if offset + 1 >= end {
                        open.swap_remove(place);
                    }
                    // What came in the meantime is for the next scan.
                    if offset < end {
                        read += 1;
                        each(message::scanned(&self.names, &message), read, total);
                    }
                }
                Some(Err(RdError::PartitionEOF(partition))) => {
                    open.retain(|o| o.partition != partition);
                }
                // A broker went away; the client looks for the next one by itself.
                Some(Err(error)) if away(&error) && last_seen.elapsed() < BACK_WITHIN => {}
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

fn away(error: &RdError) -> bool {
    let code = error.rdkafka_error_code();
    matches!(
        code,
        Some(RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::AllBrokersDown)
    )
}
