//! Unreadable ranges of offsets, and their acknowledgements.

use std::collections::BTreeMap;

use events::{
    Range,
    dead_letter::{self, DropNotice, Letter, REASON},
};
use kafka::{ScannedRecord, Unreadable};
use serde_json::{Value, json};

use crate::{groups::Group, register::groups};

/// The unreadable ranges known from topics and dead letters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranges {
    /// The ranges.
    known: BTreeMap<Range, RangeInfo>,
    /// Acknowledgements by group, in the order of publication.
    drops: Vec<(&'static str, DropNotice)>,
}

#[derive(Clone, Debug, Default)]
struct RangeInfo {
    reason: String,
    /// Whether it was unreadable when the topic was scanned.
    is_unreadable: bool,
    groups: Vec<&'static str>,
}

/// An unreadable range with its acknowledgements.
#[derive(Clone, Debug)]
pub(crate) struct LostRange {
    pub(crate) range: Range,
    pub(crate) reason: String,
    /// Groups with a dead letter of it.
    pub(crate) groups: Vec<&'static str>,
    /// Groups for which it is not acknowledged.
    pub(crate) open: Vec<&'static str>,
}

impl Ranges {
    /// Adds ranges that a scan could not read.
    pub(crate) fn add_unreadable(&mut self, unreadable: &[Unreadable]) {
        for Unreadable { range, reason } in unreadable {
            let known = self.known.entry(range.clone()).or_default();
            (known.is_unreadable, known.reason) = (true, reason.clone());
        }
    }

    /// Adds a dead letter of a group, unless it is about a single record.
    pub(crate) fn add_letter(&mut self, group: &'static str, scanned: &ScannedRecord) -> Letter {
        let letter = dead_letter::decode_letter(&scanned.headers);
        match &letter {
            Letter::Record => {}
            Letter::Drop(drop) => self.drops.push((group, drop.clone())),
            Letter::Range(range) => {
                let known = self.known.entry(range.clone()).or_default();
                let reason = scanned.headers.iter().rfind(|(name, _)| name == REASON);
                if let Some((_, reason)) = reason.filter(|_| known.reason.is_empty()) {
                    known.reason = String::from_utf8_lossy(reason).into_owned();
                }
                if !known.groups.contains(&group) {
                    known.groups.push(group);
                }
            }
        }
        letter
    }

    /// The acknowledgement of a range for a group.
    pub(crate) fn drop_of(&self, group: &str, range: &Range) -> Option<&DropNotice> {
        let mut own = self.drops.iter().filter(|(whose, _)| *whose == group);
        own.find(|(_, drop)| drop.range.covers(range)).map(|(_, drop)| drop)
    }

    /// All ranges, with acknowledgements as far as they concern these groups.
    pub(crate) fn lost(&self, groups: &[&'static Group]) -> Vec<LostRange> {
        let lost = |(range, known): (&Range, &RangeInfo)| {
            let mut lacking = known.groups.clone();
            if known.is_unreadable {
                lacking.extend(groups_lacking(&range.topic));
            }
            lacking.retain(|name| groups.iter().any(|group| group.name == *name));
            lacking.sort_unstable();
            lacking.dedup();
            let is_open = |group: &&'static str| self.drop_of(group, range).is_none();
            let open = lacking.iter().copied().filter(is_open).collect();
            let (reason, groups) = (known.reason.clone(), known.groups.clone());
            LostRange { range: range.clone(), reason, groups, open }
        };
        self.known.iter().map(lost).collect()
    }

    /// The ranges that contain an offset.
    pub(crate) fn ranges_with(&self, topic: &str, partition: i32, offset: i64) -> Vec<Range> {
        let holds = |range: &&Range| range.holds(topic, partition, offset);
        self.known.keys().filter(holds).cloned().collect()
    }

    /// The groups with a dead letter of a range.
    pub(crate) fn groups_with_letter(&self, range: &Range) -> Vec<&'static str> {
        self.known.get(range).map(|known| known.groups.clone()).unwrap_or_default()
    }
}

