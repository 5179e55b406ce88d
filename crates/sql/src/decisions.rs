//! Decisions about requests to move orders; each request is decided once.

use std::collections::{BTreeSet, HashMap};

use domain::{
    ids::{OrderId, RequestId},
    kitchen::{self, Decision, Request, RequestOutcome},
    number::OrderNumber,
    order::Order,
    ports::BookEntry,
    status::{Status, StatusChange},
};
use jiff::Timestamp;

use super::{Batch, Connection, Database, Failure, Row, rows, status::record_status};

/// Decides a batch in one transaction. The orders are locked before they are read, so no other
/// instance moves them in between. If another instance decides one of the requests meanwhile,
/// storing the decisions fails; the transaction is then rolled back and repeated.
pub(super) async fn decide(
    database: &Database,
    requests: &[Request],
) -> Result<Vec<(Decision, Option<Order>)>, Failure> {
    let mut tx = database.begin().await?;
    let mut book = lock_orders(tx.connection(), requests).await?;
    let mut known = stored_decisions(tx.connection(), requests).await?;
    let mut answers = Vec::with_capacity(requests.len());
    let mut fresh = Vec::new();
    for request in requests {
        let entry = book.get(&request.order_id);
        let order = entry.map(|locked| locked.order.clone());
        let number = entry.and_then(|locked| locked.number);
        let at = entry.map(|locked| (&locked.order, locked.status));
        let RequestOutcome { mut decision, is_new } =
            kitchen::decide_request(request, known.get(&request.id), at);
        if let Some(change) = &mut decision.change {
            change.number = number;
        }
        if is_new {
            let entry = book.get_mut(&request.order_id);
            if let (Some(change), Some(entry)) = (&decision.change, entry) {
                entry.status = change.status;
            }
            known.insert(request.id, decision.clone());
            fresh.push((decision.clone(), request.at));
        }
        answers.push((decision, order));
    }
    let steps = fresh.iter().filter_map(|(decision, _)| decision.change.clone());
    let steps: Vec<_> =
        steps.map(|change| BookEntry { change, order: None, request: None }).collect();
    record_status(tx.connection(), &steps).await?;
    store_decisions(tx.connection(), fresh).await?;
    tx.commit().await?;
    Ok(answers)
}

/// An order whose row is locked.
struct LockedOrder {
    order: Order,
    status: Status,
    number: Option<OrderNumber>,
}

async fn lock_orders(
    connection: &mut Connection,
    requests: &[Request],
) -> Result<HashMap<OrderId, LockedOrder>, Failure> {
    let sql = "SELECT o.order_id, o.status, o.number, o.snapshot, o.trace FROM {rows} \
        JOIN orders o ON o.order_id = r.order_id WHERE o.snapshot IS NOT NULL \
        ORDER BY o.order_id {for_update}";
    let ids: BTreeSet<_> = requests.iter().map(|request| request.order_id).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let batch = Batch::of(&ids).text("order_id", OrderId::to_string);
    let found = connection.bulk(sql, batch).await?;
    let mut book = HashMap::with_capacity(found.len());
    for row in &found {
        let Some(order) = rows::order(row)? else { continue };
        let (status, number) = (rows::column(row, "status")?, rows::number(row, "number")?);
        book.insert(order.id, LockedOrder { order, status, number });
    }
    Ok(book)
}

async fn stored_decisions(
    connection: &mut Connection,
    requests: &[Request],
) -> Result<HashMap<RequestId, Decision>, Failure> {
    let sql = "SELECT d.* FROM {rows} JOIN decisions d ON d.request_id = r.request_id";
    let batch = Batch::of(requests).text("request_id", |request| request.id.to_string());
    let found = connection.bulk(sql, batch).await?;
    found.iter().map(|row| decision(row).map(|decision| (decision.request_id, decision))).collect()
}

/// Decodes a decision from a row.
pub(super) fn decision(row: &Row) -> Result<Decision, Failure> {
    let order_id = rows::column(row, "order_id")?;
    let status: Option<String> = row.get("status")?;
    let status = status.map(|text| rows::parse::<Status>(&text)).transpose()?;
    let changed = row.get::<i64, _>("changed")? == 1;
    let ready_by: Option<i64> = row.get("ready_by_us")?;
    let reason: Option<String> = row.get("reason")?;
    let at = rows::timestamp(row.get("at_us")?)?;
    let ready_by = ready_by.map(rows::timestamp).transpose()?;
    let change = status.filter(|_| changed).map(|status| StatusChange {
        order_id,
        status,
        at,
        reason,
        ready_by,
        number: None,
    });
    Ok(Decision { request_id: rows::column(row, "request_id")?, order_id, change, status })
}

async fn store_decisions(
    connection: &mut Connection,
    mut fresh: Vec<(Decision, Timestamp)>,
) -> Result<(), Failure> {
    if fresh.is_empty() {
        return Ok(());
    }
    fresh.sort_by_key(|(decision, _)| decision.request_id);
    let sql = "INSERT INTO decisions (request_id, order_id, status, changed, at_us, ready_by_us,
                               reason)
        SELECT r.request_id, r.order_id, r.status, r.changed, r.at_us, r.ready_by_us, r.reason
        FROM {rows} WHERE true ON CONFLICT (request_id) DO NOTHING RETURNING request_id";
    let batch = Batch::of(&fresh)
        .text("request_id", |(decision, _)| decision.request_id.to_string())
        .text("order_id", |(decision, _)| decision.order_id.to_string())
        .text("status", |(decision, _)| decision.status.map(|status| status.name().to_owned()))
        .number("changed", |(decision, _)| i64::from(decision.change.is_some()))
        .number("at_us", |(decision, asked_at)| {
            rows::micros(decision.change.as_ref().map_or(*asked_at, |change| change.at))
        })
        .number("ready_by_us", |(decision, _)| {
            let change = decision.change.as_ref();
            change.and_then(|change| change.ready_by).map(rows::micros)
        })
        .text("reason", |(decision, _)| {
            decision.change.as_ref().and_then(|change| change.reason.clone())
        });
    let stored = connection.bulk(sql, batch).await?;
    if stored.len() == fresh.len() { Ok(()) } else { Err(Failure::Overtaken) }
}
