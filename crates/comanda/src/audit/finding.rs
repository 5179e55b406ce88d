//! What an audit finds.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::register::groups;

/// A consumer group of the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Group(&'static str);

impl Group {
    pub(super) const TRANSACTIONS: Self = Self("transactions");
    pub(super) const ORDERS: Self = Self("orders");
    pub(super) const EMAIL: Self = Self("email");
    pub(super) const ANALYTICS: Self = Self("analytics");

    /// Every group.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        groups().map(|group| Self(group.name))
    }

    /// The name in Kafka.
    pub(super) const fn name(self) -> &'static str {
        self.0
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::all().find(|group| group.0 == name)
    }

    fn position(self) -> Option<usize> {
        groups().position(|group| group.name == self.0)
    }
}

impl Ord for Group {
    /// In the order of the register.
    fn cmp(&self, other: &Self) -> Ordering {
        self.position().cmp(&other.position())
    }
}

impl PartialOrd for Group {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A difference, or work in progress that looks like one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// An order's id, or the name of a figure, a payment or a record.
    pub(super) subject: String,
    pub(super) problem: String,
    /// The group whose work in progress would explain it.
    pub(super) waits_for: Option<Group>,
}

impl Finding {
    pub(super) fn new(
        subject: impl Into<String>,
        problem: impl Into<String>,
        waits_for: Option<Group>,
    ) -> Self {
        Self { subject: subject.into(), problem: problem.into(), waits_for }
    }
}

/// An unfinished order: something is missing that a group has yet to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OpenOrder {
    /// Seconds since it was placed.
    pub(super) for_s: i64,
    pub(super) waits_for: BTreeSet<Group>,
}

/// The number of records that each group has yet to read.
pub(super) type Lag = BTreeMap<Group, u64>;

/// The audit's result.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// Differences, sorted by subject.
    pub(super) differences: Vec<Finding>,
    /// Open orders by id, the oldest first.
    pub(super) open: Vec<(String, OpenOrder)>,
    /// Findings about anything but orders that work in progress explains.
    pub(super) unsettled: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_that_are_waited_for_are_in_the_register() {
        for group in [Group::TRANSACTIONS, Group::ORDERS, Group::EMAIL, Group::ANALYTICS] {
            assert_eq!(Group::named(group.name()), Some(group));
        }
    }
}
