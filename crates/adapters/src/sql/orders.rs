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

use super::{
    Arg, Batch, Connection, Database, Failure, Row, failure::persist, rows, status::record_status,
};

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
    p.attempts, p.decided_us, p.reason, p.cancelled_us, p.cancel_reason, p.refund_attempts, \
    p.refund_id, p.refunded_us \
    FROM orders o LEFT JOIN payments p ON p.order_id = o.order_id ";

impl OrderBook for SqlOrders {
    async fn record(&self, entries: Vec<BookEntry>) -> Result<(), Unavailable> {
        let record = || async {
            let mut tx = self.0.begin().await?;
            record_status(tx.connection(), &entries).await?;
            tx.commit().await
        };
        persist(record).await
    }

    async fn decide(
        &self,
        requests: Vec<Request>,
    ) -> Result<Vec<(Decision, Option<Order>)>, Unavailable> {
        persist(|| decide(&self.0, &requests)).await
    }

    async fn decision(&self, request: RequestId) -> Result<Option<Decision>, Unavailable> {
        let sql = "SELECT * FROM decisions WHERE request_id = $1";
        let id = request.to_string();
        let found = self.0.reader().await?.run(sql, &[Arg::Text(Some(&id))]).await?;
        Ok(found.first().map(decision).transpose()?)
    }

    async fn read(&self, order: OrderId) -> Result<Option<OrderView>, Unavailable> {
        let mut reader = self.0.reader().await?;
        let sql = format!("{VIEW} WHERE o.order_id = $1");
        let found = reader.run(&sql, &[Arg::Text(Some(&order.to_string()))]).await?;
        let mut views = found.iter().map(view).collect::<Result<Vec<_>, _>>()?;
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
        // The ranks stand in the statement, not beside it: so the planner sees that the index of
        // open orders serves it.
        let (placed, completed) = (Status::Placed.rank(), Status::Completed.rank());
        let sql = format!(
            "{VIEW} WHERE {place} o.rank > {placed} AND o.rank < {completed} \
             AND o.snapshot IS NOT NULL ORDER BY o.placed_at_us, o.order_id LIMIT $2"
        );
        let args = [Arg::Text(restaurant.map(RestaurantId::as_str)), Arg::Number(limit.into())];
        let found = reader.run(&sql, &args).await?;
        let mut views = found.iter().map(view).collect::<Result<Vec<_>, _>>()?;
        add_history(&mut reader, &mut views).await?;
        Ok(views)
    }
}

/// Decides a batch in one transaction. The orders are locked before they are read, so nobody moves
/// them in between. A request that another instance answers meanwhile is found out when the answers
/// are stored; then all of it is undone and looked at again.
async fn decide(
    database: &Database,
    requests: &[Request],
) -> Result<Vec<(Decision, Option<Order>)>, Failure> {
    let mut tx = database.begin().await?;
    let mut book = lock_orders(tx.connection(), requests).await?;
    let mut known = stored_decisions(tx.connection(), requests).await?;
    let mut answers = Vec::with_capacity(requests.len());
    let mut fresh = Vec::new();
    for request in requests {
        let entry = book.get(&request.order_id);
        let order = entry.map(|(order, _)| order.clone());
        if let Some(decision) = known.get(&request.id) {
            answers.push((decision.clone(), order));
            continue;
        }
        let decision = kitchen::decide(request, entry.map(|(order, at)| (order, *at)));
        if let (Some(change), Some(entry)) = (&decision.change, book.get_mut(&request.order_id)) {
            entry.1 = change.status;
        }
        known.insert(request.id, decision.clone());
        fresh.push((decision.clone(), request.at));
        answers.push((decision, order));
    }
    let steps = fresh.iter().filter_map(|(decision, _)| decision.change.clone());
    let steps: Vec<_> = steps.map(|change| BookEntry { change, order: None }).collect();
    record_status(tx.connection(), &steps).await?;
    store_decisions(tx.connection(), fresh).await?;
    tx.commit().await?;
    Ok(answers)
}

fn view(row: &Row) -> Result<OrderView, Failure> {
    let ready_by: Option<i64> = row.get("ready_by_us")?;
    let payment = match row.get::<Option<String>, _>("order_id")? {
        Some(_) => Some(rows::payment(row)?),
        None => None,
    };
    let snapshot: Option<String> = row.get("snapshot")?;
    Ok(OrderView {
        order_id: rows::column(row, "id")?,
        standing: Standing {
            status: rows::column(row, "status")?,
            at: rows::timestamp(row.get("at_us")?)?,
            reason: row.get("status_reason")?,
            ready_by: ready_by.map(rows::timestamp).transpose()?,
        },
        order: snapshot.map(|json| rows::snapshot(&json)).transpose()?,
        history: Vec::new(),
        payment,
    })
}

