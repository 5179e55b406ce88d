//! Figures: of all time from the aggregates, of a span from the facts themselves. Both say the same.

use domain::{
    facts::{FactKind, ItemDelta, Summary},
    ids::{ItemId, RestaurantId},
    status::Status,
};
use jiff::Timestamp;

use super::{Arg, Connection, Database, Failure, Row, rows};

/// All figures as of one moment, so that they fit together.
pub(super) async fn summary(database: &Database, span: &Span<'_>) -> Result<Summary, Failure> {
    let mut tx = database.snapshot().await?;
    let reader = tx.connection();
    let (hours, items, customers) = if span.from.is_none() && span.to.is_none() {
        (ALL_HOURS, ALL_ITEMS, ALL_CUSTOMERS)
    } else {
        (SPAN_HOURS, SPAN_ITEMS, SPAN_CUSTOMERS)
    };
    let mut summary = Summary::default();
    for row in span.fetch(reader, hours).await? {
        add_hour(&mut summary, &row)?;
    }
    for row in span.fetch(reader, items).await? {
        summary.top_items.push(item(&row)?);
    }
    for row in span.fetch(reader, customers).await? {
        (summary.customers, summary.returning) = (row.get(0)?, row.get(1)?);
    }
    for row in span.fetch(reader, LATEST).await? {
        summary.event_time = row.get::<Option<i64>, _>(0)?.map(rows::timestamp).transpose()?;
    }
    tx.commit().await?;
    Ok(summary)
}

/// Which figures are asked for. `$1` is the restaurant or null, `$2` and `$3` the times.
pub(super) struct Span<'a> {
    pub(super) restaurant: Option<&'a RestaurantId>,
    pub(super) from: Option<Timestamp>,
    pub(super) to: Option<Timestamp>,
}

impl Span<'_> {
    async fn fetch(&self, reader: &mut Connection, sql: &str) -> Result<Vec<Row>, Failure> {
        let here = match self.restaurant {
            Some(_) => "restaurant_id = $1",
            None => "$1 IS NULL",
        };
        let args = [
            Arg::Text(self.restaurant.map(RestaurantId::as_str)),
            Arg::Number(self.from.map_or(i64::MIN, rows::micros)),
            Arg::Number(self.to.map_or(i64::MAX, rows::micros)),
        ];
        reader.run(&sql.replace("{here}", here), &args).await
    }
}

// Sums are cast because PostgreSQL widens them to decimals.
const ALL_HOURS: &str = "SELECT kind, currency, hour_s, CAST(SUM(orders) AS BIGINT),
      CAST(SUM(amount_minor) AS BIGINT), CAST(SUM(pieces) AS BIGINT)
    FROM sales_by_hour WHERE {here} GROUP BY kind, currency, hour_s ORDER BY hour_s";
const ALL_ITEMS: &str = "SELECT item_id, MAX(name), CAST(SUM(quantity) AS BIGINT) AS n,
      CAST(SUM(revenue_minor) AS BIGINT)
    FROM sales_by_item WHERE {here} GROUP BY item_id ORDER BY n DESC, item_id LIMIT 10";
const ALL_CUSTOMERS: &str = "SELECT COUNT(*), COALESCE(SUM(CASE WHEN n > 1 THEN 1 ELSE 0 END), 0)
    FROM (SELECT customer, SUM(orders) AS n FROM sales_by_customer WHERE {here} GROUP BY customer) c";
// Division rounds towards zero, hours begin at or before their events: also before 1970.
const SPAN_HOURS: &str = "SELECT kind, currency, hour_s, COUNT(*),
      CAST(SUM(total_minor) AS BIGINT), CAST(SUM(pieces) AS BIGINT) FROM (
      SELECT kind, currency, total_minor,
             (at_us - CASE WHEN at_us < 0 THEN 3599999999 ELSE 0 END) / 3600000000 * 3600 AS hour_s,
             (SELECT SUM(CAST(i.value->>'quantity' AS BIGINT)) FROM {items}) AS pieces
      FROM facts WHERE {here} AND at_us >= $2 AND at_us < $3) f
    GROUP BY kind, currency, hour_s ORDER BY hour_s";
const SPAN_ITEMS: &str = "SELECT item, MAX(name {bytewise}), CAST(SUM(quantity) AS BIGINT) AS n,
      CAST(SUM(revenue_minor) AS BIGINT) FROM (
      SELECT i.value->>'item_id' AS item, i.value->>'name' AS name,
             CAST(i.value->>'quantity' AS BIGINT) AS quantity,
             CAST(i.value->>'revenue_minor' AS BIGINT) AS revenue_minor
      FROM facts, {items}
      WHERE {here} AND kind = 'confirmed' AND at_us >= $2 AND at_us < $3) sold
    GROUP BY item ORDER BY n DESC, item {bytewise} LIMIT 10";
const SPAN_CUSTOMERS: &str = "SELECT COUNT(*), COALESCE(SUM(CASE WHEN n > 1 THEN 1 ELSE 0 END), 0)
    FROM (SELECT customer, COUNT(*) AS n FROM facts
          WHERE {here} AND kind = 'confirmed' AND at_us >= $2 AND at_us < $3 GROUP BY customer) c";
const LATEST: &str = "SELECT MAX(at_us) FROM facts WHERE {here} AND at_us >= $2 AND at_us < $3";

fn text<T: std::str::FromStr>(row: &Row, column: usize) -> Result<T, Failure>
where
    T::Err: std::fmt::Display,
{
    rows::parse(&row.get::<String, _>(column)?)
}

fn add_hour(summary: &mut Summary, row: &Row) -> Result<(), Failure> {
    let (kind, currency) = (text(row, 0)?, text(row, 1)?);
    let (hour_s, orders, amount_minor): (_, i64, i64) = (row.get(2)?, row.get(3)?, row.get(4)?);
    let status = match kind {
        FactKind::Reached(status) => status,
        FactKind::Refunded => {
            *summary.refunded_minor.entry(currency).or_default() += amount_minor;
            return Ok(());
        }
    };
    *summary.orders.entry(status).or_default() += orders;
    if status == Status::Confirmed {
        *summary.revenue_minor.entry(currency).or_default() += amount_minor;
        *summary.confirmed.entry(currency).or_default() += orders;
        summary.items_sold += row.get::<i64, _>(5)?;
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

fn item(row: &Row) -> Result<(ItemId, ItemDelta), Failure> {
    let delta =
        ItemDelta { name: text(row, 1)?, quantity: row.get(2)?, revenue_minor: row.get(3)? };
    Ok((text(row, 0)?, delta))
}
