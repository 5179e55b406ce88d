//! The ledger: postings, written in the transaction that changes the payment row.

use domain::{
    ids::OrderId,
    order::Order,
    payment::{LedgerEntry, Payment, PaymentState, Posting, postings},
};
use jiff::Timestamp;

use super::{Batch, Connection, Failure, rows};

const POST: &str = "INSERT INTO ledger (order_id, entry, account, amount_minor, currency, at_us)
    SELECT r.order_id, r.entry, r.account, r.amount_minor, r.currency, r.at_us
    FROM {rows} WHERE true ON CONFLICT (order_id, entry, account) DO NOTHING";

/// A posting of an order.
struct Row<'a> {
    id: OrderId,
    posting: Posting,
    order: &'a Order,
    at: Timestamp,
}

/// Posts an entry for those orders whose payment row says that the money has moved. Existing
/// postings stay unchanged.
pub(super) async fn record_postings(
    connection: &mut Connection,
    entry: LedgerEntry,
    orders: impl Iterator<Item = (&Order, &Payment)>,
) -> Result<(), Failure> {
    let mut all = Vec::new();
    for (order, payment) in orders {
        let moved = match entry {
            LedgerEntry::Capture => payment.captured_at,
            LedgerEntry::Refund => {
                payment.refunded_at.filter(|_| payment.state == PaymentState::Refunded)
            }
        };
        let Some(at) = moved else { continue };
        let sides = postings(entry, &order.totals);
        all.extend(sides.into_iter().map(|posting| Row { id: order.id, posting, order, at }));
    }
    all.sort_by_key(|row| (row.id, row.posting.account.name()));
    all.dedup_by_key(|row| (row.id, row.posting.account));
    if all.is_empty() {
        return Ok(());
    }
    let batch = Batch::of(&all)
        .text("order_id", |row| row.id.to_string())
        .text("entry", |_| entry.name().to_owned())
        .text("account", |row| row.posting.account.name().to_owned())
        .number("amount_minor", |row| row.posting.amount_minor)
        .text("currency", |row| row.order.currency.code().to_owned())
        .number("at_us", |row| rows::micros(row.at));
    connection.bulk(POST, batch).await.map(drop)
}
