//! Reading whole topics, from the first record to where they ended when the scan began.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use events::{Range, Topic};
use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError as RdError,
    types::RDKafkaErrorCode,
};

use super::{
    client::KafkaConfig,
    error::KafkaError,
    gaps::{Met, Missing},
    message::{self, Scanned},
    names::Names,
    probe::{Probe, Verdict},
    raw::Raw,
    unreadable::{Defect, Unreadable},
    watermarks::watermarks,
};

const GROUP: &str = "comanda.scan";
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How long the next record may take until a probe looks why.
const NEXT_WITHIN: Duration = Duration::from_millis(500);
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
    /// How many offsets it did not meet of which nobody knows why.
    unexplained: u64,
    /// Looks at what cannot be read, once there is something.
    probe: Option<Probe>,
}

/// A partition that is being read: the next offset, where its scan ends, and what it has met.
struct Open {
    partition: i32,
    next: i64,
    end: i64,
    met: Met,
}

impl Open {
    /// Reading goes on with an offset: what lies before it did not come.
    fn reaches(&mut self, offset: i64) {
        let gap = self.next..offset.min(self.end);
        if !gap.is_empty() {
            self.met.gaps.push(gap);
        }
    }
}

impl Scanner {
    /// A scanner that has read nothing yet.
    pub fn new(config: &KafkaConfig) -> Result<Self, KafkaError> {
        let mut client = config.consumer(GROUP);
        // The last offset need not be a record: compaction leaves gaps, transactions leave marks.
        client.set("enable.partition.eof", "true");
        // Each topic is read to its end, where a request waits for more: the next topic waits for that.
        client.set("fetch.wait.max.ms", "10");
        let consumer = client.create().map_err(KafkaError::Settings)?;
        let (names, brokers) = (config.names(), config.brokers.clone());
        let (config, next, unreadable) = (config.clone(), BTreeMap::new(), Vec::new());
        let (unexplained, probe) = (0, None);
        Ok(Self { consumer, config, names, brokers, next, unreadable, unexplained, probe })
    }

