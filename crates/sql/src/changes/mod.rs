//! The change log, and what is known to be published.

mod stock;

use std::collections::HashMap;

use domain::{
    changes::{ChangeEntry, Difference},
    ids::{RestaurantId, StaffId},
    ports::{ChangeBook, ChangesQuery, KnownVersion, Publication, StockNote, Unavailable},
    stock::Dish,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Arg, Batch, Connection, Database, Failure, Row,
    failure::{corrupt, retry_collisions},
    rows,
};

/// The change log in the database.
#[derive(Clone, Debug)]
pub struct SqlChanges(Database);

impl SqlChanges {
    /// The change log of `database`.
    pub fn new(database: Database) -> Self {
        Self(database)
    }
}

/// A difference as stored.
#[derive(Serialize, Deserialize)]
struct StoredDifference {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    of: String,
    field: String,
    old: Option<String>,
    new: Option<String>,
}

fn differences_json(differences: &[Difference]) -> String {
    let kept = |difference: &Difference| StoredDifference {
        of: difference.of.clone(),
        field: difference.field.name().to_owned(),
        old: difference.old.clone(),
        new: difference.new.clone(),
    };
    let all: Vec<_> = differences.iter().map(kept).collect();
    // Plain structs with text keys always serialise.
    serde_json::to_string(&all).unwrap_or_default()
}

fn differences(json: &str) -> Result<Vec<Difference>, Failure> {
    let kept: Vec<StoredDifference> = serde_json::from_str(json).map_err(corrupt)?;
    let read = |StoredDifference { of, field, old, new }| {
        let field = rows::parse(&field)?;
        Ok(Difference { of, field, old, new })
    };
    kept.into_iter().map(read).collect()
}

/// Inserts entries; existing ones stay unchanged.
pub(super) async fn insert_entries(
    connection: &mut Connection,
    entries: &[ChangeEntry],
) -> Result<(), Failure> {
    if entries.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO change_log (change_id, at_us, changed_by, staff_id, restaurant_id, what,
          subject, differences)
        SELECT r.change_id, r.at_us, r.changed_by, r.staff_id, r.restaurant_id, r.what, r.subject,
          r.differences FROM {rows} WHERE true ON CONFLICT (change_id) DO NOTHING";
    let batch = Batch::of(entries)
        .text("change_id", |entry| entry.id.to_string())
        .number("at_us", |entry| rows::micros(entry.at))
        .text("changed_by", |entry| entry.by.clone())
        .text("staff_id", |entry| entry.by_id.map(|id| id.to_string()))
        .text("restaurant_id", |entry| entry.restaurant.as_ref().map(ToString::to_string))
        .text("what", |entry| entry.kind.name().to_owned())
        .text("subject", |entry| entry.subject.clone())
        .text("differences", |entry| differences_json(&entry.differences));
    connection.bulk(sql, batch).await.map(drop)
}

fn decode_entry(row: &Row) -> Result<ChangeEntry, Failure> {
    let staff: Option<String> = row.get("staff_id")?;
    let restaurant: Option<String> = row.get("restaurant_id")?;
    Ok(ChangeEntry {
        id: rows::column(row, "change_id")?,
        at: rows::timestamp(row.get("at_us")?)?,
        by: row.get("changed_by")?,
        by_id: staff.map(|id| rows::parse::<StaffId>(&id)).transpose()?,
        restaurant: restaurant.map(|id| rows::parse::<RestaurantId>(&id)).transpose()?,
        kind: rows::column(row, "what")?,
        subject: row.get("subject")?,
        differences: differences(&row.get::<String, _>("differences")?)?,
    })
}

/// Where the previous page ended, as two values to compare with; the maximum time for the first
/// page.
fn cursor(wanted: &ChangesQuery) -> (i64, String) {
    match wanted.before {
        Some((at, id)) => (rows::micros(at), id.to_string()),
        None => (i64::MAX, String::new()),
    }
}

