//! When customers come back: from which day of theirs to which next one.
//!
//! Each day on which a customer had a confirmed order is one [`Visit`], with the day before it on
//! which they had one. Counted by that pair of days, visits answer exactly, for any stretch of
//! days: how many customers there were (visits whose day before lies before the stretch), how many
//! of them were new (visits without one), and after how many days people come back. A day that
//! becomes known late parts one visit in two.

use std::collections::BTreeSet;

/// The day before the first one: earlier than any.
pub const NEVER: i64 = -1_000_000_000_000;

/// A day with an order, and the last such day before it or [`NEVER`]; in seconds, as in
/// [`super::calendar`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Visit {
    /// The day.
    pub day_s: i64,
    /// The one before.
    pub before_s: i64,
}

/// What becomes of one customer's visits when `new` days become known: visits with how many more
/// or, below zero, fewer there are. `days` are all of them, the new ones among them.
pub fn changes(days: &BTreeSet<i64>, new: &BTreeSet<i64>) -> Vec<(Visit, i64)> {
    let old = days.difference(new).copied();
    let gone = chain(old).map(|visit| (visit, -1));
    let come = chain(days.iter().copied()).map(|visit| (visit, 1));
    let mut changes: Vec<_> = gone.chain(come).collect();
    changes.sort_unstable();
    // What is gone and comes again stands side by side.
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

/// How the number of orders of a customer changes those of customers, and of returning ones: with
/// more than one order.
pub fn counted(before: i64, after: i64) -> (i64, i64) {
    (i64::from(before == 0 && after > 0), i64::from(before <= 1 && after > 1))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_late_day_parts_a_visit() {
        let visit = |day_s, before_s| Visit { day_s, before_s };
        let days = BTreeSet::from([1, 5, 9]);
        let mut told = changes(&days, &BTreeSet::from([5]));
        told.sort_by_key(|(_, n)| *n);
        assert_eq!(told, [(visit(9, 1), -1), (visit(5, 1), 1), (visit(9, 5), 1)]);
        let first = changes(&BTreeSet::from([3]), &BTreeSet::from([3]));
        assert_eq!(first, [(visit(3, NEVER), 1)]);
    }

    #[test]
    fn customers_are_counted_once_and_as_returning_once() {
        assert_eq!(
            [counted(0, 1), counted(0, 3), counted(1, 2), counted(2, 9)],
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
