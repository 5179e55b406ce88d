//! Opening hours: when a restaurant takes orders, in its own time zone.

mod opening;

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};

use crate::violation::{Checks, Violations};

pub use crate::day_time::{DayTime, DayTimeError};
pub use opening::{Opening, Pause};

/// Maximum number of spans in one day.
pub const MAX_SPANS: usize = 6;
/// Maximum number of dates with hours of their own: more than a year of them.
pub const MAX_EXCEPTIONS: usize = 400;

/// An open span of a day. A span that ends no later than it starts continues past midnight:
/// 18:00–02:00 ends on the next day, 00:00–00:00 is the whole day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first open minute.
    pub from: DayTime,
    /// The first closed minute after it.
    pub until: DayTime,
}

impl Span {
    /// True if it ends on the next day.
    pub const fn over_midnight(self) -> bool {
        self.until.minutes() <= self.from.minutes()
    }
}

/// Hours by weekday, and dates that differ. A day without spans is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpeningHours {
    week: [Vec<Span>; 7],
    exceptions: BTreeMap<Date, Vec<Span>>,
}

/// The weekdays as field names, Monday first.
pub const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl OpeningHours {
    /// Hours by weekday, Monday first, and by date. The spans of a day must be in order and must
    /// not overlap, and only the last may continue past midnight.
    pub fn new(
        week: [Vec<Span>; 7],
        exceptions: BTreeMap<Date, Vec<Span>>,
    ) -> Result<Self, Violations> {
        let mut checks = Checks::default();
        for (name, spans) in WEEKDAYS.iter().zip(&week) {
            check(name, spans, &mut checks);
        }
        if exceptions.len() > MAX_EXCEPTIONS {
            checks.add("exceptions", format!("must be at most {MAX_EXCEPTIONS} days"));
        }
        for (date, spans) in &exceptions {
            check(&format!("exceptions[{date}]"), spans, &mut checks);
        }
        checks.finish(Some(Self { week, exceptions }))
    }

    /// The regular spans of a weekday.
    pub fn usual(&self, day: Weekday) -> &[Span] {
        let day = usize::try_from(day.to_monday_zero_offset()).unwrap_or(0);
        self.week.get(day).map_or(&[], Vec::as_slice)
    }

    /// The dates that differ, earliest first.
    pub fn exceptions(&self) -> impl Iterator<Item = (Date, &[Span])> {
        self.exceptions.iter().map(|(date, spans)| (*date, spans.as_slice()))
    }

    /// The spans that start on a date.
    pub fn on(&self, date: Date) -> &[Span] {
        self.exceptions.get(&date).map_or_else(|| self.usual(date.weekday()), Vec::as_slice)
    }
}

fn check(day: &str, spans: &[Span], checks: &mut Checks) {
    if spans.len() > MAX_SPANS {
        checks.add(day, format!("must be at most {MAX_SPANS} spans"));
    }
    for (n, pair) in spans.windows(2).enumerate() {
        if pair[0].over_midnight() || pair[1].from < pair[0].until {
            checks.add(format!("{day}[{}].from", n + 1), "must be after the span before has ended");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str) -> Span {
        let (from, until) = text.split_once('-').unwrap();
        Span { from: from.parse().unwrap(), until: until.parse().unwrap() }
    }

    #[test]
    fn only_times_of_day_are_times() {
        assert_eq!("18:30".parse::<DayTime>().unwrap().minutes(), 1_110);
        assert_eq!("24:00".parse::<DayTime>().unwrap().to_string(), "00:00");
        for bad in
            ["", "8:30", "18:60", "24:01", "25:00", "18.30", "+1:30", "18:3", "aa:bb", "１８:30"]
        {
            assert_eq!(bad.parse::<DayTime>(), Err(DayTimeError), "{bad}");
        }
    }

    #[test]
    fn spans_of_a_day_follow_each_other() {
        let monday = |texts: &[&str]| {
            let mut week: [Vec<Span>; 7] = Default::default();
            week[0] = texts.iter().map(|text| span(text)).collect();
            OpeningHours::new(week, BTreeMap::new())
        };
        assert!(monday(&["11:30-14:30", "14:30-15:00", "18:00-02:00"]).is_ok());
        assert!(monday(&["00:00-24:00"]).is_ok());
        for bad in [
            ["18:00-22:00", "11:00-14:00"],
            ["11:00-15:00", "14:00-18:00"],
            ["18:00-02:00", "23:00-23:30"],
        ] {
            let Violations(violations) = monday(&bad).unwrap_err();
            assert_eq!(violations[0].field, "monday[1].from");
        }
        assert_eq!(monday(&["00:00-00:01"; 9]).unwrap_err().0[0].field, "monday");
    }
}
