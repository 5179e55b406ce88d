//! `stock_changes`: changes of stock levels by staff. Keyed by dish, so that the changes of a dish
//! are applied in order; the change id makes each count once.

use domain::{
    ids::ChangeId,
    stock::{Change, Dish, StockChange},
    text::Note,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    envelope::Envelope,
    order_details::{encode_json, parse_field, parse_optional, truncate_to_micros},
    record::{DecodeError, OutgoingRecord, Record},
    topic::Topic,
};

/// The payload. Exactly one of `delta`, `set` and `unlimited` is given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StockChangeBody {
    /// UUID; the same for repetitions of the change.
    pub change_id: String,
    /// Slug.
    pub restaurant_id: String,
    /// Slug.
    pub item_id: String,
    /// Pieces to add; negative to remove.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<i64>,
    /// The new number of pieces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<u32>,
    /// `true` for unlimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlimited: Option<bool>,
    /// Reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Author.
    pub by: String,
    /// RFC 3339.
    pub at: Timestamp,
}

/// The change in three optional fields, exactly one of which must be given.
pub fn parse_change(
    delta: Option<i64>,
    set: Option<u32>,
    unlimited: Option<bool>,
) -> Result<Change, &'static str> {
    match (delta, set, unlimited) {
        (Some(0), None, None) => Err("delta must not be 0"),
        (Some(pieces), None, None) => Ok(Change::Delta(pieces)),
        (None, Some(pieces), None) => Ok(Change::Set(pieces)),
        (None, None, Some(true)) => Ok(Change::Unlimited),
        (None, None, Some(false)) => {
            Err("unlimited must be true; to count a dish again, set says how many there are")
        }
        _ => Err("exactly one of delta, set and unlimited must be given"),
    }
}

/// Encodes the event that staff changed a level. First values come from menus and have no event.
pub fn encode_change(change: &StockChange) -> OutgoingRecord {
    let (key, id) = (change.dish.to_string(), change.id.to_string());
    let envelope = Envelope::new(
        Topic::StockChanges,
        "/comanda/backoffice",
        "comanda.stock.changed.v1",
        &key,
        &id,
        change.at,
    );
    let (mut delta, mut set, mut unlimited) = (None, None, None);
    match change.change {
        Change::Delta(pieces) => delta = Some(pieces),
        Change::Set(pieces) | Change::First(pieces) => set = Some(pieces),
        Change::Unlimited => unlimited = Some(true),
    }
    let payload = StockChangeBody {
        change_id: id,
        restaurant_id: change.dish.restaurant_id.to_string(),
        item_id: change.dish.item_id.to_string(),
        delta,
        set,
        unlimited,
        reason: change.reason.as_ref().map(ToString::to_string),
        by: change.by.to_string(),
        at: change.at,
    };
    OutgoingRecord::event(Topic::StockChanges, &key, &envelope, encode_json(&payload))
}

/// Decodes a `stock_changes` record.
pub fn decode_change(record: &Record) -> Result<StockChange, DecodeError> {
    let body: StockChangeBody = record.json()?;
    let dish = parse_dish(record, &body.restaurant_id, &body.item_id)?;
    let change =
        parse_change(body.delta, body.set, body.unlimited).map_err(DecodeError::because)?;
    Ok(StockChange {
        id: parse_field::<ChangeId>("change_id", &body.change_id)?,
        dish,
        change,
        reason: parse_optional::<Note>("reason", body.reason.as_deref())?,
        by: parse_field("by", &body.by)?,
        at: truncate_to_micros(body.at),
    })
}

/// The dish of a record. The key must be the same dish, since another key would bypass its
/// sequence.
pub(crate) fn parse_dish(
    record: &Record,
    restaurant: &str,
    item: &str,
) -> Result<Dish, DecodeError> {
    let dish = Dish {
        restaurant_id: parse_field("restaurant_id", restaurant)?,
        item_id: parse_field("item_id", item)?,
    };
    match record.key == dish.to_string().as_bytes() {
        true => Ok(dish),
        false => Err(DecodeError("the record's key is not its restaurant_id/item_id".into())),
    }
}
