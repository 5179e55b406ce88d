//! The type of a record: `ce_type`, a name with a version, such as `comanda.order.placed.v1`.
//!
//! Plain producers leave it out, which means version 1. A newer release may publish further types
//! on a topic, which this one skips, and newer versions of a type, which it cannot decode.

use std::ops::RangeInclusive;

use crate::{record::Record, topic::Topic};

/// Versions that this release can write; `write_version` selects one for a fleet. A record that an
/// earlier release would refuse gets the next version, which is enabled once no process of that
/// release is left. Everything so far is version 1.
pub const WRITE_VERSIONS: RangeInclusive<u32> = 1..=1;

/// The header.
const CE_TYPE: &str = "ce_type";

/// A type of event, without its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventType {
    /// `comanda.order.placed`.
    pub name: &'static str,
    /// The newest version that this release can decode; it can decode all earlier ones.
    pub newest: u32,
}

/// Whether this release can decode a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readability {
    /// It can.
    Readable,
    /// The topic has no such type in this release. The record can be skipped safely.
    UnknownType(String),
    /// A type of the topic, in a version unknown to this release.
    UnknownVersion(String),
}

/// Types with one version so far.
macro_rules! first_versions {
    ($($name:literal),+) => { &[$(EventType { name: $name, newest: 1 }),+] };
}

impl Topic {
    /// The types of events on a topic that this release can decode.
    pub const fn event_types(self) -> &'static [EventType] {
        match self {
            Self::OrderDetails => first_versions!("comanda.order.placed"),
            Self::OrderConfirmed => first_versions!("comanda.order.confirmed"),
            Self::OrderDeclined => first_versions!("comanda.order.declined"),
            Self::OrderRequests => first_versions!("comanda.order.requested"),
            Self::OrderProgress => first_versions!("comanda.order.progressed"),
            Self::OrderPayments => first_versions!(
                "comanda.payment.action_required",
                "comanda.payment.captured",
                "comanda.payment.released",
                "comanda.payment.capture_failed",
                "comanda.payment.collected",
                "comanda.payment.refund_failed",
                "comanda.payment.disputed"
            ),
            Self::OrderRefunded => first_versions!("comanda.order.refunded"),
            Self::Menu => first_versions!("comanda.restaurant.put", "comanda.menu.put"),
            Self::StockChanges => first_versions!("comanda.stock.changed"),
            Self::StockLevels => first_versions!("comanda.stock.level"),
        }
    }
}

impl Record {
    /// The name of the type, without its version; `None` without a type.
    pub fn event_name(&self) -> Option<&str> {
        self.header(CE_TYPE).map(|said| split_version(said).0)
    }

    /// Whether this release can decode the record, by its type.
    pub fn readability(&self) -> Readability {
        let Some(said) = self.header(CE_TYPE) else { return Readability::Readable };
        let (name, version) = split_version(said);
        let known = self.topic.event_types().iter().find(|known| known.name == name);
        match known {
            None => Readability::UnknownType(said.to_owned()),
            Some(known) if version.is_some_and(|n| (1..=known.newest).contains(&n)) => {
                Readability::Readable
            }
            Some(known) => Readability::UnknownVersion(format!(
                "{said} is not known here: this release reads {name} up to v{}",
                known.newest
            )),
        }
    }
}

/// The name and the version of a type; without a version, it is 1. `None` for a version that is not
/// a number.
fn split_version(event_type: &str) -> (&str, Option<u32>) {
    match event_type.rsplit_once(".v") {
        Some((name, version)) => (name, version.parse().ok()),
        None => (event_type, Some(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn readability(topic: Topic, event_type: Option<&'static str>) -> Readability {
        let header = event_type.map(|text| (CE_TYPE.into(), Bytes::from_static(text.as_bytes())));
        Record {
            topic,
            partition: 0,
            offset: 0,
            key: Bytes::new(),
            headers: header.into_iter().collect(),
            payload: None,
        }
        .readability()
    }

    #[test]
    fn known_types_are_readable_and_a_missing_type_is_version_1() {
        for topic in Topic::ALL {
            assert_eq!(readability(*topic, None), Readability::Readable);
            for known in topic.event_types() {
                let text: &'static str = format!("{}.v{}", known.name, known.newest).leak();
                assert_eq!(readability(*topic, Some(text)), Readability::Readable);
                assert_eq!(readability(*topic, Some(known.name)), Readability::Readable);
            }
        }
    }

    #[test]
    fn an_unknown_type_is_skipped_and_an_unknown_version_is_unreadable() {
        let of = |text| readability(Topic::OrderDetails, Some(text));
        for other in ["comanda.order.amended.v1", "order", "", "comanda.order.confirmed.v1"] {
            assert_eq!(of(other), Readability::UnknownType(other.to_owned()));
        }
        for later in
            ["comanda.order.placed.v2", "comanda.order.placed.v0", "comanda.order.placed.vX"]
        {
            let Readability::UnknownVersion(why) = of(later) else { panic!("{later}") };
            assert!(why.contains(later) && why.contains("up to v1"), "{why}");
        }
    }
}