async fn store_publications(database: &Database, news: &[Publication]) -> Result<(), Failure> {
    let mut tx = database.begin().await?;
    let sql = "INSERT INTO published (key, version, body)
        SELECT r.key, r.version, r.body FROM {rows} WHERE true
        ON CONFLICT (key) DO UPDATE SET version = excluded.version, body = excluded.body
          WHERE published.version < excluded.version";
    // A statement may contain a key only once: the last record of each.
    let mut last = HashMap::new();
    for published in news {
        last.insert(published.key.as_str(), &published.known);
    }
    let mut last: Vec<_> = last.into_iter().collect();
    last.sort_by_key(|(key, _)| *key);
    let batch = Batch::of(&last)
        .text("key", |(key, _)| (*key).to_owned())
        .number("version", |(_, known)| known.version)
        .text("body", |(_, known)| known.body.clone());
    tx.connection().bulk(sql, batch).await?;
    let entries: Vec<_> = news.iter().filter_map(|published| published.entry.clone()).collect();
    insert_entries(tx.connection(), &entries).await?;
    tx.commit().await
}

impl ChangeBook for SqlChanges {
    async fn published(
        &self,
        keys: &[String],
    ) -> Result<HashMap<String, KnownVersion>, Unavailable> {
        let sql = "SELECT p.key, p.version, p.body FROM {rows} JOIN published p ON p.key = r.key";
        let batch = Batch::of(keys).text("key", String::clone);
        let found = self.0.reader().await?.bulk(sql, batch).await?;
        let known = |row: &Row| {
            let (version, body) = (row.get("version")?, row.get("body")?);
            Ok::<_, Failure>((row.get("key")?, KnownVersion { version, body }))
        };
        Ok(found.iter().map(known).collect::<Result<_, _>>()?)
    }

    async fn record(&self, news: Vec<Publication>) -> Result<(), Unavailable> {
        if news.is_empty() {
            return Ok(());
        }
        retry_collisions(|| store_publications(&self.0, &news)).await
    }

    async fn changes(&self, wanted: &ChangesQuery) -> Result<Vec<ChangeEntry>, Unavailable> {
        let condition =
            if wanted.restaurant.is_some() { "restaurant_id = $1" } else { "$1 IS NULL" };
        let sql = format!(
            "SELECT * FROM change_log WHERE {condition} AND (at_us, change_id) < ($2, $3) \
             ORDER BY at_us DESC, change_id DESC LIMIT $4"
        );
        let (at, id) = cursor(wanted);
        let args = [
            Arg::Text(wanted.restaurant.as_ref().map(RestaurantId::as_str)),
            Arg::Number(at),
            Arg::Text(Some(&id)),
            Arg::Number(wanted.limit.into()),
        ];
        let found = self.0.reader().await?.run(&sql, &args).await?;
        Ok(found.iter().map(decode_entry).collect::<Result<_, _>>()?)
    }

    async fn stock_notes(
        &self,
        wanted: &ChangesQuery,
        dish: Option<&Dish>,
    ) -> Result<Vec<StockNote>, Unavailable> {
        Ok(stock::notes(&self.0, wanted, dish).await?)
    }

    async fn claim(
        &self,
        key: &str,
        version: i64,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Unavailable> {
        let sql = "INSERT INTO publish_claims (key, version, until_us) VALUES ($1, $2, $3)
            ON CONFLICT (key) DO UPDATE SET version = excluded.version, until_us = excluded.until_us
              WHERE publish_claims.version < excluded.version OR publish_claims.until_us <= $4
            RETURNING key";
        let args = [
            Arg::Text(Some(key)),
            Arg::Number(version),
            Arg::Number(rows::micros(until)),
            Arg::Number(rows::micros(now)),
        ];
        retry_collisions(|| async { Ok(!self.0.writer().await?.run(sql, &args).await?.is_empty()) })
            .await
    }

    async fn release_claim(&self, key: &str, version: i64) -> Result<(), Unavailable> {
        let sql = "DELETE FROM publish_claims WHERE key = $1 AND version = $2";
        let args = [Arg::Text(Some(key)), Arg::Number(version)];
        retry_collisions(|| async { self.0.writer().await?.run(sql, &args).await.map(drop) }).await
    }
}
