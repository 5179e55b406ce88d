//! Stock for the dashboard: levels, forecasts and changes.

use jiff::Timestamp;

use crate::{
    ids::ChangeId,
    stock::{Change, Dish},
    text::{Name, Note},
};

/// A dish that runs out in fewer hours is low.
const LOW_WITHIN_H: i64 = 4;

/// A counted dish with its level and sales.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supply {
    /// The dish.
    pub dish: Dish,
    /// Its name, once it was sold.
    pub name: Option<Name>,
    /// Pieces that can be sold.
    pub on_hand: u32,
    /// When the level changed last.
    pub at: Timestamp,
    /// Pieces sold in the current hour and the two before.
    pub sold_3h: i64,
    /// Pieces sold in the last seven days.
    pub sold_7d: i64,
}

/// How soon a dish runs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forecast {
    /// Nothing is left.
    Gone,
    /// Minutes left at the pace of the last three hours.
    Minutes(i64),
    /// Days left at the pace of the last seven days.
    Days(i64),
    /// Nothing was sold in seven days.
    Unknown,
}

impl Supply {
    /// When it runs out: by the sales of the last three hours, if any, else of the last seven days.
    pub fn forecast(&self) -> Forecast {
        let left = i64::from(self.on_hand);
        match (left, self.sold_3h, self.sold_7d) {
            (0, ..) => Forecast::Gone,
            (_, sold @ 1.., _) => Forecast::Minutes(left * 180 / sold),
            (_, _, sold @ 1..) => Forecast::Days(left * 7 / sold),
            _ => Forecast::Unknown,
        }
    }

    /// True if the dish needs attention: it is gone or runs out soon.
    pub fn is_low(&self) -> bool {
        match self.forecast() {
            Forecast::Gone => true,
            Forecast::Minutes(minutes) => minutes < LOW_WITHIN_H * 60,
            Forecast::Days(days) => days < 1,
            Forecast::Unknown => false,
        }
    }
}

/// A stock change by staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restock {
    /// Identifies the change, so that it counts once.
    pub id: ChangeId,
    /// The dish.
    pub dish: Dish,
    /// The change.
    pub change: Change,
    /// The reason, if staff gave one.
    pub reason: Option<Note>,
    /// When it was made.
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
