//! Writes one batch of facts or of stock into one projection.

use std::collections::{BTreeMap, HashSet};

use domain::{
    facts::{
        Fact, FactKind, FactName, Restock, Sale,
        deltas::{Deltas, OrderFacts, fold},
    },
    ids::OrderId,
    stock::StockLevel,
};
use jiff::Timestamp;

use super::{
    Batch, Connection, Failure, Row,
    batch::write_batch,
    customers, for_slot, rows,
    sold::{decode_sale, items_json},
};

/// Inserts facts, sorted by key, and adds new ones to the aggregates; returns the new ones.
pub(super) async fn write_facts<'a>(
    connection: &mut Connection,
    slot: &str,
    facts: &'a [Fact],
) -> Result<Vec<&'a Fact>, Failure> {
    let orders = lock_orders(connection, slot, facts).await?;
    let new = insert_new(connection, slot, facts).await?;
    let known = known_times(connection, slot, &new).await?;
    let mut counted = BTreeMap::<OrderId, OrderFacts<'_>>::new();
    for fact in &new {
        let id = fact.sale.order_id;
        let Some(sale) = orders.get(&id) else { continue };
        let order = counted.entry(id).or_insert_with(|| OrderFacts {
            sale,
            new: Vec::new(),
            times: known.get(&id).cloned().unwrap_or_default(),
        });
        order.new.push(fact.counted());
    }
    let Deltas { sales, leads, dishes, purchases } = fold(counted.values());
    customers::add_purchases(connection, slot, purchases).await?;
    let sales: Vec<_> = sales.into_iter().collect();
    let batch = Batch::of(&sales)
        .text("scope", |(key, _)| key.scope.name().to_owned())
        .text("basis", |(key, _)| key.basis.name().to_owned())
        .number("grain", |(key, _)| key.grain.seconds())
        .number("start_s", |(key, _)| key.start_s)
        .text("kind", |(key, _)| key.kind.name().to_owned())
        .text("reason", |(key, _)| key.reason.name().to_owned())
        .text("currency", |(key, _)| key.currency.code().to_owned())
        .number("orders", |(_, sums)| sums.orders)
        .number("amount_minor", |(_, sums)| sums.amount_minor)
        .number("pieces", |(_, sums)| sums.pieces)
        .number("latest_us", |(_, sums)| rows::micros(sums.latest));
    write_batch(connection, slot, SALES, batch).await?;
    let leads: Vec<_> = leads.into_iter().collect();
    let batch = Batch::of(&leads)
        .text("scope", |(key, _)| key.scope.name().to_owned())
        .number("grain", |(key, _)| key.grain.seconds())
        .number("start_s", |(key, _)| key.start_s)
        .text("stage", |(key, _)| key.stage.name().to_owned())
        .number("bucket", |(key, _)| key.bucket)
        .number("orders", |(_, orders)| *orders);
    write_batch(connection, slot, LEADS, batch).await?;
    let dishes: Vec<_> = dishes.into_iter().collect();
    let batch = Batch::of(&dishes)
        .text("scope", |(key, _)| key.scope.name().to_owned())
        .text("kind", |(key, _)| key.kind.name().to_owned())
        .number("grain", |(key, _)| key.grain.seconds())
        .number("start_s", |(key, _)| key.start_s)
        .text("item_id", |(key, _)| key.item_id.to_string())
        .text("currency", |(key, _)| key.currency.code().to_owned())
        .number("quantity", |(_, sums)| sums.quantity)
        .number("revenue_minor", |(_, sums)| sums.revenue_minor)
        .number("named_us", |(_, sums)| rows::micros(sums.named.0))
        .text("name", |(_, sums)| sums.named.1.to_string());
    write_batch(connection, slot, DISHES, batch).await?;
    Ok(new)
}

