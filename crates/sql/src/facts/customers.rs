//! Customers: number of orders, days with orders, and visits.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::facts::{
    deltas::Customer,
    visits::{self, Visit},
};

use super::{Batch, Connection, Failure, batch::write_batch, for_slot, rows};

/// Adds confirmed orders by customer and day. The row of a customer is locked first, so that
/// transactions which add different days see each other's.
pub(super) async fn add_purchases(
    connection: &mut Connection,
    slot: &str,
    purchases: BTreeMap<Customer, BTreeMap<i64, i64>>,
) -> Result<(), Failure> {
    if purchases.is_empty() {
        return Ok(());
    }
    let purchases: Vec<_> = purchases.into_iter().collect();
    let before = add_orders(connection, slot, &purchases).await?;
    let new = new_days(connection, slot, &purchases).await?;
    let known: Vec<_> = new.keys().filter(|c| before.get(*c).is_some_and(|n| *n > 0)).collect();
    let mut days = days(connection, slot, &known).await?;
    let mut changed = BTreeMap::<_, i64>::new();
    for (customer, new) in &new {
        let all = days.remove(customer).unwrap_or_else(|| new.clone());
        for (visit, n) in visits::changes(&all, new) {
            *changed.entry((customer.0.name().to_owned(), visit)).or_default() += n;
        }
    }
    changed.retain(|_, n| *n != 0);
    let changed: Vec<_> = changed.into_iter().collect();
    let batch = Batch::of(&changed)
        .text("scope", |((scope, _), _)| scope.clone())
        .number("day_s", |((_, Visit { day_s, .. }), _)| *day_s)
        .number("before_s", |((_, Visit { before_s, .. }), _)| *before_s)
        .number("customers", |(_, n)| *n);
    write_batch(connection, slot, VISITS, batch).await
}

/// Adds orders to customers and their totals; returns the number of orders each had before.
async fn add_orders(
    connection: &mut Connection,
    slot: &str,
    purchases: &[(Customer, BTreeMap<i64, i64>)],
) -> Result<HashMap<Customer, i64>, Failure> {
    let orders = |days: &BTreeMap<i64, i64>| days.values().sum::<i64>();
    let batch = Batch::of(purchases)
        .text("scope", |((scope, _), _)| scope.name().to_owned())
        .text("customer", |((_, customer), _)| customer.clone())
        .number("orders", move |(_, days)| orders(days));
    let mut after = HashMap::new();
    for row in connection.bulk(&for_slot(slot, CUSTOMERS), batch).await? {
        let customer: Customer = (rows::column(&row, "scope")?, row.get("customer")?);
        after.insert(customer, row.get::<i64, _>("orders")?);
    }
    let mut totals = BTreeMap::<String, (i64, i64)>::new();
    let mut before = HashMap::new();
    for (customer, days) in purchases {
        let after = after.get(customer).copied().unwrap_or_default();
        let had = after - orders(days);
        let (customers, returning) = visits::customer_changes(had, after);
        let entry = totals.entry(customer.0.name().to_owned()).or_default();
        *entry = (entry.0 + customers, entry.1 + returning);
        before.insert(customer.clone(), had);
    }
    let totals: Vec<_> = totals.into_iter().collect();
    let batch = Batch::of(&totals)
        .text("scope", |(scope, _)| scope.clone())
        .number("customers", |(_, (customers, _))| *customers)
        .number("returning_n", |(_, (_, returning))| *returning);
    write_batch(connection, slot, TOTALS, batch).await?;
    Ok(before)
}

/// Inserts days; returns those that are new.
async fn new_days(
    connection: &mut Connection,
    slot: &str,
    purchases: &[(Customer, BTreeMap<i64, i64>)],
) -> Result<BTreeMap<Customer, BTreeSet<i64>>, Failure> {
    let days: Vec<_> = purchases
        .iter()
        .flat_map(|(customer, days)| days.keys().map(move |day_s| (customer, *day_s)))
        .collect();
    let batch = Batch::of(&days)
        .text("scope", |((scope, _), _)| scope.name().to_owned())
        .text("customer", |((_, customer), _)| customer.clone())
        .number("day_s", |(_, day_s)| *day_s);
    let found = connection.bulk(&for_slot(slot, NEW_DAYS), batch).await?;
    by_customer(&found)
}

/// All days of these customers.
async fn days(
    connection: &mut Connection,
    slot: &str,
    of: &[&Customer],
) -> Result<BTreeMap<Customer, BTreeSet<i64>>, Failure> {
    if of.is_empty() {
        return Ok(BTreeMap::new());
    }
    let batch = Batch::of(of)
        .text("scope", |(scope, _)| scope.name().to_owned())
        .text("customer", |(_, customer)| customer.clone());
    let found = connection.bulk(&for_slot(slot, DAYS), batch).await?;
    by_customer(&found)
}

fn by_customer(found: &[super::Row]) -> Result<BTreeMap<Customer, BTreeSet<i64>>, Failure> {
    let mut days = BTreeMap::<Customer, BTreeSet<i64>>::new();
    for row in found {
        let customer = (rows::column(row, "scope")?, row.get("customer")?);
        days.entry(customer).or_default().insert(row.get("day_s")?);
    }
    Ok(days)
}

const CUSTOMERS: &str = "INSERT INTO customers_{s} (scope, customer, orders)
    SELECT r.scope, r.customer, r.orders FROM {rows} WHERE true
    ON CONFLICT (scope, customer) DO UPDATE SET orders = customers_{s}.orders + excluded.orders
    RETURNING scope, customer, orders";
const NEW_DAYS: &str = "INSERT INTO customer_days_{s} (scope, customer, day_s)
    SELECT r.scope, r.customer, r.day_s FROM {rows} WHERE true
    ON CONFLICT (scope, customer, day_s) DO NOTHING RETURNING scope, customer, day_s";
const DAYS: &str = "SELECT d.scope AS scope, d.customer AS customer, d.day_s AS day_s
    FROM {rows} JOIN customer_days_{s} d ON d.scope = r.scope AND d.customer = r.customer";
const VISITS: &str = "INSERT INTO visits_{s} (scope, day_s, before_s, customers)
    SELECT r.scope, r.day_s, r.before_s, r.customers FROM {rows} WHERE true
    ON CONFLICT (scope, day_s, before_s) DO UPDATE SET
      customers = visits_{s}.customers + excluded.customers";
const TOTALS: &str = "INSERT INTO customer_totals_{s} (scope, customers, returning_n)
    SELECT r.scope, r.customers, r.returning_n FROM {rows} WHERE true
    ON CONFLICT (scope) DO UPDATE SET
      customers = customer_totals_{s}.customers + excluded.customers,
      returning_n = customer_totals_{s}.returning_n + excluded.returning_n";
