//! The ranges of time that a dashboard can show, and what each is compared with.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use super::FiguresQuery;
use crate::{
    facts::{
        Scope,
        calendar::{DAY_S, Grain, HOUR_S, clock_s, day_s, moment},
    },
    names::names,
};

const WEEK_S: i64 = 7 * DAY_S;
/// Weeks in the heat map.
const HEAT_WEEKS: i64 = 8;
/// Minimum number of days for which customers are shown.
const CUSTOMER_DAYS: usize = 14;

names! {
    /// The range of a dashboard.
    Range, UnknownRange "must be hour, day, week, month or year" {
        /// Sixty minutes.
        Hour "hour",
        /// 24 hours.
        Day "day",
        /// Seven days.
        Week "week",
        /// Four weeks, by day.
        Month "month",
        /// Twelve months.
        Year "year",
    }
}

/// A bucket of time, from its start to the start of the next one, as in [`crate::facts::calendar`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Start, in seconds; inclusive.
    pub from_s: i64,
    /// End, in seconds; exclusive.
    pub to_s: i64,
}

impl Bucket {
    /// True if a smaller bucket that starts at `start_s` lies in this one.
    pub fn holds(&self, start_s: i64) -> bool {
        (self.from_s..self.to_s).contains(&start_s)
    }
}

/// The buckets shown and those they are compared with, pairwise. The last bucket is still running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The range.
    pub range: Range,
    /// Grain of the sums.
    pub grain: Grain,
    /// The buckets shown.
    pub shown: Vec<Bucket>,
    /// The buckets one week earlier (month: four weeks, year: one year).
    pub before: Vec<Bucket>,
    /// Buckets for customers: days, or months for a year.
    pub customers: Vec<Bucket>,
}

fn make_buckets(buckets: impl Iterator<Item = i64>, length: i64) -> Vec<Bucket> {
    buckets.map(|from_s| Bucket { from_s, to_s: from_s + length }).collect()
}

fn outer_bounds(buckets: &[Bucket]) -> (i64, i64) {
    let first = buckets.first().map_or(0, |bucket| bucket.from_s);
    (first, buckets.last().map_or(0, |bucket| bucket.to_s))
}

/// `n` months ending `back` months before the month of `day_s`.
fn months(day_s: i64, back: i64, n: i64) -> Vec<Bucket> {
    let date = |second: i64| {
        let at = Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
        TimeZone::UTC.to_datetime(at).date()
    };
    let first = date(day_s).first_of_month();
    let start = |back: i64| first.checked_sub(back.months()).map_or(day_s, second);
    let month = |back| Bucket { from_s: start(back), to_s: start(back - 1) };
    (back..back + n).rev().map(month).collect()
}

fn second(date: Date) -> i64 {
    date.to_zoned(TimeZone::UTC).map_or(0, |zoned| zoned.timestamp().as_second())
}

impl Window {
    /// The window of `range` at `now` for a viewer in `zone`.
    pub fn new(range: Range, now: Timestamp, zone: &TimeZone) -> Self {
        let today = day_s(now, zone);
        let days = |n: i64, back: i64| {
            make_buckets((0..n).rev().map(move |ago| today - (ago + back) * DAY_S), DAY_S)
        };
        let (grain, shown, before) = match range {
            Range::Hour => compare_by_clock(Grain::Minute, 60, now, zone),
            Range::Day => compare_by_clock(Grain::Hour, 24, now, zone),
            Range::Week => (Grain::Day, days(7, 0), days(7, 7)),
            Range::Month => (Grain::Day, days(28, 0), days(28, 28)),
            Range::Year => (Grain::Day, months(today, 0, 12), months(today, 12, 12)),
        };
        let customers = match range {
            Range::Year | Range::Month => shown.clone(),
            _ => days(14, 0),
        };
        debug_assert!(range == Range::Year || customers.len() >= CUSTOMER_DAYS);
        Self { range, grain, shown, before, customers }
    }

