//! The order book.

use std::collections::HashMap;

use domain::{
    ids::{OrderId, RequestId, RestaurantId},
    kitchen::{Decision, Request},
    money::Money,
    order::Order,
    ports::{BookEntry, Hop, MoneyBack, OrderBook, OrderView, PlacedBy, Unavailable},
    status::Status,
};
use jiff::Timestamp;

use super::{
    Arg, Batch, Connection, Database, Failure, Row,
    coalesce::Coalescer,
    decisions::{decide, decision},
    failure::retry_collisions,
    order_view::{VIEW, decode_view},
    payments::read_money_back,
    rows,
    status::record_status,
    travel::{read_hops, record_hops},
};

/// The order book in the database.
#[derive(Clone, Debug)]
pub struct SqlOrders {
    pub(super) database: Database,
    /// Each page and stream of an order starts with reading it.
    read: Coalescer<OrderId, Option<OrderView>>,
    /// Each order request with a known key starts with this lookup.
    placed_by: Coalescer<OrderId, Option<PlacedBy>>,
}

impl SqlOrders {
    /// The order book of `database`. Must be called within a runtime.
    pub fn new(database: Database) -> Self {
        let (reader, looked_up) = (database.clone(), database.clone());
        Self {
            database,
            read: Coalescer::new(move |ids| read_orders(reader.clone(), ids)),
            placed_by: Coalescer::new(move |ids| read_placed_by(looked_up.clone(), ids)),
        }
    }
}

impl OrderBook for SqlOrders {
    async fn record_with_hops(
        &self,
        entries: Vec<BookEntry>,
        hops: Vec<Hop>,
    ) -> Result<(), Unavailable> {
        let record = || async {
            let mut tx = self.database.begin().await?;
            record_status(tx.connection(), &entries).await?;
            record_hops(tx.connection(), &hops).await?;
            tx.commit().await
        };
        retry_collisions(record).await
    }

    async fn travel(&self, order: OrderId) -> Result<Vec<Hop>, Unavailable> {
        Ok(read_hops(&mut self.database.reader().await?, order).await?)
    }

    async fn decide(
        &self,
        requests: Vec<Request>,
    ) -> Result<Vec<(Decision, Option<Order>)>, Unavailable> {
        retry_collisions(|| decide(&self.database, &requests)).await
    }

    async fn decision(&self, request: RequestId) -> Result<Option<Decision>, Unavailable> {
        let sql = "SELECT * FROM decisions WHERE request_id = $1";
        let id = request.to_string();
        let found = self.database.reader().await?.run(sql, &[Arg::Text(Some(&id))]).await?;
        Ok(found.first().map(decision).transpose()?)
    }

