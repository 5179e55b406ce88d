//! Stock as figures see it: what is there, how fast it goes, and what was added.

use jiff::Timestamp;

use crate::{
    ids::ChangeId,
    stock::{Change, Dish},
    text::{Name, Note},
};

/// Below so many hours until it runs out, a dish is low.
const LOW_WITHIN_H: i64 = 4;

/// A counted dish with its level and what was sold of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supply {
    /// Which dish.
    pub dish: Dish,
    /// Its name, once one was sold.
    pub name: Option<Name>,
    /// Pieces that can be sold.
    pub on_hand: u32,
    /// When that changed last.
    pub at: Timestamp,
    /// Sold in the current hour and the two before it.
    pub sold_3h: i64,
    /// Sold in the last seven days.
    pub sold_7d: i64,
}

/// How soon a dish runs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forecast {
    /// There is nothing left.
    Gone,
    /// At the pace of the last three hours, in so many minutes.
    Minutes(i64),
    /// At the pace of the last seven days, in so many days.
    Days(i64),
    /// Nothing was sold in seven days.
    Unknown,
}

impl Supply {
    /// How soon it runs out: by the last three hours, if any was sold in them, else by the last
    /// seven days.
    pub fn forecast(&self) -> Forecast {
        let left = i64::from(self.on_hand);
        match (left, self.sold_3h, self.sold_7d) {
            (0, ..) => Forecast::Gone,
            (_, sold @ 1.., _) => Forecast::Minutes(left * 180 / sold),
            (_, _, sold @ 1..) => Forecast::Days(left * 7 / sold),
            _ => Forecast::Unknown,
        }
    }

    /// True if somebody should look after it.
    pub fn is_low(&self) -> bool {
        match self.forecast() {
            Forecast::Gone => true,
            Forecast::Minutes(minutes) => minutes < LOW_WITHIN_H * 60,
            Forecast::Days(days) => days < 1,
            Forecast::Unknown => false,
        }
    }
}

/// Staff changed a level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restock {
    /// Makes it count once.
    pub id: ChangeId,
    /// Of which dish.
    pub dish: Dish,
    /// What.
    pub change: Change,
    /// Why, where somebody said so.
    pub reason: Option<Note>,
    /// When.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supply(on_hand: u32, now: i64, week: i64) -> Supply {
        let dish = "bella-napoli/funghi".parse().unwrap();
        Supply { dish, name: None, on_hand, at: Timestamp::UNIX_EPOCH, sold_3h: now, sold_7d: week }
    }

    #[test]
    fn forecasts_follow_the_pace() {
        assert_eq!(supply(0, 9, 9).forecast(), Forecast::Gone);
        assert_eq!(supply(10, 30, 30).forecast(), Forecast::Minutes(60));
        assert_eq!(supply(10, 0, 14).forecast(), Forecast::Days(5));
        assert_eq!(supply(10, 0, 0).forecast(), Forecast::Unknown);
        let low = [supply(0, 0, 0), supply(10, 30, 30), supply(1, 0, 14), supply(99, 1, 1)];
        assert_eq!(low.map(|s| s.is_low()), [true, true, true, false]);
    }
}
