//! The books of a day: sums of the ledger.

use std::collections::HashMap;

use domain::{
    books::{BookedRate, BookedSum, Direction, LedgerMovement},
    ids::{OrderId, RestaurantId},
    money::Money,
    payment::{LedgerAccount, LedgerEntry},
    payment_method::MethodKind,
    ports::{LedgerReader, Unavailable},
};
use jiff::Timestamp;

use super::{Arg, Batch, Database, Failure, Row, failure::corrupt, rows};

/// The movements of a restaurant within a span, by their posting of money, and with each the other
/// postings of its entry. Postings of earlier releases have no restaurant: their order has it.
const MOVED: &str = "WITH moved AS (
      SELECT order_id, entry, account FROM ledger
        WHERE restaurant_id = $1 AND at_us >= $2 AND at_us < $3 AND account IN ('gateway', 'till')
      UNION ALL
      SELECT l.order_id, l.entry, l.account FROM ledger l
        WHERE l.restaurant_id IS NULL AND l.at_us >= $2 AND l.at_us < $3
          AND l.account IN ('gateway', 'till')
          AND (SELECT o.restaurant_id FROM orders o WHERE o.order_id = l.order_id) = $1
    )";

/// The sums of these entries.
const BOOKED: &str = ", kinds AS (
      SELECT order_id, entry, account AS money,
          CASE WHEN entry LIKE 'refund:%' THEN 'refund' ELSE entry END AS kind FROM moved
    )
    SELECT k.money AS money, k.kind AS kind, l.account AS account, l.tax_name AS tax_name,
        l.tax_percent AS tax_percent, l.currency AS currency,
        CAST(SUM(l.amount_minor) AS BIGINT) AS amount_minor, COUNT(*) AS postings
    FROM kinds k JOIN ledger l ON l.order_id = k.order_id AND l.entry = k.entry
    GROUP BY k.money, k.kind, l.account, l.tax_name, l.tax_percent, l.currency";

/// The ledger of a database, to read.
#[derive(Clone, Debug)]
pub struct SqlBooks(Database);

impl SqlBooks {
    /// The ledger of `database`.
    pub fn new(database: Database) -> Self {
        Self(database)
    }
}

impl LedgerReader for SqlBooks {
    async fn booked(
        &self,
        restaurant: &RestaurantId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<BookedSum>, Unavailable> {
        let args = [
            Arg::Text(Some(restaurant.as_str())),
            Arg::Number(rows::micros(from)),
            Arg::Number(rows::micros(to)),
        ];
        let found = self.0.reader().await?.run(&format!("{MOVED} {BOOKED}"), &args).await?;
        Ok(found.iter().map(decode_sum).collect::<Result<_, Failure>>()?)
    }
}

impl SqlBooks {
    /// The movements by card of a restaurant that were booked from `from` (inclusive) to `to`
    /// (exclusive), with everything else of their orders.
    pub async fn card_movements(
        &self,
        restaurant: &RestaurantId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<LedgerMovement>, Unavailable> {
        let sql = format!(
            "{MOVED} SELECT l.order_id AS order_id, l.entry AS entry, l.currency AS currency,
                 l.amount_minor AS amount_minor, l.at_us AS at_us
             FROM (SELECT DISTINCT order_id FROM moved WHERE account = 'gateway') m
             JOIN ledger l ON l.order_id = m.order_id WHERE l.account = 'gateway'"
        );
        let args = [
            Arg::Text(Some(restaurant.as_str())),
            Arg::Number(rows::micros(from)),
            Arg::Number(rows::micros(to)),
        ];
        let found = self.0.reader().await?.run(&sql, &args).await?;
        Ok(found.iter().map(decode_movement).collect::<Result<_, Failure>>()?)
    }

    /// The movements by card of orders.
    pub async fn card_movements_of(
        &self,
        orders: &[OrderId],
    ) -> Result<Vec<LedgerMovement>, Unavailable> {
        let sql = "SELECT l.order_id AS order_id, l.entry AS entry, l.currency AS currency,
                l.amount_minor AS amount_minor, l.at_us AS at_us
            FROM {rows} JOIN ledger l ON l.order_id = r.order_id WHERE l.account = 'gateway'";
        let batch = Batch::of(orders).text("order_id", ToString::to_string);
        let found = self.0.reader().await?.bulk(sql, batch).await?;
        Ok(found.iter().map(decode_movement).collect::<Result<_, Failure>>()?)
    }

    /// The restaurants of orders, of those that the order book has.
    pub async fn restaurants_of(
        &self,
        orders: &[OrderId],
    ) -> Result<HashMap<OrderId, RestaurantId>, Unavailable> {
        let sql = "SELECT o.order_id AS order_id, o.restaurant_id AS restaurant_id
            FROM {rows} JOIN orders o ON o.order_id = r.order_id
            WHERE o.restaurant_id IS NOT NULL";
        let batch = Batch::of(orders).text("order_id", ToString::to_string);
        let found = self.0.reader().await?.bulk(sql, batch).await?;
        let pair = |row: &Row| {
            let restaurant: RestaurantId = rows::column(row, "restaurant_id")?;
            Ok::<_, Failure>((rows::column(row, "order_id")?, restaurant))
        };
        Ok(found.iter().map(pair).collect::<Result<_, Failure>>()?)
    }
}

fn decode_movement(row: &Row) -> Result<LedgerMovement, Failure> {
    Ok(LedgerMovement {
        order: rows::column(row, "order_id")?,
        direction: Direction::from(&rows::column::<LedgerEntry>(row, "entry")?),
        money: Money::new(row.get("amount_minor")?, rows::column(row, "currency")?),
        at: rows::timestamp(row.get("at_us")?)?,
    })
}

fn decode_sum(row: &Row) -> Result<BookedSum, Failure> {
    let method = match rows::column(row, "money")? {
        LedgerAccount::Gateway => MethodKind::Card,
        LedgerAccount::Till => MethodKind::Cash,
        account => return Err(corrupt(format!("{account} holds no money"))),
    };
    let account: LedgerAccount = rows::column(row, "account")?;
    let optional = |name| row.get::<Option<String>, _>(name);
    let rate = match account.rate() {
        None => None,
        Some(id) => Some(BookedRate {
            id: id.clone(),
            name: optional("tax_name")?.map(|name| rows::parse(&name)).transpose()?,
            percent: optional("tax_percent")?.map(|percent| rows::parse(&percent)).transpose()?,
        }),
    };
    Ok(BookedSum {
        method,
        direction: Direction::from(&rows::column::<LedgerEntry>(row, "kind")?),
        account,
        rate,
        currency: rows::column(row, "currency")?,
        amount_minor: row.get("amount_minor")?,
        postings: row.get::<i64, _>("postings")?.try_into().map_err(corrupt)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_day_is_read_by_its_index() {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("comanda.db").display());
        let database = Database::open(&address).await.unwrap();
        let args = [Arg::Text(Some("bella-napoli")), Arg::Number(1), Arg::Number(2)];
        let sql = format!("EXPLAIN QUERY PLAN {MOVED} {BOOKED}");
        let plan = database.reader().await.unwrap().run(&sql, &args).await.unwrap();
        let steps: Vec<String> = plan.iter().map(|row| row.get("detail").unwrap()).collect();
        let index = "ledger_booked (restaurant_id=? AND at_us>? AND at_us<?)";
        let by_index = steps.iter().filter(|step| step.contains(index));
        assert_eq!(by_index.count(), 2, "{steps:#?}");
        assert!(!steps.iter().any(|step| step.contains("SCAN l")), "{steps:#?}");
    }
}
