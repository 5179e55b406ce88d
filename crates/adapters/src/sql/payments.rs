//! The payment rows. Calls of many orders are coalesced into bulk statements.

use std::collections::{BTreeMap, HashMap};

use domain::{
    ids::OrderId,
    money::Money,
    order::Order,
    payment::{IntentId, Outcome, Payment, PaymentState},
    ports::{BookEntry, PaymentBook, Unavailable},
    status::{Status, StatusChange},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Database, Transaction, bulk,
    coalesce::Coalesce,
    corrupt,
    rows::{self, PAYMENT_COLUMNS},
    status::record_status,
    unavailable,
};

/// The payment rows in the database.
#[derive(Clone, Debug)]
pub struct SqlPayments {
    begin: Coalesce<Attempt, Payment>,
    store_intent: Coalesce<(OrderId, IntentId), Payment>,
    mark_unknown: Coalesce<OrderId, Payment>,
    settle: Coalesce<(Order, Outcome), Payment>,
}

impl SqlPayments {
    /// The payment rows of `database`. Must be called within a runtime.
    pub fn new(database: &Database) -> Self {
        let (begin, store, mark, settle) =
            (database.clone(), database.clone(), database.clone(), database.clone());
        Self {
            begin: Coalesce::new(move |calls| begin_all(begin.clone(), calls)),
            store_intent: Coalesce::new(move |calls| store_all(store.clone(), calls)),
            mark_unknown: Coalesce::new(move |calls| mark_all(mark.clone(), calls)),
            settle: Coalesce::new(move |calls| settle_all(settle.clone(), calls)),
        }
    }
}

/// An attempt to charge an order.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    id: OrderId,
    placed_at: Timestamp,
    amount: Money,
    at: Timestamp,
}

impl Attempt {
    fn row(&self) -> Value {
        json!({
            "order_id": self.id.to_string(),
            "placed_us": rows::micros(self.placed_at),
            "amount_minor": self.amount.minor,
            "currency": self.amount.currency.code(),
            "at_us": rows::micros(self.at),
        })
    }
}

impl PaymentBook for SqlPayments {
    async fn begin(&self, order: &Order, at: Timestamp) -> Result<Payment, Unavailable> {
        let (id, placed_at, amount) = (order.id, order.placed_at, order.total());
        self.begin.call(Attempt { id, placed_at, amount, at }).await
    }

    async fn store_intent(
        &self,
        order_id: OrderId,
        intent: IntentId,
    ) -> Result<Payment, Unavailable> {
        self.store_intent.call((order_id, intent)).await
    }

    async fn mark_unknown(&self, order_id: OrderId) -> Result<(), Unavailable> {
        self.mark_unknown.call(order_id).await.map(drop)
    }

    async fn settle(&self, order: &Order, outcome: &Outcome) -> Result<Payment, Unavailable> {
        self.settle.call((order.clone(), outcome.clone())).await
    }
}

/// Runs a bulk statement that returns payment rows, one JSON row for each order (the first call
/// of an order wins), and answers the rows in the order of `ids`.
async fn run(
    tx: &mut Transaction,
    sql: &str,
    ids: &[OrderId],
    rows: impl Iterator<Item = (OrderId, Value)>,
) -> Result<Vec<Payment>, Unavailable> {
    let mut sorted = BTreeMap::new();
    for (id, row) in rows {
        sorted.entry(id).or_insert(row);
    }
    let sorted: Vec<_> = sorted.into_values().collect();
    let found = sqlx::query(bulk(sql))
        .bind(rows::array(&sorted))
        .fetch_all(&mut **tx)
        .await
        .map_err(unavailable)?;
    let mut stored = HashMap::with_capacity(found.len());
    for row in &found {
        let payment = rows::payment(row)?;
        stored.insert(payment.order_id, payment);
    }
    let answer =
        |id| stored.get(id).cloned().ok_or_else(|| corrupt(format!("no payment row of {id}")));
    ids.iter().map(answer).collect()
}

async fn begin_all(database: Database, calls: Vec<Attempt>) -> Result<Vec<Payment>, Unavailable> {
    let sql = format!(
        "INSERT INTO payments (order_id, placed_us, amount_minor, currency, state, attempts,
                               attempted_us)
         SELECT r.value->>'order_id', CAST(r.value->>'placed_us' AS BIGINT),
                CAST(r.value->>'amount_minor' AS BIGINT),
                r.value->>'currency', 'pending', 1, CAST(r.value->>'at_us' AS BIGINT)
         FROM {{rows}} WHERE true
         ON CONFLICT (order_id) DO UPDATE SET attempts = payments.attempts +
             CASE WHEN payments.state IN ('pending', 'unknown') THEN 1 ELSE 0 END
         RETURNING {PAYMENT_COLUMNS}"
    );
    let ids: Vec<_> = calls.iter().map(|call| call.id).collect();
    let rows = calls.into_iter().map(|call| (call.id, call.row()));
    let mut tx = database.begin().await?;
    let payments = run(&mut tx, &sql, &ids, rows).await?;
    tx.commit().await.map_err(unavailable)?;
    Ok(payments)
}

