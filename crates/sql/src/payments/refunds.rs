//! Cancellations and refunds on the payment rows, in bulk.

use domain::{
    order::Order,
    payment::{
        Cancellation, DeclineReason, LedgerEntry, Payment, PaymentEvent, PaymentState, RefundId,
        Returned,
    },
    ports::Unavailable,
};
use jiff::Timestamp;

use super::{
    calls::{dedup_by_order, payments_by_call, update_sql},
    reserve::reservation_states,
    transitions::{state_after, state_is},
};
use crate::{
    Batch, Database,
    failure::retry_collisions,
    ledger::{Movement, record_movements},
    reservations::follow_payments,
    rows::{self, PAYMENT_COLUMNS},
    stock::SqlStock,
};

/// Records cancellations. The first one of each order stays.
pub(super) async fn record_cancellations(
    database: Database,
    stock: SqlStock,
    calls: Vec<(Order, Cancellation)>,
) -> Result<Vec<Payment>, Unavailable> {
    let sql = format!(
        "INSERT INTO payments (order_id, placed_us, amount_minor, currency, method, state, attempts,
                               attempted_us, decided_us, reason, cancelled_us, cancel_reason)
         SELECT r.order_id, r.placed_us, r.amount_minor, r.currency, r.method, r.void, 0, r.at_us, r.at_us,
                r.cancelled, r.at_us, r.why
         FROM {{rows}} WHERE true
         ON CONFLICT (order_id) DO UPDATE SET
           cancelled_us = COALESCE(payments.cancelled_us, excluded.cancelled_us),
           cancel_reason = COALESCE(payments.cancel_reason, excluded.cancel_reason),
           attempts = payments.attempts + CASE WHEN {is_open} THEN 1 ELSE 0 END,
           refund_attempts = payments.refund_attempts +
             CASE WHEN payments.parts_reserved_minor = 0 AND {is_due} THEN 1 ELSE 0 END,
           state = {next}
         RETURNING {PAYMENT_COLUMNS}",
        is_open = state_is(PaymentState::is_open),
        // While a part is being refunded, nothing is asked of the gateway.
        is_due = state_is(|state| {
            state.after(PaymentEvent::Cancelled, true) == PaymentState::RefundPending
        }),
        next = state_after(PaymentEvent::Cancelled),
    );
    let once = dedup_by_order(&calls, |(order, _)| order.id);
    let cancel = || async {
        let batch = Batch::of(&once)
            .text("order_id", |(order, _)| order.id.to_string())
            .number("placed_us", |(order, _)| rows::micros(order.placed_at))
            .number("amount_minor", |(order, _)| order.totals.total_minor)
            .text("currency", |(order, _)| order.currency.code().to_owned())
            .text("method", |(order, _)| order.payment_method.kind().name().to_owned())
            .text("void", |_| PaymentState::Void.name().to_owned())
            .text("cancelled", |_| DeclineReason::Cancelled.name().to_owned())
            .number("at_us", |(_, cancellation)| rows::micros(cancellation.at))
            .text("why", |(_, cancellation)| cancellation.reason.to_string());
        let mut tx = database.begin().await?;
        let found = tx.connection().bulk(&sql, batch).await?;
        let payments = payments_by_call(&found, &calls, |(order, _)| order.id)?;
        // The pieces of a cancelled order are released together with its money.
        let moved = follow_payments(tx.connection(), reservation_states(&payments)).await?;
        tx.commit().await?;
        Ok((payments, moved))
    };
    let (payments, moved) = retry_collisions(cancel).await?;
    if moved {
        stock.notify_changed();
    }
    Ok(payments)
}

type RefundCall = (Order, RefundId, Timestamp);

/// Stores refunds with their postings.
pub(super) async fn settle_refunds(
    database: Database,
    calls: Vec<RefundCall>,
) -> Result<Vec<Payment>, Unavailable> {
    // The rest belongs to an order that was cancelled or declined.
    let is_due = "payments.state = 'refund_pending' AND payments.parts_reserved_minor = 0 \
        AND (payments.cancelled_us IS NOT NULL OR payments.reason IS NOT NULL)";
    let sql = update_sql(&format!(
        "refund_id = CASE WHEN {is_due} THEN p.refund ELSE payments.refund_id END,
         refund_minor = CASE WHEN {is_due}
           THEN payments.amount_minor - payments.parts_booked_minor
           ELSE payments.refund_minor END,
         refunded_us = CASE WHEN {is_due} THEN p.at_us ELSE payments.refunded_us END,
         state = CASE WHEN {is_due} THEN {refunded} ELSE payments.state END",
        refunded = state_after(PaymentEvent::Refunded(Returned::All)),
    ));
    let once = dedup_by_order(&calls, |(order, ..)| order.id);
    let settle = || async {
        let mut tx = database.begin().await?;
        let batch = Batch::of(&once)
            .text("order_id", |(order, ..)| order.id.to_string())
            .text("refund", |(_, refund, _)| refund.0.clone())
            .number("at_us", |(.., at)| rows::micros(*at));
        let found = tx.connection().bulk(&sql, batch).await?;
        let payments = payments_by_call(&found, &calls, |(order, ..)| order.id)?;
        let orders = calls.iter().map(|(order, ..)| order).zip(&payments);
        let refunded = orders.filter_map(|(order, payment)| refunded(order, payment));
        record_movements(tx.connection(), refunded.collect()).await?;
        tx.commit().await?;
        Ok(payments)
    };
    retry_collisions(settle).await
}

/// The movement of money that was returned for a cancellation.
fn refunded<'a>(order: &'a Order, payment: &Payment) -> Option<Movement<'a>> {
    let at = payment.refunded_at?;
    Some(Movement { order, entry: LedgerEntry::Refund, amount_minor: None, at })
}
