//! Assigns moments to minutes, hours and days.
//!
//! Minutes and hours are identified by their start, in seconds since 1970. Hours start on the full
//! hour of the restaurant's clock, which is at half past UTC in some zones. Days are the
//! restaurant's local dates, identified by the seconds from 1970 to that date in UTC.

use jiff::{Timestamp, tz::TimeZone};

/// A day, in seconds.
pub const DAY_S: i64 = 86_400;
/// An hour, in seconds.
pub const HOUR_S: i64 = 3_600;

/// The length of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grain {
    /// All time; starts at 0.
    All,
    /// Minutes; only for confirmed orders.
    Minute,
    /// Hours.
    Hour,
    /// Days.
    Day,
}

impl Grain {
    /// The length in seconds as stored in tables; 0 for all time.
    pub const fn seconds(self) -> i64 {
        match self {
            Self::All => 0,
            Self::Minute => 60,
            Self::Hour => HOUR_S,
            Self::Day => DAY_S,
        }
    }

    /// Start of the bucket that contains `at`.
    pub fn start_s(self, at: Timestamp, zone: &TimeZone) -> i64 {
        let (second, offset) = (at.as_second(), offset_s(at, zone));
        let length = self.seconds();
        match self {
            Self::All => 0,
            Self::Minute => floor(second, length),
            Self::Hour => floor(second + offset, length) - offset,
            Self::Day => floor(second + offset, length),
        }
    }
}

/// Start of the day that contains `at`.
pub fn day_s(at: Timestamp, zone: &TimeZone) -> i64 {
    Grain::Day.start_s(at, zone)
}

/// `second` rounded down to a multiple of `length`.
fn floor(second: i64, length: i64) -> i64 {
    second.div_euclid(length) * length
}

fn offset_s(at: Timestamp, zone: &TimeZone) -> i64 {
    i64::from(zone.to_offset(at).seconds())
}

/// The first moment at which the clock of `zone` shows `clock_s` seconds since 1970.
pub fn moment(clock_s: i64, zone: &TimeZone) -> Timestamp {
    let shown = Timestamp::from_second(clock_s).unwrap_or(Timestamp::UNIX_EPOCH);
    let civil = TimeZone::UTC.to_datetime(shown);
    zone.to_ambiguous_zoned(civil).compatible().map_or(shown, |zoned| zoned.timestamp())
}

/// What the clock of `zone` shows at `at`, as seconds since 1970.
pub fn clock_s(at: Timestamp, zone: &TimeZone) -> i64 {
    at.as_second() + offset_s(at, zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn hours_begin_where_the_clock_strikes() {
        let half = at("2026-11-22T12:40:10Z");
        let start = |zone| Grain::Hour.start_s(half, &zone);
        assert_eq!(start(zone("Europe/Rome")), at("2026-11-22T12:00:00Z").as_second());
        assert_eq!(start(zone("Asia/Kolkata")), at("2026-11-22T12:30:00Z").as_second());
        assert_eq!(start(zone("Asia/Kathmandu")), at("2026-11-22T12:15:00Z").as_second());
        let early = Timestamp::from_second(-1).unwrap();
        assert_eq!(Grain::Hour.start_s(early, &TimeZone::UTC), -3_600);
        assert_eq!(Grain::Minute.start_s(early, &TimeZone::UTC), -60);
    }

    #[test]
    fn days_are_the_restaurants_own() {
        let evening = at("2026-11-22T23:30:00Z");
        let date = |text: &str| at(&format!("{text}T00:00:00Z")).as_second();
        assert_eq!(day_s(evening, &zone("Europe/Rome")), date("2026-11-23"));
        assert_eq!(day_s(evening, &zone("America/New_York")), date("2026-11-22"));
        // A day of 25 hours is one day.
        let rome = zone("Europe/Rome");
        for moment in ["2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z"] {
            assert_eq!(day_s(at(moment), &rome), date("2026-10-25"));
        }
    }

    #[test]
    fn a_clock_is_read_and_set() {
        let rome = zone("Europe/Rome");
        let noon = at("2026-11-22T11:00:00Z");
        assert_eq!(moment(clock_s(noon, &rome), &rome), noon);
        // 2:30 does not exist on this day; the clock then shows 3:30.
        let gap = at("2026-03-29T02:30:00Z").as_second();
        assert_eq!(moment(gap, &rome), at("2026-03-29T01:30:00Z"));
    }
}
