//! The stock levels: changes, each applied once, and levels to publish.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use domain::{
    ids::ChangeId,
    ports::{StockBook, Unavailable},
    stock::{Dish, Level, StockChange, StockLevel},
};
use jiff::Timestamp;
use tokio::sync::Notify;

use super::{Arg, Batch, Connection, Database, Failure, Row, failure::retry_collisions, rows};

/// The stock levels in the database. Clones share the notification of changes.
#[derive(Clone, Debug)]
pub struct SqlStock {
    database: Database,
    changed: Arc<Notify>,
}

impl SqlStock {
    /// The stock levels of `database`.
    pub fn new(database: Database) -> Self {
        Self { database, changed: Arc::default() }
    }

    /// Notifies that levels have changed.
    pub(super) fn notify_changed(&self) {
        self.changed.notify_one();
    }
}

impl StockBook for SqlStock {
    async fn apply_changes(
        &self,
        changes: Vec<StockChange>,
        at: Timestamp,
    ) -> Result<(), Unavailable> {
        // Most changes from menus are known. Known changes stay known, so no lock is needed.
        let mut reader = self.database.reader().await?;
        let known = known_changes(&mut reader, &changes).await?;
        drop(reader);
        let mut seen = HashSet::new();
        let mut new = changes;
        new.retain(|change| !known.contains(&change.id) && seen.insert(change.id));
        if !new.is_empty() {
            retry_collisions(|| apply_new(&self.database, &new, at)).await?;
            self.notify_changed();
        }
        Ok(())
    }

    async fn levels(
        &self,
        after: Option<&Dish>,
        limit: u32,
    ) -> Result<Vec<StockLevel>, Unavailable> {
        let sql = "SELECT restaurant_id, item_id, on_hand, version, at_us FROM stock
            WHERE ($1 IS NULL OR (restaurant_id, item_id) > ($1, $2)) AND version > 0
            ORDER BY restaurant_id, item_id LIMIT $3";
        let restaurant = Arg::Text(after.map(|dish| dish.restaurant_id.as_str()));
        let item = Arg::Text(after.map(|dish| dish.item_id.as_str()));
        let args = [restaurant, item, Arg::Number(limit.into())];
        let found = self.database.reader().await?.run(sql, &args).await?;
        Ok(decode_levels(&found)?)
    }

    async fn unpublished(&self, limit: u32) -> Result<Vec<StockLevel>, Unavailable> {
        let sql = "SELECT restaurant_id, item_id, on_hand, version, at_us FROM stock
            WHERE version > published_version ORDER BY restaurant_id, item_id LIMIT $1";
        let args = [Arg::Number(limit.into())];
        let found = self.database.reader().await?.run(sql, &args).await?;
        Ok(decode_levels(&found)?)
    }

    async fn read_levels(&self, dishes: &[Dish]) -> Result<Vec<StockLevel>, Unavailable> {
        let sql = "SELECT s.restaurant_id, s.item_id, s.on_hand, s.version, s.at_us FROM {rows}
            JOIN stock s ON s.restaurant_id = r.restaurant_id AND s.item_id = r.item_id";
        let found = self.database.reader().await?.bulk(sql, keys(dishes)).await?;
        Ok(decode_levels(&found)?)
    }

    async fn note_published(&self, levels: &[StockLevel]) -> Result<(), Unavailable> {
        let sql = "WITH s AS (
                SELECT stock.restaurant_id AS rid, stock.item_id AS iid, r.noted FROM {rows}
                JOIN stock ON stock.restaurant_id = r.restaurant_id AND stock.item_id = r.item_id
                ORDER BY stock.restaurant_id, stock.item_id {for_update})
            UPDATE stock SET published_version = s.noted FROM s
            WHERE stock.restaurant_id = s.rid AND stock.item_id = s.iid
              AND stock.published_version < s.noted AND s.noted <= stock.version";
        let note = || async {
            let batch = Batch::of(levels)
                .text("restaurant_id", |level| level.dish.restaurant_id.to_string())
                .text("item_id", |level| level.dish.item_id.to_string())
                .number("noted", |level| level.version);
            self.database.writer().await?.bulk(sql, batch).await
        };
        retry_collisions(note).await.map(drop)
    }

    async fn wait_for_change(&self) {
        self.changed.notified().await;
    }
}

fn keys(dishes: &[Dish]) -> Batch<'_, Dish> {
    Batch::of(dishes)
        .text("restaurant_id", |dish| dish.restaurant_id.to_string())
        .text("item_id", |dish| dish.item_id.to_string())
}

pub(super) fn dish(row: &Row) -> Result<Dish, Failure> {
    Ok(Dish {
        restaurant_id: rows::column(row, "restaurant_id")?,
        item_id: rows::column(row, "item_id")?,
    })
}

fn decode_levels(found: &[Row]) -> Result<Vec<StockLevel>, Failure> {
    let level = |row: &Row| {
        let on_hand: Option<i64> = row.get("on_hand")?;
        Ok(StockLevel {
            dish: dish(row)?,
            on_hand: on_hand.map(|left| u32::try_from(left).unwrap_or(u32::MAX)),
            version: row.get("version")?,
            at: rows::timestamp(row.get("at_us")?)?,
        })
    };
    found.iter().map(level).collect()
}

