//! Facts and their aggregates: one transaction inserts facts, and only those that were new change
//! a figure. So redelivery, re-publication and a second instance change nothing.

use std::collections::{BTreeMap, HashSet};

use domain::{
    facts::{self, Deltas, Fact, ItemDelta, Summary},
    ids::RestaurantId,
    ports::{FactStore, Unavailable},
    status::Status,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{Database, Transaction, bulk, corrupt, rows, unavailable};

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
        let mut tx = self.0.begin().await?;
        let new = insert_new(&mut tx, &once.values().collect::<Vec<_>>()).await?;
        let fresh = once.into_values().filter(|f| new.contains(&(f.order_id.to_string(), f.kind)));
        let fresh: Vec<_> = fresh.collect();
        apply(&mut tx, facts::fold(&fresh)).await?;
        tx.commit().await.map_err(unavailable)?;
        Ok(fresh.len() as u64)
    }

    async fn summary(
        &self,
        restaurant: Option<&RestaurantId>,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<Summary, Unavailable> {
        let mut reader = self.0.reader().await?;
        let span = Span { restaurant, from, to };
        let mut summary = Summary::default();
        let (hours, items, customers) = if from.is_none() && to.is_none() {
            (ALL_HOURS, ALL_ITEMS, ALL_CUSTOMERS)
        } else {
            (SPAN_HOURS, SPAN_ITEMS, SPAN_CUSTOMERS)
        };
        for row in span.fetch(&mut reader, hours).await? {
            add_hour(&mut summary, &row)?;
        }
        for row in span.fetch(&mut reader, items).await? {
            summary.top_items.push(item(&row)?);
        }
        for row in span.fetch(&mut reader, customers).await? {
            summary.customers = number(&row, 0)?;
            summary.returning = number(&row, 1)?;
        }
        for row in span.fetch(&mut reader, LATEST).await? {
            let latest: Option<i64> = row.try_get(0).map_err(corrupt)?;
            summary.event_time = latest.map(rows::timestamp).transpose()?;
        }
        Ok(summary)
    }
}

/// Which figures are asked for. `$1` is the restaurant or null, `$2` and `$3` the times.
struct Span<'a> {
    restaurant: Option<&'a RestaurantId>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

impl Span<'_> {
    async fn fetch(
        &self,
        reader: &mut SqliteConnection,
        sql: &'static str,
    ) -> Result<Vec<SqliteRow>, Unavailable> {
        let here = match self.restaurant {
            Some(_) => "restaurant_id = $1",
            None => "$1 IS NULL",
        };
        sqlx::query(sqlx::AssertSqlSafe(sql.replace("{here}", here)))
            .bind(self.restaurant.map(RestaurantId::as_str))
            .bind(self.from.map_or(i64::MIN, rows::micros))
            .bind(self.to.map_or(i64::MAX, rows::micros))
            .fetch_all(reader)
            .await
            .map_err(unavailable)
    }
}

const ALL_HOURS: &str = "SELECT kind, currency, hour_s, SUM(orders), SUM(amount_minor), SUM(pieces)
    FROM sales_by_hour WHERE {here} GROUP BY kind, currency, hour_s ORDER BY hour_s";
const ALL_ITEMS: &str = "SELECT item_id, MAX(name), SUM(quantity) AS n, SUM(revenue_minor)
    FROM sales_by_item WHERE {here} GROUP BY item_id ORDER BY n DESC, item_id LIMIT 10";
const ALL_CUSTOMERS: &str = "SELECT COUNT(*), COALESCE(SUM(CASE WHEN n > 1 THEN 1 ELSE 0 END), 0)
    FROM (SELECT customer, SUM(orders) AS n FROM sales_by_customer WHERE {here} GROUP BY customer) c";
