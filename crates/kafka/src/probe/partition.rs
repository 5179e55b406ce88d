//! One partition under examination.

use std::{
    cell::{Cell, OnceCell},
    time::Duration,
};

use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError as RdError, RDKafkaErrorCode},
};

use super::{
    super::{
        client::KafkaConfig, range_cache::cached_ranges, raw::PartitionLeader, unreadable::Defect,
    },
    ProbeResult, RESPONSE_TIMEOUT,
    silence::{FetchCounter, Silence},
};

/// Timeout for further events of the same response.
const REST_WITHIN: Duration = Duration::from_millis(20);
/// Poll interval.
const POLL_EVERY: Duration = Duration::from_millis(50);
/// Number of equal failures that confirm an unreadable position.
const CONFIRMATIONS: u32 = 3;
/// The same for each following position.
const CONFIRMATIONS_BEHIND: u32 = 2;
/// Turns of the client's thread that stopping a partition may take: request, stop, reply, and one
/// spare.
const STOP_TURNS: usize = 4;
/// Maximum number of attempts at a position with varying results.
const MAX_ATTEMPTS: u32 = 12;

/// The first event when reading from an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FirstEvent {
    /// A record, and the defect before it.
    Record(i64, Option<Defect>),
    /// The end of the partition.
    End,
    Broken(Defect),
}

/// A partition with its end at the start of the probe, and the client that reads.
pub(super) struct ProbedPartition<'p> {
    pub(super) config: &'p KafkaConfig,
    pub(super) consumer: &'p BaseConsumer<FetchCounter>,
    pub(super) topic: &'p str,
    pub(super) partition: i32,
    pub(super) high: i64,
    pub(super) is_assigned: Cell<bool>,
    pub(super) leader: OnceCell<Option<PartitionLeader<'p>>>,
}

impl ProbedPartition<'_> {
    /// Examines the partition from an offset on.
    pub(super) fn examine_from(&self, from: i64) -> Result<ProbeResult, RdError> {
        Ok(match self.confirm(from, CONFIRMATIONS)? {
            FirstEvent::Record(_, None) => ProbeResult::Readable,
            FirstEvent::End => ProbeResult::Empty { from, to: self.high },
            FirstEvent::Record(to, Some(why)) => ProbeResult::Unreadable { from, to, why },
            FirstEvent::Broken(why) => {
                ProbeResult::Unreadable { from, to: self.first_readable(from)?, why }
            }
        })
    }

    /// The first readable offset after an unreadable one, or the end of the partition. Concurrent
    /// callers wait and get the same result.
    fn first_readable(&self, bad: i64) -> Result<i64, RdError> {
        let cached = cached_ranges(&self.config.brokers, self.topic, self.partition);
        let mut ranges = cached.lock();
        if let Some(to) = ranges.end(bad).filter(|to| *to <= self.high) {
            return Ok(to);
        }
        let to = self.search(bad)?;
        ranges.insert(bad, to);
        Ok(to)
    }

    fn search(&self, bad: i64) -> Result<i64, RdError> {
        let mut bad = bad;
        loop {
            let next = self.next_candidate(bad);
            if next >= self.high {
                return Ok(self.high);
            }
            match self.confirm(next, CONFIRMATIONS_BEHIND)? {
                FirstEvent::Record(offset, _) => return Ok(offset),
                FirstEvent::End => return Ok(self.high),
                FirstEvent::Broken(_) => bad = next,
            }
        }
    }

    /// The next offset that may be readable.
    fn next_candidate(&self, bad: i64) -> i64 {
        let find = || PartitionLeader::find(self.config, self.consumer, self.topic, self.partition);
        let leader = self.leader.get_or_init(find).as_ref();
        leader.and_then(|leader| leader.next_candidate(bad, self.high)).unwrap_or(bad + 1)
    }

    /// Repeats until an event has occurred `times` times in a row.
    fn confirm(&self, at: i64, times: u32) -> Result<FirstEvent, RdError> {
        let mut last = (self.first_event(at)?, 1);
        for _ in 0..MAX_ATTEMPTS {
            if last.1 >= times || matches!(last.0, FirstEvent::Record(_, None)) {
                return Ok(last.0);
            }
            let again = self.first_event(at)?;
            last = if again == last.0 { (again, last.1 + 1) } else { (again, 1) };
        }
        // The result varies, so it is not permanent.
        Err(RdError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut))
    }

    /// Stops reading. librdkafka aborts if a partition is assigned again before it has stopped
    /// (`rd_kafka_assignment_partition_stopped`). It stops on the client's single thread for such
    /// operations, so a later request to that thread is answered after the stop.
    pub(super) fn stop_reading(&self) -> Result<(), RdError> {
        if self.is_assigned.replace(false) {
            self.consumer.unassign()?;
            for _ in 0..STOP_TURNS {
                drop(self.consumer.assignment()?);
            }
        }
        Ok(())
    }

    /// Starts reading at an offset.
    fn start_reading(&self, at: i64) -> Result<(), RdError> {
        self.stop_reading()?;
        self.is_assigned.set(true);
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(self.topic, self.partition, Offset::Offset(at))?;
        self.consumer.assign(&list)
    }

    fn first_event(&self, at: i64) -> Result<FirstEvent, RdError> {
        self.start_reading(at)?;
        let mut silence = Silence::start();
        let mut failed = None;
        loop {
            let wait = if failed.is_some() { REST_WITHIN } else { POLL_EVERY };
            match self.consumer.poll(wait) {
                // From an earlier attempt.
                Some(Ok(message)) if message.offset() < at => {}
                Some(Ok(message)) if self.is_forged(message.offset())? => {
                    return Ok(FirstEvent::Broken(Defect::ForgedOffset));
                }
                Some(Ok(message)) => return Ok(FirstEvent::Record(message.offset(), failed)),
                Some(Err(RdError::PartitionEOF(_))) => {
                    return Ok(failed.map_or(FirstEvent::End, FirstEvent::Broken));
                }
                Some(Err(error)) => match (Defect::from_error(&error), failed) {
                    (None, _) => return Err(error),
                    (Some(why), None) => failed = Some(why),
                    (Some(_), Some(why)) => return Ok(FirstEvent::Broken(why)),
                },
                None => match failed {
                    Some(why) => return Ok(FirstEvent::Broken(why)),
                    None if silence.is_long(self.consumer.context()) => {
                        return self.confirm_silence();
                    }
                    None => {}
                },
            }
        }
    }

    /// True for an offset that the partition has not reached by now. librdkafka would continue to
    /// read after it.
    fn is_forged(&self, offset: i64) -> Result<bool, RdError> {
        if offset < self.high {
            return Ok(false);
        }
        let marks = self.consumer.fetch_watermarks(self.topic, self.partition, RESPONSE_TIMEOUT);
        Ok(offset >= marks?.1)
    }

    /// No event: that means a defect only if the broker responds.
    fn confirm_silence(&self) -> Result<FirstEvent, RdError> {
        self.consumer.fetch_watermarks(self.topic, self.partition, RESPONSE_TIMEOUT)?;
        Ok(FirstEvent::Broken(Defect::Silence))
    }

    /// The group's committed offset.
    pub(super) fn committed(&self) -> Result<Option<i64>, RdError> {
        let mut list = TopicPartitionList::new();
        list.add_partition(self.topic, self.partition);
        let found = self.consumer.committed_offsets(list, RESPONSE_TIMEOUT)?.to_topic_map();
        Ok(found.into_values().find_map(|offset| match offset {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        }))
    }
}
