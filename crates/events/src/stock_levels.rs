//! `stock_levels`: how many pieces of each dish can be sold. The last record of a dish is its
//! latest level; a reader that meets an older version after a newer one keeps the newer one.

use domain::stock::StockLevel;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    envelope::Envelope,
    order_details::{json, whole_micros},
    record::{DecodeError, OutgoingRecord, Record},
    stock_changes::dish,
    topic::Topic,
};

/// The payload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StockLevelBody {
    /// Slug.
    pub restaurant_id: String,
    /// Slug.
    pub item_id: String,
    /// Pieces; null for as many as are asked for.
    pub on_hand: Option<u32>,
    /// Grows with every movement of this dish.
    pub version: i64,
    /// When it moved, RFC 3339.
    pub at: Timestamp,
}

/// The event that a level is what it is.
pub fn level(level: &StockLevel) -> OutgoingRecord {
    let key = level.dish.to_string();
    let envelope = Envelope::new(
        Topic::StockLevels,
        "/comanda/transactions",
        "comanda.stock.level.v1",
        &key,
        &level.version.to_string(),
        level.at,
    );
    let payload = StockLevelBody {
        restaurant_id: level.dish.restaurant_id.to_string(),
        item_id: level.dish.item_id.to_string(),
        on_hand: level.on_hand,
        version: level.version,
        at: level.at,
    };
    OutgoingRecord::event(Topic::StockLevels, &key, &envelope, json(&payload))
}

/// Reads a `stock_levels` record.
pub fn read(record: &Record) -> Result<StockLevel, DecodeError> {
    let body: StockLevelBody = record.json()?;
    if body.version < 1 {
        return Err(DecodeError("version must be 1 or more".into()));
    }
    Ok(StockLevel {
        dish: dish(record, &body.restaurant_id, &body.item_id)?,
        on_hand: body.on_hand,
        version: body.version,
        at: whole_micros(body.at),
    })
}