/// Inserts and locks the orders of the facts; returns them as stored. The first version of an order
/// stays.
async fn lock_orders(
    connection: &mut Connection,
    slot: &str,
    facts: &[Fact],
) -> Result<BTreeMap<OrderId, Sale>, Failure> {
    let sales: BTreeMap<_, _> = facts.iter().map(|f| (f.sale.order_id, &f.sale)).collect();
    let sales: Vec<_> = sales.into_values().collect();
    let batch = Batch::of(&sales)
        .text("order_id", |sale| sale.order_id.to_string())
        .text("restaurant_id", |sale| sale.restaurant_id.to_string())
        .text("time_zone", |sale| sale.time_zone.to_string())
        .text("currency", |sale| sale.currency.code().to_owned())
        .number("placed_us", |sale| rows::micros(sale.placed_at))
        .number("total_minor", |sale| sale.total_minor)
        .number("pieces", |sale| sale.pieces())
        .text("customer", |sale| sale.customer.clone())
        .text("items", |sale| items_json(&sale.items));
    connection.bulk(&for_slot(slot, ORDERS), batch).await?;
    let batch = Batch::of(&sales).text("order_id", |sale| sale.order_id.to_string());
    let found = connection.bulk(&for_slot(slot, LOCKED), batch).await?;
    found.iter().map(|row| decode_sale(row).map(|sale| (sale.order_id, sale))).collect()
}

/// Inserts facts; returns the new ones. The statement waits for a fact that another instance is
/// inserting: if that one commits, the fact is not new here.
async fn insert_new<'a>(
    connection: &mut Connection,
    slot: &str,
    facts: &'a [Fact],
) -> Result<Vec<&'a Fact>, Failure> {
    let batch = Batch::of(facts)
        .text("order_id", |fact| fact.sale.order_id.to_string())
        .text("kind", |fact| fact.name().to_string())
        .number("at_us", |fact| rows::micros(fact.at))
        .text("restaurant_id", |fact| fact.sale.restaurant_id.to_string())
        .text("reason", |fact| fact.reason.name().to_owned())
        .number("amount_minor", |fact| fact.refunded.as_ref().map(|part| part.amount_minor));
    let found = connection.bulk(&for_slot(slot, FACTS), batch).await?;
    let key = |row: &Row| Ok((rows::column(row, "order_id")?, rows::column(row, "kind")?));
    let new = found.iter().map(key).collect::<Result<HashSet<(OrderId, FactName)>, Failure>>()?;
    Ok(facts.iter().filter(|fact| new.contains(&fact.key())).collect())
}

/// The times of all known facts about the orders of `new`.
async fn known_times(
    connection: &mut Connection,
    slot: &str,
    new: &[&Fact],
) -> Result<BTreeMap<OrderId, BTreeMap<FactKind, Timestamp>>, Failure> {
    let mut ids: Vec<_> = new.iter().map(|fact| fact.sale.order_id).collect();
    ids.dedup();
    let mut known = BTreeMap::<_, BTreeMap<_, _>>::new();
    if ids.is_empty() {
        return Ok(known);
    }
    let batch = Batch::of(&ids).text("order_id", ToString::to_string);
    for row in connection.bulk(&for_slot(slot, TIMES), batch).await? {
        let name: FactName = rows::column(&row, "kind")?;
        let at = rows::timestamp(row.get("at_us")?)?;
        known.entry(rows::column(&row, "order_id")?).or_default().insert(name.kind, at);
    }
    Ok(known)
}

/// Writes levels that are newer than the stored ones, and changes that are not stored.
pub(super) async fn write_stock(
    connection: &mut Connection,
    slot: &str,
    levels: &[StockLevel],
    restocks: &[Restock],
) -> Result<(), Failure> {
    let mut latest = BTreeMap::new();
    for level in levels {
        let known = latest.entry(&level.dish).or_insert(level);
        if level.version > known.version {
            *known = level;
        }
    }
    let levels: Vec<_> = latest.into_values().collect();
    let batch = Batch::of(&levels)
        .text("restaurant_id", |level| level.dish.restaurant_id.to_string())
        .text("item_id", |level| level.dish.item_id.to_string())
        .number("version", |level| level.version)
        .number("on_hand", |level| level.on_hand.map(i64::from))
        .number("at_us", |level| rows::micros(level.at));
    write_batch(connection, slot, LEVELS, batch).await?;
    let restocks: BTreeMap<_, _> = restocks.iter().map(|restock| (restock.id.0, restock)).collect();
    let restocks: Vec<_> = restocks.into_values().collect();
    let batch = Batch::of(&restocks)
        .text("change_id", |restock| restock.id.to_string())
        .text("restaurant_id", |restock| restock.dish.restaurant_id.to_string())
        .text("item_id", |restock| restock.dish.item_id.to_string())
        .text("what", |restock| restock.change.name().to_owned())
        .number("amount", |restock| restock.change.amount())
        .text("reason", |restock| restock.reason.as_ref().map(ToString::to_string))
        .number("at_us", |restock| rows::micros(restock.at));
    write_batch(connection, slot, RESTOCKS, batch).await
}

