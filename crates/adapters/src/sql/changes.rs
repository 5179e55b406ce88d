//! The change log.

use domain::changes::{Difference, Entry};
use serde::{Deserialize, Serialize};

use super::{Batch, Connection, Failure, failure::corrupt, rows};

/// A difference as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    what: String,
    old: Option<String>,
    new: Option<String>,
}

pub(super) fn differences_json(differences: &[Difference]) -> String {
    let kept = |difference: &Difference| Kept {
        what: difference.what.clone(),
        old: difference.old.clone(),
        new: difference.new.clone(),
    };
    let all: Vec<_> = differences.iter().map(kept).collect();
    // Plain structs with text keys always serialise.
    serde_json::to_string(&all).unwrap_or_default()
}

#[allow(dead_code, reason = "the reading side comes with the page")]
pub(super) fn differences(json: &str) -> Result<Vec<Difference>, Failure> {
    let kept: Vec<Kept> = serde_json::from_str(json).map_err(corrupt)?;
    let read = |Kept { what, old, new }| Difference { what, old, new };
    Ok(kept.into_iter().map(read).collect())
}

/// Adds entries; those that are there already stay as they are.
pub(super) async fn note(connection: &mut Connection, entries: &[Entry]) -> Result<(), Failure> {
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
        .text("what", |entry| entry.what.name().to_owned())
        .text("subject", |entry| entry.subject.clone())
        .text("differences", |entry| differences_json(&entry.differences));
    connection.bulk(sql, batch).await.map(drop)
}
