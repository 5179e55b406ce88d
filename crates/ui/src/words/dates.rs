//! Times and spans.

use jiff::civil::{Date, Weekday};

/// Formats of dates and times.
pub(crate) struct Dates {
    /// Monday first.
    pub(crate) weekdays: [&'static str; 7],
    /// Monday first, short.
    pub(crate) weekdays_short: [&'static str; 7],
    /// January first, short.
    pub(crate) months_short: [&'static str; 12],
    /// Short weekday, day, short month.
    pub(crate) day: fn(&str, i8, &str) -> String,
    /// A time of today.
    pub(crate) at: fn(&str) -> String,
    /// A time of tomorrow.
    pub(crate) tomorrow_at: fn(&str) -> String,
    /// A day, and a time of it.
    pub(crate) day_at: fn(&str, &str) -> String,
    pub(crate) just_now: &'static str,
    /// Whole days, one or more.
    pub(crate) days: fn(i64) -> String,
}

impl Dates {
    /// The name of a weekday.
    pub(crate) fn weekday(&self, day: Weekday) -> &'static str {
        let at = usize::try_from(day.to_monday_zero_offset()).unwrap_or(0);
        self.weekdays.get(at).copied().unwrap_or_default()
    }

    /// `Sun 22 Nov`.
    pub(crate) fn date(&self, date: Date) -> String {
        let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
        let month = usize::try_from(date.month() - 1).unwrap_or(0);
        let weekday = self.weekdays_short.get(weekday).copied().unwrap_or_default();
        let month = self.months_short.get(month).copied().unwrap_or_default();
        (self.day)(weekday, date.day(), month)
    }
}
