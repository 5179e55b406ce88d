//! Reads whole topics, from the first record to their end at the start of the scan.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use events::{Range, Topic};
use jiff::Timestamp;
use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError as RdError,
    types::RDKafkaErrorCode,
};

use super::{
    client::KafkaConfig,
    error::KafkaError,
    gaps::{MissingRecords, ScannedOffsets},
    message::{self, ScannedRecord},
    names::Names,
    probe::{Probe, ProbeResult},
    raw::PartitionLeader,
    topic_offsets::offsets_at,
    unreadable::{Defect, Unreadable},
    watermarks::watermarks,
};

const GROUP: &str = "comanda.scan";
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);
/// Time without a record after which a probe examines why.
const PROBE_AFTER: Duration = Duration::from_millis(500);
/// Maximum time without a record.
const RECORD_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum time without brokers during a scan.
const RECONNECT_TIMEOUT: Duration = Duration::from_mins(1);

/// Reads topics, each from the end of its previous scan.
pub struct Scanner {
    consumer: BaseConsumer,
    config: KafkaConfig,
    names: Names,
    brokers: String,
    /// By topic and partition, the offset of the next record.
    next: BTreeMap<(String, i32), i64>,
    /// Unreadable ranges of the scanned topics.
    unreadable: Vec<Unreadable>,
    /// Number of offsets without a record for an unknown reason.
    unexplained: u64,
    /// Examines unreadable positions; created when needed.
    probe: Option<Probe>,
}

/// A partition being read: next offset, end of the scan, and what it received.
struct OpenPartition {
    partition: i32,
    next: i64,
    end: i64,
    met: ScannedOffsets,
}

impl OpenPartition {
    /// Reading continues at `offset`: the offsets before it were not received.
    fn add_gap_before(&mut self, offset: i64) {
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
        // The last offset need not be a record: compaction leaves gaps, transactions leave markers.
        client.set("enable.partition.eof", "true");
        // At the end of a topic, a fetch waits for more records; a long wait would delay the next
        // topic.
        client.set("fetch.wait.max.ms", "10");
        let consumer = client.create().map_err(KafkaError::Settings)?;
        let (names, brokers) = (config.names(), config.brokers.clone());
        let (config, next, unreadable) = (config.clone(), BTreeMap::new(), Vec::new());
        let (unexplained, probe) = (0, None);
        Ok(Self { consumer, config, names, brokers, next, unreadable, unexplained, probe })
    }

    /// Makes the first scan of `topic` begin with the first record written at `at` or later. Blocks
    /// its thread.
    pub fn begin_at(&mut self, topic: &str, at: Timestamp) -> Result<(), KafkaError> {
        let on_cluster = self.names.on_cluster(topic);
        let offsets = offsets_at(&self.consumer, &on_cluster, &self.brokers, at)?;
        for (partition, offset) in offsets {
            self.next.entry((topic.to_owned(), partition)).or_insert(offset);
        }
        Ok(())
    }

    /// Calls `each` with every unread record of `topic` up to its current end, with the number of
    /// records read and the total. Blocks its thread. A topic that does not exist has no records.
    /// Unreadable ranges are skipped and recorded; so are records that a batch has but the client
    /// does not return.
    pub fn scan(
        &mut self,
        topic: &str,
        each: impl FnMut(ScannedRecord, u64, u64),
    ) -> Result<(), KafkaError> {
        let (open, total) = self.assign(topic)?;
        if open.is_empty() {
            return Ok(());
        }
        let read = self.read_open(topic, open, total, each);
        self.consumer.unassign().map_err(KafkaError::Read)?;
        read?.into_iter().try_for_each(|(partition, met)| self.explain(topic, partition, met))
    }

    /// All unreadable ranges so far, in the order in which they were found.
    pub fn unreadable(&self) -> &[Unreadable] {
        &self.unreadable
    }

    /// Number of offsets without a record for an unknown reason: the batches could not be fetched
    /// (TLS or SASL), and they may be transaction markers.
    pub fn unexplained(&self) -> u64 {
        self.unexplained
    }

    /// Number of records of `topic` deleted by retention. Blocks its thread.
    pub fn deleted_records(&self, topic: &str) -> Result<u64, KafkaError> {
        let on_cluster = self.names.on_cluster(topic);
        let marks = watermarks(&self.consumer, &on_cluster, &self.brokers)?;
        Ok(marks.into_iter().map(|(_, low, _)| u64::try_from(low).unwrap_or(0)).sum())
    }

