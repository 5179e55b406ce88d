//! Figures: of all time from the aggregates, of a range from the facts. For a range that covers
//! everything, both are equal.

use domain::facts::{
    DishSales, Fact, FactName, Scope, Summary, board::FactsQuery, deltas::SalesDelta,
};
use jiff::Timestamp;

use super::{Arg, Connection, Database, Failure, Row, for_slot, rows, slots, sold};

/// From (inclusive) to (exclusive); `None` is unbounded.
type Span = (Option<Timestamp>, Option<Timestamp>);

/// The summary, as of one moment.
pub(super) async fn summary(
    database: &Database,
    scope: &Scope,
    span: Span,
) -> Result<Summary, Failure> {
    let mut tx = database.snapshot().await?;
    let slot = slots::live_slot(tx.connection()).await?;
    let mut reader = Reader { connection: tx.connection(), slot, scope, span };
    let (sales, items, customers) = match span {
        (None, None) => (ALL_SALES, ALL_ITEMS, ALL_CUSTOMERS),
        _ => (SPAN_SALES, SPAN_ITEMS, SPAN_CUSTOMERS),
    };
    let mut summary = Summary::default();
    for row in reader.fetch(sales).await? {
        let (kind, currency) = (rows::column(&row, "kind")?, rows::column(&row, "currency")?);
        summary.add(kind, currency, &sums(&row)?);
    }
    for row in reader.fetch(items).await? {
        summary.top_items.push(dish(&row)?);
    }
    for row in reader.fetch(customers).await? {
        (summary.customers, summary.returning) = (row.get("customers")?, row.get("returning_n")?);
    }
    tx.commit().await?;
    Ok(summary)
}

struct Reader<'a> {
    connection: &'a mut Connection,
    slot: String,
    scope: &'a Scope,
    span: Span,
}

impl Reader<'_> {
    /// Runs a statement with `$1` as the scope, `$2` and `$3` the times.
    async fn fetch(&mut self, sql: &str) -> Result<Vec<Row>, Failure> {
        let here = match self.scope {
            Scope::One(_) => "o.restaurant_id = $1 AND f.restaurant_id = $1",
            Scope::All => "$1 = ''",
        };
        let args = [
            Arg::Text(Some(self.scope.name())),
            Arg::Number(self.span.0.map_or(i64::MIN, rows::micros)),
            Arg::Number(self.span.1.map_or(i64::MAX, rows::micros)),
        ];
        // A statement must be prepared with exactly its parameters.
        let used = if sql.contains("$2") { &args[..] } else { &args[..1] };
        let sql = sql.replace("{here}", here).replace("{kind}", KIND);
        self.connection.run(&for_slot(&self.slot, &sql), used).await
    }
}

/// Decodes sums from a row.
pub(super) fn sums(row: &Row) -> Result<SalesDelta, Failure> {
    Ok(SalesDelta {
        orders: row.get("orders")?,
        amount_minor: row.get("amount_minor")?,
        pieces: row.get("pieces")?,
        latest: rows::timestamp(row.get("latest_us")?)?,
    })
}

/// Decodes the sales of a dish from a row.
pub(super) fn dish(row: &Row) -> Result<DishSales, Failure> {
    Ok(DishSales {
        item_id: rows::column(row, "item_id")?,
        name: rows::column(row, "name")?,
        quantity: row.get("quantity")?,
        revenue_minor: row.get("revenue_minor")?,
    })
}

/// The facts behind a figure, newest first.
pub(super) async fn facts_behind(
    database: &Database,
    ask: &FactsQuery,
) -> Result<Vec<Fact>, Failure> {
    let mut tx = database.snapshot().await?;
    let slot = slots::live_slot(tx.connection()).await?;
    let here = match ask.scope {
        Scope::One(_) => "f.restaurant_id = $1",
        Scope::All => "$1 = ''",
    };
    let because = if ask.reason.is_some() { "f.reason = $5" } else { "$5 = ''" };
    let sql = BEHIND.replace("{here}", here).replace("{because}", because);
    let args = [
        Arg::Text(Some(ask.scope.name())),
        Arg::Number(rows::micros(ask.span.0)),
        Arg::Number(rows::micros(ask.span.1)),
        Arg::Text(Some(ask.kind.name())),
        Arg::Text(Some(ask.reason.map_or("", |reason| reason.name()))),
        Arg::Number(ask.limit.into()),
    ];
    let found = tx.connection().run(&for_slot(&slot, &sql), &args).await?;
    tx.commit().await?;
    let fact = |row: &Row| {
        let name: FactName = rows::column(row, "kind")?;
        let (at, reason) = (rows::timestamp(row.get("at_us")?)?, rows::column(row, "reason")?);
        let kind = name.kind;
        let refunded = sold::refunded(name, row.get("amount_minor")?);
        Ok(Fact { sale: sold::decode_sale(row)?, kind, at, reason, refunded })
    };
    found.iter().map(fact).collect()
}

