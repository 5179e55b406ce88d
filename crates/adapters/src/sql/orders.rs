//! The order book.

use std::collections::{BTreeSet, HashMap};

use domain::{
    ids::{OrderId, RequestId, RestaurantId},
    kitchen::{self, Decision, Request},
    order::Order,
    ports::{BookEntry, OrderBook, OrderView, Unavailable},
    status::{Standing, Status, StatusChange},
};
use jiff::Timestamp;
use serde_json::json;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{Database, bulk, corrupt, rows, status::record_status, unavailable};

/// The order book in the database.
#[derive(Clone, Debug)]
pub struct SqlOrders(Database);

impl SqlOrders {
    /// The order book of `database`.
    pub fn new(database: Database) -> Self {
        Self(database)
    }
}

/// Orders with their payment; completed by a `WHERE` and an `ORDER BY`.
const VIEW: &str = "SELECT o.order_id AS id, o.status, o.at_us, o.reason AS status_reason, \
    o.ready_by_us, o.snapshot, p.order_id, p.placed_us, p.amount_minor, p.currency, p.state, p.intent_id, \
    p.attempts, p.decided_us, p.reason \
    FROM orders o LEFT JOIN payments p ON p.order_id = o.order_id ";

impl OrderBook for SqlOrders {
    async fn record(&self, entries: Vec<BookEntry>) -> Result<(), Unavailable> {
        let mut tx = self.0.begin().await?;
        record_status(&mut tx, entries).await?;
        tx.commit().await.map_err(unavailable)
    }

    async fn decide(
        &self,
        requests: Vec<Request>,
    ) -> Result<Vec<(Decision, Option<Order>)>, Unavailable> {
        let mut tx = self.0.begin().await?;
        let mut known = stored_decisions(&mut tx, &requests).await?;
        let mut book = load_orders(&mut tx, &requests).await?;
        let mut answers = Vec::with_capacity(requests.len());
        let mut fresh = Vec::new();
        for request in &requests {
            let entry = book.get(&request.order_id);
            let order = entry.map(|(order, _)| order.clone());
            if let Some(decision) = known.get(&request.id) {
                answers.push((decision.clone(), order));
                continue;
            }
            let decision = kitchen::decide(request, entry.map(|(order, at)| (order, *at)));
            if let (Some(change), Some(entry)) = (&decision.change, book.get_mut(&request.order_id))
            {
                entry.1 = change.status;
            }
            known.insert(request.id, decision.clone());
            fresh.push((decision.clone(), request.at));
            answers.push((decision, order));
        }
        let steps = fresh.iter().filter_map(|(decision, _)| decision.change.clone());
        let steps = steps.map(|change| BookEntry { change, order: None }).collect();
        record_status(&mut tx, steps).await?;
        store_decisions(&mut tx, &fresh).await?;
        tx.commit().await.map_err(unavailable)?;
        Ok(answers)
    }

    async fn decision(&self, request: RequestId) -> Result<Option<Decision>, Unavailable> {
        let row = sqlx::query("SELECT * FROM decisions WHERE request_id = $1")
            .bind(request.to_string())
            .fetch_optional(&mut *self.0.reader().await?)
            .await
            .map_err(unavailable)?;
        row.as_ref().map(decision).transpose()
    }

    async fn read(&self, order: OrderId) -> Result<Option<OrderView>, Unavailable> {
        let mut reader = self.0.reader().await?;
        let sql = format!("{VIEW} WHERE o.order_id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(order.to_string())
            .fetch_optional(&mut *reader)
            .await
            .map_err(unavailable)?;
        let mut views: Vec<_> = row.as_ref().map(view).transpose()?.into_iter().collect();
        add_history(&mut reader, &mut views).await?;
        Ok(views.pop())
    }

    async fn board(
        &self,
        restaurant: Option<&RestaurantId>,
        limit: u32,
    ) -> Result<Vec<OrderView>, Unavailable> {
        let mut reader = self.0.reader().await?;
        let place =
            if restaurant.is_some() { "o.restaurant_id = $1 AND" } else { "$1 IS NULL AND" };
        let sql = format!(
            "{VIEW} WHERE {place} o.rank >= $2 AND o.rank < $3 AND o.snapshot IS NOT NULL \
             ORDER BY o.placed_at_us, o.order_id LIMIT $4"
        );
        let found = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(restaurant.map(RestaurantId::as_str))
            .bind(Status::Confirmed.rank())
            .bind(Status::Completed.rank())
            .bind(i64::from(limit))
            .fetch_all(&mut *reader)
            .await
            .map_err(unavailable)?;
        let mut views = found.iter().map(view).collect::<Result<Vec<_>, _>>()?;
        add_history(&mut reader, &mut views).await?;
        Ok(views)
    }
}

fn view(row: &SqliteRow) -> Result<OrderView, Unavailable> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(corrupt);
    let maybe = |name: &str| row.try_get::<Option<String>, _>(name).map_err(corrupt);
    let ready_by: Option<i64> = row.try_get("ready_by_us").map_err(corrupt)?;
    let payment = match maybe("order_id")? {
        Some(_) => Some(rows::payment(row)?),
        None => None,
    };
    Ok(OrderView {
        order_id: rows::parse(&text("id")?)?,
        standing: Standing {
            status: rows::parse(&text("status")?)?,
            at: rows::timestamp(row.try_get("at_us").map_err(corrupt)?)?,
            reason: maybe("status_reason")?,
            ready_by: ready_by.map(rows::timestamp).transpose()?,
        },
        order: maybe("snapshot")?.map(|json| rows::snapshot(&json)).transpose()?,
        history: Vec::new(),
        payment,
    })
}

