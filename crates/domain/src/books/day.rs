//! The books of a day in one currency.

use std::collections::{BTreeMap, BTreeSet};

use super::{Amounts, BookedRate, BookedSum, BooksError, Direction};
use crate::{money::Currency, payment_method::MethodKind};

/// What moved by one method in one direction, at one tax rate. Without a rate: tips, and what a
/// restaurant without rates sells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookRow {
    /// How the money moved.
    pub method: MethodKind,
    /// Which way.
    pub direction: Direction,
    /// The tax rate.
    pub rate: Option<BookedRate>,
    /// What it was paid for; negative for refunds.
    pub amounts: Amounts,
}

/// The number of movements by one method in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodCount {
    /// How the money moved.
    pub method: MethodKind,
    /// Which way.
    pub direction: Direction,
    /// The number of sales or refunds.
    pub movements: u64,
}

/// The books of a day in one currency. Every other figure is a sum of `rows`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayBooks {
    /// The currency.
    pub currency: Currency,
    /// By method, direction and rate.
    pub rows: Vec<BookRow>,
    /// By method and direction.
    pub counts: Vec<MethodCount>,
}

impl DayBooks {
    /// The books of each currency in which money moved, from sums of the ledger, if they come to
    /// zero. Mostly one currency: a restaurant that changed it has refunds in the earlier one.
    pub fn from_sums(sums: &[BookedSum]) -> Result<Vec<Self>, BooksError> {
        let currencies: BTreeSet<_> = sums.iter().map(|sum| sum.currency).collect();
        let of = |currency| {
            let own = sums.iter().filter(move |sum| sum.currency == currency);
            Self::of(currency, &own.collect::<Vec<_>>())
        };
        currencies.into_iter().map(of).collect()
    }

    fn of(currency: Currency, sums: &[&BookedSum]) -> Result<Self, BooksError> {
        let mut rows = BTreeMap::<_, Amounts>::new();
        let mut money = BTreeMap::<_, (i64, u64)>::new();
        for sum in sums {
            let way = (sum.method, sum.direction);
            if sum.account.holds_money() {
                let (minor, movements) = money.entry(way).or_default();
                *minor = minor.checked_add(sum.amount_minor).ok_or(BooksError::TooLarge)?;
                *movements = movements.saturating_add(sum.postings);
            } else {
                let row = rows.entry((way, sum.rate.clone())).or_default();
                row.add_posted(&sum.account, sum.amount_minor)?;
            }
        }
        let row =
            |(((method, direction), rate), amounts)| BookRow { method, direction, rate, amounts };
        let count =
            |(&(method, direction), &(_, movements))| MethodCount { method, direction, movements };
        let counts = money.iter().map(count).collect();
        let books = Self { currency, rows: rows.into_iter().map(row).collect(), counts };
        books.check(&money).map(|()| books)
    }

    /// Checks that what moved is what it was paid for.
    fn check(
        &self,
        money: &BTreeMap<(MethodKind, Direction), (i64, u64)>,
    ) -> Result<(), BooksError> {
        for method in MethodKind::ALL.iter().copied() {
            for direction in Direction::ALL.iter().copied() {
                let paid_for_minor = self.sum(Some(method), Some(direction)).total_minor();
                let money_minor = money.get(&(method, direction)).map_or(0, |(minor, _)| *minor);
                if paid_for_minor != money_minor {
                    let currency = self.currency;
                    return Err(BooksError::Unbalanced {
                        method,
                        direction,
                        currency,
                        money_minor,
                        paid_for_minor,
                    });
                }
            }
        }
        Ok(())
    }

    /// The sum of the rows of one method and direction, or of all.
    pub fn sum(&self, method: Option<MethodKind>, direction: Option<Direction>) -> Amounts {
        self.sum_of(|row| {
            method.is_none_or(|method| row.method == method)
                && direction.is_none_or(|direction| row.direction == direction)
        })
    }

    /// The sum of the rows at one rate in one direction, or in both.
    pub fn sum_at(&self, rate: Option<&BookedRate>, direction: Option<Direction>) -> Amounts {
        self.sum_of(|row| {
            row.rate.as_ref() == rate
                && direction.is_none_or(|direction| row.direction == direction)
        })
    }

    fn sum_of(&self, is_counted: impl Fn(&BookRow) -> bool) -> Amounts {
        let rows = self.rows.iter().filter(|row| is_counted(row));
        rows.fold(Amounts::default(), |sum, row| sum.plus(row.amounts))
    }

    /// The number of sales or refunds by one method, or by all.
    pub fn movements(&self, method: Option<MethodKind>, direction: Direction) -> u64 {
        let counted = self.counts.iter().filter(|count| {
            count.direction == direction && method.is_none_or(|method| count.method == method)
        });
        counted.map(|count| count.movements).sum()
    }

    /// The methods by which money moved.
    pub fn methods(&self) -> Vec<MethodKind> {
        let used = |method: &MethodKind| self.counts.iter().any(|count| count.method == *method);
        MethodKind::ALL.iter().copied().filter(used).collect()
    }

    /// The tax rates at which something was sold or given back, by id.
    pub fn rates(&self) -> Vec<&BookedRate> {
        let rates: BTreeSet<_> = self.rows.iter().filter_map(|row| row.rate.as_ref()).collect();
        rates.into_iter().collect()
    }
}
