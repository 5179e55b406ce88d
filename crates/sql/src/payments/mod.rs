//! The payment rows. Calls for many orders are coalesced into bulk statements.

mod calls;
mod levels;
mod numbers;
mod part_refunds;
mod part_rows;
mod progress;
mod refund_book;
mod refunds;
mod reserve;
mod transitions;

use domain::{
    ids::OrderId,
    order::Order,
    payment::{
        Attempt, Cancellation, ChargeOutcome, DeclineReason, Hold, IntentId, LedgerEntry, Payment,
        PaymentEvent, PaymentState, RefundId, lapse_of,
    },
    payment_method::MethodKind,
    ports::{BookEntry, PaymentBook, PaymentProgress, Unavailable},
    status::{Status, StatusChange},
};
use jiff::Timestamp;

use super::{
    Batch, Database,
    coalesce::Coalescer,
    failure::retry_collisions,
    ledger::{Movement, record_movements},
    reservations::follow_payments,
    rows::{self, PAYMENT_COLUMNS},
    status::record_status,
    stock::SqlStock,
};

use self::{
    calls::{dedup_by_order, dedup_by_order_preferring, payments_by_call, update_sql},
    reserve::reservation_states,
    transitions::{state_after, state_after_charge, state_is},
};

pub(crate) use refund_book::read_money_back;

/// The payment rows in the database.
#[derive(Clone, Debug)]
pub struct SqlPayments {
    attempt: Coalescer<Attempt, Payment>,
    store_intent: Coalescer<(OrderId, IntentId), Payment>,
    mark_unknown: Coalescer<(OrderId, Option<DeclineReason>), Payment>,
    settle: Coalescer<(Order, ChargeOutcome), Payment>,
    cancel: Coalescer<(Order, Cancellation), Payment>,
    settle_refund: Coalescer<(Order, RefundId, Timestamp), Payment>,
    progress: Coalescer<progress::Call, Option<Payment>>,
    database: Database,
    stock: SqlStock,
}

impl SqlPayments {
    /// The payment rows of `database`. Must be called within a runtime.
    pub fn new(database: &Database) -> Self {
        let batched = || database.clone();
        let (begin, store, mark, settle) = (batched(), batched(), batched(), batched());
        let (cancel, refund, progress) = (batched(), batched(), batched());
        let stock = SqlStock::new(database.clone());
        let (reserved, settled, called_off) = (stock.clone(), stock.clone(), stock.clone());
        Self {
            attempt: Coalescer::new(move |calls| {
                record_attempts(begin.clone(), reserved.clone(), calls)
            }),
            store_intent: Coalescer::new(move |calls| store_intents(store.clone(), calls)),
            mark_unknown: Coalescer::new(move |calls| mark_all_unknown(mark.clone(), calls)),
            settle: Coalescer::new(move |calls| {
                settle_charges(settle.clone(), settled.clone(), calls)
            }),
            cancel: Coalescer::new(move |calls| {
                refunds::record_cancellations(cancel.clone(), called_off.clone(), calls)
            }),
            settle_refund: Coalescer::new(move |calls| {
                refunds::settle_refunds(refund.clone(), calls)
            }),
            progress: Coalescer::new(move |calls| {
                progress::record_progress(progress.clone(), calls)
            }),
            database: database.clone(),
            stock,
        }
    }
}

impl PaymentBook for SqlPayments {
    async fn record_attempt(&self, attempt: Attempt) -> Result<Payment, Unavailable> {
        self.attempt.call(attempt).await
    }

    async fn store_intent(
        &self,
        order_id: OrderId,
        intent: IntentId,
    ) -> Result<Payment, Unavailable> {
        self.store_intent.call((order_id, intent)).await
    }

    async fn mark_unknown(&self, order_id: OrderId) -> Result<(), Unavailable> {
        self.mark_unknown.call((order_id, None)).await.map(drop)
    }

    async fn mark_declining(
        &self,
        order_id: OrderId,
        reason: DeclineReason,
    ) -> Result<Payment, Unavailable> {
        self.mark_unknown.call((order_id, Some(reason))).await
    }

    async fn settle(&self, order: &Order, outcome: &ChargeOutcome) -> Result<Payment, Unavailable> {
        self.settle.call((order.clone(), outcome.clone())).await
    }

