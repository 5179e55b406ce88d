//! The ledger: postings, written in the transaction that changes the payment row.

use std::collections::HashMap;

use domain::{
    ids::OrderId,
    order::Order,
    payment::{LedgerAccount, LedgerEntry, Posting, refund_postings, sale_postings},
    tax::TaxRate,
};
use jiff::Timestamp;

use super::{Batch, Connection, Failure, failure::corrupt, rows};

const POST: &str = "INSERT INTO ledger (order_id, entry, account, amount_minor, currency, at_us,
        restaurant_id, tax_name, tax_percent)
    SELECT r.order_id, r.entry, r.account, r.amount_minor, r.currency, r.at_us,
        r.restaurant_id, r.tax_name, r.tax_percent
    FROM {rows} WHERE true ON CONFLICT (order_id, entry, account) DO NOTHING";

/// A movement of an order's money.
pub(super) struct Movement<'a> {
    /// The order.
    pub(super) order: &'a Order,
    /// Its entry in the ledger. One that is there already stays unchanged.
    pub(super) entry: LedgerEntry,
    /// What is returned, in minor units; all that is left if `None`. Only for refunds.
    pub(super) amount_minor: Option<i64>,
    /// When it was learnt.
    pub(super) at: Timestamp,
}

/// Posts movements; each order has at most one of them. The payment rows are locked.
pub(super) async fn record_movements(
    connection: &mut Connection,
    movements: Vec<Movement<'_>>,
) -> Result<(), Failure> {
    let is_refund = |movement: &&Movement<'_>| {
        matches!(movement.entry, LedgerEntry::Refund | LedgerEntry::PartRefund(_))
    };
    let refunds: Vec<_> = movements.iter().filter(is_refund).map(|m| m.order.id).collect();
    let balances = read_balances(connection, &refunds).await?;
    let mut all = Vec::new();
    for movement in &movements {
        let posted = balances.get(&movement.order.id);
        let postings = match (&movement.entry, posted) {
            (LedgerEntry::Capture, _) => sale_postings(movement.order, LedgerAccount::Gateway),
            (LedgerEntry::Collection, _) => sale_postings(movement.order, LedgerAccount::Till),
            (entry, Some(posted)) if !posted.entries.contains(entry) => returned(movement, posted)?,
            _ => continue,
        };
        all.extend(postings.into_iter().map(|posting| (movement, posting)));
    }
    post(connection, all).await
}

/// What is returned to the customer, from where the money is.
fn returned(movement: &Movement<'_>, posted: &Posted) -> Result<Vec<Posting>, Failure> {
    let held = posted.balances.iter().find(|p| p.account.holds_money() && p.amount_minor > 0);
    let Some(held) = held else { return Ok(Vec::new()) };
    let credits = posted.balances.iter().filter(|p| !p.account.holds_money()).cloned();
    let credits: Vec<_> = credits.collect();
    let amount = movement.amount_minor.unwrap_or(held.amount_minor);
    refund_postings(&credits, held.account.clone(), amount)
        .ok_or_else(|| corrupt(format!("{} cannot return {amount}", movement.order.id)))
}

/// What is posted for an order.
#[derive(Default)]
struct Posted {
    entries: Vec<LedgerEntry>,
    /// The sum of each account.
    balances: Vec<Posting>,
}

async fn read_balances(
    connection: &mut Connection,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, Posted>, Failure> {
    let mut found = HashMap::<OrderId, Posted>::new();
    if orders.is_empty() {
        return Ok(found);
    }
    let sql = "SELECT l.order_id AS order_id, l.entry AS entry, l.account AS account,
            l.amount_minor AS amount_minor
        FROM {rows} JOIN ledger l ON l.order_id = r.order_id";
    let batch = Batch::of(orders).text("order_id", ToString::to_string);
    for row in connection.bulk(sql, batch).await? {
        let posted = found.entry(rows::column(&row, "order_id")?).or_default();
        let entry = rows::column(&row, "entry")?;
        if !posted.entries.contains(&entry) {
            posted.entries.push(entry);
        }
        let account: LedgerAccount = rows::column(&row, "account")?;
        let amount_minor: i64 = row.get("amount_minor")?;
        match posted.balances.iter_mut().find(|balance| balance.account == account) {
            Some(balance) => balance.amount_minor += amount_minor,
            None => posted.balances.push(Posting { account, amount_minor }),
        }
    }
    Ok(found)
}

async fn post(
    connection: &mut Connection,
    mut all: Vec<(&Movement<'_>, Posting)>,
) -> Result<(), Failure> {
    all.sort_by(|(a, left), (b, right)| {
        let key = |m: &Movement<'_>, p: &Posting| (m.order.id, p.account.to_string());
        key(a, left).cmp(&key(b, right))
    });
    all.dedup_by(|(a, left), (b, right)| a.order.id == b.order.id && left.account == right.account);
    if all.is_empty() {
        return Ok(());
    }
    let batch = Batch::of(&all)
        .text("order_id", |(movement, _)| movement.order.id.to_string())
        .text("entry", |(movement, _)| movement.entry.to_string())
        .text("account", |(_, posting)| posting.account.to_string())
        .number("amount_minor", |(_, posting)| posting.amount_minor)
        .text("currency", |(movement, _)| movement.order.currency.code().to_owned())
        .number("at_us", |(movement, _)| rows::micros(movement.at))
        .text("restaurant_id", |(movement, _)| movement.order.seller.id.to_string())
        .text("tax_name", |pair| rate(pair).map(|rate| rate.name.to_string()))
        .text("tax_percent", |pair| rate(pair).map(|rate| rate.percent.to_string()));
    connection.bulk(POST, batch).await.map(drop)
}

/// The tax rate of a posting.
fn rate<'a>((movement, posting): &(&Movement<'a>, Posting)) -> Option<&'a TaxRate> {
    let (id, tax) = (posting.account.rate()?, movement.order.tax.as_ref()?);
    tax.amounts.iter().map(|amount| &amount.rate).find(|rate| rate.id == *id)
}
