//! Stock levels.

use std::future::Future;

use jiff::Timestamp;

use super::Unavailable;
use crate::stock::{Dish, StockChange, StockLevel};

/// The stock levels. What orders take of them, and give back, is the business of
/// [`PaymentBook`](super::PaymentBook): it happens together with the payment row, or not at all.
pub trait StockBook: Send + Sync + 'static {
    /// Does changes in the order given, each once: a change whose id is known changes nothing. `at`
    /// is now.
    fn change(
        &self,
        changes: Vec<StockChange>,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Levels after a dish (or from the first one on), in the order of dishes.
    fn levels(
        &self,
        after: Option<&Dish>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<StockLevel>, Unavailable>> + Send;

    /// Levels that have moved since they were published last.
    fn unpublished(
        &self,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<StockLevel>, Unavailable>> + Send;

    /// The levels of these dishes, of those that have one.
    fn read_levels(
        &self,
        dishes: &[Dish],
    ) -> impl Future<Output = Result<Vec<StockLevel>, Unavailable>> + Send;

    /// Notes that these levels, at these versions, are published. An older version than the one
    /// that is noted changes nothing.
    fn note_published(
        &self,
        levels: &[StockLevel],
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Resolves when this process has moved a level since the last call.
    fn moved(&self) -> impl Future<Output = ()> + Send;
}
