//! `stock_changes`: staff change how many pieces of a dish there are. Keyed by dish, so that the
//! changes of one dish are done in their order; the change id makes each count once.

use domain::{
    ids::ChangeId,
    stock::{Change, Dish, StockChange},
    text::Note,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    envelope::Envelope,
    order_details::{field, json, optional, whole_micros},
    record::{DecodeError, OutgoingRecord, Record},
    topic::Topic,
};

/// The payload. It says exactly one of `delta`, `set` and `unlimited`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StockChangeBody {
    /// UUID; the same change told again carries the same.
    pub change_id: String,
    /// Slug.
    pub restaurant_id: String,
    /// Slug.
    pub item_id: String,
    /// So many pieces more or, below zero, fewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<i64>,
    /// So many pieces, however many there were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<u32>,
    /// `true`: as many as are asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlimited: Option<bool>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who.
    pub by: String,
    /// RFC 3339.
    pub at: Timestamp,
}

/// The one change that three optional fields name.
pub fn one_change(
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

/// The event that staff change a level. Changes that menus bring are no events, and are left out.
pub fn changed(change: &StockChange) -> OutgoingRecord {
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
    OutgoingRecord::event(Topic::StockChanges, &key, &envelope, json(&payload))
}

/// Reads a `stock_changes` record.
pub fn read(record: &Record) -> Result<StockChange, DecodeError> {
    let body: StockChangeBody = record.json()?;
    let dish = dish(record, &body.restaurant_id, &body.item_id)?;
    let change = one_change(body.delta, body.set, body.unlimited).map_err(DecodeError::because)?;
    Ok(StockChange {
        id: field::<ChangeId>("change_id", &body.change_id)?,
        dish,
        change,
        reason: optional::<Note>("reason", body.reason.as_deref())?,
        by: field("by", &body.by)?,
        at: whole_micros(body.at),
    })
}

/// The dish of a record, whose key must say the same: another key would escape its sequence.
pub(crate) fn dish(record: &Record, restaurant: &str, item: &str) -> Result<Dish, DecodeError> {
    let dish = Dish {
        restaurant_id: field("restaurant_id", restaurant)?,
        item_id: field("item_id", item)?,
    };
    match record.key == dish.to_string().as_bytes() {
        true => Ok(dish),
        false => Err(DecodeError("the record's key is not its restaurant_id/item_id".into())),
    }
}
