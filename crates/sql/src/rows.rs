//! Encoding of values: times as microseconds, orders as the JSON of their event.

use domain::{
    money::Money,
    number::OrderNumber,
    order::Order,
    payment::{
        Authentication, Cancellation, Hold, IntentId, Payment, PaymentState, RefundId, RefundSums,
    },
};
use events::order_details::OrderDetails;
use jiff::Timestamp;

use super::{Failure, Row, failure::corrupt};

/// Microseconds since 1970. The last second that exists is truncated, because its fractions cannot
/// be decoded again.
pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond().min(Timestamp::MAX.as_second() * 1_000_000)
}

pub(super) fn timestamp(micros: i64) -> Result<Timestamp, Failure> {
    Timestamp::from_microsecond(micros).map_err(corrupt)
}

pub(super) fn parse<T: std::str::FromStr>(text: &str) -> Result<T, Failure>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error| corrupt(format!("{text:?} {error}")))
}

/// Parses the text of a column.
pub(super) fn column<T: std::str::FromStr>(row: &Row, name: &str) -> Result<T, Failure>
where
    T::Err: std::fmt::Display,
{
    parse(&row.get::<String, _>(name)?)
}

pub(super) fn snapshot_json(order: &Order) -> String {
    // Plain structs with text keys always serialise.
    serde_json::to_string(&OrderDetails::from(order)).unwrap_or_default()
}

fn snapshot(json: &str) -> Result<Order, Failure> {
    let body: OrderDetails = serde_json::from_str(json).map_err(corrupt)?;
    Order::try_from(&body).map_err(corrupt)
}

/// The order in the columns `snapshot` and `trace` of a row.
pub(super) fn order(row: &Row) -> Result<Option<Order>, Failure> {
    let Some(json) = row.get::<Option<String>, _>("snapshot")? else { return Ok(None) };
    // An invalid trace is treated as absent.
    let trace = row.get::<Option<String>, _>("trace")?.and_then(|text| text.parse().ok());
    snapshot(&json).map(|order| Some(order.with_trace(trace)))
}

/// The columns of `payments`, for `RETURNING`.
pub(super) const PAYMENT_COLUMNS: &str = "payments.order_id AS order_id, placed_us, amount_minor, \
    currency, state, intent_id, attempts, decided_us, reason, cancelled_us, cancel_reason, \
    refund_attempts, refund_id, refunded_us, record_digest, captured_us, \
    action_us, action_until_us, due_us, number, method, authorized_us, capture_before_us, \
    accepted_us, capture_failed_us, collected_us, refund_minor, parts_count, \
    parts_reserved_minor, parts_booked_minor";

pub(super) fn payment(row: &Row) -> Result<Payment, Failure> {
    let optional = |name| row.get::<Option<i64>, _>(name)?.map(timestamp).transpose();
    let (state, decided_at) = (column(row, "state")?, optional("decided_us")?);
    let reason: Option<String> = row.get("reason")?;
    // Rows of earlier releases were captured when they were decided.
    let captured_at = optional("captured_us")?
        .or_else(|| decided_at.filter(|_| reason.is_none() && PaymentState::was_captured(state)));
    Ok(Payment {
        order_id: column(row, "order_id")?,
        placed_at: timestamp(row.get("placed_us")?)?,
        amount: Money::new(row.get("amount_minor")?, column(row, "currency")?),
        method: column(row, "method")?,
        state,
        intent: row.get::<Option<String>, _>("intent_id")?.map(IntentId),
        attempts: u32::try_from(row.get::<i64, _>("attempts")?).map_err(corrupt)?,
        decided_at,
        hold: hold(row)?,
        accepted_at: optional("accepted_us")?,
        capture_failed_at: optional("capture_failed_us")?,
        captured_at,
        collected_at: optional("collected_us")?,
        action: optional("action_us")?
            .zip(optional("action_until_us")?)
            .map(|(at, until)| Authentication { at, until }),
        due_at: optional("due_us")?,
        reason: reason.map(|text| parse(&text)).transpose()?,
        cancellation: cancellation(row)?,
        refund_attempts: u32::try_from(row.get::<i64, _>("refund_attempts")?).map_err(corrupt)?,
        parts: RefundSums {
            count: u32::try_from(row.get::<i64, _>("parts_count")?).map_err(corrupt)?,
            reserved_minor: row.get("parts_reserved_minor")?,
            booked_minor: row.get("parts_booked_minor")?,
        },
        refund: row.get::<Option<String>, _>("refund_id")?.map(RefundId),
        refund_minor: row.get("refund_minor")?,
        refunded_at: optional("refunded_us")?,
        record_digest: row.get("record_digest")?,
        number: number(row, "number")?,
    })
}

fn hold(row: &Row) -> Result<Option<Hold>, Failure> {
    let time = |name| row.get::<Option<i64>, _>(name)?.map(timestamp).transpose();
    let capture_before = time("capture_before_us")?;
    Ok(time("authorized_us")?.map(|at| Hold { at, capture_before }))
}

/// The order number in a column.
pub(super) fn number(row: &Row, name: &str) -> Result<Option<OrderNumber>, Failure> {
    let number = row.get::<Option<i64>, _>(name)?;
    number.map(OrderNumber::try_from).transpose().map_err(corrupt)
}

fn cancellation(row: &Row) -> Result<Option<Cancellation>, Failure> {
    let at: Option<i64> = row.get("cancelled_us")?;
    let reason: Option<String> = row.get("cancel_reason")?;
    let noted = at.zip(reason);
    noted
        .map(|(at, reason)| Ok(Cancellation { at: timestamp(at)?, reason: parse(&reason)? }))
        .transpose()
}

/// A table that must have rows is empty.
pub(super) fn missing(table: &str) -> Failure {
    corrupt(format!("{table} is empty"))
}
