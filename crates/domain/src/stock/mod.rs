//! How many pieces of a dish can be sold: what an order takes, and what a change does to a level.
//!
//! A dish is counted or it is not. What is not counted never runs out, and no order reserves it.

mod allocate;
mod level;

use std::{fmt, str::FromStr};

use jiff::Timestamp;

use crate::{
    ids::{ChangeId, IdError, ItemId, RestaurantId},
    names::names,
    payment::PaymentState,
    text::{Name, Note},
};

pub use allocate::{Needs, allocate, needs, refuse_short};
pub use level::{Counting, Level, MAX_LEVEL};

/// From so many pieces down, staff and customers are told that a dish is running low.
pub const LOW: u32 = 5;

/// How many are left, where that is worth telling to customers: [`LOW`] or fewer.
pub fn few(left: Option<u32>) -> Option<u32> {
    left.filter(|left| *left <= LOW)
}

/// A dish of a restaurant. Its text is `bella-napoli/margherita`; the order is that of the keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dish {
    /// Whose.
    pub restaurant_id: RestaurantId,
    /// Which one of theirs.
    pub item_id: ItemId,
}

impl fmt::Display for Dish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.restaurant_id, self.item_id)
    }
}

impl FromStr for Dish {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let (restaurant, item) = text.split_once('/').ok_or(IdError::Slug)?;
        Ok(Self { restaurant_id: restaurant.parse()?, item_id: item.parse()? })
    }
}

/// What is to become of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The first value, as the menu has it: counts only while nobody has set another one.
    First(u32),
    /// So many more or, below zero, fewer.
    Delta(i64),
    /// So many, however many there were.
    Set(u32),
    /// As many as are asked for.
    Unlimited,
}

impl Change {
    /// The name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::First(_) => "first",
            Self::Delta(_) => "delta",
            Self::Set(_) => "set",
            Self::Unlimited => "unlimited",
        }
    }

    /// The number that belongs to the name, if one does.
    pub fn amount(self) -> Option<i64> {
        match self {
            Self::First(pieces) | Self::Set(pieces) => Some(pieces.into()),
            Self::Delta(pieces) => Some(pieces),
            Self::Unlimited => None,
        }
    }
}

/// Somebody changes a level. The same id is the same change, however often it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockChange {
    /// Makes it count once.
    pub id: ChangeId,
    /// Of which dish.
    pub dish: Dish,
    /// What.
    pub change: Change,
    /// Why, where somebody said so.
    pub reason: Option<Note>,
    /// Who.
    pub by: Name,
    /// When.
    pub at: Timestamp,
}

/// A level as it is told to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockLevel {
    /// Of which dish.
    pub dish: Dish,
    /// Pieces that can be sold; `None` for as many as are asked for.
    pub on_hand: Option<u32>,
    /// Grows with every movement, so the greatest one is the latest.
    pub version: i64,
    /// When it moved last.
    pub at: Timestamp,
}

names! {
    /// What became of the pieces that an order took.
    Reservation, UnknownReservation "is not a state of a reservation" {
        /// Held until the payment is decided.
        Reserved "reserved",
        /// Paid for.
        Sold "sold",
        /// Given back.
        Released "released",
    }
}

impl Reservation {
    /// What a payment's state means for the pieces of its order.
    pub const fn of(payment: PaymentState) -> Self {
        match payment {
            PaymentState::Pending | PaymentState::Unknown => Self::Reserved,
            PaymentState::Captured => Self::Sold,
            PaymentState::Declined
            | PaymentState::Void
            | PaymentState::RefundPending
            | PaymentState::Refunded => Self::Released,
        }
    }
}

names! {
    /// A level in words.
    Supply, UnknownSupply "is not a word for a level" {
        /// Not counted.
        Unlimited "unlimited",
        /// More than [`LOW`], or than the dish says itself.
        Enough "enough",
        /// At most so many.
        Low "low",
        /// None.
        SoldOut "sold_out",
    }
}

impl Supply {
    /// The word for a level.
    pub const fn of(on_hand: Option<u32>) -> Self {
        Self::with_low(on_hand, None)
    }

    /// The word for a level of a dish that says itself from where on it is low.
    pub const fn with_low(on_hand: Option<u32>, low: Option<u32>) -> Self {
        let low = match low {
            Some(low) => low,
            None => LOW,
        };
        match on_hand {
            None => Self::Unlimited,
            Some(0) => Self::SoldOut,
            Some(left) if left <= low => Self::Low,
            Some(_) => Self::Enough,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dish_has_one_spelling() {
        let dish: Dish = "bella-napoli/margherita".parse().unwrap();
        assert_eq!(dish.to_string(), "bella-napoli/margherita");
        for bad in ["", "bella-napoli", "bella-napoli/", "/margherita", "a/b/c", "A/b"] {
            assert!(bad.parse::<Dish>().is_err(), "{bad}");
        }
    }

    #[test]
    fn words_for_levels() {
        let words = [None, Some(0), Some(1), Some(LOW), Some(LOW + 1)].map(Supply::of);
        let expected =
            [Supply::Unlimited, Supply::SoldOut, Supply::Low, Supply::Low, Supply::Enough];
        assert_eq!(words, expected);
    }

    #[test]
    fn only_a_payment_under_way_holds_pieces() {
        for state in PaymentState::ALL {
            let held = Reservation::of(*state) == Reservation::Reserved;
            assert_eq!(held, matches!(state, PaymentState::Pending | PaymentState::Unknown));
        }
    }
}
