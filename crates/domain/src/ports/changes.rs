//! What was published, by whom, and what that changed.

use std::{collections::HashMap, future::Future};

use jiff::Timestamp;
use uuid::Uuid;

use super::Unavailable;
use crate::{
    changes::Entry,
    ids::RestaurantId,
    stock::{Change, Dish},
    text::Note,
};

/// What is known to be published under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The offset of its record.
    pub version: i64,
    /// Its payload.
    pub body: String,
}

/// Something newly published, with what it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its key: `menu/bella-napoli`.
    pub key: String,
    /// What it is now.
    pub known: Known,
    /// Its entry of the change log, unless nothing differs.
    pub entry: Option<Entry>,
}

/// Which part of the change log is wanted: newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangesQuery {
    /// Of one restaurant, or of everything.
    pub restaurant: Option<RestaurantId>,
    /// Older than this entry: where the last page ended.
    pub before: Option<(Timestamp, Uuid)>,
    /// Never more than so many.
    pub limit: u32,
}

/// A change of a stock level with what it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockNote {
    /// Which change.
    pub id: Uuid,
    /// Of which dish.
    pub dish: Dish,
    /// What was asked for.
    pub change: Change,
    /// Pieces before; `None` if it was not counted.
    pub before: Option<i64>,
    /// Pieces afterwards; `None` if it is not counted any more.
    pub after: Option<i64>,
    /// Why.
    pub reason: Option<Note>,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// The change log, and what it needs to know of what is published.
pub trait ChangeBook: Clone + Send + Sync + 'static {
    /// What is known to be published under these keys.
    fn published(
        &self,
        keys: &[String],
    ) -> impl Future<Output = Result<HashMap<String, Known>, Unavailable>> + Send;

    /// Notes what is published now with its entries, in one transaction. What is not newer than
    /// what is known changes nothing.
    fn note(&self, news: Vec<Published>) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Entries, newest first. Changes of stock levels are not among them: see
    /// [`stock_notes`](Self::stock_notes).
    fn changes(
        &self,
        wanted: &ChangesQuery,
    ) -> impl Future<Output = Result<Vec<Entry>, Unavailable>> + Send;

    /// Changes of stock levels by people, newest first; of one dish if one is given.
    fn stock_notes(
        &self,
        wanted: &ChangesQuery,
        dish: Option<&Dish>,
    ) -> impl Future<Output = Result<Vec<StockNote>, Unavailable>> + Send;

    /// Claims to be the one who publishes on top of a version, until a time. True if nobody else
    /// has claimed it or a later one: of two who saw the same version, one gets it.
    fn claim(
        &self,
        key: &str,
        version: i64,
        now: Timestamp,
        until: Timestamp,
    ) -> impl Future<Output = Result<bool, Unavailable>> + Send;

    /// Gives a claim back: nothing was published.
    fn give_back(
        &self,
        key: &str,
        version: i64,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;
}
