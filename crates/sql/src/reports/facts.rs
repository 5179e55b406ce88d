//! Reading facts and their aggregates.

use domain::{
    facts::{Fact, Sale, lines::Line},
    ids::OrderId,
    ports::Unavailable,
};
use jiff::Timestamp;

use super::{
    super::{
        Failure, Row,
        facts::{TABLES, live_slot, parse_items},
    },
    Snapshot,
};

/// A fact about an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactRow {
    /// The order.
    pub order_id: String,
    /// The kind of fact.
    pub kind: String,
    /// When it happened, in microseconds since 1970.
    pub at_us: i64,
    /// The reason; empty for none.
    pub reason: String,
    /// The restaurant.
    pub restaurant_id: String,
    /// The restaurant's time zone.
    pub time_zone: String,
    /// ISO 4217.
    pub currency: String,
    /// When the order was placed, in microseconds since 1970.
    pub placed_us: i64,
    /// The order's total, in minor units.
    pub total_minor: i64,
    /// The customer as a keyed hash.
    pub customer: String,
    /// The dishes: a JSON array of `{item_id, name, quantity, revenue_minor}`.
    pub items: String,
}

impl FactRow {
    fn read(row: &Row) -> Result<Self, Failure> {
        Ok(Self {
            order_id: row.get("order_id")?,
            kind: row.get("kind")?,
            at_us: row.get("at_us")?,
            reason: row.get("reason")?,
            restaurant_id: row.get("restaurant_id")?,
            time_zone: row.get("time_zone")?,
            currency: row.get("currency")?,
            placed_us: row.get("placed_us")?,
            total_minor: row.get("total_minor")?,
            customer: row.get("customer")?,
            items: row.get("items")?,
        })
    }

    /// Decodes the fact; the error says which column is invalid.
    pub fn fact(&self) -> Result<Fact, String> {
        let of = |what: &str, error: &dyn std::fmt::Display| format!("{what} {error}");
        let time = |us| Timestamp::from_microsecond(us).map_err(|e| of("time", &e));
        let sale = Sale {
            order_id: self.order_id.parse().map_err(|e| of("order_id", &e))?,
            restaurant_id: self.restaurant_id.parse().map_err(|e| of("restaurant_id", &e))?,
            time_zone: self.time_zone.parse().map_err(|e| of("time_zone", &e))?,
            currency: self.currency.parse().map_err(|e| of("currency", &e))?,
            placed_at: time(self.placed_us)?,
            total_minor: self.total_minor,
            customer: self.customer.clone(),
            items: parse_items(&self.items).map_err(|e| of("items", &e))?,
        };
        Ok(Fact {
            sale,
            kind: self.kind.parse().map_err(|e| of("kind", &e))?,
            at: time(self.at_us)?,
            reason: self.reason.parse().map_err(|e| of("reason", &e))?,
        })
    }
}

const FACTS: &str = "SELECT f.order_id AS order_id, f.kind AS kind, f.at_us AS at_us,
      f.reason AS reason, o.restaurant_id AS restaurant_id, o.time_zone AS time_zone,
      o.currency AS currency, o.placed_us AS placed_us, o.total_minor AS total_minor,
      o.customer AS customer, o.items AS items
    FROM facts_{s} f JOIN fact_orders_{s} o ON o.order_id = f.order_id";

/// Keeps the facts of one order together.
const IN_ORDER: &str = " ORDER BY f.order_id, f.kind";

/// The facts of a batch of orders.
const OF_ORDERS: &str = " WHERE f.order_id IN (SELECT r.order_id FROM {rows})";

impl Snapshot {
    /// Calls `each` with every fact of the live projection, those of one order together.
    pub async fn facts(&mut self, mut each: impl FnMut(FactRow)) -> Result<(), Unavailable> {
        let slot = live_slot(self.0.connection()).await?;
        let read = |row: &Row| {
            each(FactRow::read(row)?);
            Ok(())
        };
        let sql = format!("{FACTS}{IN_ORDER}").replace("{s}", &slot);
        Ok(self.0.connection().for_each_row(&sql, read).await?)
    }

    /// Calls `each` with every fact of some orders, those of one order together.
    pub async fn facts_of(
        &mut self,
        orders: &[OrderId],
        mut each: impl FnMut(FactRow),
    ) -> Result<(), Unavailable> {
        let slot = live_slot(self.0.connection()).await?;
        let sql = format!("{FACTS}{OF_ORDERS}{IN_ORDER}").replace("{s}", &slot);
        for row in self.rows_of(&sql, orders).await? {
            each(FactRow::read(&row)?);
        }
        Ok(())
    }

    /// Calls `each` with every row of the aggregates of the live projection, as text.
    pub async fn figures(&mut self, mut each: impl FnMut(Line)) -> Result<(), Unavailable> {
        let slot = live_slot(self.0.connection()).await?;
        for table in TABLES.iter().filter(|table| table.is_aggregate) {
            let read = |row: &Row| {
                each(table.line(row)?);
                Ok(())
            };
            let cast = |name: &&str| format!("CAST({name} AS TEXT) AS {name}");
            let columns: Vec<_> = table.columns.iter().map(cast).collect();
            let (name, only) = (table.name, table.only);
            let sql = format!("SELECT {} FROM {name}_{slot} {only}", columns.join(", "));
            self.0.connection().for_each_row(&sql, read).await?;
        }
        Ok(())
    }
}
