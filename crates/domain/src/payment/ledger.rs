//! The ledger: each movement of money as postings that sum to zero.

use crate::{names::names, order::Totals};

names! {
    /// The kind of a ledger entry.
    LedgerEntry, UnknownLedgerEntry "is not a kind of entry" {
        /// The gateway captured money from a customer.
        Capture "capture",
        /// The gateway refunded it.
        Refund "refund",
    }
}

names! {
    /// A ledger account.
    LedgerAccount, UnknownLedgerAccount "is not an account" {
        /// The balance held by the gateway.
        Gateway "gateway",
        /// Dishes sold.
        Sales "sales",
        /// Delivery fees.
        Delivery "delivery",
        /// Tips, owed to the staff.
        Tips "tips",
    }
}

/// One side of a ledger entry: positive is debit, negative is credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The account.
    pub account: LedgerAccount,
    /// In minor units of the order's currency.
    pub amount_minor: i64,
}

/// The postings of an entry for an order with these totals; they sum to zero. Accounts without
/// change have no posting.
pub fn postings(entry: LedgerEntry, totals: &Totals) -> Vec<Posting> {
    let sign = match entry {
        LedgerEntry::Capture => 1,
        LedgerEntry::Refund => -1,
    };
    let sides = [
        (LedgerAccount::Gateway, totals.total_minor),
        (LedgerAccount::Sales, -totals.subtotal_minor),
        (LedgerAccount::Delivery, -totals.delivery_fee_minor),
        (LedgerAccount::Tips, -totals.tip_minor),
    ];
    let moved = sides.into_iter().filter(|(_, minor)| *minor != 0);
    moved.map(|(account, minor)| Posting { account, amount_minor: sign * minor }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn an_entry_comes_to_zero_and_a_refund_undoes_a_capture() {
        for order in [fixtures::order(1), fixtures::delivery(2), fixtures::rich_order()] {
            let both = LedgerEntry::ALL.iter().map(|entry| postings(*entry, &order.totals));
            let both: Vec<_> = both.collect();
            for entry in &both {
                assert_eq!(entry.iter().map(|posting| posting.amount_minor).sum::<i64>(), 0);
            }
            for (taken, given) in both[0].iter().zip(&both[1]) {
                assert_eq!(taken.account, given.account);
                assert_eq!(taken.amount_minor, -given.amount_minor);
            }
        }
    }
}
