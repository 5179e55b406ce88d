//! Returning customers, counted by pairs of days.
//!
//! Each day on which a customer had a confirmed order is one [`Visit`], together with their
//! previous such day. Counts of these pairs give exact answers for any range of days: the number of
//! customers (visits whose previous day is before the range), how many of them are new (visits
//! without a previous day), and after how many days customers return. A day that becomes known late
//! splits one visit into two.

use std::collections::BTreeSet;

/// The previous day of a first visit: before any other.
pub const NEVER: i64 = -1_000_000_000_000;

/// A day with an order and the previous one or [`NEVER`]; in seconds, as in [`super::calendar`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Visit {
    /// The day.
    pub day_s: i64,
    /// The previous day, or [`NEVER`].
    pub before_s: i64,
}

/// How one customer's visits change when `new` days become known: each visit with the difference of
/// its count. `days` are all days, including the new ones.
pub fn changes(days: &BTreeSet<i64>, new: &BTreeSet<i64>) -> Vec<(Visit, i64)> {
    let old = days.difference(new).copied();
    let gone = chain(old).map(|visit| (visit, -1));
    let come = chain(days.iter().copied()).map(|visit| (visit, 1));
    let mut changes: Vec<_> = gone.chain(come).collect();
    changes.sort_unstable();
    // After sorting, a visit that is removed and added again is adjacent and cancels out.
    let mut left: Vec<(Visit, i64)> = Vec::new();
    for (visit, n) in changes {
        match left.last() {
            Some((last, m)) if *last == visit && m + n == 0 => drop(left.pop()),
            _ => left.push((visit, n)),
        }
    }
    left
}

fn chain(days: impl Iterator<Item = i64>) -> impl Iterator<Item = Visit> {
    days.scan(NEVER, |before_s, day_s| {
        Some(Visit { day_s, before_s: std::mem::replace(before_s, day_s) })
    })
}

/// How the numbers of customers and of returning ones (more than one order) change when a
/// customer's number of orders goes from `before` to `after`.
pub fn customer_changes(before: i64, after: i64) -> (i64, i64) {
    (i64::from(before == 0 && after > 0), i64::from(before <= 1 && after > 1))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_late_day_splits_a_visit() {
        let visit = |day_s, before_s| Visit { day_s, before_s };
        let days = BTreeSet::from([1, 5, 9]);
        let mut visits = changes(&days, &BTreeSet::from([5]));
        visits.sort_by_key(|(_, n)| *n);
        assert_eq!(visits, [(visit(9, 1), -1), (visit(5, 1), 1), (visit(9, 5), 1)]);
        let first = changes(&BTreeSet::from([3]), &BTreeSet::from([3]));
        assert_eq!(first, [(visit(3, NEVER), 1)]);
    }

    #[test]
    fn customers_are_counted_once_and_as_returning_once() {
        assert_eq!(
            [
                customer_changes(0, 1),
                customer_changes(0, 3),
                customer_changes(1, 2),
                customer_changes(2, 9)
            ],
            [(1, 0), (1, 1), (0, 1), (0, 0)]
        );
    }

    proptest! {
        #[test]
        fn days_in_any_order_and_grouping_give_the_same_visits(
            days in prop::collection::vec(0_i64..40, 1..20), groups in 1_usize..6
        ) {
            let (mut known, mut visits) = (BTreeSet::new(), BTreeMap::<Visit, i64>::new());
            for group in days.chunks(groups) {
                let new: BTreeSet<_> =
                    group.iter().copied().filter(|day| !known.contains(day)).collect();
                known.extend(&new);
                for (visit, n) in changes(&known, &new) {
                    *visits.entry(visit).or_default() += n;
                }
            }
            visits.retain(|_, n| *n != 0);
            let all: BTreeMap<_, _> = chain(known.into_iter()).map(|visit| (visit, 1)).collect();
            prop_assert_eq!(visits, all);
        }
    }
}