const SPAN_HOURS: &str =
    "SELECT kind, currency, hour_s, COUNT(*), SUM(total_minor), SUM(pieces) FROM (
      SELECT kind, currency, at_us / 3600000000 * 3600 AS hour_s, total_minor,
             (SELECT SUM(i.value->>'quantity') FROM json_each(facts.items) AS i) AS pieces
      FROM facts WHERE {here} AND at_us >= $2 AND at_us < $3) f
    GROUP BY kind, currency, hour_s ORDER BY hour_s";
const SPAN_ITEMS: &str = "SELECT i.value->>'item_id' AS item, MAX(i.value->>'name'),
      SUM(i.value->>'quantity') AS n, SUM(i.value->>'revenue_minor')
    FROM facts, json_each(facts.items) AS i
    WHERE {here} AND kind = 'confirmed' AND at_us >= $2 AND at_us < $3
    GROUP BY item ORDER BY n DESC, item LIMIT 10";
const SPAN_CUSTOMERS: &str = "SELECT COUNT(*), COALESCE(SUM(CASE WHEN n > 1 THEN 1 ELSE 0 END), 0)
    FROM (SELECT customer, COUNT(*) AS n FROM facts
          WHERE {here} AND kind = 'confirmed' AND at_us >= $2 AND at_us < $3 GROUP BY customer) c";
const LATEST: &str = "SELECT MAX(at_us) FROM facts WHERE {here} AND at_us >= $2 AND at_us < $3";

fn number(row: &SqliteRow, column: usize) -> Result<i64, Unavailable> {
    row.try_get(column).map_err(corrupt)
}

fn text<T: std::str::FromStr>(row: &SqliteRow, column: usize) -> Result<T, Unavailable>
where
    T::Err: std::fmt::Display,
{
    rows::parse(&row.try_get::<String, _>(column).map_err(corrupt)?)
}

fn add_hour(summary: &mut Summary, row: &SqliteRow) -> Result<(), Unavailable> {
    let (kind, currency) = (text(row, 0)?, text(row, 1)?);
    let (hour_s, orders, amount_minor) = (number(row, 2)?, number(row, 3)?, number(row, 4)?);
    *summary.orders.entry(kind).or_default() += orders;
    if kind == Status::Confirmed {
        *summary.revenue_minor.entry(currency).or_default() += amount_minor;
        *summary.confirmed.entry(currency).or_default() += orders;
        summary.items_sold += number(row, 5)?;
        match summary.hours.last_mut() {
            Some(last) if last.0 == hour_s => {
                last.1 += orders;
                last.2 += amount_minor;
            }
            _ => summary.hours.push((hour_s, orders, amount_minor)),
        }
    }
    Ok(())
}

fn item(row: &SqliteRow) -> Result<(domain::ids::ItemId, ItemDelta), Unavailable> {
    let delta = ItemDelta {
        name: text(row, 1)?,
        quantity: number(row, 2)?,
        revenue_minor: number(row, 3)?,
    };
    Ok((text(row, 0)?, delta))
}

async fn insert_new(
    tx: &mut Transaction,
    facts: &[&Fact],
) -> Result<HashSet<(String, Status)>, Unavailable> {
    let sql = "INSERT INTO facts (order_id, kind, at_us, restaurant_id, currency, total_minor, customer, items)
        SELECT r.value->>'order_id', r.value->>'kind', CAST(r.value->>'at_us' AS BIGINT),
               r.value->>'restaurant_id', r.value->>'currency',
               CAST(r.value->>'total_minor' AS BIGINT), r.value->>'customer', r.value->>'items'
        FROM {rows} WHERE true
        ON CONFLICT (order_id, kind) DO NOTHING RETURNING order_id, kind";
    let rows: Vec<_> = facts.iter().map(|fact| fact_row(fact)).collect();
    let found = sqlx::query(bulk(sql))
        .bind(rows::array(&rows))
        .fetch_all(&mut **tx)
        .await
        .map_err(unavailable)?;
    found.iter().map(|row| Ok((row.try_get(0).map_err(corrupt)?, text(row, 1)?))).collect()
}

