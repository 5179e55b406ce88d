//! Records that nobody could read: each has to lie in the dead letters of every group that met it.

use std::collections::HashSet;

use domain::{ids::OrderId, ports::MailKind};
use events::{RecordPosition, Topic, dead_letter};
use kafka::Scanned;

use super::{
    evidence::Evidence,
    finding::{Finding, Group},
};
use crate::{groups::Group as Consumers, register::groups};

/// A dead letter.
#[derive(Clone, Debug)]
pub(super) struct DeadLetter {
    /// Whose.
    pub(super) group: &'static str,
    /// Where it came from.
    pub(super) origin: RecordPosition,
    /// The last offset, if it is a range that nobody can read.
    pub(super) last: Option<i64>,
    /// Its key, as text.
    pub(super) key: String,
    /// Why.
    pub(super) reason: String,
}

impl DeadLetter {
    /// Reads a record of the dead letters of `group`.
    pub(super) fn read(group: &'static str, scanned: &Scanned) -> Self {
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

/// A record of a topic that is not what the topic promises.
#[derive(Clone, Debug)]
pub(super) struct Unreadable {
    pub(super) place: RecordPosition,
    pub(super) reason: String,
}

/// The mails that records of a topic can make.
fn mails_of(topic: &str) -> &'static [MailKind] {
    match topic.parse() {
        Ok(Topic::OrderConfirmed) => &[MailKind::Confirmed],
        Ok(Topic::OrderDeclined) => &[MailKind::Declined],
        Ok(Topic::OrderProgress) => &[MailKind::Ready, MailKind::OnItsWay, MailKind::Cancelled],
        Ok(Topic::OrderRefunded) => &[MailKind::Refunded],
        _ => &[],
    }
}

impl Evidence {
    /// Ranges that nobody can read, and that are not known to all who miss them.
    pub(super) fn lost(&self, groups: &[&'static Consumers]) -> Vec<Finding> {
        let told = self.ranges.told(groups).into_iter();
        let open = told.filter(|told| !told.is_acknowledged());
        open.map(|told| Finding::new(told.range.to_string(), told.problem(), None)).collect()
    }

    pub(super) fn dead_letter(&mut self, letter: DeadLetter) {
        let order = letter.key.parse::<OrderId>().ok().and_then(|id| self.orders.get_mut(&id));
        if let (Some(order), true) = (order, letter.group == Group::EMAIL.name()) {
            for kind in mails_of(&letter.origin.topic) {
                order.dead_mails.add(*kind);
            }
        }
        self.dead_letters.push(letter);
    }

    /// Unreadable records that a group has read and not set aside.
    pub(super) fn dropped(&self) -> Vec<Finding> {
        let set_aside = self.dead_letters.iter().map(|letter| (letter.group, &letter.origin));
        let set_aside: HashSet<_> = set_aside.collect();
        let mut dropped = Vec::new();
        for Unreadable { place, reason } in &self.unreadable {
            let readers = groups()
                .filter(|group| group.topics.iter().any(|topic| topic.name() == place.topic))
                .map(|group| group.name);
            for group in readers.filter(|group| !set_aside.contains(&(*group, place))) {
                let record = format!("{}/{}@{}", place.topic, place.partition, place.offset);
                let problem =
                    format!("cannot be read ({reason}), and {group} did not set it aside");
                dropped.push(Finding::new(record, problem, Group::named(group)));
            }
        }
        dropped
    }
}
