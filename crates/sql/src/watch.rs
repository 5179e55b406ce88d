//! What mails are based on: the state of orders and payments, and undecided orders.

use std::collections::HashMap;

use domain::{
    ids::OrderId,
    order::Order,
    payment::{IntentId, PaymentState},
    ports::{
        MailKind, OrderSnapshot, OrderWatch, PlacedOrder, Unavailable, UndecidedOrders,
        UndecidedQuery,
    },
    status::Status,
};
use jiff::Timestamp;

use super::{
    Arg, Batch, Database, Failure, Row, coalesce::Coalescer, failure::retry_collisions, rows,
};

/// Orders as mails need them.
#[derive(Clone, Debug)]
pub struct SqlWatch {
    database: Database,
    snapshot: Coalescer<OrderId, OrderSnapshot>,
}

impl SqlWatch {
    /// The orders of `database`. Must be called within a runtime.
    pub fn new(database: &Database) -> Self {
        let reader = database.clone();
        let snapshot = Coalescer::new(move |calls| read_snapshots(reader.clone(), calls));
        Self { database: database.clone(), snapshot }
    }
}

impl OrderWatch for SqlWatch {
    async fn snapshot(&self, order: OrderId) -> Result<OrderSnapshot, Unavailable> {
        self.snapshot.call(order).await
    }

    async fn placed_order(&self, order: OrderId) -> Result<Option<PlacedOrder>, Unavailable> {
        let sql = "SELECT o.snapshot, o.trace, p.number, p.intent_id FROM orders o \
            LEFT JOIN payments p ON p.order_id = o.order_id WHERE o.order_id = $1";
        let id = order.to_string();
        let found = self.database.reader().await?.run(sql, &[Arg::Text(Some(&id))]).await?;
        let Some(row) = found.first() else { return Ok(None) };
        Ok(placed_order(row)?)
    }
}

fn placed_order(row: &Row) -> Result<Option<PlacedOrder>, Failure> {
    let Some(order) = rows::order(row)? else { return Ok(None) };
    let number = rows::number(row, "number")?;
    let intent = row.get::<Option<String>, _>("intent_id")?.map(IntentId);
    Ok(Some(PlacedOrder { order, number, intent }))
}

async fn read_snapshots(
    database: Database,
    calls: Vec<OrderId>,
) -> Result<Vec<OrderSnapshot>, Unavailable> {
    let sql = "SELECT r.order_id, o.status, p.state FROM {rows} \
        LEFT JOIN orders o ON o.order_id = r.order_id \
        LEFT JOIN payments p ON p.order_id = r.order_id";
    let batch = Batch::of(&calls).text("order_id", OrderId::to_string);
    let found = database.reader().await?.bulk(sql, batch).await?;
    let snapshot = |row: &Row| {
        let (status, state): (Option<String>, Option<String>) = (row.get(1)?, row.get(2)?);
        let status = status.map(|text| rows::parse(&text)).transpose()?;
        let payment = state.map(|text| rows::parse(&text)).transpose()?;
        Ok((row.get::<String, _>(0)?, OrderSnapshot { status, payment }))
    };
    let found = found.iter().map(snapshot).collect::<Result<HashMap<_, _>, Failure>>()?;
    let of = |order: &OrderId| found.get(&order.to_string()).copied().unwrap_or_default();
    Ok(calls.iter().map(of).collect())
}

impl UndecidedOrders for SqlWatch {
    async fn undecided_orders(
        &self,
        kind: MailKind,
        which: UndecidedQuery,
    ) -> Result<Vec<Order>, Unavailable> {
        // The rank is a literal and not a parameter, so that the planner uses the index of
        // undecided orders.
        let placed = Status::Placed.rank();
        let is_about_waiting = kind.fits(Some(PaymentState::ActionRequired));
        let waits = if is_about_waiting { "EXISTS" } else { "NOT EXISTS" };
        let sql = format!(
            "SELECT o.snapshot, o.trace FROM orders o WHERE o.rank = {placed} \
             AND o.placed_at_us > $1 AND o.placed_at_us <= $2 AND o.snapshot IS NOT NULL \
             AND {waits} (SELECT 1 FROM payments p WHERE p.order_id = o.order_id \
                          AND p.state = 'action_required') \
             AND NOT EXISTS (SELECT 1 FROM mails m WHERE m.order_id = o.order_id AND m.kind = $3) \
             AND NOT EXISTS (SELECT 1 FROM mail_claims c WHERE c.order_id = o.order_id \
                             AND c.kind = $3 AND c.until_us > $4) \
             ORDER BY o.placed_at_us, o.order_id LIMIT $5"
        );
        let number = |at: Timestamp| Arg::Number(rows::micros(at));
        let args = [
            number(which.after),
            number(which.until),
            Arg::Text(Some(kind.name())),
            number(which.now),
            Arg::Number(which.limit.into()),
        ];
        let found = self.database.reader().await?.run(&sql, &args).await?;
        let orders = found.iter().filter_map(|row| rows::order(row).transpose());
        Ok(orders.collect::<Result<Vec<_>, Failure>>()?)
    }

    async fn claim(
        &self,
        order: OrderId,
        kind: MailKind,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Unavailable> {
        // One statement, so that of two concurrent claims the second sees the row of the first.
        let sql = "INSERT INTO mail_claims (order_id, kind, until_us)
            SELECT m.order_id, m.kind, m.until_us
            FROM (SELECT CAST($1 AS TEXT) AS order_id, CAST($2 AS TEXT) AS kind,
                         CAST($3 AS BIGINT) AS until_us) AS m
            WHERE NOT EXISTS (SELECT 1 FROM mails s
                              WHERE s.order_id = m.order_id AND s.kind = m.kind)
            ON CONFLICT (order_id, kind) DO UPDATE SET until_us = excluded.until_us
              WHERE mail_claims.until_us <= $4 RETURNING order_id";
        let id = order.to_string();
        let args = [
            Arg::Text(Some(&id)),
            Arg::Text(Some(kind.name())),
            Arg::Number(rows::micros(until)),
            Arg::Number(rows::micros(now)),
        ];
        let claim = || async {
            let claimed = self.database.writer().await?.run(sql, &args).await?;
            Ok(!claimed.is_empty())
        };
        retry_collisions(claim).await
    }
}
