//! Reads the books of a day.

use std::sync::Arc;

use domain::{
    books::{BooksError, DayBooks},
    business_day::BusinessDay,
    ports::{LedgerReader, Unavailable},
    restaurant::Restaurant,
    violation::Violations,
};
use jiff::{Timestamp, civil::Date};
use web::Problem;

/// The closing report of a business day of a restaurant.
#[derive(Clone, Debug)]
pub struct DayReport {
    /// The restaurant, as it is now: its time zone and the start of its business day apply to all
    /// days.
    pub restaurant: Arc<Restaurant>,
    /// The date on which the day started.
    pub date: Date,
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
    /// When the ledger was read.
    pub read_at: Timestamp,
    /// The books of each currency; empty if no money moved.
    pub books: Vec<DayBooks>,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum DayError {
    /// The calendar ends before the day does.
    #[error("the day is at the end of the calendar")]
    NoSuchDay,
    /// The database does not respond.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The postings contradict each other.
    #[error("the ledger is wrong, and `comanda audit` says where: {0}")]
    Books(#[from] BooksError),
}

impl From<DayError> for Problem {
    fn from(error: DayError) -> Self {
        match error {
            DayError::NoSuchDay => Self::refused(no_date()),
            DayError::Unavailable(unavailable) => unavailable.into(),
            DayError::Books(error) => {
                tracing::error!(%error, "the books of a day do not balance");
                Self::broken()
            }
        }
    }
}

fn no_date() -> Violations {
    Violations::one("date", "must be a date such as 2026-11-22")
}

/// Parses the date of a day: `2026-11-22`, and no other form of it.
pub fn parse_date(text: &str) -> Result<Date, Violations> {
    let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
    date.ok_or_else(no_date)
}

impl DayReport {
    /// Reads the report of the business day that started on a date.
    pub async fn read(
        ledger: &impl LedgerReader,
        restaurant: Arc<Restaurant>,
        date: Date,
        now: Timestamp,
    ) -> Result<Self, DayError> {
        let zone = restaurant.time_zone.zone();
        let day = BusinessDay { date, starts: restaurant.business_day_starts };
        let span = day.start(&zone).zip(day.end(&zone));
        let (from, to) = span.ok_or(DayError::NoSuchDay)?;
        let sums = ledger.booked(&restaurant.id, from, to).await?;
        let books = DayBooks::from_sums(&sums)?;
        Ok(Self { restaurant, date, from, to, read_at: now, books })
    }

    /// True once the day is over.
    pub fn is_closed(&self) -> bool {
        self.to <= self.read_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_one_form() {
        assert_eq!(parse_date("2026-11-22").unwrap(), jiff::civil::date(2026, 11, 22));
        for bad in ["", "today", "20261122", "2026-11-31", "2026-11-22T05:00", "2026-1-2", "-1"] {
            assert!(parse_date(bad).is_err(), "{bad}");
        }
    }
}
