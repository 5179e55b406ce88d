//! What an audit finds.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// The groups, in the order of the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Group {
    Transactions,
    Orders,
    Email,
    Analytics,
}

impl Group {
    pub(super) const ALL: [Self; 4] =
        [Self::Transactions, Self::Orders, Self::Email, Self::Analytics];

    /// The name in Kafka.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Transactions => "transactions",
            Self::Orders => "orders",
            Self::Email => "email",
            Self::Analytics => "analytics",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name)
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Something that does not fit, or not yet.
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

/// An order that is on its way: something is missing that a group has yet to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    /// Seconds since it was placed.
    pub(super) for_s: i64,
    pub(super) waits_for: BTreeSet<Group>,
}

/// Records that each group has yet to read.
pub(super) type Lag = BTreeMap<Group, u64>;

/// The audit's result.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// What contradicts itself, by subject.
    pub(super) differences: Vec<Finding>,
    /// By order id, the oldest first.
    pub(super) open: Vec<(String, Open)>,
    /// Things that fit once work in progress is done, and are no orders.
    pub(super) unsettled: u64,
}
