//! Unreadable records: each must be a dead letter of every group that reads its topic.

use std::collections::HashSet;

use domain::{ids::OrderId, ports::MailKind};
use events::{RecordPosition, Topic, dead_letter};
use kafka::ScannedRecord;

use super::{
    evidence::Evidence,
    finding::{Finding, Group},
};
use crate::{groups::Group as Consumers, register::groups};

/// A dead letter.
#[derive(Clone, Debug)]
pub(super) struct DeadLetter {
    /// The group that set it aside.
    pub(super) group: &'static str,
    /// The position of the original record, or the first one of a range.
    pub(super) origin: RecordPosition,
    /// The last offset, if it is an unreadable range.
    pub(super) last: Option<i64>,
    /// The key of the record, as text.
    pub(super) key: String,
    /// Why it was set aside.
    pub(super) reason: String,
}

impl DeadLetter {
    /// Reads a dead letter of `group`.
    pub(super) fn from_scanned(group: &'static str, scanned: &ScannedRecord) -> Self {
        let header = |name: &str| {
            let found = scanned.headers.iter().rfind(|(key, _)| key == name);
            found.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
        };
        let origin = RecordPosition {
            topic: header(dead_letter::ORIGIN_TOPIC),
            partition: header(dead_letter::ORIGIN_PARTITION).parse().unwrap_or(-1),
            offset: header(dead_letter::ORIGIN_OFFSET).parse().unwrap_or(-1),
        };
        let key = String::from_utf8_lossy(&scanned.key).into_owned();
        let last = header(dead_letter::ORIGIN_LAST_OFFSET).parse().ok();
        Self { group, origin, last, key, reason: header(dead_letter::REASON) }
    }
}

/// A record that does not match the contract of its topic.
#[derive(Clone, Debug)]
pub(super) struct InvalidRecord {
    pub(super) position: RecordPosition,
    pub(super) reason: String,
}

/// The mails that records of a topic cause.
fn mails_of(topic: &str) -> &'static [MailKind] {
    match topic.parse() {
        Ok(Topic::OrderConfirmed) => &[MailKind::Confirmed],
        Ok(Topic::OrderDeclined) => &[MailKind::Declined],
        Ok(Topic::OrderProgress) => &[MailKind::Ready, MailKind::OnItsWay, MailKind::Cancelled],
        Ok(Topic::OrderPayments) => &[MailKind::Receipt],
        Ok(Topic::OrderRefunded) => &[MailKind::Refunded],
        _ => &[],
    }
}

impl Evidence {
    /// Unreadable ranges that are not acknowledged for every group that lacks them.
    pub(super) fn open_ranges(&self, groups: &[&'static Consumers]) -> Vec<Finding> {
        let lost = self.ranges.lost(groups).into_iter();
        let open = lost.filter(|lost| !lost.is_acknowledged());
        open.map(|lost| Finding::new(lost.range.to_string(), lost.problem(), None)).collect()
    }

    pub(super) fn add_dead_letter(&mut self, letter: DeadLetter) {
        let order = letter.key.parse::<OrderId>().ok().and_then(|id| self.orders.get_mut(&id));
        if let (Some(order), true) = (order, letter.group == Group::EMAIL.name()) {
            for kind in mails_of(&letter.origin.topic) {
                order.dead_mails.add(*kind);
            }
        }
        self.dead_letters.push(letter);
    }

    /// Unreadable records that a group read without setting them aside.
    pub(super) fn dropped_records(&self) -> Vec<Finding> {
        let set_aside = self.dead_letters.iter().map(|letter| (letter.group, &letter.origin));
        let set_aside: HashSet<_> = set_aside.collect();
        let mut dropped = Vec::new();
        for InvalidRecord { position, reason } in &self.unreadable {
            let readers = groups()
                .filter(|group| group.topics.iter().any(|topic| topic.name() == position.topic))
                .map(|group| group.name);
            for group in readers.filter(|group| !set_aside.contains(&(*group, position))) {
                let record =
                    format!("{}/{}@{}", position.topic, position.partition, position.offset);
                let problem =
                    format!("cannot be read ({reason}), and {group} did not set it aside");
                dropped.push(Finding::new(record, problem, Group::named(group)));
            }
        }
        dropped
    }
}
