//! The business day: what a restaurant calls "today".

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{hours::DayTime, order::Order};

/// A day of business. It starts at a time of day of its date, and ends where the next one starts:
/// what is sold after midnight still belongs to the evening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BusinessDay {
    /// The date on which it starts.
    pub date: Date,
    /// When it starts, in the restaurant's time zone.
    pub starts: DayTime,
}

impl BusinessDay {
    /// The business day of an instant: the latest one that has started by then.
    ///
    /// Starts are compared as instants. Clocks that are put back show some times of day twice, and
    /// no day may come back with them.
    pub fn at(instant: Timestamp, zone: &TimeZone, starts: DayTime) -> Self {
        let today = instant.to_zoned(zone.clone()).date();
        let day = |date| Self { date, starts };
        // Clocks may be put back over midnight, so tomorrow may have begun; a zone may skip a day,
        // so yesterday's may begin only now.
        let before = today.yesterday().ok();
        let near = [
            today.tomorrow().ok(),
            Some(today),
            before,
            before.and_then(|date| date.yesterday().ok()),
        ];
        let started = |date: &Date| day(*date).start(zone).is_some_and(|start| start <= instant);
        day(near.into_iter().flatten().find(started).unwrap_or(today))
    }

    /// The business day of an order: of the time at which it was placed.
    pub fn of(order: &Order) -> Self {
        let seller = &order.seller;
        Self::at(order.placed_at, &seller.time_zone.zone(), seller.business_day_starts)
    }

    /// Its first instant; `None` at the end of the calendar. A time that clocks skip is the moment
    /// after the gap, one that they show twice the first of both.
    pub fn start(self, zone: &TimeZone) -> Option<Timestamp> {
        let minutes = i8::try_from(self.starts.minutes() % 60).unwrap_or(0);
        let hours = i8::try_from(self.starts.minutes() / 60).unwrap_or(0);
        zone.to_zoned(self.date.at(hours, minutes, 0, 0)).ok().map(|at| at.timestamp())
    }

    /// The first instant after it; `None` at the end of the calendar.
    pub fn end(self, zone: &TimeZone) -> Option<Timestamp> {
        Self { date: self.date.tomorrow().ok()?, ..self }.start(zone)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// The date of the business day of an instant.
    fn date(instant: &str, name: &str, starts: &str) -> String {
        BusinessDay::at(at(instant), &zone(name), starts.parse().unwrap()).date.to_string()
    }

    #[test]
    fn the_night_belongs_to_the_evening() {
        let rome = |instant| date(instant, "Europe/Rome", "05:00");
        assert_eq!(rome("2026-11-22T23:59:00+01:00"), "2026-11-22");
        assert_eq!(rome("2026-11-23T04:59:59.999999+01:00"), "2026-11-22");
        assert_eq!(rome("2026-11-23T05:00:00+01:00"), "2026-11-23");
        assert_eq!(date("2026-11-22T00:00:00+01:00", "Europe/Rome", "00:00"), "2026-11-22");
    }

    #[test]
    fn a_day_begins_once_when_clocks_change() {
        // Rome puts clocks back from 03:00 to 02:00: 02:30 comes twice.
        let rome = |instant| date(instant, "Europe/Rome", "02:30");
        assert_eq!(rome("2026-10-25T02:29:00+02:00"), "2026-10-24");
        assert_eq!(rome("2026-10-25T02:30:00+02:00"), "2026-10-25");
        assert_eq!(rome("2026-10-25T02:10:00+01:00"), "2026-10-25");
        // And forward from 02:00 to 03:00: there is no 02:30.
        assert_eq!(rome("2026-03-29T01:59:59+01:00"), "2026-03-28");
        assert_eq!(rome("2026-03-29T03:30:00+02:00"), "2026-03-29");
        // Newfoundland put clocks back from 00:01 to 23:01 of the day before.
        let johns = |instant| date(instant, "America/St_Johns", "00:00");
        assert_eq!(johns("2010-11-07T00:00:30-02:30"), "2010-11-07");
        assert_eq!(johns("2010-11-06T23:30:00-03:30"), "2010-11-07");
        // Samoa went without a 30 December.
        let apia = |instant| date(instant, "Pacific/Apia", "01:16");
        assert_eq!(apia("2011-12-31T00:00:00+14:00"), "2011-12-29");
        assert_eq!(apia("2011-12-31T01:16:00+14:00"), "2011-12-31");
    }

    #[test]
    fn the_ends_of_the_calendar_are_days_too() {
        for instant in [Timestamp::MIN, Timestamp::MAX] {
            for name in ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"] {
                BusinessDay::at(instant, &zone(name), "05:00".parse().unwrap());
            }
        }
    }

    const ZONES: [&str; 8] = [
        "Europe/Rome",
        "America/St_Johns",
        "America/Sao_Paulo",
        "Pacific/Apia",
        "Australia/Lord_Howe",
        "Africa/Cairo",
        "Asia/Kathmandu",
        "UTC",
    ];

    /// Times within a day of a change of clocks, and any others.
    fn any_instant(zone: &TimeZone) -> BoxedStrategy<i64> {
        let first = at("1970-01-01T00:00:00Z");
        let changes: Vec<_> = zone
            .following(first)
            .take_while(|change| change.timestamp() < at("2040-01-01T00:00:00Z"))
            .map(|change| change.timestamp().as_second())
            .collect();
        let any = 0_i64..2_208_988_800;
        if changes.is_empty() {
            return any.boxed();
        }
        let near =
            (prop::sample::select(changes), -90_000_i64..90_000).prop_map(|(at, by)| at + by);
        prop_oneof![near, any].boxed()
    }

    proptest! {
        #[test]
        fn an_instant_lies_within_its_day_and_days_never_come_back(
            (name, starts, first, later) in prop::sample::select(&ZONES[..]).prop_flat_map(|name| {
                let instant = any_instant(&zone(name));
                // Most changes of clocks are at a full hour or near it.
                let starts = prop_oneof![0_u16..1_440, prop::sample::select(&[0, 1, 60, 150][..])];
                let later = prop_oneof![0_i64..200_000, 0_i64..200];
                (Just(name), starts, instant, later)
            })
        ) {
            let zone = zone(name);
            let starts: DayTime = format!("{:02}:{:02}", starts / 60, starts % 60).parse().unwrap();
            let instant = |second| Timestamp::from_second(second).unwrap();
            let (day, next) = (
                BusinessDay::at(instant(first), &zone, starts),
                BusinessDay::at(instant(first + later), &zone, starts),
            );
            prop_assert!(day.date <= next.date, "{day:?} {next:?}");
            let (start, end) = (day.start(&zone).unwrap(), day.end(&zone).unwrap());
            prop_assert!(start <= instant(first) && instant(first) < end, "{start} {end}");
        }
    }
}
