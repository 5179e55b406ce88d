//! The stock levels, through the store of payments.

use domain::{
    ports::{StockBook, Unavailable},
    stock::{Dish, StockChange, StockLevel},
};

use jiff::Timestamp;

use super::SqlPayments;

/// The levels from which the orders of these rows reserve.
impl StockBook for SqlPayments {
    async fn apply_changes(
        &self,
        changes: Vec<StockChange>,
        at: Timestamp,
    ) -> Result<(), Unavailable> {
        self.stock.apply_changes(changes, at).await
    }

    async fn levels(&self, from: Option<&Dish>, n: u32) -> Result<Vec<StockLevel>, Unavailable> {
        self.stock.levels(from, n).await
    }

    async fn unpublished(&self, limit: u32) -> Result<Vec<StockLevel>, Unavailable> {
        self.stock.unpublished(limit).await
    }

    async fn read_levels(&self, dishes: &[Dish]) -> Result<Vec<StockLevel>, Unavailable> {
        self.stock.read_levels(dishes).await
    }

    async fn note_published(&self, levels: &[StockLevel]) -> Result<(), Unavailable> {
        self.stock.note_published(levels).await
    }

    async fn wait_for_change(&self) {
        self.stock.wait_for_change().await;
    }
}
