//! Facts and their aggregates: one transaction inserts facts, and only those that were new change
//! a figure. So redelivery, re-publication and a second instance change nothing.

use std::collections::{BTreeMap, HashSet};

use domain::{
    facts::{self, Deltas, Fact, FactKind, Summary},
    ids::{OrderId, RestaurantId},
    ports::{FactStore, Unavailable},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Batch, Connection, Database, Failure, Row,
    failure::persist,
    figures::{self, Span},
    rows,
};

/// Facts in the database.
#[derive(Clone, Debug)]
pub struct SqlFacts(Database);

impl SqlFacts {
    /// The facts of `database`.
    pub fn new(database: Database) -> Self {
        Self(database)
    }
}

impl FactStore for SqlFacts {
    async fn record(&self, facts: Vec<Fact>) -> Result<u64, Unavailable> {
        let mut once = BTreeMap::new();
        for fact in facts {
            once.entry((fact.order_id, fact.kind)).or_insert(fact);
        }
        let facts: Vec<_> = once.into_values().collect();
        let record = || async {
            let mut tx = self.0.begin().await?;
            let new = insert_new(tx.connection(), &facts).await?;
            apply(tx.connection(), facts::fold(new.iter().copied())).await?;
            tx.commit().await?;
            Ok(new.len() as u64)
        };
        persist(record).await
    }

    async fn summary(
        &self,
        restaurant: Option<&RestaurantId>,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<Summary, Unavailable> {
        Ok(figures::summary(&self.0, &Span { restaurant, from, to }).await?)
    }
}

/// Inserts facts, sorted by key, and answers those that were new. A fact that another instance is
/// inserting is waited for: if that one commits, it is not new here.
async fn insert_new<'a>(
    connection: &mut Connection,
    facts: &'a [Fact],
) -> Result<Vec<&'a Fact>, Failure> {
    if facts.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "INSERT INTO facts (order_id, kind, at_us, restaurant_id, currency, total_minor, customer, items)
        SELECT r.order_id, r.kind, r.at_us, r.restaurant_id, r.currency, r.total_minor, r.customer, r.items
        FROM {rows} WHERE true
        ON CONFLICT (order_id, kind) DO NOTHING RETURNING order_id, kind";
    let batch = Batch::of(facts)
        .text("order_id", |fact| fact.order_id.to_string())
        .text("kind", |fact| fact.kind.name().to_owned())
        .number("at_us", |fact| rows::micros(fact.at))
        .text("restaurant_id", |fact| fact.restaurant_id.to_string())
        .text("currency", |fact| fact.currency.code().to_owned())
        .number("total_minor", |fact| fact.total_minor)
        .text("customer", |fact| fact.customer.clone())
        .text("items", items_json);
    let found = connection.bulk(sql, batch).await?;
    let key = |row: &Row| Ok((rows::column(row, "order_id")?, rows::column(row, "kind")?));
    let new = found.iter().map(key).collect::<Result<HashSet<(OrderId, FactKind)>, Failure>>()?;
    Ok(facts.iter().filter(|fact| new.contains(&(fact.order_id, fact.kind))).collect())
}

fn items_json(fact: &Fact) -> String {
    let sold = |sold: &facts::Sold| {
        json!({
            "item_id": sold.item_id.as_str(), "name": sold.name.as_str(),
            "quantity": sold.quantity, "revenue_minor": sold.revenue_minor,
        })
    };
    Value::Array(fact.items.iter().map(sold).collect()).to_string()
}

async fn apply(connection: &mut Connection, deltas: Deltas) -> Result<(), Failure> {
    let hours: Vec<_> = deltas.hours.into_iter().collect();
    let batch = Batch::of(&hours)
        .text("restaurant_id", |(key, _)| key.restaurant_id.to_string())
        .number("hour_s", |(key, _)| key.hour_s)
        .text("kind", |(key, _)| key.kind.name().to_owned())
        .text("currency", |(key, _)| key.currency.code().to_owned())
        .number("orders", |(_, hour)| hour.orders)
        .number("amount_minor", |(_, hour)| hour.amount_minor)
        .number("pieces", |(_, hour)| hour.pieces);
    add(connection, HOURS, batch).await?;
    let items: Vec<_> = deltas.items.into_iter().collect();
    let batch = Batch::of(&items)
        .text("restaurant_id", |(key, _)| key.restaurant_id.to_string())
        .text("item_id", |(key, _)| key.item_id.to_string())
        .text("currency", |(key, _)| key.currency.code().to_owned())
        .text("name", |(_, item)| item.name.to_string())
        .number("quantity", |(_, item)| item.quantity)
        .number("revenue_minor", |(_, item)| item.revenue_minor);
    add(connection, ITEMS, batch).await?;
    let customers: Vec<_> = deltas.customers.into_iter().collect();
    let batch = Batch::of(&customers)
        .text("restaurant_id", |((restaurant, _), _)| restaurant.to_string())
        .text("customer", |((_, customer), _)| customer.clone())
        .number("orders", |(_, orders)| *orders);
    add(connection, CUSTOMERS, batch).await
}

async fn add<T>(
    connection: &mut Connection,
    sql: &str,
    batch: Batch<'_, T>,
) -> Result<(), Failure> {
    if !batch.is_empty() {
        connection.bulk(sql, batch).await?;
    }
    Ok(())
}

const HOURS: &str = "INSERT INTO sales_by_hour
      (restaurant_id, hour_s, kind, currency, orders, amount_minor, pieces)
    SELECT r.restaurant_id, r.hour_s, r.kind, r.currency, r.orders, r.amount_minor, r.pieces
    FROM {rows} WHERE true
    ON CONFLICT (restaurant_id, hour_s, kind, currency) DO UPDATE SET
      orders = sales_by_hour.orders + excluded.orders,
      amount_minor = sales_by_hour.amount_minor + excluded.amount_minor,
      pieces = sales_by_hour.pieces + excluded.pieces";
const ITEMS: &str = "INSERT INTO sales_by_item
      (restaurant_id, item_id, currency, name, quantity, revenue_minor)
    SELECT r.restaurant_id, r.item_id, r.currency, r.name, r.quantity, r.revenue_minor
    FROM {rows} WHERE true
    ON CONFLICT (restaurant_id, item_id, currency) DO UPDATE SET
      name = excluded.name, quantity = sales_by_item.quantity + excluded.quantity,
      revenue_minor = sales_by_item.revenue_minor + excluded.revenue_minor";
const CUSTOMERS: &str = "INSERT INTO sales_by_customer (restaurant_id, customer, orders)
    SELECT r.restaurant_id, r.customer, r.orders FROM {rows} WHERE true
    ON CONFLICT (restaurant_id, customer) DO UPDATE SET
      orders = sales_by_customer.orders + excluded.orders";
