//! Amounts by what they were paid for.

use super::{BooksError, BooksError::TooLarge};
use crate::payment::LedgerAccount;

/// What money was paid for, in minor units. Refunds are negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// Dishes, without tax.
    pub dishes_minor: i64,
    /// Delivery fees, without tax.
    pub delivery_minor: i64,
    /// Taxes of both.
    pub tax_minor: i64,
    /// Tips, which are not taxed.
    pub tips_minor: i64,
}

impl Amounts {
    /// Dishes and delivery, without tax.
    pub const fn net_minor(&self) -> i64 {
        self.dishes_minor.saturating_add(self.delivery_minor)
    }

    /// Dishes and delivery, with tax.
    pub const fn gross_minor(&self) -> i64 {
        self.net_minor().saturating_add(self.tax_minor)
    }

    /// Everything, as it was paid.
    pub const fn total_minor(&self) -> i64 {
        self.gross_minor().saturating_add(self.tips_minor)
    }

    /// True if nothing moved.
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// What was paid for is credited, and so it is negative in the ledger. Accounts of money add
    /// nothing.
    pub(super) fn add_posted(
        &mut self,
        account: &LedgerAccount,
        amount_minor: i64,
    ) -> Result<(), BooksError> {
        let part = match account {
            LedgerAccount::Gateway | LedgerAccount::Till => return Ok(()),
            LedgerAccount::Sales(_) => &mut self.dishes_minor,
            LedgerAccount::Delivery(_) => &mut self.delivery_minor,
            LedgerAccount::Tax(_) => &mut self.tax_minor,
            LedgerAccount::Tips => &mut self.tips_minor,
        };
        *part = part.checked_sub(amount_minor).ok_or(TooLarge)?;
        Ok(())
    }

    /// The sum with other amounts.
    pub(super) const fn plus(self, other: Self) -> Self {
        Self {
            dishes_minor: self.dishes_minor.saturating_add(other.dishes_minor),
            delivery_minor: self.delivery_minor.saturating_add(other.delivery_minor),
            tax_minor: self.tax_minor.saturating_add(other.tax_minor),
            tips_minor: self.tips_minor.saturating_add(other.tips_minor),
        }
    }
}