    async fn record_cancellation(
        &self,
        order: &Order,
        cancellation: &Cancellation,
    ) -> Result<Payment, Unavailable> {
        self.cancel.call((order.clone(), cancellation.clone())).await
    }

    async fn settle_refund(
        &self,
        order: &Order,
        refund: RefundId,
        at: Timestamp,
    ) -> Result<Payment, Unavailable> {
        self.settle_refund.call((order.clone(), refund, at)).await
    }

    async fn record_progress(
        &self,
        order: &Order,
        progress: PaymentProgress,
        at: Timestamp,
    ) -> Result<Option<Payment>, Unavailable> {
        self.progress.call((order.clone(), progress, at)).await
    }
}

async fn record_attempts(
    database: Database,
    stock: SqlStock,
    calls: Vec<Attempt>,
) -> Result<Vec<Payment>, Unavailable> {
    let sql = format!(
        "INSERT INTO payments (order_id, placed_us, amount_minor, currency, method, state, attempts,
                               attempted_us, decided_us, reason, record_digest)
         SELECT r.order_id, r.placed_us, r.amount_minor, r.currency, r.method, r.state, 1, r.at_us,
                r.decided_us, r.reason, r.record_digest
         FROM {{rows}} WHERE true
         ON CONFLICT (order_id) DO UPDATE SET attempts = payments.attempts +
             CASE WHEN {counts} THEN 1 ELSE 0 END
         RETURNING {PAYMENT_COLUMNS}",
        counts = state_is(is_attempted),
    );
    let once = dedup_by_order(&calls, |call| call.order.id);
    let begin = || async {
        let batch = Batch::of(&once)
            .text("order_id", |call| call.order.id.to_string())
            .number("placed_us", |call| rows::micros(call.order.placed_at))
            .number("amount_minor", |call| call.order.total().minor)
            .text("currency", |call| call.order.currency.code().to_owned())
            .text("method", |call| call.order.payment_method.kind().name().to_owned())
            .text("state", |call| first_state(call).name().to_owned())
            .number("at_us", |call| rows::micros(call.at))
            .number("decided_us", |call| {
                Some(rows::micros(call.at)).filter(|_| !first_state(call).is_open())
            })
            .text("reason", |call| call.refused.map(|reason| reason.name().to_owned()))
            .text("record_digest", |call| call.record_digest.clone());
        let mut tx = database.begin().await?;
        let mut found = tx.connection().bulk(&sql, batch).await?;
        let payments = payments_by_call(&found, &calls, |call| call.order.id)?;
        let outcome = reserve::reserve_pieces(tx.connection(), &calls, &payments).await?;
        found.extend(outcome.declined);
        let payments = payments_by_call(&found, &calls, |call| call.order.id)?;
        found.extend(numbers::number_orders(tx.connection(), &calls, &payments).await?);
        let payments = payments_by_call(&found, &calls, |call| call.order.id)?;
        // One statement: all rows are locked in the order of their keys.
        let entries: Vec<_> = reserve::decided_entries(&calls, &payments).collect();
        record_status(tx.connection(), &entries).await?;
        tx.commit().await?;
        Ok((payments, outcome.moved))
    };
    let (payments, moved) = retry_collisions(begin).await?;
    if moved {
        stock.notify_changed();
    }
    Ok(payments)
}

/// The state of an order without a row.
fn first_state(call: &Attempt) -> PaymentState {
    let begins = match call.order.payment_method.kind() {
        MethodKind::Card => PaymentState::Pending,
        MethodKind::Cash => PaymentState::Due,
    };
    let refused = |reason| PaymentState::Pending.after(PaymentEvent::Refused(reason), false);
    call.refused.map_or(begins, refused)
}

/// True for the states in which a repeated attempt counts, so that the first one is known by its
/// number.
const fn is_attempted(state: PaymentState) -> bool {
    state.is_open() || matches!(state, PaymentState::Due)
}

