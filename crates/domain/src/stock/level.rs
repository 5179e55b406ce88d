//! A stock level, and how it changes.

use super::Change;
use crate::names::names;

/// Maximum level that a change can set.
pub const MAX_LEVEL: u32 = 1_000_000;

names! {
    /// How a dish is counted.
    Counting, UnknownCounting "is not a way of counting" {
        /// No first value yet. Changes that arrive before it (they are published on another topic)
        /// are kept for it.
        NotYet "not_yet",
        /// Piece by piece.
        Counted "counted",
        /// Not counted: it never runs out.
        Unlimited "unlimited",
    }
}

/// The stock level of a dish.
///
/// `counted` is maintained even while a dish is not counted: pieces released by orders stay in the
/// sum, so that everything added minus everything held by orders is what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Everything added minus everything held by orders. Never negative while the dish is counted.
    pub counted: i64,
    /// How the dish is counted.
    pub counting: Counting,
    /// Incremented by each change.
    pub version: i64,
}

impl Level {
    /// A dish without any change.
    pub const UNKNOWN: Self = Self { counted: 0, counting: Counting::NotYet, version: 0 };

    /// Pieces that can be sold; `None` for unlimited.
    pub fn on_hand(self) -> Option<u32> {
        match self.counting {
            Counting::Counted => Some(u32::try_from(self.counted.max(0)).unwrap_or(u32::MAX)),
            Counting::NotYet | Counting::Unlimited => None,
        }
    }

    /// The level after a change, and the number of pieces actually added.
    #[must_use]
    pub fn after(self, change: Change) -> (Self, i64) {
        let (counted, counting) = match (change, self.counting) {
            (Change::First(pieces), Counting::NotYet) => {
                (bounded(self.counted.saturating_add(pieces.into())), Counting::Counted)
            }
            (Change::First(_), counting) => (self.counted, counting),
            (Change::Set(pieces), _) => (i64::from(pieces.min(MAX_LEVEL)), Counting::Counted),
            (Change::Unlimited, _) | (Change::Delta(_), Counting::Unlimited) => {
                (self.counted, Counting::Unlimited)
            }
            (Change::Delta(pieces), Counting::NotYet) => {
                let most = i64::from(MAX_LEVEL);
                (self.counted.saturating_add(pieces).clamp(-most, most), Counting::NotYet)
            }
            (Change::Delta(pieces), Counting::Counted) => {
                let sum = bounded(self.counted.saturating_add(pieces));
                // Released pieces may have raised the sum above the maximum; adding must not lower
                // it.
                let sum = if pieces >= 0 { sum.max(self.counted) } else { sum };
                (sum, Counting::Counted)
            }
        };
        let after = Self { counted, counting, version: self.version + 1 };
        (after, counted - self.counted)
    }

    /// The level after an order reserved pieces; `None` if there are not enough.
    #[must_use]
    pub fn reserve(self, pieces: u32) -> Option<Self> {
        let counted = self.counted - i64::from(pieces);
        let fits = self.counting == Counting::Counted && counted >= 0;
        fits.then_some(Self { counted, version: self.version + 1, ..self })
    }

    /// The level after an order released pieces.
    #[must_use]
    pub fn release(self, pieces: u32) -> Self {
        let counted = self.counted + i64::from(pieces);
        Self { counted, version: self.version + 1, ..self }
    }
}

fn bounded(pieces: i64) -> i64 {
    pieces.clamp(0, MAX_LEVEL.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(changes: &[Change]) -> Option<u32> {
        changes.iter().fold(Level::UNKNOWN, |level, change| level.after(*change).0).on_hand()
    }

    #[test]
    fn changes_have_their_effect() {
        use Change::{Delta, First, Set, Unlimited};
        let cases: [(&[Change], Option<u32>); 13] = [
            (&[], None),
            (&[First(5)], Some(5)),
            (&[First(5), Delta(-7)], Some(0)),
            (&[First(5), Delta(i64::MIN), Delta(2)], Some(2)),
            (&[Set(20)], Some(20)),
            (&[Set(u32::MAX)], Some(MAX_LEVEL)),
            (&[First(5), Delta(i64::MAX)], Some(MAX_LEVEL)),
            (&[Set(0)], Some(0)),
            (&[First(5), Unlimited], None),
            (&[First(5), Unlimited, Delta(3), Set(2)], Some(2)),
            (&[Set(9), First(5)], Some(9)),
            (&[Unlimited, First(5)], None),
            (&[Delta(4)], None),
        ];
        for (changes, on_hand) in cases {
            assert_eq!(all(changes), on_hand, "{changes:?}");
        }
    }

    /// The menu and the changes are published on two topics.
    #[test]
    fn a_late_first_value_includes_the_changes_before_it() {
        use Change::{Delta, First};
        assert_eq!(all(&[Delta(4), First(5)]), all(&[First(5), Delta(4)]));
        assert_eq!(all(&[Delta(-2), First(5)]), Some(3));
        assert_eq!(all(&[Delta(-9), First(5), Delta(1)]), Some(1));
    }

    #[derive(Clone, Debug)]
    enum Move {
        Change(Change),
        Take(u32),
        GiveBack,
    }

    fn any_change() -> impl Strategy<Value = Change> {
        prop_oneof![
            (0..9_u32).prop_map(Change::First),
            (-9..9_i64).prop_map(Change::Delta),
            any::<i64>().prop_map(Change::Delta),
            (0..9_u32).prop_map(Change::Set),
            any::<u32>().prop_map(Change::Set),
            Just(Change::Unlimited),
        ]
    }

    fn any_move() -> impl Strategy<Value = Move> {
        prop_oneof![
            any_change().prop_map(Move::Change),
            (1..5_u32).prop_map(Move::Take),
            Just(Move::GiveBack),
        ]
    }

    proptest! {
        #[test]
        fn the_level_is_what_was_added_minus_what_orders_hold(
            moves in prop::collection::vec(any_move(), 0..60)
        ) {
            let (mut level, mut added, mut held) = (Level::UNKNOWN, 0, Vec::new());
            for step in moves {
                let before = level;
                match step {
                    Move::Change(change) => {
                        let (after, more) = level.after(change);
                        (level, added) = (after, added + more);
                    }
                    Move::Take(pieces) => {
                        let Some(after) = level.reserve(pieces) else {
                            prop_assert!(before.on_hand().is_none_or(|left| left < pieces));
                            continue;
                        };
                        prop_assert!(before.on_hand().unwrap() >= pieces);
                        held.push(pieces);
                        level = after;
                    }
                    Move::GiveBack => match held.pop() {
                        Some(pieces) => level = level.release(pieces),
                        None => continue,
                    },
                }
                prop_assert!(level.version > before.version);
                let orders: i64 = held.iter().map(|pieces| i64::from(*pieces)).sum();
                prop_assert_eq!(level.counted, added - orders);
                if level.counting == Counting::Counted {
                    prop_assert!(level.counted >= 0);
                    prop_assert!(level.counted <= i64::from(MAX_LEVEL) + 60 * 5);
                }
            }
        }
    }
}