async fn add_history(reader: &mut Connection, views: &mut [OrderView]) -> Result<(), Failure> {
    if views.is_empty() {
        return Ok(());
    }
    let sql = "SELECT h.order_id, h.status, h.at_us FROM {rows} \
        JOIN order_history h ON h.order_id = r.order_id ORDER BY h.order_id, h.rank";
    let batch = Batch::of(views).text("order_id", |view| view.order_id.to_string());
    let found = reader.bulk(sql, batch).await?;
    let mut steps: HashMap<OrderId, Vec<(Status, Timestamp)>> = HashMap::new();
    for row in &found {
        let at = rows::timestamp(row.get("at_us")?)?;
        let step = (rows::column::<Status>(row, "status")?, at);
        steps.entry(rows::column(row, "order_id")?).or_default().push(step);
    }
    for view in views {
        view.history = steps.remove(&view.order_id).unwrap_or_default();
        // The history was read a moment after the order; what happened in between is not told yet.
        view.history.retain(|(status, _)| *status <= view.standing.status);
    }
    Ok(())
}

async fn lock_orders(
    connection: &mut Connection,
    requests: &[Request],
) -> Result<HashMap<OrderId, (Order, Status)>, Failure> {
    let sql = "SELECT o.order_id, o.status, o.snapshot FROM {rows} \
        JOIN orders o ON o.order_id = r.order_id WHERE o.snapshot IS NOT NULL \
        ORDER BY o.order_id {for_update}";
    let ids: BTreeSet<_> = requests.iter().map(|request| request.order_id).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let batch = Batch::of(&ids).text("order_id", OrderId::to_string);
    let found = connection.bulk(sql, batch).await?;
    let entry = |row: &Row| {
        let order = rows::snapshot(&row.get::<String, _>("snapshot")?)?;
        Ok((order.id, (order, rows::column(row, "status")?)))
    };
    found.iter().map(entry).collect()
}

async fn stored_decisions(
    connection: &mut Connection,
    requests: &[Request],
) -> Result<HashMap<RequestId, Decision>, Failure> {
    let sql = "SELECT d.* FROM {rows} JOIN decisions d ON d.request_id = r.request_id";
    let batch = Batch::of(requests).text("request_id", |request| request.id.to_string());
    let found = connection.bulk(sql, batch).await?;
    found.iter().map(|row| decision(row).map(|decision| (decision.request_id, decision))).collect()
}

fn decision(row: &Row) -> Result<Decision, Failure> {
    let order_id = rows::column(row, "order_id")?;
    let status: Option<String> = row.get("status")?;
    let status = status.map(|text| rows::parse::<Status>(&text)).transpose()?;
    let changed = row.get::<i64, _>("changed")? == 1;
    let ready_by: Option<i64> = row.get("ready_by_us")?;
    let at = rows::timestamp(row.get("at_us")?)?;
    let ready_by = ready_by.map(rows::timestamp).transpose()?;
    let change = status.filter(|_| changed).map(|status| StatusChange {
        order_id,
        status,
        at,
        reason: None,
        ready_by,
    });
    Ok(Decision { request_id: rows::column(row, "request_id")?, order_id, change, status })
}

async fn store_decisions(
    connection: &mut Connection,
    mut fresh: Vec<(Decision, Timestamp)>,
) -> Result<(), Failure> {
    if fresh.is_empty() {
        return Ok(());
    }
    fresh.sort_by_key(|(decision, _)| decision.request_id);
    let sql = "INSERT INTO decisions (request_id, order_id, status, changed, at_us, ready_by_us)
        SELECT r.request_id, r.order_id, r.status, r.changed, r.at_us, r.ready_by_us
        FROM {rows} WHERE true ON CONFLICT (request_id) DO NOTHING RETURNING request_id";
    let batch = Batch::of(&fresh)
        .text("request_id", |(decision, _)| decision.request_id.to_string())
        .text("order_id", |(decision, _)| decision.order_id.to_string())
        .text("status", |(decision, _)| decision.status.map(|status| status.name().to_owned()))
        .number("changed", |(decision, _)| i64::from(decision.change.is_some()))
        .number("at_us", |(decision, asked_at)| {
            rows::micros(decision.change.as_ref().map_or(*asked_at, |change| change.at))
        })
        .number("ready_by_us", |(decision, _)| {
            let change = decision.change.as_ref();
            change.and_then(|change| change.ready_by).map(rows::micros)
        });
    let stored = connection.bulk(sql, batch).await?;
    if stored.len() == fresh.len() { Ok(()) } else { Err(Failure::Overtaken) }
}
