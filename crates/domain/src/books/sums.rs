//! Sums of postings, as the ledger has them.

use crate::{
    ids::TaxId,
    money::Currency,
    names::names,
    payment::{LedgerAccount, LedgerEntry},
    payment_method::MethodKind,
    tax::Percent,
    text::Name,
};

names! {
    /// Which way money moved.
    Direction, UnknownDirection "is not a direction of money" {
        /// To the restaurant.
        Sale "sale",
        /// Back to the customer.
        Refund "refund",
    }
}

impl From<&LedgerEntry> for Direction {
    fn from(entry: &LedgerEntry) -> Self {
        match entry {
            LedgerEntry::Capture | LedgerEntry::Collection => Self::Sale,
            LedgerEntry::Refund | LedgerEntry::PartRefund(_) => Self::Refund,
        }
    }
}

/// A tax rate, as it was when the order was placed. Name and percentage are unknown in postings
/// that have only its id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BookedRate {
    /// The id by which dishes name it.
    pub id: TaxId,
    /// As shown on receipts.
    pub name: Option<Name>,
    /// The rate.
    pub percent: Option<Percent>,
}

/// The sum of the postings of an account that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookedSum {
    /// How the money moved.
    pub method: MethodKind,
    /// Which way.
    pub direction: Direction,
    /// The account.
    pub account: LedgerAccount,
    /// The tax rate, of accounts that have one.
    pub rate: Option<BookedRate>,
    /// The currency.
    pub currency: Currency,
    /// In minor units; debit is positive.
    pub amount_minor: i64,
    /// Number of postings.
    pub postings: u64,
}

/// Why sums of the ledger are no books.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BooksError {
    /// Money that was paid for nothing, or the reverse.
    #[error(
        "{direction}s by {method} in {currency}: {money_minor} moved, and {paid_for_minor} is what \
         it was paid for"
    )]
    Unbalanced {
        /// How the money moved.
        method: MethodKind,
        /// Which way.
        direction: Direction,
        /// The currency.
        currency: Currency,
        /// What moved, in minor units.
        money_minor: i64,
        /// What it was paid for, in minor units.
        paid_for_minor: i64,
    },
    /// A sum beyond all amounts.
    #[error("the sums are too large")]
    TooLarge,
}
