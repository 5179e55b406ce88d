//! The status of an order. It only moves forward.

use std::{cmp::Reverse, fmt, str::FromStr};

use jiff::Timestamp;

use crate::{ids::OrderId, number::OrderNumber};

macro_rules! statuses {
    ($($(#[$doc:meta])* $name:ident $text:literal),* $(,)?) => {
        /// The status of an order, in rank order: the higher rank wins, whichever event arrives
        /// first.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Status {
            $($(#[$doc])* $name,)*
        }

        impl Status {
            /// Every status, lowest rank first.
            pub const ALL: &[Status] = &[$(Status::$name),*];

            /// The name in events, addresses and tables.
            pub const fn name(self) -> &'static str {
                match self { $(Status::$name => $text,)* }
            }
        }
    };
}

statuses! {
    /// Accepted by the storefront; the payment is not decided.
    Placed "placed",
    /// Paid; the restaurant has not accepted it yet.
    Confirmed "confirmed",
    /// Accepted by the restaurant.
    Accepted "accepted",
    /// Being cooked.
    Preparing "preparing",
    /// Ready for collection or for the courier.
    Ready "ready",
    /// On its way to the customer.
    OutForDelivery "out_for_delivery",
    /// Handed over.
    Completed "completed",
    /// Not paid; nothing was charged.
    Declined "declined",
    /// Cancelled after it was placed.
    Cancelled "cancelled",
}

/// A text that names no status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not an order status")]
pub struct UnknownStatus;

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL.iter().copied().find(|status| status.name() == text).ok_or(UnknownStatus)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Status {
    /// The rank stored beside the name, so that databases can compare.
    pub const fn rank(self) -> i64 {
        self as i64
    }

    /// True if no status follows.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Declined | Self::Cancelled)
    }
}

/// One step of an order, as published in an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusChange {
    /// The order.
    pub order_id: OrderId,
    /// The status reached.
    pub status: Status,
    /// When.
    pub at: Timestamp,
    /// The reason, for statuses that have one.
    pub reason: Option<String>,
    /// When the food should be ready, once known.
    pub ready_by: Option<Timestamp>,
    /// The number by which people call the order, once known.
    pub number: Option<OrderNumber>,
}

/// The state of an order, joined from any number of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderStanding {
    /// The status with the highest rank.
    pub status: Status,
    /// When it was reached.
    pub at: Timestamp,
    /// Its reason.
    pub reason: Option<String>,
    /// The latest estimate of when the food is ready.
    pub ready_by: Option<Timestamp>,
    /// The number by which people call the order, once known.
    pub number: Option<OrderNumber>,
}

impl From<StatusChange> for OrderStanding {
    fn from(change: StatusChange) -> Self {
        let StatusChange { status, at, reason, ready_by, number, .. } = change;
        Self { status, at, reason, ready_by, number }
    }
}

impl OrderStanding {
    /// Joins two states. Commutative, associative and idempotent, so events may arrive in any order
    /// and any number of times: the highest status wins with its time and reason (for equal
    /// statuses the earlier time), and the latest `ready_by` stays. So does the number: an order has
    /// only one.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        let ready_by = self.ready_by.max(other.ready_by);
        let number = self.number.max(other.number);
        let weight = |s: &Self| (s.status, Reverse(s.at), Reverse(s.reason.clone()));
        let winner = if weight(&self) >= weight(&other) { self } else { other };
        Self { ready_by, number, ..winner }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn any_standing() -> impl Strategy<Value = OrderStanding> {
        let optional = |range| prop::option::of(range);
        let rest = (optional(0_i64..5), optional(1_i64..4));
        (0..Status::ALL.len(), 0_i64..5, prop::option::of("[ab]"), rest).prop_map(
            |(status, at, reason, (ready_by, number))| OrderStanding {
                status: Status::ALL[status],
                at: Timestamp::from_second(at).unwrap(),
                reason,
                ready_by: ready_by.map(|s| Timestamp::from_second(s).unwrap()),
                number: number.map(|n| n.try_into().unwrap()),
            },
        )
    }

    proptest! {
        #[test]
        fn any_order_and_any_repetition_give_the_same_standing(
            (all, mixed) in prop::collection::vec(any_standing(), 1..8).prop_flat_map(|all| {
                let doubled = [all.clone(), all.clone()].concat();
                (Just(all), Just(doubled).prop_shuffle())
            })
        ) {
            let fold = |v: Vec<OrderStanding>| v.into_iter().reduce(OrderStanding::join);
            prop_assert_eq!(fold(all), fold(mixed));
        }
    }

    #[test]
    fn names_round_trip_and_ranks_follow_the_flow() {
        for status in Status::ALL {
            assert_eq!(status.name().parse(), Ok(*status));
        }
        assert!(Status::Placed.rank() < Status::Confirmed.rank());
        assert!(Status::Completed.rank() < Status::Declined.rank());
        assert!(Status::Declined.rank() < Status::Cancelled.rank());
    }
}