/// The groups that lack the unreadable records of a topic: its readers, or the group whose dead
/// letters it holds.
pub(crate) fn groups_lacking(topic: &str) -> Vec<&'static str> {
    let lacks = |group: &&Group| {
        dead_letter::topic(group.name) == topic
            || group.all_topics().iter().any(|read| read == topic)
    };
    groups().filter(lacks).map(|group| group.name).collect()
}

impl LostRange {
    /// Whether it is acknowledged for every group that lacks it.
    pub(crate) fn is_acknowledged(&self) -> bool {
        self.open.is_empty()
    }

    /// The problem in words.
    pub(crate) fn problem(&self) -> String {
        format!(
            "cannot be read ({}); `comanda dead-letters drop` acknowledges it for {}",
            self.reason,
            self.open.join(", ")
        )
    }

    /// The range as JSON.
    pub(crate) fn json(&self) -> Value {
        json!({
            "topic": self.range.topic,
            "partition": self.range.partition,
            "first_offset": self.range.first,
            "last_offset": self.range.last,
            "reason": self.reason,
            "groups": self.groups,
            "acknowledged": self.is_acknowledged(),
            "not_acknowledged_for": self.open,
        })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use events::{Headers, RecordPosition};

    use super::*;

    fn range(first: i64, last: i64) -> Range {
        Range { topic: "order_details".to_owned(), partition: 1, first, last }
    }

    fn scanned(event: events::OutgoingRecord) -> ScannedRecord {
        let position = RecordPosition { topic: event.topic, partition: 0, offset: 0 };
        ScannedRecord { position, key: Bytes::new(), headers: event.headers, payload: None }
    }

    fn drop_of(first: i64, last: i64) -> DropNotice {
        let text = || "a disk".to_owned();
        DropNotice { range: range(first, last), by: text(), because: text(), at: text() }
    }

    fn all() -> Vec<&'static Group> {
        groups().collect()
    }

    #[test]
    fn a_range_is_open_until_it_is_acknowledged_for_every_group_that_lacks_it() {
        let mut ranges = Ranges::default();
        ranges.add_letter(
            "orders",
            &scanned(dead_letter::encode_range("orders", &range(5, 7), "bad")),
        );
        assert_eq!(ranges.lost(&all())[0].open, ["orders"]);
        ranges.add_unreadable(&[Unreadable { range: range(5, 7), reason: "bad".to_owned() }]);
        assert_eq!(ranges.lost(&all())[0].open, ["analytics", "orders", "transactions"]);
        for group in ["analytics", "transactions"] {
            ranges.add_letter(group, &scanned(dead_letter::encode_drop(group, &drop_of(0, 9))));
        }
        ranges.add_letter("orders", &scanned(dead_letter::encode_drop("orders", &drop_of(6, 7))));
        assert_eq!(ranges.lost(&all())[0].open, ["orders"], "that was about less");
        ranges.add_letter("orders", &scanned(dead_letter::encode_drop("orders", &drop_of(5, 7))));
        assert!(ranges.lost(&all())[0].is_acknowledged());
    }

    #[test]
    fn a_letter_about_a_record_is_no_range() {
        let mut ranges = Ranges::default();
        let record = ScannedRecord {
            headers: Headers::new(),
            ..scanned(dead_letter::encode_drop("orders", &drop_of(5, 7)))
        };
        assert_eq!(ranges.add_letter("orders", &record), Letter::Record);
        assert!(ranges.lost(&all()).is_empty());
    }

    #[test]
    fn unreadable_dead_letters_concern_their_group() {
        assert_eq!(groups_lacking("email.dead_letters"), ["email"]);
        assert_eq!(groups_lacking("transactions.retry.5s"), ["transactions"]);
    }
}