const ORDERS: &str = "INSERT INTO fact_orders_{s} (order_id, restaurant_id, time_zone, currency,
      placed_us, total_minor, pieces, customer, items)
    SELECT r.order_id, r.restaurant_id, r.time_zone, r.currency, r.placed_us, r.total_minor,
      r.pieces, r.customer, r.items FROM {rows} WHERE true
    ON CONFLICT (order_id) DO NOTHING";
const LOCKED: &str = "SELECT order_id, restaurant_id, time_zone, currency, placed_us, total_minor,
      customer, items
    FROM fact_orders_{s} WHERE order_id IN (SELECT r.order_id FROM {rows})
    ORDER BY order_id {for_update}";
const FACTS: &str = "INSERT INTO facts_{s} (order_id, kind, at_us, restaurant_id, reason,
      amount_minor)
    SELECT r.order_id, r.kind, r.at_us, r.restaurant_id, r.reason, r.amount_minor
    FROM {rows} WHERE true
    ON CONFLICT (order_id, kind) DO NOTHING RETURNING order_id, kind";
const TIMES: &str = "SELECT order_id, kind, at_us FROM facts_{s}
    WHERE order_id IN (SELECT r.order_id FROM {rows})";
const SALES: &str = "INSERT INTO sales_{s} (scope, basis, grain, start_s, kind, reason, currency,
      orders, amount_minor, pieces, latest_us)
    SELECT r.scope, r.basis, r.grain, r.start_s, r.kind, r.reason, r.currency,
      r.orders, r.amount_minor, r.pieces, r.latest_us FROM {rows} WHERE true
    ON CONFLICT (scope, basis, grain, start_s, kind, reason, currency) DO UPDATE SET
      orders = sales_{s}.orders + excluded.orders,
      amount_minor = sales_{s}.amount_minor + excluded.amount_minor,
      pieces = sales_{s}.pieces + excluded.pieces,
      latest_us = CASE WHEN excluded.latest_us > sales_{s}.latest_us
        THEN excluded.latest_us ELSE sales_{s}.latest_us END";
const LEADS: &str = "INSERT INTO lead_times_{s} (scope, grain, start_s, stage, bucket, orders)
    SELECT r.scope, r.grain, r.start_s, r.stage, r.bucket, r.orders FROM {rows} WHERE true
    ON CONFLICT (scope, grain, start_s, stage, bucket) DO UPDATE SET
      orders = lead_times_{s}.orders + excluded.orders";
const DISHES: &str = "INSERT INTO dishes_{s} (scope, kind, grain, start_s, item_id, currency,
      quantity, revenue_minor, named_us, name)
    SELECT r.scope, r.kind, r.grain, r.start_s, r.item_id, r.currency, r.quantity,
      r.revenue_minor, r.named_us, r.name FROM {rows} WHERE true
    ON CONFLICT (scope, kind, grain, start_s, item_id, currency) DO UPDATE SET
      quantity = dishes_{s}.quantity + excluded.quantity,
      revenue_minor = dishes_{s}.revenue_minor + excluded.revenue_minor,
      name = CASE WHEN (excluded.named_us, excluded.name {bytewise})
          > (dishes_{s}.named_us, dishes_{s}.name)
        THEN excluded.name ELSE dishes_{s}.name END,
      named_us = CASE WHEN excluded.named_us > dishes_{s}.named_us
        THEN excluded.named_us ELSE dishes_{s}.named_us END";
const LEVELS: &str = "INSERT INTO levels_{s} (restaurant_id, item_id, version, on_hand, at_us)
    SELECT r.restaurant_id, r.item_id, r.version, r.on_hand, r.at_us FROM {rows} WHERE true
    ON CONFLICT (restaurant_id, item_id) DO UPDATE SET
      version = excluded.version, on_hand = excluded.on_hand, at_us = excluded.at_us
      WHERE excluded.version > levels_{s}.version";
const RESTOCKS: &str = "INSERT INTO restocks_{s} (change_id, restaurant_id, item_id, what, amount,
      reason, at_us)
    SELECT r.change_id, r.restaurant_id, r.item_id, r.what, r.amount, r.reason, r.at_us
    FROM {rows} WHERE true
    ON CONFLICT (change_id) DO NOTHING";
