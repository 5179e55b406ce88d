//! Ranges that nobody can read have no bytes that could be kept: their dead letter names the offsets.
//! A range stays a thing to be looked at until somebody says that it is lost; that word is a record
//! of the same topic, so it lasts as long as the letter.

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

/// Offsets of a partition, the last one included.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Range {
    /// The topic's name.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The first offset.
    pub first: i64,
    /// The last one.
    pub last: i64,
}

/// Somebody's word that what stands in a range is lost, and that this is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drop {
    /// Which range.
    pub range: Range,
    /// Who says so.
    pub by: String,
    /// Why.
    pub because: String,
    /// When, as RFC 3339.
    pub at: String,
}

/// What a record of a dead-letter topic tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Letter {
    /// A record that could not be handled.
    Record,
    /// A range that nobody can read.
    Range(Range),
    /// A word that acknowledges one.
    Drop(Drop),
}

impl Range {
    /// True if it holds all of the other one.
    pub fn covers(&self, other: &Self) -> bool {
        (&self.topic, self.partition) == (&other.topic, other.partition)
            && self.first <= other.first
            && self.last >= other.last
    }

    /// True if some partition can have these offsets.
    fn is_possible(&self) -> bool {
        self.partition >= 0 && (0..=self.last).contains(&self.first)
    }

    /// True if an offset of a partition is in it.
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

/// The dead letter of a range that nobody can read: no value, for there is none.
pub fn of_range(group: &str, range: &Range, reason: &str) -> OutgoingRecord {
    about(group, range).with_header(REASON, reason.to_owned()).with_header(ATTEMPTS, "1")
}

/// A word for the dead letters of a group.
pub fn dropped(group: &str, drop: &Drop) -> OutgoingRecord {
    about(group, &drop.range)
        .with_header(DROPPED_BY, drop.by.clone())
        .with_header(DROPPED_BECAUSE, drop.because.clone())
        .with_header(DROPPED_AT, drop.at.clone())
}

fn about(group: &str, range: &Range) -> OutgoingRecord {
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

/// Reads the headers of a record of a dead-letter topic. The last one of a name counts: what stands
/// before came with the record from elsewhere.
pub fn letter(headers: &Headers) -> Letter {
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
    // One that no partition can have is no range: there would be no offset to acknowledge it by.
    let Some(range) = range().filter(Range::is_possible) else { return Letter::Record };
    match (header(DROPPED_BY), header(DROPPED_BECAUSE)) {
        (Some(by), Some(because)) => Letter::Drop(Drop {
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
    use crate::{Record, Topic, dead_letter::dead_letter};

    fn range(first: i64, last: i64) -> Range {
        Range { topic: "order_details".to_owned(), partition: 3, first, last }
    }

    #[test]
    fn offsets_that_no_partition_has_are_no_range() {
        for wrong in
            [range(0, -9), range(-1, 3), range(5, 4), Range { partition: -1, ..range(1, 2) }]
        {
            let made_up = of_range("orders", &wrong, "why");
            assert_eq!(letter(&made_up.headers), Letter::Record, "{wrong:?}");
        }
        assert_eq!(
            letter(&of_range("orders", &range(7, 7), "why").headers),
            Letter::Range(range(7, 7))
        );
    }

    #[test]
    fn a_range_and_the_word_about_it_are_read_back() {
        let letter_of = |event: &OutgoingRecord| letter(&event.headers);
        let written = of_range("orders", &range(5, 9), "the checksum is wrong");
        assert_eq!(letter_of(&written), Letter::Range(range(5, 9)));
        assert_eq!(
            (written.topic.as_str(), written.payload.clone()),
            ("orders.dead_letters", None)
        );
        let drop = Drop {
            range: range(5, 9),
            by: "ada".into(),
            because: "a disk".into(),
            at: "2026-11-30T00:00:00Z".into(),
        };
        assert_eq!(letter_of(&dropped("orders", &drop)), Letter::Drop(drop));
    }

    #[test]
    fn a_record_with_foreign_headers_of_a_range_is_a_record() {
        let mut record =
            Record::delivered(&of_range("g", &range(5, 9), "x"), Topic::OrderDetails, 3, 7);
        record.headers.push((DROPPED_BY.into(), Bytes::from_static(b"nobody")));
        let set_aside = dead_letter("orders", &record, "not a record", 1);
        assert_eq!(letter(&set_aside.headers), Letter::Record);
    }

    #[test]
    fn ranges_are_told_as_people_write_them() {
        assert_eq!(range(5, 5).to_string(), "order_details/3@5");
        assert_eq!(range(5, 9).to_string(), "order_details/3@5–9");
        assert!(range(5, 9).covers(&range(6, 9)) && !range(5, 9).covers(&range(6, 10)));
        assert!(
            range(5, 9).holds("order_details", 3, 9) && !range(5, 9).holds("order_details", 3, 4)
        );
    }
}