fn id_rows<'a>(ids: impl Iterator<Item = &'a OrderId>) -> String {
    let sorted: BTreeSet<_> = ids.collect();
    rows::array(&sorted.into_iter().map(|id| json!({"id": id.to_string()})).collect::<Vec<_>>())
}

async fn add_history(
    reader: &mut SqliteConnection,
    views: &mut [OrderView],
) -> Result<(), Unavailable> {
    let sql = "SELECT h.order_id, h.status, h.at_us FROM {rows} \
        JOIN order_history h ON h.order_id = r.value->>'id' ORDER BY h.order_id, h.rank";
    let found = sqlx::query(bulk(sql))
        .bind(id_rows(views.iter().map(|view| &view.order_id)))
        .fetch_all(reader)
        .await
        .map_err(unavailable)?;
    let mut steps: HashMap<OrderId, Vec<(Status, Timestamp)>> = HashMap::new();
    for row in &found {
        let id = rows::parse(&row.try_get::<String, _>(0).map_err(corrupt)?)?;
        let status = rows::parse(&row.try_get::<String, _>(1).map_err(corrupt)?)?;
        let at = rows::timestamp(row.try_get(2).map_err(corrupt)?)?;
        steps.entry(id).or_default().push((status, at));
    }
    for view in views {
        view.history = steps.remove(&view.order_id).unwrap_or_default();
    }
    Ok(())
}

async fn load_orders(
    tx: &mut SqliteConnection,
    requests: &[Request],
) -> Result<HashMap<OrderId, (Order, Status)>, Unavailable> {
    let sql = "SELECT o.order_id, o.status, o.snapshot FROM {rows} \
        JOIN orders o ON o.order_id = r.value->>'id' WHERE o.snapshot IS NOT NULL";
    let found = sqlx::query(bulk(sql))
        .bind(id_rows(requests.iter().map(|request| &request.order_id)))
        .fetch_all(tx)
        .await
        .map_err(unavailable)?;
    let entry = |row: &SqliteRow| {
        let text = |n: usize| row.try_get::<String, _>(n).map_err(corrupt);
        let (order, status) = (rows::snapshot(&text(2)?)?, rows::parse(&text(1)?)?);
        Ok((order.id, (order, status)))
    };
    found.iter().map(entry).collect()
}

async fn stored_decisions(
    tx: &mut SqliteConnection,
    requests: &[Request],
) -> Result<HashMap<RequestId, Decision>, Unavailable> {
    let ids: Vec<_> = requests.iter().map(|r| json!({"id": r.id.to_string()})).collect();
    let sql = "SELECT d.* FROM {rows} JOIN decisions d ON d.request_id = r.value->>'id'";
    let found =
        sqlx::query(bulk(sql)).bind(rows::array(&ids)).fetch_all(tx).await.map_err(unavailable)?;
    found.iter().map(|row| decision(row).map(|decision| (decision.request_id, decision))).collect()
}

fn decision(row: &SqliteRow) -> Result<Decision, Unavailable> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(corrupt);
    let order_id = rows::parse(&text("order_id")?)?;
    let status: Option<String> = row.try_get("status").map_err(corrupt)?;
    let status = status.map(|text| rows::parse::<Status>(&text)).transpose()?;
    let changed = row.try_get::<i64, _>("changed").map_err(corrupt)? == 1;
    let ready_by: Option<i64> = row.try_get("ready_by_us").map_err(corrupt)?;
    let at = rows::timestamp(row.try_get("at_us").map_err(corrupt)?)?;
    let ready_by = ready_by.map(rows::timestamp).transpose()?;
    let change = status.filter(|_| changed).map(|status| StatusChange {
        order_id,
        status,
        at,
        reason: None,
        ready_by,
    });
    Ok(Decision { request_id: rows::parse(&text("request_id")?)?, order_id, change, status })
}

async fn store_decisions(
    tx: &mut SqliteConnection,
    fresh: &[(Decision, Timestamp)],
) -> Result<(), Unavailable> {
    let row = |(decision, asked_at): &(Decision, Timestamp)| {
        let change = decision.change.as_ref();
        json!({
            "request_id": decision.request_id.to_string(),
            "order_id": decision.order_id.to_string(),
            "status": decision.status.map(Status::name),
            "changed": i64::from(change.is_some()),
            "at_us": rows::micros(change.map_or(*asked_at, |change| change.at)),
            "ready_by_us": change.and_then(|change| change.ready_by).map(rows::micros),
        })
    };
    let sql = "INSERT INTO decisions (request_id, order_id, status, changed, at_us, ready_by_us)
        SELECT r.value->>'request_id', r.value->>'order_id', r.value->>'status',
               CAST(r.value->>'changed' AS BIGINT), CAST(r.value->>'at_us' AS BIGINT),
               CAST(r.value->>'ready_by_us' AS BIGINT)
        FROM {rows} WHERE true ON CONFLICT (request_id) DO NOTHING";
    let rows = rows::array(&fresh.iter().map(row).collect::<Vec<_>>());
    sqlx::query(bulk(sql)).bind(rows).execute(tx).await.map_err(unavailable)?;
    Ok(())
}
