//! The ledger, to read.

use domain::{
    books::{BookedRate, BookedSum},
    ids::RestaurantId,
    payment::{LedgerAccount, LedgerEntry, Payment},
    payment_method::MethodKind,
    ports::{LedgerReader, Unavailable},
};
use jiff::Timestamp;

use super::Tables;

/// When an entry was booked.
fn booked_at(payment: &Payment, entry: &LedgerEntry) -> Option<Timestamp> {
    match entry {
        LedgerEntry::Capture => payment.captured_at,
        LedgerEntry::Collection => payment.collected_at,
        LedgerEntry::Refund | LedgerEntry::PartRefund(_) => payment.refunded_at,
    }
}

impl LedgerReader for Tables {
    async fn booked(
        &self,
        restaurant: &RestaurantId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<BookedSum>, Unavailable> {
        self.call("ledger.booked", |rows| {
            let mut sums = Vec::new();
            for ((id, entry), postings) in &rows.ledger {
                let entry: LedgerEntry = entry.parse().unwrap();
                let at = rows.payments.get(id).and_then(|payment| booked_at(payment, &entry));
                let order = rows.book.get(id).and_then(|row| row.order.as_ref());
                let Some(order) = order.filter(|order| order.seller.id == *restaurant) else {
                    continue;
                };
                if !at.is_some_and(|at| (from..to).contains(&at)) {
                    continue;
                }
                let is_cash = postings.iter().any(|p| p.account == LedgerAccount::Till);
                let rates = || order.tax.iter().flat_map(|tax| &tax.amounts).map(|a| &a.rate);
                for posting in postings {
                    let rate = rates().find(|rate| Some(&rate.id) == posting.account.rate());
                    sums.push(BookedSum {
                        method: if is_cash { MethodKind::Cash } else { MethodKind::Card },
                        direction: (&entry).into(),
                        account: posting.account.clone(),
                        rate: rate.map(|rate| BookedRate {
                            id: rate.id.clone(),
                            name: Some(rate.name.clone()),
                            percent: Some(rate.percent),
                        }),
                        currency: order.currency,
                        amount_minor: posting.amount_minor,
                        postings: 1,
                    });
                }
            }
            sums
        })
    }
}
