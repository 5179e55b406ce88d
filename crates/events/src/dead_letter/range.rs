//! Unreadable ranges have no bytes that could be kept: their dead letter contains the offsets. A
//! range is reported until a person acknowledges that it is lost; that acknowledgement, the drop
//! notice, is a record of the same topic, so both have the same lifetime.

use std::fmt;

use bytes::Bytes;

use super::topic;
use crate::{
    header::{
        ATTEMPTS, DROPPED_AT, DROPPED_BECAUSE, DROPPED_BY, Headers, ORIGIN_LAST_OFFSET,
        ORIGIN_OFFSET, ORIGIN_PARTITION, ORIGIN_TOPIC, REASON,
    },
    record::OutgoingRecord,
};

/// A range of offsets of a partition, inclusive.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Range {
    /// The topic's name.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The first offset.
    pub first: i64,
    /// The last offset, inclusive.
    pub last: i64,
}

/// A person's acknowledgement that the records of a range are lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropNotice {
    /// The range.
    pub range: Range,
    /// The author.
    pub by: String,
    /// The reason.
    pub because: String,
    /// The time, as RFC 3339.
    pub at: String,
}

/// The kind of a record in a dead-letter topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Letter {
    /// A record that could not be handled.
    Record,
    /// An unreadable range.
    Range(Range),
    /// A drop notice for a range.
    Drop(DropNotice),
}

impl Range {
    /// True if it contains the other range.
    pub fn covers(&self, other: &Self) -> bool {
        (&self.topic, self.partition) == (&other.topic, other.partition)
            && self.first <= other.first
            && self.last >= other.last
    }

    /// True if a partition can have these offsets.
    fn is_possible(&self) -> bool {
        self.partition >= 0 && (0..=self.last).contains(&self.first)
    }

    /// True if it contains this offset.
    pub fn holds(&self, topic: &str, partition: i32, offset: i64) -> bool {
        self.topic == topic
            && self.partition == partition
            && (self.first..=self.last).contains(&offset)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}@{}", self.topic, self.partition, self.first)?;
        if self.last == self.first { Ok(()) } else { write!(f, "–{}", self.last) }
    }
}

/// Encodes the dead letter of an unreadable range; it has no value.
pub fn encode_range(group: &str, range: &Range, reason: &str) -> OutgoingRecord {
    range_record(group, range).with_header(REASON, reason.to_owned()).with_header(ATTEMPTS, "1")
}

/// Encodes a drop notice for the dead letters of a group.
pub fn encode_drop(group: &str, drop: &DropNotice) -> OutgoingRecord {
    range_record(group, &drop.range)
        .with_header(DROPPED_BY, drop.by.clone())
        .with_header(DROPPED_BECAUSE, drop.because.clone())
        .with_header(DROPPED_AT, drop.at.clone())
}

fn range_record(group: &str, range: &Range) -> OutgoingRecord {
    OutgoingRecord {
        topic: topic(group),
        key: Bytes::from(format!("{}/{}", range.topic, range.partition)),
        headers: Headers::new(),
        payload: None,
    }
    .with_header(ORIGIN_TOPIC, range.topic.clone())
    .with_header(ORIGIN_PARTITION, range.partition.to_string())
    .with_header(ORIGIN_OFFSET, range.first.to_string())
    .with_header(ORIGIN_LAST_OFFSET, range.last.to_string())
}

/// Decodes the headers of a record in a dead-letter topic. Of several with one name the last
/// counts: earlier ones came with the original record.
pub fn decode_letter(headers: &Headers) -> Letter {
    let header = |name: &str| {
        let (_, value) = headers.iter().rfind(|(key, _)| key == name)?;
        std::str::from_utf8(value).ok()
    };
    let range = || {
        Some(Range {
            topic: header(ORIGIN_TOPIC)?.to_owned(),
            partition: header(ORIGIN_PARTITION)?.parse().ok()?,
            first: header(ORIGIN_OFFSET)?.parse().ok()?,
            last: header(ORIGIN_LAST_OFFSET)?.parse().ok()?,
        })
    };
    // An impossible range is ignored: it would have no offset by which to acknowledge it.
    let Some(range) = range().filter(Range::is_possible) else { return Letter::Record };
    match (header(DROPPED_BY), header(DROPPED_BECAUSE)) {
        (Some(by), Some(because)) => Letter::Drop(DropNotice {
            range,
            by: by.to_owned(),
            because: because.to_owned(),
            at: header(DROPPED_AT).unwrap_or_default().to_owned(),
        }),
        _ => Letter::Range(range),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dead_letter::encode_dead_letter, record::Record, topic::Topic};

    fn range(first: i64, last: i64) -> Range {
        Range { topic: "order_details".to_owned(), partition: 3, first, last }
    }

    #[test]
    fn impossible_offsets_are_no_range() {
        for wrong in
            [range(0, -9), range(-1, 3), range(5, 4), Range { partition: -1, ..range(1, 2) }]
        {
            let made_up = encode_range("orders", &wrong, "why");
            assert_eq!(decode_letter(&made_up.headers), Letter::Record, "{wrong:?}");
        }
        assert_eq!(
            decode_letter(&encode_range("orders", &range(7, 7), "why").headers),
            Letter::Range(range(7, 7))
        );
    }

    #[test]
    fn a_range_and_its_drop_notice_are_decoded() {
        let letter_of = |event: &OutgoingRecord| decode_letter(&event.headers);
        let written = encode_range("orders", &range(5, 9), "the checksum is wrong");
        assert_eq!(letter_of(&written), Letter::Range(range(5, 9)));
        assert_eq!(
            (written.topic.as_str(), written.payload.clone()),
            ("orders.dead_letters", None)
        );
        let drop = DropNotice {
            range: range(5, 9),
            by: "ada".into(),
            because: "a disk".into(),
            at: "2026-11-30T00:00:00Z".into(),
        };
        assert_eq!(letter_of(&encode_drop("orders", &drop)), Letter::Drop(drop));
    }

    #[test]
    fn a_record_with_foreign_headers_of_a_range_is_a_record() {
        let mut record =
            Record::delivered(&encode_range("g", &range(5, 9), "x"), Topic::OrderDetails, 3, 7);
        record.headers.push((DROPPED_BY.into(), Bytes::from_static(b"stranger")));
        let set_aside = encode_dead_letter("orders", &record, "not a record", 1);
        assert_eq!(decode_letter(&set_aside.headers), Letter::Record);
    }

    #[test]
    fn ranges_display_as_people_write_them() {
        assert_eq!(range(5, 5).to_string(), "order_details/3@5");
        assert_eq!(range(5, 9).to_string(), "order_details/3@5–9");
        assert!(range(5, 9).covers(&range(6, 9)) && !range(5, 9).covers(&range(6, 10)));
        assert!(
            range(5, 9).holds("order_details", 3, 9) && !range(5, 9).holds("order_details", 3, 4)
        );
    }
}
