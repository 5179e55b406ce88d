//! What an audit reads.

use domain::ports::Unavailable;

use super::{Database, Failure, Row};

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
      UNION ALL SELECT 'amount by ' || kind || ' in ' || currency, CAST(SUM(total_minor) AS BIGINT) FROM facts GROUP BY kind, currency
      UNION ALL SELECT 'confirmed orders of all customers', COUNT(*) FROM facts WHERE kind = 'confirmed'
    ) f FULL JOIN (
      SELECT 'orders by ' || kind || ' in ' || currency AS name, CAST(SUM(orders) AS BIGINT) AS n FROM sales_by_hour GROUP BY kind, currency
      UNION ALL SELECT 'amount by ' || kind || ' in ' || currency, CAST(SUM(amount_minor) AS BIGINT) FROM sales_by_hour GROUP BY kind, currency
      UNION ALL SELECT 'confirmed orders of all customers', CAST(COALESCE(SUM(orders), 0) AS BIGINT) FROM sales_by_customer
    ) a ON a.name = f.name WHERE COALESCE(a.n, 0) <> COALESCE(f.n, 0)";

impl Reports {
    /// Reports over `database`.
    pub fn new(database: Database) -> Self {
        Self(database)
    }

    /// Hands every order that any table knows to `each`.
    pub async fn orders(&self, mut each: impl FnMut(AuditRow)) -> Result<(), Unavailable> {
        let read = |row: &Row| {
            each(AuditRow {
                order_id: row.get(0)?,
                status: row.get(1)?,
                payment_state: row.get(2)?,
                payment_minor: row.get(3)?,
                intent_id: row.get(4)?,
                counted_placed: row.get(5)?,
                counted_confirmed: row.get(6)?,
            });
            Ok(())
        };
        Ok(self.all(ORDERS, read).await?)
    }

    /// Aggregates that do not equal their facts: (name, by the facts, by the aggregates).
    pub async fn aggregates_off(&self) -> Result<Vec<(String, i64, i64)>, Unavailable> {
        let mut off = Vec::new();
        let read = |row: &Row| {
            off.push((row.get(0)?, row.get(1)?, row.get(2)?));
            Ok(())
        };
        self.all(AGGREGATES, read).await?;
        Ok(off)
    }

    /// Reads everything, however long that takes.
    async fn all(
        &self,
        sql: &str,
        each: impl FnMut(&Row) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut tx = self.0.snapshot().await?;
        tx.connection().command("", "SET LOCAL statement_timeout = 0").await?;
        tx.connection().each(sql, each).await?;
        tx.commit().await
    }
}
