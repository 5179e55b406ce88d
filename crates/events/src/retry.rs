//! `<group>.retry.<delay>`: records that wait for a retry. Within each topic, they are in the order
//! in which they are due. So a waiting order does not block others.

use std::{fmt, time::Duration};

use jiff::Timestamp;

use crate::{
    header::{DUE_MS, ORIGIN_OFFSET, ORIGIN_PARTITION, ORIGIN_TOPIC, is_set_aside},
    record::{OutgoingRecord, Record},
    set_aside::encode_set_aside,
    topic::Topic,
};

/// The delay before a retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Delay {
    /// For brief faults: a broken connection, a time-out of the gateway.
    Seconds5,
    /// For faults that a person must correct.
    Minute1,
    /// For repetitions without end.
    Minutes10,
}

impl Delay {
    /// The suffix of the topic name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seconds5 => "5s",
            Self::Minute1 => "1m",
            Self::Minutes10 => "10m",
        }
    }

    /// The delay as a duration.
    pub const fn duration(self) -> Duration {
        match self {
            Self::Seconds5 => Duration::from_secs(5),
            Self::Minute1 => Duration::from_mins(1),
            Self::Minutes10 => Duration::from_mins(10),
        }
    }

    /// The delay after a number of attempts (1 after the first): the plan's, and its last one from
    /// then on.
    pub fn after(plan: &[Delay], attempts: u32) -> Option<Delay> {
        let index = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
        plan.get(index).or(plan.last()).copied()
    }
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The retry topic of a group for a delay.
pub fn topic(group: &str, delay: Delay) -> String {
    format!("{group}.retry.{delay}")
}

/// The retry topics that a plan needs, shortest delay first.
pub fn topics(group: &str, plan: &[Delay]) -> Vec<String> {
    let mut delays = plan.to_vec();
    delays.sort_unstable();
    delays.dedup();
    delays.into_iter().map(|delay| topic(group, delay)).collect()
}

/// Encodes a record for its retry topic: key, value and headers unchanged, with its original
/// position and the time when it is due.
pub fn encode_retry(
    group: &str,
    delay: Delay,
    record: &Record,
    reason: &str,
    attempts: u32,
    now: Timestamp,
) -> OutgoingRecord {
    let wait_ms = i64::try_from(delay.duration().as_millis()).unwrap_or(i64::MAX);
    let due_ms = now.as_millisecond().saturating_add(wait_ms);
    encode_set_aside(topic(group, delay), record, reason, attempts)
        .with_header(DUE_MS, due_ms.to_string())
}

/// When a record of a retry topic is due, in milliseconds since 1970; without the header, it is due
/// at once.
pub fn due_ms(record: &Record) -> i64 {
    record.header(DUE_MS).and_then(|text| text.parse().ok()).unwrap_or(i64::MIN)
}

/// The original topic of a record in a retry topic, if the header is valid.
pub fn origin_topic(record: &Record) -> Option<Topic> {
    record.header(ORIGIN_TOPIC)?.parse().ok()
}

/// A record that a foreign writer published to the retry topic `topic`: its origin is there,
/// without attempts.
pub fn reset_origin(mut record: Record, topic: String) -> Record {
    record.headers.retain(|(name, _)| !is_set_aside(name));
    let (partition, offset) = (record.partition.to_string(), record.offset.to_string());
    let origin = [(ORIGIN_TOPIC, topic), (ORIGIN_PARTITION, partition), (ORIGIN_OFFSET, offset)];
    record.headers.extend(origin.map(|(name, text)| (name.into(), text.into())));
    record
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::dead_letter::encode_dead_letter;

    const PLAN: &[Delay] = &[Delay::Seconds5, Delay::Seconds5, Delay::Minute1];

    fn record() -> Record {
        Record {
            topic: Topic::OrderDetails,
            partition: 3,
            offset: 42,
            key: Bytes::from_static(b"k"),
            headers: vec![("from".into(), Bytes::from_static(b"them"))],
            payload: Some(Bytes::from_static(b"v")),
        }
    }

    #[test]
    fn a_plan_repeats_its_last_delay() {
        let after = |attempts| Delay::after(PLAN, attempts);
        assert_eq!(after(1), Some(Delay::Seconds5));
        assert_eq!(after(3), Some(Delay::Minute1));
        assert_eq!(after(u32::MAX), Some(Delay::Minute1));
        assert_eq!(Delay::after(&[], 1), None);
        assert_eq!(topics("g", PLAN), ["g.retry.5s", "g.retry.1m"]);
    }

    #[test]
    fn a_record_that_is_set_aside_repeatedly_keeps_its_origin() {
        let first = encode_retry("g", Delay::Seconds5, &record(), "slow", 1, Timestamp::UNIX_EPOCH);
        let waiting = Record::delivered(&first, Topic::OrderDetails, 0, 7);
        assert_eq!((waiting.attempts(), due_ms(&waiting)), (1, 5_000));
        assert_eq!(origin_topic(&waiting), Some(Topic::OrderDetails));
        let now = Timestamp::from_second(60).unwrap();
        let again = encode_retry("g", Delay::Minute1, &waiting, "slower", 2, now);
        let waiting = Record::delivered(&again, Topic::OrderDetails, 0, 8);
        assert_eq!((waiting.attempts(), due_ms(&waiting)), (2, 120_000));
        assert_eq!(waiting.origin(), record().position());
        let letter = encode_dead_letter("g", &waiting, "never", 3);
        let names: Vec<_> = letter.headers.iter().map(|(name, _)| &**name).collect();
        let headers = ["error", "origin_topic", "origin_partition", "origin_offset", "attempts"];
        let headers = headers.map(|name| format!("comanda_{name}"));
        assert_eq!(names, [&["from".to_owned()][..], &headers].concat());
        assert_eq!((letter.key, letter.payload), (record().key, record().payload));
    }

    #[test]
    fn a_foreign_record_originates_from_the_retry_topic() {
        let stranger = Record { headers: Vec::new(), ..record() };
        let waiting = reset_origin(stranger, "g.retry.5s".to_owned());
        let origin = waiting.origin();
        assert_eq!((origin.topic.as_str(), origin.offset), ("g.retry.5s", record().offset));
        assert_eq!((waiting.attempts(), waiting.payload), (0, record().payload));
    }
}