/// The number of facts, which changes whenever one is added.
pub(super) async fn pulse(database: &Database) -> Result<i64, Failure> {
    let mut reader = database.reader().await?;
    let slot = slots::live_slot(&mut reader).await?;
    let found = reader.run(&for_slot(&slot, PULSE), &[]).await?;
    let row = found.first().ok_or_else(|| rows::missing("sales"))?;
    Ok(row.get::<Option<i64>, _>("pulse")?.unwrap_or(0))
}

// Sums are cast, because PostgreSQL widens them to numeric.
const ALL_SALES: &str = "SELECT kind, currency, CAST(SUM(orders) AS BIGINT) AS orders,
      CAST(SUM(amount_minor) AS BIGINT) AS amount_minor, CAST(SUM(pieces) AS BIGINT) AS pieces,
      MAX(latest_us) AS latest_us
    FROM sales_{s} WHERE scope = $1 AND basis = 'event' AND grain = 0 GROUP BY kind, currency";
const ALL_ITEMS: &str = "SELECT item_id, {latest_name} AS name,
      CAST(SUM(quantity) AS BIGINT) AS quantity,
      CAST(SUM(revenue_minor) AS BIGINT) AS revenue_minor
    FROM dishes_{s} WHERE scope = $1 AND kind = 'confirmed' AND grain = 0 AND start_s = 0
    GROUP BY item_id ORDER BY quantity DESC, item_id LIMIT 10";
const ALL_CUSTOMERS: &str =
    "SELECT customers, returning_n FROM customer_totals_{s} WHERE scope = $1";
// All kinds are listed, so that the index on kinds and times is used. Names of refunds of parts are
// between "refunded:" and "refunded;", the next character.
const SPAN_SALES: &str = "SELECT {kind} AS kind, o.currency AS currency, COUNT(*) AS orders,
      CAST(SUM(COALESCE(f.amount_minor, o.total_minor)) AS BIGINT) AS amount_minor,
      CAST(SUM(CASE WHEN f.amount_minor IS NULL THEN o.pieces ELSE 0 END) AS BIGINT) AS pieces,
      MAX(f.at_us) AS latest_us
    FROM facts_{s} f JOIN fact_orders_{s} o ON o.order_id = f.order_id
    WHERE {here} AND f.at_us >= $2 AND f.at_us < $3 AND (f.kind IN ('placed', 'confirmed',
      'accepted', 'preparing', 'ready', 'out_for_delivery', 'completed', 'declined', 'cancelled',
      'refunded') OR (f.kind > 'refunded:' AND f.kind < 'refunded;'))
    GROUP BY {kind}, o.currency";
/// The kind of a fact, without the refund that it is.
const KIND: &str =
    "CASE WHEN f.kind > 'refunded:' AND f.kind < 'refunded;' THEN 'refunded' ELSE f.kind END";
const SPAN_ITEMS: &str = "SELECT item_id, {latest_name} AS name,
      CAST(SUM(quantity) AS BIGINT) AS quantity,
      CAST(SUM(revenue_minor) AS BIGINT) AS revenue_minor FROM (
      SELECT i.value->>'item_id' AS item_id, i.value->>'name' AS name, f.at_us AS named_us,
             CAST(i.value->>'quantity' AS BIGINT) AS quantity,
             CAST(i.value->>'revenue_minor' AS BIGINT) AS revenue_minor
      FROM facts_{s} f JOIN fact_orders_{s} o ON o.order_id = f.order_id, {items}
      WHERE {here} AND f.kind = 'confirmed' AND f.at_us >= $2 AND f.at_us < $3) sold
    GROUP BY item_id ORDER BY quantity DESC, item_id {bytewise} LIMIT 10";
const SPAN_CUSTOMERS: &str = "SELECT COUNT(*) AS customers,
      COALESCE(SUM(CASE WHEN n > 1 THEN 1 ELSE 0 END), 0) AS returning_n
    FROM (SELECT o.customer, COUNT(*) AS n
      FROM facts_{s} f JOIN fact_orders_{s} o ON o.order_id = f.order_id
      WHERE {here} AND f.kind = 'confirmed' AND f.at_us >= $2 AND f.at_us < $3
      GROUP BY o.customer) c";
const BEHIND: &str = "SELECT f.kind AS kind, f.at_us AS at_us, f.reason AS reason,
      f.amount_minor AS amount_minor,
      o.order_id AS order_id, o.restaurant_id AS restaurant_id, o.time_zone AS time_zone,
      o.currency AS currency, o.placed_us AS placed_us, o.total_minor AS total_minor,
      o.customer AS customer, o.items AS items
    FROM facts_{s} f JOIN fact_orders_{s} o ON o.order_id = f.order_id
    WHERE {here} AND {because} AND (f.kind = $4 OR (f.kind > $4 || ':' AND f.kind < $4 || ';'))
      AND f.at_us >= $2 AND f.at_us < $3
    ORDER BY f.at_us DESC, f.order_id LIMIT $6";
const PULSE: &str = "SELECT CAST(SUM(orders) AS BIGINT) AS pulse FROM sales_{s}
    WHERE scope = '' AND basis = 'event' AND grain = 0";
