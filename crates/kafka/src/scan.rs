//! Reading whole topics, from the first record to where they ended when the scan began.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use events::Range;
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
    probe::{Probe, Verdict},
    unreadable::{Defect, Unreadable},
    watermarks::watermarks,
};

const GROUP: &str = "comanda.scan";
/// How long the next record may take until a probe looks why.
const NEXT_WITHIN: Duration = Duration::from_secs(2);
/// How long it may take at all.
const COMES_WITHIN: Duration = Duration::from_secs(10);
/// How long brokers may be away in the middle of a scan.
const BACK_WITHIN: Duration = Duration::from_mins(1);

/// Reads topics, each from where the last scan of it ended.
pub struct Scanner {
    consumer: BaseConsumer,
    config: KafkaConfig,
    names: Names,
    brokers: String,
    /// By topic and partition, the offset of the next record.
    next: BTreeMap<(String, i32), i64>,
    /// What nobody can read of what was scanned.
    unreadable: Vec<Unreadable>,
    /// Looks at what cannot be read, once there is something.
    probe: Option<Probe>,
}

/// A partition that is being read: the next offset, and where its scan ends.
struct Open {
    partition: i32,
    next: i64,
    end: i64,
}

impl Scanner {
    /// A scanner that has read nothing yet.
    pub fn new(config: &KafkaConfig) -> Result<Self, KafkaError> {
        let mut client = config.consumer(GROUP);
        // The last offset need not be a record: compaction leaves gaps, transactions leave marks.
        client.set("enable.partition.eof", "true");
        let consumer = client.create().map_err(KafkaError::Settings)?;
        let (names, brokers) = (config.names(), config.brokers.clone());
        let (config, next, unreadable) = (config.clone(), BTreeMap::new(), Vec::new());
        Ok(Self { consumer, config, names, brokers, next, unreadable, probe: None })
    }

    /// Hands every record of `topic` that it has not read, up to where the topic ends now, to
    /// `each`, with how many it has read and how many there are. Blocks its thread. A topic that
    /// does not exist has no records. What nobody can read is passed over, and noted.
    pub fn scan(
        &mut self,
        topic: &str,
        each: impl FnMut(Scanned, u64, u64),
    ) -> Result<(), KafkaError> {
        let (open, total) = self.begin(topic)?;
        if open.is_empty() {
            return Ok(());
        }
        let read = self.read(topic, open, total, each);
        self.consumer.unassign().map_err(KafkaError::Read)?;
        read
    }

    /// What nobody can read of all that was scanned, in the order in which it was met.
    pub fn unreadable(&self) -> &[Unreadable] {
        &self.unreadable
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
                open.push(Open { partition, next: from, end });
                total += u64::try_from(end - from).unwrap_or(0);
            }
        }
        if !open.is_empty() {
            self.consumer.assign(&list).map_err(KafkaError::Read)?;
        }
        Ok((open, total))
    }

    fn read(
        &mut self,
        topic: &str,
        mut open: Vec<Open>,
        total: u64,
        mut each: impl FnMut(Scanned, u64, u64),
    ) -> Result<(), KafkaError> {
        let mut read = 0;
        let mut last_seen = Instant::now();
        while !open.is_empty() {
            let failed = match self.consumer.poll(NEXT_WITHIN) {
                Some(Ok(message)) => {
                    let (partition, offset) = (message.partition(), message.offset());
                    let Some(place) = open.iter().position(|o| o.partition == partition) else {
                        continue;
                    };
                    last_seen = Instant::now();
                    let end = open[place].end;
                    open[place].next = offset + 1;
                    if offset + 1 >= end {
                        open.swap_remove(place);
                    }
                    // What came in the meantime is for the next scan.
                    if offset < end {
                        read += 1;
                        each(message::scanned(&self.names, &message), read, total);
                    }
                    continue;
                }
                Some(Err(RdError::PartitionEOF(partition))) => {
                    open.retain(|o| o.partition != partition);
                    continue;
                }
                Some(Err(error)) => error,
                None => RdError::MessageConsumption(RDKafkaErrorCode::RequestTimedOut),
            };
            // A broker went away; the client looks for the next one.
            if away(&failed) && last_seen.elapsed() < BACK_WITHIN {
                continue;
            }
            let is_silent = failed.rdkafka_error_code() == Some(RDKafkaErrorCode::RequestTimedOut);
            let is_suspicious = is_silent || Defect::of(&failed).is_some();
            let is_new = is_suspicious && self.pass_over(topic, &mut open)?;
            if is_new {
                last_seen = Instant::now();
            } else {
                let patience = if is_silent { COMES_WITHIN } else { BACK_WITHIN };
                if !is_suspicious || last_seen.elapsed() > patience {
                    return Err(KafkaError::Read(failed));
                }
            }
        }
        Ok(())
    }

    /// Looks closely at where every partition stands, and goes on behind what nobody can read. False
    /// if all of it can be read.
    fn pass_over(&mut self, topic: &str, open: &mut Vec<Open>) -> Result<bool, KafkaError> {
        let probe = match self.probe.take() {
            Some(probe) => probe,
            None => Probe::new(&self.config, GROUP)?,
        };
        let name = self.names.on_cluster(topic);
        let mut passed = false;
        for place in &mut *open {
            let verdict = probe.look(&name, place.partition, Some(place.next));
            let verdict = verdict.map_err(KafkaError::Read)?;
            let Some((from, to)) = verdict.passes() else { continue };
            if let Verdict::Unreadable { why, .. } = verdict {
                let (topic, partition) = (topic.to_owned(), place.partition);
                let range = Range { topic, partition, first: from, last: to - 1 };
                self.unreadable.push(Unreadable { range, reason: why.words() });
            }
            place.next = to;
            passed = true;
            // What is bad beyond the end of this scan needs no other look at the next one.
            let next = self.next.entry((topic.to_owned(), place.partition)).or_insert(to);
            *next = to.max(*next);
        }
        self.probe = Some(probe);
        open.retain(|place| place.next < place.end);
        if passed {
            let mut list = TopicPartitionList::new();
            for place in &*open {
                list.add_partition_offset(&name, place.partition, Offset::Offset(place.next))
                    .map_err(KafkaError::Read)?;
            }
            self.consumer.assign(&list).map_err(KafkaError::Read)?;
        }
        Ok(passed)
    }
}

fn away(error: &RdError) -> bool {
    let code = error.rdkafka_error_code();
    matches!(
        code,
        Some(RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::AllBrokersDown)
    )
}
