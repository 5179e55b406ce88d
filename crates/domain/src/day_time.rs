//! Times of day, as owners write them.

use std::{fmt, str::FromStr};

/// Minutes of a day.
pub(crate) const MINUTES_A_DAY: u16 = 24 * 60;

/// A time of day in whole minutes: `18:30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DayTime(u16);

impl DayTime {
    /// Minutes after midnight, below 1,440.
    pub const fn minutes(self) -> u16 {
        self.0
    }

    /// A full hour of the day; 24 is midnight.
    pub const fn from_hour(hour: u8) -> Self {
        Self(hour as u16 * 60 % MINUTES_A_DAY)
    }
}

/// A text that is no time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a time of day from 00:00 to 23:59, such as 18:30")]
pub struct DayTimeError;

impl FromStr for DayTime {
    type Err = DayTimeError;

    /// Parses five characters; `24:00` is `00:00`, since both are written for midnight.
    fn from_str(text: &str) -> Result<Self, DayTimeError> {
        let digits = |part: &str| {
            let plain = part.len() == 2 && part.bytes().all(|c| c.is_ascii_digit());
            plain.then(|| part.parse::<u16>().ok()).flatten().ok_or(DayTimeError)
        };
        let (hours, minutes) = text.split_once(':').ok_or(DayTimeError)?;
        let (hours, minutes) = (digits(hours)?, digits(minutes)?);
        let all = hours * 60 + minutes;
        match minutes < 60 && all <= MINUTES_A_DAY {
            true => Ok(Self(all % MINUTES_A_DAY)),
            false => Err(DayTimeError),
        }
    }
}

impl fmt::Display for DayTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}