async fn store_intents(
    database: Database,
    calls: Vec<(OrderId, IntentId)>,
) -> Result<Vec<Payment>, Unavailable> {
    let sql = update_sql("intent_id = COALESCE(payments.intent_id, p.intent)");
    let once = dedup_by_order(&calls, |(id, _)| *id);
    let store = || async {
        let batch = Batch::of(&once)
            .text("order_id", |(id, _)| id.to_string())
            .text("intent", |(_, intent)| intent.0.clone());
        let found = database.writer().await?.bulk(&sql, batch).await?;
        payments_by_call(&found, &calls, |(id, _)| *id)
    };
    retry_collisions(store).await
}

async fn mark_all_unknown(
    database: Database,
    calls: Vec<(OrderId, Option<DeclineReason>)>,
) -> Result<Vec<Payment>, Unavailable> {
    let sql = update_sql(&format!(
        "reason = CASE WHEN {is_open} THEN COALESCE(payments.reason, p.why)
           ELSE payments.reason END,
         attempts = payments.attempts + CASE WHEN {is_open} AND p.why IS NOT NULL THEN 1 ELSE 0 END,
         state = {next}",
        is_open = state_is(PaymentState::is_open),
        next = state_after(PaymentEvent::Unknown),
    ));
    let once = dedup_by_order_preferring(&calls, |(id, _)| *id, |(_, reason)| reason.is_some());
    let mark = || async {
        let batch = Batch::of(&once)
            .text("order_id", |(id, _)| id.to_string())
            .text("why", |(_, reason)| reason.map(|reason| reason.name().to_owned()));
        let found = database.writer().await?.bulk(&sql, batch).await?;
        payments_by_call(&found, &calls, |(id, _)| *id)
    };
    retry_collisions(mark).await
}

/// An open row takes an outcome, and the first one stays. Held money is due when its hold lapses. A row that waited for its customer, and
/// money that arrives late, become due: no record of the group publishes what follows from them.
fn settle_sql() -> String {
    let is_open = state_is(PaymentState::is_open);
    let is_held = state_is(|state| state == PaymentState::Authorized);
    let is_refused = state_is(|state| matches!(state, PaymentState::Declined | PaymentState::Void));
    update_sql(&format!(
        "decided_us = CASE WHEN {is_open} AND p.event <> 'action_required'
           THEN p.at_us ELSE payments.decided_us END,
         reason = CASE WHEN {is_open} THEN p.why ELSE payments.reason END,
         captured_us = CASE WHEN p.event = 'captured' AND ({is_open} OR {is_refused} OR {is_held})
           THEN p.at_us ELSE payments.captured_us END,
         authorized_us = CASE WHEN p.event = 'authorized' AND {is_open}
           THEN p.at_us ELSE payments.authorized_us END,
         capture_before_us = CASE WHEN p.event = 'authorized' AND {is_open}
           THEN p.before_us ELSE payments.capture_before_us END,
         action_us = CASE WHEN p.event = 'action_required' AND {is_open}
           THEN COALESCE(payments.action_us, p.at_us) ELSE payments.action_us END,
         action_until_us = CASE WHEN p.event = 'action_required' AND {is_open}
           THEN COALESCE(payments.action_until_us, p.until_us) ELSE payments.action_until_us END,
         due_us = CASE WHEN p.event = 'action_required' THEN
             CASE WHEN payments.state IN ('pending', 'unknown') THEN p.until_us
             ELSE payments.due_us END
           WHEN payments.state = 'action_required' OR (p.event = 'captured' AND {is_refused})
             THEN p.at_us
           WHEN p.event = 'authorized' AND {is_open} THEN p.until_us
           WHEN {is_held} AND p.event <> 'authorized' THEN NULL
           ELSE payments.due_us END,
         state = {next}",
        next = state_after_charge(),
    ))
}