    /// Hands every record of `topic` that it has not read, up to where the topic ends now, to
    /// `each`, with how many it has read and how many there are. Blocks its thread. A topic that
    /// does not exist has no records. What nobody can read is passed over, and noted; so are records
    /// that a batch holds and the client does not hand out.
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
        read?.into_iter().try_for_each(|(partition, met)| self.explain(topic, partition, met))
    }

    /// What nobody can read of all that was scanned, in the order in which it was met.
    pub fn unreadable(&self) -> &[Unreadable] {
        &self.unreadable
    }

    /// Offsets without a record of which it is not known whether there was one: the batches could not
    /// be asked for (brokers that want TLS or SASL), and it may be a mark of a transaction.
    pub fn unexplained(&self) -> u64 {
        self.unexplained
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
        let is_compacted = self.names.contract(&on_cluster).is_some_and(Topic::is_compacted);
        let (mut open, mut total) = (Vec::new(), 0);
        let mut list = TopicPartitionList::new();
        for (partition, low, end) in watermarks(&self.consumer, &on_cluster, &self.brokers)? {
            let next = self.next.entry((topic.to_owned(), partition)).or_insert(low);
            let from = low.max(*next);
            *next = end;
            if from < end {
                list.add_partition_offset(&on_cluster, partition, Offset::Offset(from))
                    .map_err(KafkaError::Read)?;
                let met = Met { scanned: from..end, gaps: Vec::new(), is_compacted };
                open.push(Open { partition, next: from, end, met });
                total += u64::try_from(end - from).unwrap_or(0);
            }
        }
        if !open.is_empty() {
            self.consumer.assign(&list).map_err(KafkaError::Read)?;
        }
        Ok((open, total))
    }

    /// Reads all of it; answers what it has met, partition by partition.
    fn read(
        &mut self,
        topic: &str,
        mut open: Vec<Open>,
        total: u64,
        mut each: impl FnMut(Scanned, u64, u64),
    ) -> Result<Vec<(i32, Met)>, KafkaError> {
        let mut read = 0;
        let mut done = Vec::new();
        let mut last_seen = Instant::now();
        loop {
            done.extend(
                open.extract_if(.., |place| place.next >= place.end).map(|p| (p.partition, p.met)),
            );
            if open.is_empty() {
                return Ok(done);
            }
            let failed = match self.consumer.poll(NEXT_WITHIN) {
                Some(Ok(message)) => {
                    let (partition, offset) = (message.partition(), message.offset());
                    let own = open.iter_mut().find(|place| place.partition == partition);
                    let Some(place) = own.filter(|place| place.next <= offset) else { continue };
                    last_seen = Instant::now();
                    place.reaches(offset);
                    place.next = offset + 1;
                    // What came in the meantime is for the next scan.
                    if offset < place.end {
                        read += 1;
                        each(message::scanned(&self.names, &message), read, total);
                    }
                    continue;
                }
                Some(Err(RdError::PartitionEOF(partition))) => {
                    for place in open.iter_mut().filter(|place| place.partition == partition) {
                        place.reaches(place.end);
                        place.next = place.end;
                    }
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
    }

    /// Looks closely at where every partition stands, and goes on behind what nobody can read. False
    /// if all of it can be read.
    fn pass_over(&mut self, topic: &str, open: &mut [Open]) -> Result<bool, KafkaError> {
        let probe = match self.probe.take() {
            Some(probe) => probe,
            None => Probe::new(&self.config, GROUP)?,
        };
        let name = self.names.on_cluster(topic);
        let mut passed = false;
        for place in open.iter_mut() {
            let verdict = probe.look(&name, place.partition, Some(place.next));
            let verdict = verdict.map_err(KafkaError::Read)?;
            let Some((from, to)) = verdict.passes() else { continue };
            if let Verdict::Unreadable { why, .. } = verdict {
                let range = range(topic, place.partition, from..to);
                self.unreadable.push(Unreadable { range, reason: why.words() });
            } else {
                place.reaches(to);
            }
            place.next = to;
            passed = true;
            // What is bad beyond the end of this scan needs no other look at the next one.
            let next = self.next.entry((topic.to_owned(), place.partition)).or_insert(to);
            *next = to.max(*next);
        }
        self.probe = Some(probe);
        if passed {
            let mut list = TopicPartitionList::new();
            for place in open.iter().filter(|place| place.next < place.end) {
                list.add_partition_offset(&name, place.partition, Offset::Offset(place.next))
                    .map_err(KafkaError::Read)?;
            }
            self.consumer.assign(&list).map_err(KafkaError::Read)?;
        }
        Ok(passed)
    }

    /// Notes which records are missing where the scan has met gaps.
    fn explain(&mut self, topic: &str, partition: i32, mut met: Met) -> Result<(), KafkaError> {
        if met.gaps.is_empty() {
            return Ok(());
        }
        let name = self.names.on_cluster(topic);
        let marks = self.consumer.fetch_watermarks(&name, partition, ANSWER_WITHIN);
        let (low, _) = marks.map_err(KafkaError::Read)?;
        met.since(low);
        let raw = Raw::find(&self.config, &self.consumer, &name, partition);
        let Some(missing) = raw.and_then(|raw| met.missing(&raw)) else {
            self.unexplained += met.offsets();
            return Ok(());
        };
        for Missing { offsets, reason } in missing {
            let range = range(topic, partition, offsets);
            self.unreadable.push(Unreadable { range, reason });
        }
        Ok(())
    }
}

fn range(topic: &str, partition: i32, offsets: std::ops::Range<i64>) -> Range {
    let (first, last) = (offsets.start, offsets.end - 1);
    Range { topic: topic.to_owned(), partition, first, last }
}

fn away(error: &RdError) -> bool {
    let code = error.rdkafka_error_code();
    matches!(
        code,
        Some(RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::AllBrokersDown)
    )
}
