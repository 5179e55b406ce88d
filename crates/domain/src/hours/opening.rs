//! Whether a restaurant takes orders at a moment, and when that changes.

use jiff::{Timestamp, Zoned, civil::Date, tz::TimeZone};

use super::{OpeningHours, Span};

/// How many days the search for the next opening looks ahead: a year and a few days.
const LOOK_AHEAD_DAYS: usize = 370;
/// Maximum number of adjoining spans; more than a week of them means always open.
const MAX_JOINED: usize = 60;

/// A pause in taking orders, whatever the opening hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// Until staff end it.
    UntilResumed,
    /// Until a moment.
    Until(Timestamp),
}

/// Whether a restaurant takes orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// It takes orders.
    Open {
        /// When it closes; `None` if no end is known.
        until: Option<Timestamp>,
    },
    /// Closed by its hours.
    Closed {
        /// When it opens again; `None` if not known.
        opens: Option<Timestamp>,
    },
    /// Paused.
    Paused {
        /// When it takes orders again; `None` if not known.
        opens: Option<Timestamp>,
    },
}

impl Opening {
    /// The state at `now` by hours and pause; `None` for hours is always open.
    pub fn at(
        now: Timestamp,
        zone: &TimeZone,
        hours: Option<&OpeningHours>,
        pause: Option<Pause>,
    ) -> Self {
        let open = |at: Timestamp| hours.is_none_or(|hours| hours.closes(at, zone).is_some());
        let next = |at: Timestamp| hours.and_then(|hours| hours.opens(at, zone));
        match pause {
            Some(Pause::UntilResumed) => return Self::Paused { opens: None },
            Some(Pause::Until(end)) if end > now => {
                let opens = if open(end) { Some(end) } else { next(end) };
                // Also closed by its hours: customers understand that better than a pause.
                return if open(now) { Self::Paused { opens } } else { Self::Closed { opens } };
            }
            _ => {}
        }
        match hours.map(|hours| hours.closes(now, zone)) {
            None => Self::Open { until: None },
            Some(Some(until)) => Self::Open { until: until.known() },
            Some(None) => Self::Closed { opens: next(now) },
        }
    }

    /// True if it takes orders.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// When it opens again, if it is closed and the time is known.
    pub const fn opens(self) -> Option<Timestamp> {
        match self {
            Self::Open { .. } => None,
            Self::Closed { opens } | Self::Paused { opens } => opens,
        }
    }
}

/// The end of an open period.
#[derive(Clone, Copy)]
enum End {
    At(Timestamp),
    Never,
}

impl End {
    const fn known(self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::Never => None,
        }
    }
}

impl OpeningHours {
    /// The end of the open period that contains `now`; `None` if it is closed.
    fn closes(&self, now: Timestamp, zone: &TimeZone) -> Option<End> {
        let mut end = self.end_of_span(now, zone)?;
        for _ in 0..MAX_JOINED {
            match self.end_of_span(end, zone) {
                Some(later) => end = later,
                None => return Some(End::At(end)),
            }
        }
        Some(End::Never)
    }

    /// The latest end of the spans that contain `now`. One past midnight started the day before.
    fn end_of_span(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let today = now.to_zoned(zone.clone()).date();
        let days = [today.yesterday().ok(), Some(today)].into_iter().flatten();
        days.flat_map(|day| self.windows(day, zone))
            .filter(|(from, until)| (*from..*until).contains(&now))
            .map(|(_, until)| until)
            .max()
    }

    /// The first opening after `now`.
    fn opens(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let today = now.to_zoned(zone.clone()).date();
        let mut days = today.series(jiff::Span::new().days(1)).take(LOOK_AHEAD_DAYS);
        days.find_map(|day| {
            let starts = self.windows(day, zone).map(|(from, _)| from);
            starts.filter(|from| *from > now).min()
        })
    }

    /// The spans that start on a day, as instants. When clocks change, a time that does not exist
    /// moves forward, and of a time that occurs twice the first counts (RFC 5545 §3.3.5).
    fn windows(&self, day: Date, zone: &TimeZone) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let window = |span: &Span| {
            let end = if span.over_midnight() { day.tomorrow().ok()? } else { day };
            let at = |day: Date, minutes: u16| {
                let (hour, minute) = (i8::try_from(minutes / 60), i8::try_from(minutes % 60));
                let local = day.at(hour.ok()?, minute.ok()?, 0, 0);
                local.to_zoned(zone.clone()).ok().map(|zoned: Zoned| zoned.timestamp())
            };
            let (from, until) = (at(day, span.from.minutes())?, at(end, span.until.minutes())?);
            // A span within the hour that a clock skips is empty.
            (from < until).then_some((from, until))
        };
        self.on(day).iter().filter_map(window).collect::<Vec<_>>().into_iter()
    }
}

#[cfg(test)]
#[path = "opening_tests.rs"]
mod tests;
