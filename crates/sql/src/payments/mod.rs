//! The payment rows. Calls of many orders are coalesced into bulk statements.

mod calls;
mod levels;
mod refunds;
mod take;

use domain::{
    ids::OrderId,
    order::Order,
    payment::{
        Attempt, Cancellation, ChargeOutcome, IntentId, LedgerEntry, Payment, PaymentEvent,
        PaymentState, RefundId,
    },
    ports::{BookEntry, PaymentBook, Unavailable},
    status::{Status, StatusChange},
};
use jiff::Timestamp;

use super::{
    Batch, Database,
    coalesce::Coalesce,
    failure::persist,
    ledger,
    reservations::follow,
    rows::{self, PAYMENT_COLUMNS},
    status::record_status,
    stock::SqlStock,
};

use self::{
    calls::{answers, once_each, update},
    take::ends,
};

/// The payment rows in the database.
#[derive(Clone, Debug)]
pub struct SqlPayments {
    begin: Coalesce<Attempt, Payment>,
    store_intent: Coalesce<(OrderId, IntentId), Payment>,
    mark_unknown: Coalesce<OrderId, Payment>,
    settle: Coalesce<(Order, ChargeOutcome), Payment>,
    call_off: Coalesce<(Order, Cancellation), Payment>,
    settle_refund: Coalesce<(Order, RefundId, Timestamp), Payment>,
    stock: SqlStock,
}

impl SqlPayments {
    /// The payment rows of `database`. Must be called within a runtime.
    pub fn new(database: &Database) -> Self {
        let batched = || database.clone();
        let (begin, store, mark, settle) = (batched(), batched(), batched(), batched());
        let (call_off, refund) = (batched(), batched());
        let stock = SqlStock::new(database.clone());
        let (reserved, settled, called_off) = (stock.clone(), stock.clone(), stock.clone());
        Self {
            begin: Coalesce::new(move |calls| begin_all(begin.clone(), reserved.clone(), calls)),
            store_intent: Coalesce::new(move |calls| store_all(store.clone(), calls)),
            mark_unknown: Coalesce::new(move |calls| mark_all(mark.clone(), calls)),
            settle: Coalesce::new(move |calls| settle_all(settle.clone(), settled.clone(), calls)),
            call_off: Coalesce::new(move |calls| {
                refunds::call_off_all(call_off.clone(), called_off.clone(), calls)
            }),
            settle_refund: Coalesce::new(move |calls| refunds::settle_all(refund.clone(), calls)),
            stock,
        }
    }
}

impl PaymentBook for SqlPayments {
    async fn record_attempt(&self, attempt: Attempt) -> Result<Payment, Unavailable> {
        self.begin.call(attempt).await
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

    async fn settle(&self, order: &Order, outcome: &ChargeOutcome) -> Result<Payment, Unavailable> {
        self.settle.call((order.clone(), outcome.clone())).await
    }

    async fn record_cancellation(
        &self,
        order: &Order,
        cancellation: &Cancellation,
    ) -> Result<Payment, Unavailable> {
        self.call_off.call((order.clone(), cancellation.clone())).await
    }

    async fn settle_refund(
        &self,
        order: &Order,
        refund: RefundId,
        at: Timestamp,
    ) -> Result<Payment, Unavailable> {
        self.settle_refund.call((order.clone(), refund, at)).await
    }
}

async fn begin_all(
    database: Database,
    stock: SqlStock,
    calls: Vec<Attempt>,
) -> Result<Vec<Payment>, Unavailable> {
    let sql = format!(
        "INSERT INTO payments (order_id, placed_us, amount_minor, currency, state, attempts,
                               attempted_us, decided_us, reason, record_digest)
         SELECT r.order_id, r.placed_us, r.amount_minor, r.currency, r.state, 1, r.at_us,
                r.decided_us, r.reason, r.record_digest
         FROM {{rows}} WHERE true
         ON CONFLICT (order_id) DO UPDATE SET attempts = payments.attempts +
             CASE WHEN payments.state IN ('pending', 'unknown') THEN 1 ELSE 0 END
         RETURNING {PAYMENT_COLUMNS}"
    );
    let once = once_each(&calls, |call| call.order.id);
    let begin = || async {
        let batch = Batch::of(&once)
            .text("order_id", |call| call.order.id.to_string())
            .number("placed_us", |call| rows::micros(call.order.placed_at))
            .number("amount_minor", |call| call.order.total().minor)
            .text("currency", |call| call.order.currency.code().to_owned())
            .text("state", |call| first_state(call).name().to_owned())
            .number("at_us", |call| rows::micros(call.at))
            .number("decided_us", |call| call.refused.map(|_| rows::micros(call.at)))
            .text("reason", |call| call.refused.map(|reason| reason.name().to_owned()))
            .text("record_digest", |call| call.record_digest.clone());
        let mut tx = database.begin().await?;
        let mut found = tx.connection().bulk(&sql, batch).await?;
        let payments = answers(&found, &calls, |call| call.order.id)?;
        let mut taken = take::pieces(tx.connection(), &calls, &payments).await?;
        // One statement: the rows of all of them are locked in the order of their keys.
        taken.entries.extend(take::refused(&calls, &payments));
        record_status(tx.connection(), &taken.entries).await?;
        tx.commit().await?;
        found.extend(taken.declined);
        Ok((answers(&found, &calls, |call| call.order.id)?, taken.moved))
    };
    let (payments, moved) = persist(begin).await?;
    if moved {
        stock.ring();
    }
    Ok(payments)
}

