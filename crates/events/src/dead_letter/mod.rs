//! `<group>.dead_letters`: the original bytes with the reason and the origin.

mod range;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::{
    header::is_set_aside,
    record::{OutgoingRecord, Record},
    set_aside::encode_set_aside,
    text::hex,
};

pub use self::range::{DropNotice, Letter, Range, decode_letter, encode_drop, encode_range};
pub use crate::header::{
    ATTEMPTS, DROPPED_AT, DROPPED_BECAUSE, DROPPED_BY, ORIGIN_LAST_OFFSET, ORIGIN_OFFSET,
    ORIGIN_PARTITION, ORIGIN_TOPIC, REASON, VALUE_BYTES, VALUE_DIGEST,
};

/// Maximum size of the key of a dead letter without the original value, in bytes.
const MAX_KEY: usize = 1_024;

/// The dead-letter topic of a group.
pub fn topic(group: &str) -> String {
    format!("{group}.dead_letters")
}

/// Encodes the dead letter of a record: key, value and headers unchanged, with the reason and the
/// origin.
pub fn encode_dead_letter(
    group: &str,
    record: &Record,
    reason: &str,
    attempts: u32,
) -> OutgoingRecord {
    encode_set_aside(topic(group), record, reason, attempts)
}

/// Encodes the dead letter of a record that is too large to be published again: the position, size
/// and digest of its value.
pub fn encode_pointer(group: &str, record: &Record, reason: &str, attempts: u32) -> OutgoingRecord {
    let value = record.payload.clone().unwrap_or_default();
    let digest = hex(&Sha256::digest(&value));
    let key = if record.key.len() > MAX_KEY { Bytes::new() } else { record.key.clone() };
    // The origin is among the record's headers, which `encode_set_aside` reads.
    let letter = encode_set_aside(topic(group), record, reason, attempts);
    let ours = letter.headers.into_iter().filter(|(name, _)| is_set_aside(name));
    OutgoingRecord { key, headers: ours.collect(), payload: None, ..letter }
        .with_header(VALUE_BYTES, value.len().to_string())
        .with_header(VALUE_DIGEST, digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topic::Topic;

    fn record() -> Record {
        Record {
            topic: Topic::OrderDetails,
            partition: 3,
            offset: 42,
            key: Bytes::from(vec![b'k'; 2_000]),
            headers: vec![("large".into(), Bytes::from(vec![0; 900_000]))],
            payload: Some(Bytes::from_static(b"abc")),
        }
    }

    #[test]
    fn a_pointer_is_small_and_has_the_position_of_the_bytes() {
        let letter = encode_pointer("orders", &record(), &"why? ".repeat(100_000), 2);
        assert!(letter.bytes() < 4_000, "{}", letter.bytes());
        assert_eq!((letter.topic.as_str(), &letter.payload), ("orders.dead_letters", &None));
        let read = Record::delivered(&letter, Topic::OrderDetails, 0, 0);
        assert_eq!((read.origin(), read.attempts()), (record().position(), 2));
        assert_eq!(read.header(VALUE_BYTES), Some("3"));
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(read.header(VALUE_DIGEST), Some(abc));
    }

    #[test]
    fn an_impossible_origin_is_ignored() {
        let mut forged = record();
        let origin = [(ORIGIN_TOPIC, "o".repeat(900_000)), (ORIGIN_PARTITION, "0".to_owned())];
        let origin = origin.into_iter().chain([(ORIGIN_OFFSET, "0".to_owned())]);
        forged.headers.extend(origin.map(|(name, value)| (name.into(), Bytes::from(value))));
        assert_eq!(forged.origin(), record().position());
        assert!(encode_pointer("orders", &forged, "why", 1).bytes() < 4_000);
    }

    #[test]
    fn a_record_that_was_set_aside_before_keeps_its_origin() {
        let waited = crate::retry::encode_retry(
            "orders",
            crate::Delay::Seconds5,
            &record(),
            "slow",
            1,
            jiff::Timestamp::UNIX_EPOCH,
        );
        let waiting = Record::delivered(&waited, Topic::OrderDetails, 0, 7);
        let letter = encode_pointer("orders", &waiting, "never", 2);
        let read = Record::delivered(&letter, Topic::OrderDetails, 0, 0);
        assert_eq!(read.origin(), record().position());
    }
}