/// Updates the payment row and the order's status in one transaction.
async fn settle_charges(
    database: Database,
    stock: SqlStock,
    calls: Vec<(Order, ChargeOutcome)>,
) -> Result<Vec<Payment>, Unavailable> {
    let sql = settle_sql();
    // Of two for one order, a final outcome counts.
    let is_final = |(_, charge): &(Order, ChargeOutcome)| {
        !matches!(charge, ChargeOutcome::ActionRequired { .. })
    };
    let once = dedup_by_order_preferring(&calls, |(order, _)| order.id, is_final);
    let settle = || async {
        let mut tx = database.begin().await?;
        let found = tx.connection().bulk(&sql, settle_rows(&once)).await?;
        let payments = payments_by_call(&found, &calls, |(order, _)| order.id)?;
        let pairs = calls.iter().zip(&payments);
        let entries: Vec<_> =
            pairs.flat_map(|((order, _), payment)| book_entries(order, payment)).collect();
        let moved = follow_payments(tx.connection(), reservation_states(&payments)).await?;
        record_status(tx.connection(), &entries).await?;
        let orders = calls.iter().map(|(order, _)| order).zip(&payments);
        let captured = orders.filter_map(|(order, payment)| captured(order, payment));
        record_movements(tx.connection(), captured.collect()).await?;
        tx.commit().await?;
        Ok((payments, moved))
    };
    let (payments, moved) = retry_collisions(settle).await?;
    if moved {
        stock.notify_changed();
    }
    Ok(payments)
}

/// The movement of money that was captured.
fn captured<'a>(order: &'a Order, payment: &Payment) -> Option<Movement<'a>> {
    let (entry, at) = (LedgerEntry::Capture, payment.captured_at?);
    Some(Movement { order, entry, amount_minor: None, at })
}

type Settled<'a> = &'a (Order, ChargeOutcome);

fn settle_rows<'a>(calls: &'a [Settled<'a>]) -> Batch<'a, Settled<'a>> {
    Batch::of(calls)
        .text("order_id", |(order, _)| order.id.to_string())
        .text("event", |(_, outcome)| {
            let state = match outcome {
                ChargeOutcome::ActionRequired { .. } => PaymentState::ActionRequired,
                ChargeOutcome::Authorized { .. } => PaymentState::Authorized,
                ChargeOutcome::Due { .. } => PaymentState::Due,
                ChargeOutcome::Captured { .. } => PaymentState::Captured,
                ChargeOutcome::Declined { reason, .. } => {
                    PaymentState::Pending.after(PaymentEvent::Refused(*reason), false)
                }
            };
            state.name().to_owned()
        })
        .text("why", |(_, outcome)| match outcome {
            ChargeOutcome::Declined { reason, .. } => Some(reason.name().to_owned()),
            _ => None,
        })
        .number("until_us", |(_, outcome)| match outcome {
            ChargeOutcome::ActionRequired { until, .. } => Some(rows::micros(*until)),
            ChargeOutcome::Authorized { capture_before, at, .. } => {
                let hold = Hold { at: *at, capture_before: *capture_before };
                Some(rows::micros(lapse_of(hold)))
            }
            _ => None,
        })
        .number("before_us", |(_, outcome)| match outcome {
            ChargeOutcome::Authorized { capture_before, .. } => capture_before.map(rows::micros),
            _ => None,
        })
        .number("at_us", |(_, outcome)| match outcome {
            ChargeOutcome::ActionRequired { at, .. }
            | ChargeOutcome::Authorized { at, .. }
            | ChargeOutcome::Due { at }
            | ChargeOutcome::Captured { at, .. }
            | ChargeOutcome::Declined { at, .. } => rows::micros(*at),
        })
}

/// The status changes that follow from a stored row. The order is known to be placed, so that step
/// is included: an outcome written before the order book has the order leaves no gap.
fn book_entries(order: &Order, payment: &Payment) -> Vec<BookEntry> {
    let step = |status, at, reason| StatusChange {
        order_id: order.id,
        status,
        at,
        reason,
        ready_by: None,
        number: None,
    };
    let placed = step(Status::Placed, order.placed_at, None);
    let with_order = |change| BookEntry { change, order: Some(order.clone()), request: None };
    let Some(decided_at) = payment.decided_at else {
        // Timers and pages read the order from the book.
        let waits = payment.state == PaymentState::ActionRequired;
        return if waits { vec![with_order(placed)] } else { Vec::new() };
    };
    // A decided order keeps its status, whatever becomes of the money later.
    let status = if payment.reason.is_some() { Status::Declined } else { Status::Confirmed };
    let reason = payment.reason.map(|reason| reason.name().to_owned());
    // As in the events: only orders that are confirmed are called by a number.
    let number = payment.number.filter(|_| status == Status::Confirmed);
    let decided = StatusChange { number, ..step(status, decided_at, reason) };
    vec![BookEntry { change: placed, order: None, request: None }, with_order(decided)]
}