/// The state of an order that has no row yet.
fn first_state(call: &Attempt) -> PaymentState {
    let refused = |reason| PaymentState::Pending.after(PaymentEvent::Refused(reason), false);
    call.refused.map_or(PaymentState::Pending, refused)
}

async fn store_all(
    database: Database,
    calls: Vec<(OrderId, IntentId)>,
) -> Result<Vec<Payment>, Unavailable> {
    let sql = update("intent_id = COALESCE(payments.intent_id, p.intent)");
    let once = once_each(&calls, |(id, _)| *id);
    let store = || async {
        let batch = Batch::of(&once)
            .text("order_id", |(id, _)| id.to_string())
            .text("intent", |(_, intent)| intent.0.clone());
        let found = database.writer().await?.bulk(&sql, batch).await?;
        answers(&found, &calls, |(id, _)| *id)
    };
    persist(store).await
}

async fn mark_all(database: Database, ids: Vec<OrderId>) -> Result<Vec<Payment>, Unavailable> {
    let sql = update(
        "state = CASE WHEN payments.state = 'pending' THEN 'unknown' ELSE payments.state END",
    );
    let once = once_each(&ids, |id| *id);
    let mark = || async {
        let batch = Batch::of(&once).text("order_id", ToString::to_string);
        let found = database.writer().await?.bulk(&sql, batch).await?;
        answers(&found, &ids, |id| *id)
    };
    persist(mark).await
}

/// The payment row and the order's status change together or not at all.
async fn settle_all(
    database: Database,
    stock: SqlStock,
    calls: Vec<(Order, ChargeOutcome)>,
) -> Result<Vec<Payment>, Unavailable> {
    // Only an undecided row takes an outcome: whoever was first, was right.
    let sql = update(
        "decided_us = CASE WHEN payments.state IN ('pending', 'unknown')
           THEN p.at_us ELSE payments.decided_us END,
         reason = CASE WHEN payments.state IN ('pending', 'unknown')
           THEN p.why ELSE payments.reason END,
         state = CASE WHEN payments.state IN ('pending', 'unknown')
           THEN CASE WHEN p.outcome = 'captured' AND payments.cancelled_us IS NOT NULL
                THEN 'refund_pending' ELSE p.outcome END
           ELSE payments.state END",
    );
    let once = once_each(&calls, |(order, _)| order.id);
    let settle = || async {
        let mut tx = database.begin().await?;
        let found = tx.connection().bulk(&sql, settle_rows(&once)).await?;
        let payments = answers(&found, &calls, |(order, _)| order.id)?;
        let pairs = calls.iter().zip(&payments);
        let entries: Vec<_> =
            pairs.flat_map(|((order, _), payment)| book_entries(order, payment)).collect();
        let moved = follow(tx.connection(), ends(&payments)).await?;
        record_status(tx.connection(), &entries).await?;
        let orders = calls.iter().map(|(order, _)| order).zip(&payments);
        ledger::record(tx.connection(), LedgerEntry::Capture, orders).await?;
        tx.commit().await?;
        Ok((payments, moved))
    };
    let (payments, moved) = persist(settle).await?;
    if moved {
        stock.ring();
    }
    Ok(payments)
}

type Settled<'a> = &'a (Order, ChargeOutcome);

fn settle_rows<'a>(calls: &'a [Settled<'a>]) -> Batch<'a, Settled<'a>> {
    Batch::of(calls)
        .text("order_id", |(order, _)| order.id.to_string())
        .text("outcome", |(_, outcome)| match outcome {
            ChargeOutcome::Captured { .. } => PaymentState::Captured.name().to_owned(),
            ChargeOutcome::Declined { reason, .. } => {
                let refused = PaymentEvent::Refused(*reason);
                PaymentState::Pending.after(refused, false).name().to_owned()
            }
        })
        .text("why", |(_, outcome)| match outcome {
            ChargeOutcome::Captured { .. } => None,
            ChargeOutcome::Declined { reason, .. } => Some(reason.name().to_owned()),
        })
        .number("at_us", |(_, outcome)| match outcome {
            ChargeOutcome::Captured { at, .. } | ChargeOutcome::Declined { at, .. } => {
                rows::micros(*at)
            }
        })
}

/// What the stored row means for the order's status. Whoever knows the order knows that it was
/// placed: an outcome that is written before the order book has the order leaves no gap.
fn book_entries(order: &Order, payment: &Payment) -> Vec<BookEntry> {
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
        BookEntry { change: placed, order: None, request: None },
        BookEntry { change: decided, order: Some(order.clone()), request: None },
    ]
}