fn fact_row(fact: &Fact) -> Value {
    let sold = |sold: &facts::Sold| {
        json!({
            "item_id": sold.item_id.as_str(), "name": sold.name.as_str(),
            "quantity": sold.quantity, "revenue_minor": sold.revenue_minor,
        })
    };
    json!({
        "order_id": fact.order_id.to_string(),
        "kind": fact.kind.name(),
        "at_us": rows::micros(fact.at),
        "restaurant_id": fact.restaurant_id.as_str(),
        "currency": fact.currency.code(),
        "total_minor": fact.total_minor,
        "customer": fact.customer,
        // Kept as text inside the row: the column is the JSON array itself.
        "items": Value::Array(fact.items.iter().map(sold).collect()).to_string(),
    })
}

async fn apply(tx: &mut Transaction, deltas: Deltas) -> Result<(), Unavailable> {
    let hours = deltas.hours.iter().map(|(key, hour)| {
        json!({
            "restaurant_id": key.restaurant_id.as_str(), "hour_s": key.hour_s,
            "kind": key.kind.name(), "currency": key.currency.code(),
            "orders": hour.orders, "amount_minor": hour.amount_minor, "pieces": hour.pieces,
        })
    });
    add(tx, HOURS, hours.collect()).await?;
    let items = deltas.items.iter().map(|(key, item)| {
        json!({
            "restaurant_id": key.restaurant_id.as_str(), "item_id": key.item_id.as_str(),
            "currency": key.currency.code(), "name": item.name.as_str(),
            "quantity": item.quantity, "revenue_minor": item.revenue_minor,
        })
    });
    add(tx, ITEMS, items.collect()).await?;
    let customers = deltas.customers.iter().map(|((restaurant, customer), orders)| {
        json!({"restaurant_id": restaurant.as_str(), "customer": customer, "orders": orders})
    });
    add(tx, CUSTOMERS, customers.collect()).await
}

async fn add(tx: &mut Transaction, sql: &str, rows: Vec<Value>) -> Result<(), Unavailable> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(bulk(sql))
        .bind(rows::array(&rows))
        .execute(&mut **tx)
        .await
        .map_err(unavailable)?;
    Ok(())
}

const HOURS: &str = "INSERT INTO sales_by_hour
      (restaurant_id, hour_s, kind, currency, orders, amount_minor, pieces)
    SELECT r.value->>'restaurant_id', CAST(r.value->>'hour_s' AS BIGINT), r.value->>'kind',
           r.value->>'currency', CAST(r.value->>'orders' AS BIGINT),
           CAST(r.value->>'amount_minor' AS BIGINT), CAST(r.value->>'pieces' AS BIGINT)
    FROM {rows} WHERE true
    ON CONFLICT (restaurant_id, hour_s, kind, currency) DO UPDATE SET
      orders = sales_by_hour.orders + excluded.orders,
      amount_minor = sales_by_hour.amount_minor + excluded.amount_minor,
      pieces = sales_by_hour.pieces + excluded.pieces";
const ITEMS: &str = "INSERT INTO sales_by_item
      (restaurant_id, item_id, currency, name, quantity, revenue_minor)
    SELECT r.value->>'restaurant_id', r.value->>'item_id', r.value->>'currency', r.value->>'name',
           CAST(r.value->>'quantity' AS BIGINT), CAST(r.value->>'revenue_minor' AS BIGINT)
    FROM {rows} WHERE true
    ON CONFLICT (restaurant_id, item_id, currency) DO UPDATE SET
      name = excluded.name, quantity = sales_by_item.quantity + excluded.quantity,
      revenue_minor = sales_by_item.revenue_minor + excluded.revenue_minor";
const CUSTOMERS: &str = "INSERT INTO sales_by_customer (restaurant_id, customer, orders)
    SELECT r.value->>'restaurant_id', r.value->>'customer', CAST(r.value->>'orders' AS BIGINT)
    FROM {rows} WHERE true
    ON CONFLICT (restaurant_id, customer) DO UPDATE SET
      orders = sales_by_customer.orders + excluded.orders";