/// The levels of those dishes that have one, locked in the order of their keys.
pub(super) async fn lock_levels(
    connection: &mut Connection,
    dishes: &BTreeSet<Dish>,
) -> Result<BTreeMap<Dish, Level>, Failure> {
    let sql = "SELECT s.restaurant_id, s.item_id, s.counting, s.counted, s.version FROM {rows}
        JOIN stock s ON s.restaurant_id = r.restaurant_id AND s.item_id = r.item_id
        ORDER BY s.restaurant_id, s.item_id {for_update}";
    let dishes: Vec<_> = dishes.iter().cloned().collect();
    let found = connection.bulk(sql, keys(&dishes)).await?;
    let level = |row: &Row| {
        let counting = rows::column(row, "counting")?;
        let (counted, version) = (row.get("counted")?, row.get("version")?);
        Ok((dish(row)?, Level { counted, counting, version }))
    };
    found.iter().map(level).collect()
}

async fn known_changes(
    connection: &mut Connection,
    changes: &[StockChange],
) -> Result<HashSet<ChangeId>, Failure> {
    let sql = "SELECT h.change_id FROM {rows} JOIN stock_history h ON h.change_id = r.change_id";
    let batch = Batch::of(changes).text("change_id", |change| change.id.to_string());
    let found = connection.bulk(sql, batch).await?;
    found.iter().map(|row| rows::column(row, "change_id")).collect()
}

/// An applied change, the level afterwards and the pieces added.
type AppliedChange<'a> = (&'a StockChange, Level, i64);

/// Applies new changes in one transaction. Missing rows are inserted and all rows are locked before
/// a change is applied. If another instance has applied one of the changes meanwhile, writing the
/// history fails; the transaction is then rolled back and repeated.
async fn apply_new(
    database: &Database,
    changes: &[StockChange],
    at: Timestamp,
) -> Result<(), Failure> {
    let mut tx = database.begin().await?;
    let dishes: BTreeSet<_> = changes.iter().map(|change| change.dish.clone()).collect();
    let rows: Vec<_> = dishes.iter().cloned().collect();
    let make = "INSERT INTO stock
          (restaurant_id, item_id, counting, counted, on_hand, version, published_version, at_us)
        SELECT r.restaurant_id, r.item_id, 'not_yet', 0, NULL, 0, 0, 0 FROM {rows} WHERE true
        ON CONFLICT (restaurant_id, item_id) DO NOTHING";
    tx.connection().bulk(make, keys(&rows)).await?;
    let mut levels = lock_levels(tx.connection(), &dishes).await?;
    let known = known_changes(tx.connection(), changes).await?;
    let mut done: Vec<AppliedChange<'_>> = Vec::with_capacity(changes.len());
    let mut moved = BTreeMap::new();
    for change in changes.iter().filter(|change| !known.contains(&change.id)) {
        let level = levels.entry(change.dish.clone()).or_insert(Level::UNKNOWN);
        let (after, added) = level.after(change.change);
        *level = after;
        done.push((change, after, added));
        moved.insert(&change.dish, after);
    }
    store_levels(tx.connection(), moved.into_iter().collect(), at).await?;
    store_history(tx.connection(), done, at).await?;
    tx.commit().await
}

async fn store_levels(
    connection: &mut Connection,
    moved: Vec<(&Dish, Level)>,
    at: Timestamp,
) -> Result<(), Failure> {
    if moved.is_empty() {
        return Ok(());
    }
    let sql = "UPDATE stock SET counting = r.counting, counted = r.counted, on_hand = r.on_hand,
          version = r.version, at_us = r.at_us FROM {rows}
        WHERE stock.restaurant_id = r.restaurant_id AND stock.item_id = r.item_id";
    let batch = Batch::of(&moved)
        .text("restaurant_id", |(dish, _)| dish.restaurant_id.to_string())
        .text("item_id", |(dish, _)| dish.item_id.to_string())
        .text("counting", |(_, level)| level.counting.name().to_owned())
        .number("counted", |(_, level)| level.counted)
        .number("on_hand", |(_, level)| level.on_hand().map(i64::from))
        .number("version", |(_, level)| level.version)
        .number("at_us", |_| rows::micros(at));
    connection.bulk(sql, batch).await.map(drop)
}

async fn store_history(
    connection: &mut Connection,
    mut done: Vec<AppliedChange<'_>>,
    at: Timestamp,
) -> Result<(), Failure> {
    if done.is_empty() {
        return Ok(());
    }
    done.sort_by_key(|(change, ..)| change.id);
    let sql = "INSERT INTO stock_history (change_id, restaurant_id, item_id, what, amount, added,
          on_hand, version, reason, changed_by, at_us, done_us)
        SELECT r.change_id, r.restaurant_id, r.item_id, r.what, r.amount, r.added, r.on_hand,
          r.version, r.reason, r.changed_by, r.at_us, r.done_us FROM {rows} WHERE true
        ON CONFLICT (change_id) DO NOTHING RETURNING change_id";
    let batch = Batch::of(&done)
        .text("change_id", |(change, ..)| change.id.to_string())
        .text("restaurant_id", |(change, ..)| change.dish.restaurant_id.to_string())
        .text("item_id", |(change, ..)| change.dish.item_id.to_string())
        .text("what", |(change, ..)| change.change.name().to_owned())
        .number("amount", |(change, ..)| change.change.amount())
        .number("added", |(.., added)| *added)
        .number("on_hand", |(_, level, _)| level.on_hand().map(i64::from))
        .number("version", |(_, level, _)| level.version)
        .text("reason", |(change, ..)| change.reason.as_ref().map(ToString::to_string))
        .text("changed_by", |(change, ..)| change.by.to_string())
        .number("at_us", |(change, ..)| rows::micros(change.at))
        .number("done_us", |_| rows::micros(at));
    let written = connection.bulk(sql, batch).await?;
    if written.len() == done.len() { Ok(()) } else { Err(Failure::Overtaken) }
}
