//! What an audit reads.

use domain::ports::Unavailable;
use futures::TryStreamExt;
use sqlx::Row;

use super::{Database, corrupt, unavailable};

/// One order as the tables see it; `None` where a table does not know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// The order id as text.
    pub order_id: String,
    /// The status in the order book.
    pub status: Option<String>,
    /// The payment's state.
    pub payment_state: Option<String>,
    /// The payment's amount, in minor units.
    pub payment_minor: Option<i64>,
    /// The payment's intent.
    pub intent_id: Option<String>,
    /// True if analytics counted the order as placed.
    pub counted_placed: bool,
    /// True if analytics counted the order as confirmed.
    pub counted_confirmed: bool,
}

/// Reports over the whole database.
#[derive(Clone, Debug)]
pub struct Reports(Database);

const ORDERS: &str = "SELECT ids.order_id, o.status, p.state, p.amount_minor, p.intent_id,
      fp.kind IS NOT NULL AS placed, fc.kind IS NOT NULL AS confirmed
    FROM (SELECT order_id FROM orders UNION SELECT order_id FROM payments
          UNION SELECT order_id FROM facts) ids
    LEFT JOIN orders o ON o.order_id = ids.order_id
    LEFT JOIN payments p ON p.order_id = ids.order_id
    LEFT JOIN facts fp ON fp.order_id = ids.order_id AND fp.kind = 'placed'
    LEFT JOIN facts fc ON fc.order_id = ids.order_id AND fc.kind = 'confirmed'";

/// Aggregates that differ from the facts they were made of, as (name, facts say, aggregates say).
/// A figure that only one side knows is off, too.
const AGGREGATES: &str = "SELECT COALESCE(f.name, a.name), COALESCE(f.n, 0), COALESCE(a.n, 0) FROM (
      SELECT 'orders by ' || kind || ' in ' || currency AS name, COUNT(*) AS n FROM facts GROUP BY kind, currency
      UNION ALL SELECT 'amount by ' || kind || ' in ' || currency, SUM(total_minor) FROM facts GROUP BY kind, currency
      UNION ALL SELECT 'confirmed orders of all customers', COUNT(*) FROM facts WHERE kind = 'confirmed'
    ) f FULL JOIN (
      SELECT 'orders by ' || kind || ' in ' || currency AS name, SUM(orders) AS n FROM sales_by_hour GROUP BY kind, currency
      UNION ALL SELECT 'amount by ' || kind || ' in ' || currency, SUM(amount_minor) FROM sales_by_hour GROUP BY kind, currency
      UNION ALL SELECT 'confirmed orders of all customers', COALESCE(SUM(orders), 0) FROM sales_by_customer
    ) a ON a.name = f.name WHERE COALESCE(a.n, 0) <> COALESCE(f.n, 0)";

impl Reports {
    /// Reports over `database`.
    pub fn new(database: Database) -> Self {
        Self(database)
    }

    /// Hands every order that any table knows to `each`.
    pub async fn orders(&self, mut each: impl FnMut(AuditRow)) -> Result<(), Unavailable> {
        let mut reader = self.0.reader().await?;
        let mut found = sqlx::query(ORDERS).fetch(&mut *reader);
        while let Some(row) = found.try_next().await.map_err(unavailable)? {
            each(AuditRow {
                order_id: row.try_get(0).map_err(corrupt)?,
                status: row.try_get(1).map_err(corrupt)?,
                payment_state: row.try_get(2).map_err(corrupt)?,
                payment_minor: row.try_get(3).map_err(corrupt)?,
                intent_id: row.try_get(4).map_err(corrupt)?,
                counted_placed: row.try_get(5).map_err(corrupt)?,
                counted_confirmed: row.try_get(6).map_err(corrupt)?,
            });
        }
        Ok(())
    }

    /// Aggregates that do not equal their facts: (name, by the facts, by the aggregates).
    pub async fn aggregates_off(&self) -> Result<Vec<(String, i64, i64)>, Unavailable> {
        let found = sqlx::query(AGGREGATES)
            .fetch_all(&mut *self.0.reader().await?)
            .await
            .map_err(unavailable)?;
        let row = |row: &sqlx::sqlite::SqliteRow| {
            let name = row.try_get(0).map_err(corrupt)?;
            Ok((name, row.try_get(1).map_err(corrupt)?, row.try_get(2).map_err(corrupt)?))
        };
        found.iter().map(row).collect()
    }
}
