//! What becomes of the money of a confirmed order, on the payment rows, in bulk.

use std::collections::HashMap;

use domain::{
    ids::OrderId,
    order::Order,
    payment::{LedgerEntry, Payment, PaymentEvent, PaymentState},
    ports::{PaymentProgress, Unavailable},
};
use jiff::Timestamp;

use super::{
    calls::{dedup_by_order, update_sql},
    transitions::{state_after, state_is},
};
use crate::{
    Batch, Connection, Database, Failure,
    failure::retry_collisions,
    ledger::{Movement, record_movements},
    rows,
};

/// A call: the order, what happened, and when.
pub(super) type Call = (Order, PaymentProgress, Timestamp);

/// Records what happened, and returns the rows; `None` for orders without one.
pub(super) async fn record_progress(
    database: Database,
    calls: Vec<Call>,
) -> Result<Vec<Option<Payment>>, Unavailable> {
    let record = || async {
        let mut tx = database.begin().await?;
        let mut stored = HashMap::new();
        for progress in PaymentProgress::ALL {
            let same: Vec<_> = calls.iter().filter(|(_, what, _)| what == progress).collect();
            stored.extend(record_same(tx.connection(), *progress, &same).await?);
        }
        tx.commit().await?;
        Ok(calls.iter().map(|(order, ..)| stored.get(&order.id).cloned()).collect())
    };
    retry_collisions(record).await
}

/// The part of the statement that one kind of progress needs. The first time of each stays.
fn changes(progress: PaymentProgress) -> String {
    match progress {
        PaymentProgress::Accepted => {
            "accepted_us = COALESCE(payments.accepted_us, p.at_us)".to_owned()
        }
        PaymentProgress::CaptureFailed => {
            let states = [PaymentState::Authorized, PaymentState::Void];
            let is_lost = format!(
                "payments.captured_us IS NULL AND payments.authorized_us IS NOT NULL AND {}",
                state_is(|state| states.contains(&state)),
            );
            format!(
                "due_us = CASE WHEN {is_lost} THEN p.at_us ELSE payments.due_us END,
                 capture_failed_us = CASE WHEN {is_lost}
                   THEN COALESCE(payments.capture_failed_us, p.at_us)
                   ELSE payments.capture_failed_us END"
            )
        }
        PaymentProgress::Collected => format!(
            "collected_us = CASE WHEN payments.state = 'due' THEN p.at_us
               ELSE payments.collected_us END,
             state = {}",
            state_after(PaymentEvent::Collected),
        ),
    }
}

async fn record_same(
    connection: &mut Connection,
    progress: PaymentProgress,
    calls: &[&Call],
) -> Result<HashMap<OrderId, Payment>, Failure> {
    if calls.is_empty() {
        return Ok(HashMap::new());
    }
    let once = dedup_by_order(calls, |(order, ..)| order.id);
    let batch = Batch::of(&once)
        .text("order_id", |(order, ..)| order.id.to_string())
        .number("at_us", |(.., at)| rows::micros(*at));
    let found = connection.bulk(&update_sql(&changes(progress)), batch).await?;
    let mut stored = HashMap::with_capacity(found.len());
    for row in &found {
        let payment = rows::payment(row)?;
        stored.insert(payment.order_id, payment);
    }
    let collected = once.iter().filter_map(|(order, ..)| collected(order, stored.get(&order.id)?));
    record_movements(connection, collected.collect()).await?;
    Ok(stored)
}

/// The movement of cash that was collected.
fn collected<'a>(order: &'a Order, payment: &Payment) -> Option<Movement<'a>> {
    let at = payment.collected_at.filter(|_| payment.belongs_to(order, None))?;
    Some(Movement { order, entry: LedgerEntry::Collection, amount_minor: None, at })
}
