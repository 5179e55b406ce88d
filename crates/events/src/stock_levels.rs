//! `stock_levels`: how many pieces of each dish can be sold. The last record of a dish is its
//! latest level; a consumer ignores a version older than one it has seen.

use domain::stock::StockLevel;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    envelope::Envelope,
    order_details::{encode_json, truncate_to_micros},
    record::{DecodeError, OutgoingRecord, Record},
    stock_changes::parse_dish,
    topic::Topic,
};

/// The payload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StockLevelBody {
    /// Slug.
    pub restaurant_id: String,
    /// Slug.
    pub item_id: String,
    /// Pieces; null for unlimited.
    pub on_hand: Option<u32>,
    /// Incremented by each change of this dish.
    pub version: i64,
    /// When it changed, RFC 3339.
    pub at: Timestamp,
}

/// Encodes the event of a level.
pub fn encode_level(level: &StockLevel) -> OutgoingRecord {
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
    OutgoingRecord::event(Topic::StockLevels, &key, &envelope, encode_json(&payload))
}

/// Decodes a `stock_levels` record.
pub fn decode_level(record: &Record) -> Result<StockLevel, DecodeError> {
    let body: StockLevelBody = record.json()?;
    if body.version < 1 {
        return Err(DecodeError("version must be 1 or more".into()));
    }
    Ok(StockLevel {
        dish: parse_dish(record, &body.restaurant_id, &body.item_id)?,
        on_hand: body.on_hand,
        version: body.version,
        at: truncate_to_micros(body.at),
    })
}
