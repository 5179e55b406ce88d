//! The change log, and what is known to be published.

use std::{collections::HashMap, future::Future};

use jiff::Timestamp;
use uuid::Uuid;

use super::Unavailable;
use crate::{
    changes::ChangeEntry,
    ids::RestaurantId,
    stock::{Change, Dish},
    text::Note,
};

/// The latest known record under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownVersion {
    /// The offset of its record.
    pub version: i64,
    /// Its payload.
    pub body: String,
}

/// A new record together with its entry in the change log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Its key: `menu/bella-napoli`.
    pub key: String,
    /// The record.
    pub known: KnownVersion,
    /// Its entry in the change log; `None` if nothing differs.
    pub entry: Option<ChangeEntry>,
}

/// A query for the change log; results are newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangesQuery {
    /// The restaurant; `None` for all.
    pub restaurant: Option<RestaurantId>,
    /// Only entries older than this one: where the previous page ended.
    pub before: Option<(Timestamp, Uuid)>,
    /// Maximum number of results.
    pub limit: u32,
}

/// A change of a stock level with its effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockNote {
    /// The change.
    pub id: Uuid,
    /// The dish.
    pub dish: Dish,
    /// What was requested.
    pub change: Change,
    /// Pieces before; `None` if it was not counted.
    pub before: Option<i64>,
    /// Pieces afterwards; `None` if it is no longer counted.
    pub after: Option<i64>,
    /// Reason.
    pub reason: Option<Note>,
    /// Author.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// The change log, and what is known to be published.
pub trait ChangeBook: Clone + Send + Sync + 'static {
    /// The latest known records under these keys.
    fn published(
        &self,
        keys: &[String],
    ) -> impl Future<Output = Result<HashMap<String, KnownVersion>, Unavailable>> + Send;

    /// Stores new records and their entries in one transaction. A record that is not newer than the
    /// known one changes nothing.
    fn record(
        &self,
        news: Vec<Publication>,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Entries, newest first, without changes of stock levels: see
    /// [`stock_notes`](Self::stock_notes).
    fn changes(
        &self,
        wanted: &ChangesQuery,
    ) -> impl Future<Output = Result<Vec<ChangeEntry>, Unavailable>> + Send;

    /// Changes of stock levels by people, newest first; of one dish if given.
    fn stock_notes(
        &self,
        wanted: &ChangesQuery,
        dish: Option<&Dish>,
    ) -> impl Future<Output = Result<Vec<StockNote>, Unavailable>> + Send;

    /// Claims the right to publish on top of a version until a time. True if no other claim on this
    /// or a later version exists: of two writers that saw the same version, one gets it.
    fn claim(
        &self,
        key: &str,
        version: i64,
        now: Timestamp,
        until: Timestamp,
    ) -> impl Future<Output = Result<bool, Unavailable>> + Send;

    /// Releases a claim after nothing was published.
    fn release_claim(
        &self,
        key: &str,
        version: i64,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;
}
