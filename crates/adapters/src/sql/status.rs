//! `record_status`: the one statement that moves an order, used by orders and transactions alike.
//! It is the join of [`domain::status::Standing`] in SQL: any order and any repetition of the same
//! changes gives the same rows.

use std::collections::BTreeMap;

use domain::{
    ids::OrderId,
    order::Order,
    ports::{BookEntry, Unavailable},
    status::{Standing, Status},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Transaction, bulk, rows, unavailable};

/// `new` beats `old` if it is further, or as far and earlier, or the same with a lesser reason
/// (none is the least).
const WINS: &str = "(excluded.rank > orders.rank OR (excluded.rank = orders.rank AND \
    (excluded.at_us < orders.at_us OR (excluded.at_us = orders.at_us AND \
     ((excluded.reason IS NULL AND orders.reason IS NOT NULL) OR \
      excluded.reason < orders.reason)))))";

fn upsert() -> String {
    format!(
        "INSERT INTO orders (order_id, restaurant_id, status, rank, at_us, reason, ready_by_us, \
                             placed_at_us, snapshot)
         SELECT r.value->>'order_id', r.value->>'restaurant_id', r.value->>'status', \
                CAST(r.value->>'rank' AS BIGINT), CAST(r.value->>'at_us' AS BIGINT), \
                r.value->>'reason', CAST(r.value->>'ready_by_us' AS BIGINT), \
                CAST(r.value->>'placed_at_us' AS BIGINT), r.value->>'snapshot'
         FROM {{rows}} WHERE true
         ON CONFLICT (order_id) DO UPDATE SET
           status = CASE WHEN {WINS} THEN excluded.status ELSE orders.status END,
           rank = CASE WHEN {WINS} THEN excluded.rank ELSE orders.rank END,
           at_us = CASE WHEN {WINS} THEN excluded.at_us ELSE orders.at_us END,
           reason = CASE WHEN {WINS} THEN excluded.reason ELSE orders.reason END,
           ready_by_us = CASE WHEN orders.ready_by_us IS NULL
                           OR excluded.ready_by_us > orders.ready_by_us
                         THEN excluded.ready_by_us ELSE orders.ready_by_us END,
           restaurant_id = COALESCE(orders.restaurant_id, excluded.restaurant_id),
           placed_at_us = COALESCE(orders.placed_at_us, excluded.placed_at_us),
           snapshot = COALESCE(orders.snapshot, excluded.snapshot)"
    )
}

const HISTORY: &str = "INSERT INTO order_history (order_id, rank, status, at_us)
    SELECT r.value->>'order_id', CAST(r.value->>'rank' AS BIGINT), r.value->>'status',
           CAST(r.value->>'at_us' AS BIGINT)
    FROM {rows} WHERE true
    ON CONFLICT (order_id, rank) DO UPDATE SET at_us = excluded.at_us
      WHERE excluded.at_us < order_history.at_us";

/// Records entries: one statement for the book, one for the history. Steps of one order are joined
/// first, so each key stands once, and rows are sorted by key: batches lock in one order and never
/// deadlock.
pub(super) async fn record_status(
    tx: &mut Transaction,
    entries: Vec<BookEntry>,
) -> Result<(), Unavailable> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut steps = BTreeMap::<_, Timestamp>::new();
    let mut book = BTreeMap::<OrderId, (Standing, Option<Order>)>::new();
    for BookEntry { change, order } in entries {
        let (id, status, at) = (change.order_id, change.status, change.at);
        steps.entry((id, status)).and_modify(|first| *first = at.min(*first)).or_insert(at);
        let joined = match book.remove(&id) {
            Some((known, first)) => (known.join(change.into()), first.or(order)),
            None => (change.into(), order),
        };
        book.insert(id, joined);
    }
    let book: Vec<_> = book
        .iter()
        .map(|(id, (standing, order))| book_row(*id, standing, order.as_ref()))
        .collect();
    let steps: Vec<_> =
        steps.iter().map(|((id, status), at)| step_row(*id, *status, *at)).collect();
    for (sql, rows) in [(upsert().as_str(), book), (HISTORY, steps)] {
        let rows = rows::array(&rows);
        sqlx::query(bulk(sql)).bind(rows).execute(&mut **tx).await.map_err(unavailable)?;
    }
    Ok(())
}

fn step_row(id: OrderId, status: Status, at: Timestamp) -> Value {
    json!({
        "order_id": id.to_string(),
        "status": status.name(),
        "rank": status.rank(),
        "at_us": rows::micros(at),
    })
}

fn book_row(id: OrderId, standing: &Standing, order: Option<&Order>) -> Value {
    json!({
        "order_id": id.to_string(),
        "status": standing.status.name(),
        "rank": standing.status.rank(),
        "at_us": rows::micros(standing.at),
        "reason": standing.reason,
        "ready_by_us": standing.ready_by.map(rows::micros),
        "restaurant_id": order.map(|o| o.seller.id.as_str()),
        "placed_at_us": order.map(|o| rows::micros(o.placed_at)),
        "snapshot": order.map(rows::snapshot_json),
    })
}