async fn store_all(
    database: Database,
    calls: Vec<(OrderId, IntentId)>,
) -> Result<Vec<Payment>, Unavailable> {
    let sql = format!(
        "UPDATE payments SET intent_id = COALESCE(payments.intent_id, r.value->>'intent_id')
         FROM {{rows}} WHERE payments.order_id = r.value->>'order_id'
         RETURNING {PAYMENT_COLUMNS}"
    );
    let ids: Vec<_> = calls.iter().map(|(id, _)| *id).collect();
    let rows = calls
        .into_iter()
        .map(|(id, intent)| (id, json!({"order_id": id.to_string(), "intent_id": intent.0})));
    let mut tx = database.begin().await?;
    let payments = run(&mut tx, &sql, &ids, rows).await?;
    tx.commit().await.map_err(unavailable)?;
    Ok(payments)
}

async fn mark_all(database: Database, ids: Vec<OrderId>) -> Result<Vec<Payment>, Unavailable> {
    let sql = format!(
        "UPDATE payments
         SET state = CASE WHEN state = 'pending' THEN 'unknown' ELSE state END
         FROM {{rows}} WHERE payments.order_id = r.value->>'order_id'
         RETURNING {PAYMENT_COLUMNS}"
    );
    let rows = ids.iter().map(|id| (*id, json!({"order_id": id.to_string()})));
    let mut tx = database.begin().await?;
    let payments = run(&mut tx, &sql, &ids, rows).await?;
    tx.commit().await.map_err(unavailable)?;
    Ok(payments)
}

/// The payment row and the order's status change together or not at all.
async fn settle_all(
    database: Database,
    calls: Vec<(Order, Outcome)>,
) -> Result<Vec<Payment>, Unavailable> {
    // Only an undecided row takes an outcome: whoever was first, was right.
    let sql = format!(
        "UPDATE payments SET
           decided_us = CASE WHEN payments.state IN ('pending', 'unknown')
             THEN CAST(r.value->>'at_us' AS BIGINT) ELSE payments.decided_us END,
           reason = CASE WHEN payments.state IN ('pending', 'unknown')
             THEN r.value->>'reason' ELSE payments.reason END,
           state = CASE WHEN payments.state IN ('pending', 'unknown')
             THEN r.value->>'state' ELSE payments.state END
         FROM {{rows}} WHERE payments.order_id = r.value->>'order_id'
         RETURNING {PAYMENT_COLUMNS}"
    );
    let ids: Vec<_> = calls.iter().map(|(order, _)| order.id).collect();
    let rows = calls.iter().map(|(order, outcome)| (order.id, settle_row(order.id, outcome)));
    let mut tx = database.begin().await?;
    let payments = run(&mut tx, &sql, &ids, rows).await?;
    let entries = calls
        .into_iter()
        .zip(&payments)
        .flat_map(|((order, _), payment)| book_entries(order, payment))
        .collect();
    record_status(&mut tx, entries).await?;
    tx.commit().await.map_err(unavailable)?;
    Ok(payments)
}

fn settle_row(id: OrderId, outcome: &Outcome) -> Value {
    let (state, reason, at) = match outcome {
        Outcome::Captured { at, .. } => (PaymentState::Captured, None, at),
        Outcome::Declined { reason, at } => (PaymentState::Declined, Some(reason.name()), at),
    };
    json!({
        "order_id": id.to_string(),
        "state": state.name(),
        "reason": reason,
        "at_us": rows::micros(*at),
    })
}

/// What the stored row means for the order's status. Whoever knows the order knows that it was
/// placed: an outcome that is written before the order book has the order leaves no gap.
fn book_entries(order: Order, payment: &Payment) -> Vec<BookEntry> {
    let status = match payment.state {
        PaymentState::Captured | PaymentState::RefundPending | PaymentState::Refunded => {
            Status::Confirmed
        }
        PaymentState::Declined | PaymentState::Void => Status::Declined,
        PaymentState::Pending | PaymentState::Unknown => return Vec::new(),
    };
    let Some(decided_at) = payment.decided_at else { return Vec::new() };
    let reason = payment.reason.map(|reason| reason.name().to_owned());
    let step = |status, at, reason| StatusChange {
        order_id: order.id,
        status,
        at,
        reason,
        ready_by: None,
    };
    let placed = step(Status::Placed, order.placed_at, None);
    let decided = step(status, decided_at, reason);
    vec![
        BookEntry { change: placed, order: None },
        BookEntry { change: decided, order: Some(order) },
    ]
}