    /// The query for this window.
    pub fn ask(&self, scope: Scope, now: Timestamp, zone: &TimeZone) -> FiguresQuery {
        let (shown, before) = (outer_bounds(&self.shown), outer_bounds(&self.before));
        let hour = |at| Grain::Hour.start_s(at, zone);
        let this_hour = hour(now);
        let next_hour = this_hour + HOUR_S;
        // The range of one hour takes two clock hours: the current one and the one before.
        let two = |end: i64| (end - 2 * HOUR_S, end);
        let last_week = week_before(this_hour, zone) + HOUR_S;
        let (coarse, coarse_shown, coarse_before) = match self.range {
            Range::Hour => (Grain::Hour, two(next_hour), two(last_week)),
            Range::Day => (Grain::Hour, shown, before),
            _ => (Grain::Day, shown, before),
        };
        let customers = outer_bounds(&self.customers);
        let days = (customers.0.min(day_s(now, zone) - WEEK_S), customers.1);
        let days = match self.range {
            Range::Month | Range::Year => (days.0.min(before.0), days.1),
            _ => days,
        };
        FiguresQuery {
            scope,
            grain: self.grain,
            sales: (before.0, shown.1),
            coarse,
            shown: coarse_shown,
            before: coarse_before,
            heat: (next_hour - HEAT_WEEKS * WEEK_S, next_hour),
            days,
            pace: (this_hour - 2 * HOUR_S, this_hour - WEEK_S),
        }
    }
}

/// The same wall-clock time one week earlier.
fn week_before(start_s: i64, zone: &TimeZone) -> i64 {
    let at = Timestamp::from_second(start_s).unwrap_or(Timestamp::UNIX_EPOCH);
    moment(clock_s(at, zone) - WEEK_S, zone).as_second()
}

fn compare_by_clock(
    grain: Grain,
    n: i64,
    now: Timestamp,
    zone: &TimeZone,
) -> (Grain, Vec<Bucket>, Vec<Bucket>) {
    let (length, last) = (grain.seconds(), grain.start_s(now, zone));
    let shown = make_buckets((0..n).rev().map(|ago| last - ago * length), length);
    let before = make_buckets(shown.iter().map(|bucket| week_before(bucket.from_s, zone)), length);
    (grain, shown, before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_shown_ends_with_what_is_not_over() {
        let rome = TimeZone::get("Europe/Rome").unwrap();
        let now = at("2026-11-22T12:40:10Z");
        for (range, n) in [
            (Range::Hour, 60),
            (Range::Day, 24),
            (Range::Week, 7),
            (Range::Month, 28),
            (Range::Year, 12),
        ] {
            let window = Window::new(range, now, &rome);
            assert_eq!((window.shown.len(), window.before.len()), (n, n), "{range}");
            let gapless = |b: &[Bucket]| b.windows(2).all(|pair| pair[0].to_s == pair[1].from_s);
            assert!(gapless(&window.shown) && gapless(&window.customers), "{range}");
            let current = window.grain.start_s(now, &rome);
            assert!(window.shown[n - 1].holds(current), "{range}");
            let ask = window.ask(Scope::All, now, &rome);
            assert!(ask.sales.0 < ask.sales.1 && ask.before.1 <= ask.shown.1);
            assert!(ask.days.0 < ask.days.1 && ask.heat.0 < ask.heat.1);
        }
    }

    #[test]
    fn an_hour_is_compared_with_the_same_hour_by_the_clock() {
        let rome = TimeZone::get("Europe/Rome").unwrap();
        // Clocks were set back on October 25th.
        let window = Window::new(Range::Day, at("2026-10-28T12:10:00Z"), &rome);
        let (shown, before) = (window.shown[23], window.before[23]);
        assert_eq!(shown.from_s, at("2026-10-28T12:00:00Z").as_second());
        assert_eq!(before.from_s, at("2026-10-21T11:00:00Z").as_second());
    }

    #[test]
    fn a_year_is_twelve_months() {
        let window = Window::new(Range::Year, at("2026-02-10T12:00:00Z"), &TimeZone::UTC);
        let date = |text: &str| at(&format!("{text}T00:00:00Z")).as_second();
        assert_eq!(window.shown[0].from_s, date("2025-03-01"));
        let last = Bucket { from_s: date("2026-02-01"), to_s: date("2026-03-01") };
        assert_eq!(window.shown[11], last);
        assert_eq!(window.before[11].from_s, date("2025-02-01"));
    }
}