    async fn unanswered(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(OrderId, Timestamp)>, Unavailable> {
        // Exactly the expression of the index, so that the planner uses it.
        let (over, confirmed) = ("at_us + 1000000 * accept_within_s", Status::Confirmed.rank());
        let sql = format!(
            "SELECT order_id, {over} AS over_us FROM orders WHERE rank = {confirmed} \
             AND accept_within_s IS NOT NULL AND {over} <= $1 ORDER BY {over} LIMIT $2"
        );
        let args = [Arg::Number(rows::micros(now)), Arg::Number(limit.into())];
        let found = self.database.reader().await?.run(&sql, &args).await?;
        let entry = |row: &Row| {
            Ok::<_, Failure>((
                rows::column(row, "order_id")?,
                rows::timestamp(row.get("over_us")?)?,
            ))
        };
        Ok(found.iter().map(entry).collect::<Result<_, _>>()?)
    }

    async fn read_order(&self, order: OrderId) -> Result<Option<OrderView>, Unavailable> {
        self.read.call(order).await
    }

    async fn money_back(&self, order: OrderId) -> Result<MoneyBack, Unavailable> {
        Ok(read_money_back(&mut self.database.reader().await?, order).await?)
    }

    async fn placed_by(&self, order: OrderId) -> Result<Option<PlacedBy>, Unavailable> {
        self.placed_by.call(order).await
    }

    async fn board(
        &self,
        restaurant: Option<&RestaurantId>,
        limit: u32,
    ) -> Result<Vec<OrderView>, Unavailable> {
        let condition = restaurant_condition(restaurant);
        // The ranks are literals and not parameters, so that the planner uses the index of open
        // orders.
        let (placed, completed) = (Status::Placed.rank(), Status::Completed.rank());
        let sql = format!(
            "{VIEW} WHERE {condition} o.rank > {placed} AND o.rank < {completed} \
             AND o.snapshot IS NOT NULL ORDER BY o.placed_at_us, o.order_id LIMIT $2"
        );
        let args = [Arg::Text(restaurant.map(RestaurantId::as_str)), Arg::Number(limit.into())];
        Ok(fetch_views(&self.database, &sql, &args).await?)
    }

    async fn handed_over(
        &self,
        restaurant: Option<&RestaurantId>,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<OrderView>, Unavailable> {
        // A literal for the same reason.
        let (condition, completed) = (restaurant_condition(restaurant), Status::Completed.rank());
        let sql = format!(
            "{VIEW} WHERE {condition} o.rank = {completed} AND o.at_us >= $2 \
             AND o.snapshot IS NOT NULL ORDER BY o.at_us DESC, o.order_id LIMIT $3"
        );
        let args = [
            Arg::Text(restaurant.map(RestaurantId::as_str)),
            Arg::Number(rows::micros(since)),
            Arg::Number(limit.into()),
        ];
        Ok(fetch_views(&self.database, &sql, &args).await?)
    }
}

/// The order book's views of `ids`, in the same order.
pub(super) async fn read_orders(
    database: Database,
    ids: Vec<OrderId>,
) -> Result<Vec<Option<OrderView>>, Unavailable> {
    let sql = format!("{VIEW} WHERE o.order_id IN (SELECT r.order_id FROM {{rows}})");
    let batch = Batch::of(&ids).text("order_id", ToString::to_string);
    let mut reader = database.reader().await?;
    let found = reader.bulk(&sql, batch).await?;
    let mut views = found.iter().map(decode_view).collect::<Result<Vec<_>, _>>()?;
    add_history(&mut reader, &mut views).await?;
    let views: HashMap<_, _> = views.into_iter().map(|view| (view.order_id, view)).collect();
    Ok(ids.iter().map(|id| views.get(id).cloned()).collect())
}

/// The requests that placed `ids`, in the same order.
async fn read_placed_by(
    database: Database,
    ids: Vec<OrderId>,
) -> Result<Vec<Option<PlacedBy>>, Unavailable> {
    let sql = "SELECT o.order_id, o.request_digest, o.snapshot, o.trace, p.amount_minor, p.currency \
        FROM orders o LEFT JOIN payments p ON p.order_id = o.order_id \
        WHERE o.order_id IN (SELECT r.order_id FROM {rows})";
    let batch = Batch::of(&ids).text("order_id", ToString::to_string);
    let found = database.reader().await?.bulk(sql, batch).await?;
    let entry =
        |row: &Row| Ok::<_, Failure>((rows::column(row, "order_id")?, decode_placed_by(row)?));
    let known = found.iter().map(entry).collect::<Result<HashMap<OrderId, _>, _>>()?;
    Ok(ids.iter().map(|id| known.get(id).cloned()).collect())
}

fn decode_placed_by(row: &Row) -> Result<PlacedBy, Failure> {
    let order = rows::order(row)?;
    let amount: Option<i64> = row.get("amount_minor")?;
    let paid =
        amount.map(|minor| Ok::<_, Failure>(Money::new(minor, rows::column(row, "currency")?)));
    let total = order.as_ref().map(Order::total).or(paid.transpose()?);
    Ok(PlacedBy { digest: row.get("request_digest")?, order, total })
}

/// The condition on the restaurant `$1`, if there is one.
fn restaurant_condition(restaurant: Option<&RestaurantId>) -> &'static str {
    if restaurant.is_some() { "o.restaurant_id = $1 AND" } else { "$1 IS NULL AND" }
}

async fn fetch_views(
    database: &Database,
    sql: &str,
    args: &[Arg<'_>],
) -> Result<Vec<OrderView>, Failure> {
    let mut reader = database.reader().await?;
    let found = reader.run(sql, args).await?;
    let mut views = found.iter().map(decode_view).collect::<Result<Vec<_>, _>>()?;
    add_history(&mut reader, &mut views).await?;
    Ok(views)
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
        // The history was read after the order: later steps are left out.
        view.history.retain(|(status, _)| *status <= view.standing.status);
    }
    Ok(())
}
