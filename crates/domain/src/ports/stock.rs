//! Stock levels.

use std::future::Future;

use jiff::Timestamp;

use super::Unavailable;
use crate::stock::{Dish, StockChange, StockLevel};

/// The stock levels. Orders reserve and release pieces through [`PaymentBook`](super::PaymentBook),
/// in one transaction with the payment row.
pub trait StockBook: Send + Sync + 'static {
    /// Applies changes in the given order, each once: a change with a known id changes nothing.
    /// `at` is now.
    fn apply_changes(
        &self,
        changes: Vec<StockChange>,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Levels after a dish (or from the first one), in the order of dishes.
    fn levels(
        &self,
        after: Option<&Dish>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<StockLevel>, Unavailable>> + Send;

    /// Levels that changed since they were last published.
    fn unpublished(
        &self,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<StockLevel>, Unavailable>> + Send;

    /// The levels of those of these dishes that have one.
    fn read_levels(
        &self,
        dishes: &[Dish],
    ) -> impl Future<Output = Result<Vec<StockLevel>, Unavailable>> + Send;

    /// Records that these levels were published at these versions. A version older than the
    /// recorded one changes nothing.
    fn note_published(
        &self,
        levels: &[StockLevel],
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Resolves once this process has changed a level since the last call.
    fn wait_for_change(&self) -> impl Future<Output = ()> + Send;
}
