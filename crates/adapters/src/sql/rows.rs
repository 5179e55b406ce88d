//! How values are kept: times as microseconds, orders as the JSON of their event.

use domain::{
    ids::OrderId,
    money::Money,
    order::Order,
    payment::{IntentId, Payment},
    ports::Unavailable,
};
use events::order_details::OrderDetails;
use jiff::Timestamp;
use sqlx::{Row, sqlite::SqliteRow};

use super::corrupt;

pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

pub(super) fn timestamp(micros: i64) -> Result<Timestamp, Unavailable> {
    Timestamp::from_microsecond(micros).map_err(corrupt)
}

pub(super) fn parse<T: std::str::FromStr>(text: &str) -> Result<T, Unavailable>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error| corrupt(format!("{text:?} {error}")))
}

pub(super) fn snapshot_json(order: &Order) -> String {
    // Plain structs with text keys always serialise.
    serde_json::to_string(&OrderDetails::from(order)).unwrap_or_default()
}

pub(super) fn snapshot(json: &str) -> Result<Order, Unavailable> {
    let body: OrderDetails = serde_json::from_str(json).map_err(corrupt)?;
    Order::try_from(&body).map_err(corrupt)
}

/// The JSON array for a bulk statement.
pub(super) fn array(rows: &[serde_json::Value]) -> String {
    let mut text = String::with_capacity(rows.len() * 128);
    text.push('[');
    for (n, row) in rows.iter().enumerate() {
        if n > 0 {
            text.push(',');
        }
        text.push_str(&row.to_string());
    }
    text.push(']');
    text
}

/// The columns of `payments`, for `SELECT` and `RETURNING`.
pub(super) const PAYMENT_COLUMNS: &str =
    "order_id, placed_us, amount_minor, currency, state, intent_id, attempts, decided_us, reason";

pub(super) fn payment(row: &SqliteRow) -> Result<Payment, Unavailable> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(corrupt);
    let maybe = |name: &str| row.try_get::<Option<String>, _>(name).map_err(corrupt);
    let number = |name: &str| row.try_get::<i64, _>(name).map_err(corrupt);
    let decided: Option<i64> = row.try_get("decided_us").map_err(corrupt)?;
    Ok(Payment {
        order_id: parse::<OrderId>(&text("order_id")?)?,
        placed_at: timestamp(number("placed_us")?)?,
        amount: Money::new(number("amount_minor")?, parse(&text("currency")?)?),
        state: parse(&text("state")?)?,
        intent: maybe("intent_id")?.map(IntentId),
        attempts: u32::try_from(number("attempts")?).map_err(corrupt)?,
        decided_at: decided.map(timestamp).transpose()?,
        reason: maybe("reason")?.map(|text| parse(&text)).transpose()?,
    })
}
