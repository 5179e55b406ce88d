//! `record_status`: the one statement that moves an order, used by orders and transactions alike.
//! It is the join of [`domain::status::Standing`] in SQL: any order and any repetition of the same
//! changes gives the same rows.

use domain::ports::{BookEntry, Unavailable};
use serde_json::json;

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

/// Records entries in one statement for the book and one for the history. Rows are sorted by key
/// and each key stands once, so that batches lock in one order and never deadlock.
pub(super) async fn record_status(
    tx: &mut Transaction,
    mut entries: Vec<BookEntry>,
) -> Result<(), Unavailable> {
    entries.sort_by_key(|entry| (entry.change.order_id, entry.change.status));
    // An order that steps twice in a batch takes one round for each step.
    while !entries.is_empty() {
        let (now, later) = first_of_each_order(entries);
        entries = later;
        let rows: Vec<_> = now.iter().map(row).collect();
        let rows = rows::array(&rows);
        sqlx::query(bulk(&upsert())).bind(&rows).execute(&mut **tx).await.map_err(unavailable)?;
        sqlx::query(bulk(HISTORY)).bind(&rows).execute(&mut **tx).await.map_err(unavailable)?;
    }
    Ok(())
}

fn first_of_each_order(entries: Vec<BookEntry>) -> (Vec<BookEntry>, Vec<BookEntry>) {
    let mut last = None;
    entries
        .into_iter()
        .partition(|entry| last.replace(entry.change.order_id) != Some(entry.change.order_id))
}

fn row(entry: &BookEntry) -> serde_json::Value {
    let change = &entry.change;
    json!({
        "order_id": change.order_id.to_string(),
        "status": change.status.name(),
        "rank": change.status.rank(),
        "at_us": rows::micros(change.at),
        "reason": change.reason,
        "ready_by_us": change.ready_by.map(rows::micros),
        "restaurant_id": entry.order.as_ref().map(|o| o.seller.id.as_str()),
        "placed_at_us": entry.order.as_ref().map(|o| rows::micros(o.placed_at)),
        "snapshot": entry.order.as_ref().map(rows::snapshot_json),
    })
}
