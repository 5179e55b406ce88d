//! Stock: the levels of dishes, reservations by orders, and changes.
//!
//! A dish that is not counted never runs out, and orders do not reserve it.

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

/// Default level from which on a dish is low, in pieces.
pub const LOW: u32 = 5;

/// The level, if it is [`LOW`] or below and so worth showing to customers.
pub fn level_if_low(left: Option<u32>) -> Option<u32> {
    left.filter(|left| *left <= LOW)
}

/// A dish of a restaurant. Displays as `bella-napoli/margherita`; sorted like the keys of records.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dish {
    /// The restaurant.
    pub restaurant_id: RestaurantId,
    /// The dish on its menu.
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

/// A change of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The first value, from the menu: counts only while no other value was set.
    First(u32),
    /// Adds pieces; removes them if negative.
    Delta(i64),
    /// Sets the number of pieces.
    Set(u32),
    /// Stops counting.
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

    /// The number of pieces, if the change has one.
    pub fn amount(self) -> Option<i64> {
        match self {
            Self::First(pieces) | Self::Set(pieces) => Some(pieces.into()),
            Self::Delta(pieces) => Some(pieces),
            Self::Unlimited => None,
        }
    }
}

/// A change of a level with its author. Repetitions have the same id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockChange {
    /// Identifies the change, so that it counts once.
    pub id: ChangeId,
    /// The dish.
    pub dish: Dish,
    /// The change.
    pub change: Change,
    /// The reason, if given.
    pub reason: Option<Note>,
    /// The author.
    pub by: Name,
    /// When it was made.
    pub at: Timestamp,
}

/// A level as published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockLevel {
    /// The dish.
    pub dish: Dish,
    /// Pieces that can be sold; `None` for unlimited.
    pub on_hand: Option<u32>,
    /// Incremented by each change, so the highest one is the latest.
    pub version: i64,
    /// When it changed last.
    pub at: Timestamp,
}

names! {
    /// The state of the pieces that an order reserved.
    Reservation, UnknownReservation "is not a state of a reservation" {
        /// Reserved until the payment is decided.
        Reserved "reserved",
        /// Paid for.
        Sold "sold",
        /// Released.
        Released "released",
    }
}

impl Reservation {
    /// The state of the reservation for a state of the payment.
    pub const fn of(payment: PaymentState) -> Self {
        match payment {
            PaymentState::Pending | PaymentState::ActionRequired | PaymentState::Unknown => {
                Self::Reserved
            }
            PaymentState::Authorized
            | PaymentState::Captured
            | PaymentState::PartlyRefunded
            | PaymentState::Due
            | PaymentState::Collected => Self::Sold,
            PaymentState::Declined
            | PaymentState::Void
            | PaymentState::RefundPending
            | PaymentState::Refunded => Self::Released,
        }
    }
}

names! {
    /// The availability of a dish.
    Availability, UnknownAvailability "is not a word for a level" {
        /// Not counted.
        Unlimited "unlimited",
        /// Above the low level.
        Enough "enough",
        /// At the low level or below.
        Low "low",
        /// Nothing is left.
        SoldOut "sold_out",
    }
}

impl Availability {
    /// The availability at a level, with the default low level.
    pub const fn of(on_hand: Option<u32>) -> Self {
        Self::with_low(on_hand, None)
    }

    /// The availability at a level, with the dish's own low level if it has one.
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
    fn levels_have_an_availability() {
        let words = [None, Some(0), Some(1), Some(LOW), Some(LOW + 1)].map(Availability::of);
        let expected = [
            Availability::Unlimited,
            Availability::SoldOut,
            Availability::Low,
            Availability::Low,
            Availability::Enough,
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn only_an_undecided_payment_reserves_pieces() {
        for state in PaymentState::ALL {
            let held = Reservation::of(*state) == Reservation::Reserved;
            assert_eq!(held, state.is_open());
        }
    }
}
