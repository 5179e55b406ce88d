//! Numbers of orders, taken together with the payment rows: counted per restaurant and business
//! day, so that no two instances take one twice.

use std::collections::BTreeMap;

use domain::{
    business_day::BusinessDay,
    ids::OrderId,
    number::OrderNumber,
    order::Order,
    payment::{Attempt, Payment},
};

use super::{
    super::{Batch, Connection, Failure, Row, failure::corrupt},
    calls::update_sql,
    is_attempted,
};

/// A counter: restaurant and date of the business day.
type Day = (String, String);

/// Gives a number to each order that may be charged and has none, in the order in which they were
/// placed, and returns the rows with their numbers.
///
/// Each counter is locked until the transaction ends: what was taken and not committed is taken
/// again. Orders in the book, which may be locked after it, are locked by no transaction that waits
/// for a counter.
pub(super) async fn number_orders(
    connection: &mut Connection,
    calls: &[Attempt],
    payments: &[Payment],
) -> Result<Vec<Row>, Failure> {
    let mut new = BTreeMap::new();
    for (call, payment) in calls.iter().zip(payments) {
        let digest = call.record_digest.as_deref();
        let is_unnumbered = is_attempted(payment.state) && payment.number.is_none();
        if is_unnumbered && payment.belongs_to(&call.order, digest) {
            new.insert((call.order.placed_at, call.order.id), &call.order);
        }
    }
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let mut by_day = BTreeMap::<Day, Vec<&Order>>::new();
    for order in new.into_values() {
        let day = BusinessDay::of(order).date.to_string();
        by_day.entry((order.seller.id.to_string(), day)).or_default().push(order);
    }
    let last = take_numbers(connection, &by_day).await?;
    let mut numbered = BTreeMap::new();
    for (day, orders) in by_day {
        let last = last.get(&day).ok_or_else(|| corrupt(format!("no counter of {day:?}")))?;
        let before = last - i64::try_from(orders.len()).map_err(corrupt)?;
        for (order, number) in orders.into_iter().zip(before + 1..) {
            numbered.insert(order.id, OrderNumber::try_from(number).map_err(corrupt)?);
        }
    }
    store_numbers(connection, numbered.into_iter().collect()).await
}

/// Adds to the counters, and returns the last number of each.
async fn take_numbers(
    connection: &mut Connection,
    by_day: &BTreeMap<Day, Vec<&Order>>,
) -> Result<BTreeMap<Day, i64>, Failure> {
    let sql = "INSERT INTO order_numbers (restaurant_id, day, last)
        SELECT r.restaurant_id, r.day, r.taken FROM {rows} WHERE true
        ON CONFLICT (restaurant_id, day) DO UPDATE SET last = order_numbers.last + excluded.last
        RETURNING restaurant_id, day, last";
    let counters: Vec<_> = by_day.iter().collect();
    let batch = Batch::of(&counters)
        .text("restaurant_id", |((restaurant, _), _)| restaurant.clone())
        .text("day", |((_, day), _)| day.clone())
        .number("taken", |(_, orders)| i64::try_from(orders.len()).unwrap_or(0));
    let found = connection.bulk(sql, batch).await?;
    let counter = |row: &Row| Ok(((row.get("restaurant_id")?, row.get("day")?), row.get("last")?));
    found.iter().map(counter).collect()
}

async fn store_numbers(
    connection: &mut Connection,
    numbered: Vec<(OrderId, OrderNumber)>,
) -> Result<Vec<Row>, Failure> {
    let batch = Batch::of(&numbered)
        .text("order_id", |(id, _)| id.to_string())
        .number("its_number", |(_, number)| i64::from(number.get()));
    connection.bulk(&update_sql("number = p.its_number"), batch).await
}
