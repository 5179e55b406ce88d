//! What orders take of counted dishes, together with their payment rows.

use std::collections::{BTreeMap, HashSet};

use domain::{
    ids::OrderId,
    order::Order,
    payment::{Attempt, DeclineReason, Payment, PaymentState},
    ports::BookEntry,
    stock::Reservation,
};
use jiff::Timestamp;

use super::{
    super::{Batch, Connection, Failure, Row, reservations::reserve, rows},
    book_entries,
    calls::update,
};

/// What becomes of orders whose rows were just written.
#[derive(Default)]
pub(super) struct Taken {
    /// The rows of orders that did not fit.
    pub(super) declined: Vec<Row>,
    /// Their steps.
    pub(super) entries: Vec<BookEntry>,
    /// Whether any level moved.
    pub(super) moved: bool,
}

/// Reserves for the orders whose rows are new, in the order of the calls. Those that do not fit are
/// declined at once.
pub(super) async fn pieces(
    connection: &mut Connection,
    calls: &[Attempt],
    payments: &[Payment],
) -> Result<Taken, Failure> {
    let mut seen = HashSet::new();
    let is_new =
        |payment: &Payment| payment.state == PaymentState::Pending && payment.attempts == 1;
    let pairs = calls.iter().zip(payments);
    let new = pairs.filter(|(call, payment)| is_new(payment) && seen.insert(call.order.id));
    let new: Vec<_> = new.map(|(call, _)| (&call.order, call.at)).collect();
    let (short, moved) = reserve(connection, &new).await?;
    if short.is_empty() {
        return Ok(Taken { moved, ..Taken::default() });
    }
    let mut short: Vec<_> =
        new.into_iter().filter(|(order, _)| short.contains(&order.id)).collect();
    short.sort_by_key(|(order, _)| order.id);
    let reason = DeclineReason::OutOfStock.name();
    let sql = update(&format!("state = 'declined', reason = '{reason}', decided_us = p.at_us"));
    let batch = Batch::of(&short)
        .text("order_id", |(order, _)| order.id.to_string())
        .number("at_us", |(_, at)| rows::micros(*at));
    let declined = connection.bulk(&sql, batch).await?;
    let rows = declined.iter().map(rows::payment).collect::<Result<Vec<_>, _>>()?;
    let row = |order: &Order| rows.iter().find(|row| row.order_id == order.id);
    let entries = short.iter().filter_map(|(order, _)| Some(book_entries(order, row(order)?)));
    let entries = entries.flatten().collect();
    Ok(Taken { declined, entries, moved })
}

/// The steps of the orders that are refused, also of those that were refused before.
pub(super) fn refused(calls: &[Attempt], payments: &[Payment]) -> impl Iterator<Item = BookEntry> {
    let is_refused = |(call, payment): &(&Attempt, &Payment)| {
        let digest = call.record_digest.as_deref();
        call.refused.is_some()
            && call.refused == payment.reason
            && payment.belongs_to(&call.order, digest)
    };
    let pairs = calls.iter().zip(payments).filter(is_refused);
    pairs.flat_map(|(call, row)| book_entries(&call.order, row))
}

/// What the stored rows mean for what the orders took.
pub(crate) fn ends(payments: &[Payment]) -> BTreeMap<OrderId, (Reservation, Timestamp)> {
    let next = |payment: &Payment| {
        Some((payment.order_id, (Reservation::of(payment.state), payment.decided_at?)))
    };
    payments.iter().filter_map(next).collect()
}
