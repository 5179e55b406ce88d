//! Lead times by stage: counts of durations in buckets. Sums are independent of the order of
//! arrival, and quantiles have an error below 2 %.
//!
//! Buckets are log-linear, as in `DDSketch` with linear interpolation: each power of two is divided
//! into 32 buckets of equal width. A bucket is at most 1/32 of its lower bound wide, so its middle
//! is within 1/64 (1.6 %) of each duration in it. Integer arithmetic only: a rebuild on another
//! machine gives identical buckets.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::FactKind;
use crate::{names::names, status::Status};

/// Buckets per power of two, as an exponent of two.
const FINE: u32 = 5;

names! {
    /// A stage in the life of an order.
    Stage, UnknownStage "is no stage of an order" {
        /// From placing the order to its payment.
        Payment "payment",
        /// From the payment to the restaurant's acceptance.
        Answer "answer",
        /// From acceptance to the food being ready.
        Kitchen "kitchen",
        /// From ready to handed over.
        Handover "handover",
        /// From placing the order to handing it over.
        Whole "whole",
    }
}

impl Stage {
    /// The facts at which the stage starts and ends.
    pub const fn ends(self) -> (FactKind, FactKind) {
        let (from, to) = match self {
            Self::Payment => (Status::Placed, Status::Confirmed),
            Self::Answer => (Status::Confirmed, Status::Accepted),
            Self::Kitchen => (Status::Accepted, Status::Ready),
            Self::Handover => (Status::Ready, Status::Completed),
            Self::Whole => (Status::Placed, Status::Completed),
        };
        (FactKind::Reached(from), FactKind::Reached(to))
    }
}

/// Milliseconds from one moment to another; 0 if clocks of different machines make it negative.
pub fn duration_ms(from: Timestamp, to: Timestamp) -> i64 {
    i64::try_from(to.duration_since(from).as_millis()).unwrap_or(i64::MAX).max(0)
}

/// The bucket of a duration in milliseconds.
pub fn bucket(ms: i64) -> i64 {
    let ms = ms.max(0);
    if ms < 1 << FINE {
        return ms;
    }
    let above = ms.ilog2() - FINE;
    (i64::from(above) << FINE) + (ms >> above)
}

/// The middle of a bucket, in milliseconds.
pub fn middle_ms(bucket: i64) -> i64 {
    let bucket = bucket.max(0);
    if bucket < 1 << FINE {
        return bucket;
    }
    let above = u32::try_from((bucket >> FINE) - 1).unwrap_or(0).min(57);
    let low = (bucket - (i64::from(above) << FINE)) << above;
    low + (1 << above) / 2
}

/// Counts of durations by bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Durations(BTreeMap<i64, i64>);

impl Durations {
    /// Adds `orders` to a bucket.
    pub fn add(&mut self, bucket: i64, orders: i64) {
        *self.0.entry(bucket).or_default() += orders;
    }

    /// Number of durations.
    pub fn count(&self) -> i64 {
        self.0.values().sum()
    }

    /// The duration that `percent` of the orders do not exceed, in milliseconds, within 1.6 %.
    pub fn quantile_ms(&self, percent: i64) -> Option<i64> {
        let count = self.count();
        let rank = (count * percent + 99) / 100;
        let mut seen = 0;
        for (bucket, orders) in &self.0 {
            seen += orders;
            if seen >= rank.max(1) {
                return Some(middle_ms(*bucket));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn buckets_are_in_a_row() {
        for ms in 0..100_000 {
            let (here, next) = (bucket(ms), bucket(ms + 1));
            assert!(next == here || next == here + 1, "{ms}");
        }
        assert_eq!(
            (bucket(0), bucket(31), bucket(32), bucket(63), bucket(64)),
            (0, 31, 32, 63, 64)
        );
        assert_eq!(bucket(65), 64);
    }

    proptest! {
        #[test]
        fn a_middle_is_within_a_sixty_fourth(ms in 0..i64::MAX / 4) {
            let off = (middle_ms(bucket(ms)) - ms).abs();
            prop_assert!(off * 64 <= ms, "{} of {}", off, ms);
        }

        #[test]
        fn quantiles_are_those_of_the_durations(
            mut all in prop::collection::vec(0_i64..10_000_000, 1..60), percent in 1_i64..=100
        ) {
            let mut durations = Durations::default();
            for ms in &all {
                durations.add(bucket(*ms), 1);
            }
            all.sort_unstable();
            let rank = (all.len() * usize::try_from(percent).unwrap()).div_ceil(100).max(1);
            let (exact, estimate) = (all[rank - 1], durations.quantile_ms(percent).unwrap());
            prop_assert!((estimate - exact).abs() * 64 <= exact, "{} for {}", estimate, exact);
        }
    }
}
