//! The books: every movement of money as postings that come to zero.

use crate::{names::names, order::Totals};

names! {
    /// Why money moved.
    Entry, UnknownEntry "is not a kind of entry" {
        /// The gateway took it from a customer.
        Capture "capture",
        /// The gateway gave it back.
        Refund "refund",
    }
}

names! {
    /// Where money is, or where it came from.
    Account, UnknownAccount "is not an account" {
        /// What the gateway owes us.
        Gateway "gateway",
        /// Dishes sold.
        Sales "sales",
        /// Fees for delivery.
        Delivery "delivery",
        /// Tips, which are the staff's.
        Tips "tips",
    }
}

/// One side of an entry: positive is debit, negative is credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The account.
    pub account: Account,
    /// In minor units of the order's currency.
    pub amount_minor: i64,
}

/// The postings of an entry about an order with these totals; they come to zero. Accounts that do
/// not change have none.
pub fn postings(entry: Entry, totals: &Totals) -> Vec<Posting> {
    let sign = match entry {
        Entry::Capture => 1,
        Entry::Refund => -1,
    };
    let sides = [
        (Account::Gateway, totals.total_minor),
        (Account::Sales, -totals.subtotal_minor),
        (Account::Delivery, -totals.delivery_fee_minor),
        (Account::Tips, -totals.tip_minor),
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
            let both = Entry::ALL.iter().map(|entry| postings(*entry, &order.totals));
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