    /// Assigns the partitions to read; returns them and the number of offsets.
    fn assign(&mut self, topic: &str) -> Result<(Vec<OpenPartition>, u64), KafkaError> {
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
                let met = ScannedOffsets { scanned: from..end, gaps: Vec::new(), is_compacted };
                open.push(OpenPartition { partition, next: from, end, met });
                total += u64::try_from(end - from).unwrap_or(0);
            }
        }
        if !open.is_empty() {
            self.consumer.assign(&list).map_err(KafkaError::Read)?;
        }
        Ok((open, total))
    }

    /// Reads everything; returns what was received by partition.
    fn read_open(
        &mut self,
        topic: &str,
        mut open: Vec<OpenPartition>,
        total: u64,
        mut each: impl FnMut(ScannedRecord, u64, u64),
    ) -> Result<Vec<(i32, ScannedOffsets)>, KafkaError> {
        let mut read = 0;
        let mut done = Vec::new();
        let mut last_seen = Instant::now();
        loop {
            done.extend(
                open.extract_if(.., |part| part.next >= part.end).map(|p| (p.partition, p.met)),
            );
            if open.is_empty() {
                return Ok(done);
            }
            let failed = match self.consumer.poll(PROBE_AFTER) {
                Some(Ok(message)) => {
                    let (partition, offset) = (message.partition(), message.offset());
                    let part = open.iter_mut().find(|part| part.partition == partition);
                    let Some(part) = part.filter(|part| part.next <= offset) else { continue };
                    last_seen = Instant::now();
                    // Records beyond the end were written since the start, or have a forged offset.
                    if offset >= part.end && !self.has_reached(topic, partition, offset)? {
                        continue;
                    }
                    part.add_gap_before(offset);
                    part.next = offset + 1;
                    // Later records are left to the next scan.
                    if offset < part.end {
                        read += 1;
                        each(message::copy_scanned_record(&self.names, &message), read, total);
                    }
                    continue;
                }
                Some(Err(RdError::PartitionEOF(partition))) => {
                    for part in open.iter_mut().filter(|part| part.partition == partition) {
                        part.add_gap_before(part.end);
                        part.next = part.end;
                    }
                    continue;
                }
                Some(Err(error)) => error,
                None => RdError::MessageConsumption(RDKafkaErrorCode::RequestTimedOut),
            };
            // A broker went away; the client finds the next one.
            if is_disconnected(&failed) && last_seen.elapsed() < RECONNECT_TIMEOUT {
                continue;
            }
            let is_silent = failed.rdkafka_error_code() == Some(RDKafkaErrorCode::RequestTimedOut);
            let is_suspicious = is_silent || Defect::from_error(&failed).is_some();
            let is_new = is_suspicious && self.skip_unreadable(topic, &mut open)?;
            if is_new {
                last_seen = Instant::now();
            } else {
                let patience = if is_silent { RECORD_TIMEOUT } else { RECONNECT_TIMEOUT };
                if !is_suspicious || last_seen.elapsed() > patience {
                    return Err(KafkaError::Read(failed));
                }
            }
        }
    }

    /// True if a partition has this offset by now.
    fn has_reached(&self, topic: &str, partition: i32, offset: i64) -> Result<bool, KafkaError> {
        let name = self.names.on_cluster(topic);
        match self.consumer.fetch_watermarks(&name, partition, RESPONSE_TIMEOUT) {
            Ok((_, high)) => Ok(offset < high),
            // The end is read again once a broker is back.
            Err(error) if is_disconnected(&error) => Ok(false),
            Err(error) => Err(KafkaError::Read(error)),
        }
    }

    /// Examines the current position of each partition, and skips what is unreadable. False if
    /// everything is readable.
    fn skip_unreadable(
        &mut self,
        topic: &str,
        open: &mut [OpenPartition],
    ) -> Result<bool, KafkaError> {
        let probe = match self.probe.take() {
            Some(probe) => probe,
            None => Probe::new(&self.config, GROUP)?,
        };
        let name = self.names.on_cluster(topic);
        let mut passed = false;
        for part in open.iter_mut() {
            let result = probe.examine(&name, part.partition, Some(part.next));
            let result = result.map_err(KafkaError::Read)?;
            let Some((from, to)) = result.skipped() else { continue };
            if let ProbeResult::Unreadable { why, .. } = result {
                let range = range(topic, part.partition, from..to);
                self.unreadable.push(Unreadable { range, reason: why.describe() });
            } else {
                part.add_gap_before(to);
            }
            part.next = to;
            passed = true;
            // The next scan need not examine an unreadable range beyond the end of this one.
            let next = self.next.entry((topic.to_owned(), part.partition)).or_insert(to);
            *next = to.max(*next);
        }
        self.probe = Some(probe);
        if passed {
            let mut list = TopicPartitionList::new();
            for part in open.iter().filter(|part| part.next < part.end) {
                list.add_partition_offset(&name, part.partition, Offset::Offset(part.next))
                    .map_err(KafkaError::Read)?;
            }
            self.consumer.assign(&list).map_err(KafkaError::Read)?;
        }
        Ok(passed)
    }

    /// Records the missing records in the gaps of a partition.
    fn explain(
        &mut self,
        topic: &str,
        partition: i32,
        mut met: ScannedOffsets,
    ) -> Result<(), KafkaError> {
        if met.gaps.is_empty() {
            return Ok(());
        }
        let name = self.names.on_cluster(topic);
        let marks = self.consumer.fetch_watermarks(&name, partition, RESPONSE_TIMEOUT);
        let (low, _) = marks.map_err(KafkaError::Read)?;
        met.drop_before(low);
        let leader = PartitionLeader::find(&self.config, &self.consumer, &name, partition);
        let Some(missing) = leader.and_then(|leader| met.missing(&leader)) else {
            self.unexplained += met.offsets();
            return Ok(());
        };
        for MissingRecords { offsets, reason } in missing {
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

fn is_disconnected(error: &RdError) -> bool {
    let code = error.rdkafka_error_code();
    matches!(
        code,
        Some(RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::AllBrokersDown)
    )
}
