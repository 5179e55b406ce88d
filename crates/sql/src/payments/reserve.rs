//! Reservations of counted dishes, made together with the payment rows.

use std::collections::{BTreeMap, HashSet};

use domain::{
    ids::OrderId,
    payment::{Attempt, DeclineReason, Payment, PaymentState},
    ports::BookEntry,
    stock::Reservation,
};
use jiff::Timestamp;

use super::{
    super::{Batch, Connection, Failure, Row, reservations::reserve, rows},
    book_entries,
    calls::update_sql,
};

/// The outcome of reserving for orders whose rows were just written.
#[derive(Default)]
pub(super) struct ReserveOutcome {
    /// The rows of orders that did not fit and were declined.
    pub(super) declined: Vec<Row>,
    /// True if any level changed.
    pub(super) moved: bool,
}

/// Reserves for the orders with new rows, in the order of the calls. Those that do not fit are
/// declined at once.
pub(super) async fn reserve_pieces(
    connection: &mut Connection,
    calls: &[Attempt],
    payments: &[Payment],
) -> Result<ReserveOutcome, Failure> {
    let mut seen = HashSet::new();
    let is_new = |payment: &Payment| {
        matches!(payment.state, PaymentState::Pending | PaymentState::Due) && payment.attempts == 1
    };
    let pairs = calls.iter().zip(payments);
    let new = pairs.filter(|(call, payment)| is_new(payment) && seen.insert(call.order.id));
    let new: Vec<_> = new.map(|(call, _)| (&call.order, call.at)).collect();
    let (short, moved) = reserve(connection, &new).await?;
    if short.is_empty() {
        return Ok(ReserveOutcome { moved, ..ReserveOutcome::default() });
    }
    let mut short: Vec<_> =
        new.into_iter().filter(|(order, _)| short.contains(&order.id)).collect();
    short.sort_by_key(|(order, _)| order.id);
    let reason = DeclineReason::OutOfStock.name();
    let sql = update_sql(&format!("state = 'declined', reason = '{reason}', decided_us = p.at_us"));
    let batch = Batch::of(&short)
        .text("order_id", |(order, _)| order.id.to_string())
        .number("at_us", |(_, at)| rows::micros(*at));
    let declined = connection.bulk(&sql, batch).await?;
    Ok(ReserveOutcome { declined, moved })
}

/// The status changes of orders that are decided without the gateway, including those decided before:
/// they were refused, do not fit, or are paid in cash.
pub(super) fn decided_entries(
    calls: &[Attempt],
    payments: &[Payment],
) -> impl Iterator<Item = BookEntry> {
    let is_decided = |(call, payment): &(&Attempt, &Payment)| {
        let is_short = payment.reason == Some(DeclineReason::OutOfStock);
        let is_refused = call.refused.is_some() && call.refused == payment.reason;
        (is_short || is_refused || payment.state == PaymentState::Due)
            && payment.belongs_to(&call.order, call.record_digest.as_deref())
    };
    let pairs = calls.iter().zip(payments).filter(is_decided);
    pairs.flat_map(|(call, row)| book_entries(&call.order, row))
}

/// The state of the reservations that follows from the stored rows.
pub(crate) fn reservation_states(
    payments: &[Payment],
) -> BTreeMap<OrderId, (Reservation, Timestamp)> {
    let next = |payment: &Payment| {
        Some((payment.order_id, (Reservation::of(payment.state), payment.decided_at?)))
    };
    payments.iter().filter_map(next).collect()
}
