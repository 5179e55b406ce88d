//! Stock levels in memory, by the domain's rules.

use std::collections::BTreeMap;

use domain::{
    order::Order,
    payment::Payment,
    ports::{StockBook, Unavailable},
    stock::{Dish, Level, Reservation, StockChange, StockLevel, allocate, needs},
};
use jiff::Timestamp;

use super::tables::{Rows, Tables};

/// A level with its published version.
#[derive(Clone, Copy, Debug)]
pub struct StockRow {
    pub level: Level,
    pub published: i64,
    pub at: Timestamp,
}

impl Rows {
    /// Reserves for a new order; `false` if there is not enough.
    pub(super) fn reserve(&mut self, order: &Order, at: Timestamp) -> bool {
        let counted = |(dish, row): (&Dish, &StockRow)| Some((dish.clone(), row.level.on_hand()?));
        let mut left: BTreeMap<_, _> = self.stock.iter().filter_map(counted).collect();
        let Some(taken) = allocate(&mut left, [&needs(order)]).remove(0) else { return false };
        for (dish, pieces) in taken {
            let row = self.stock.get_mut(&dish).unwrap();
            (row.level, row.at) = (row.level.reserve(pieces).unwrap(), at);
            self.reservations.insert((order.id, dish), (pieces, Reservation::Reserved));
        }
        true
    }

    /// Updates the reservations of an order for its payment's state.
    pub(super) fn follow(&mut self, payment: &Payment) {
        let next = Reservation::of(payment.state);
        for ((order, dish), (pieces, state)) in &mut self.reservations {
            if *order != payment.order_id || *state != Reservation::Reserved {
                continue;
            }
            *state = next;
            if next == Reservation::Released {
                let row = self.stock.get_mut(dish).unwrap();
                row.level = row.level.release(*pieces);
                row.at = payment.decided_at.unwrap();
            }
        }
    }

    fn change(&mut self, change: &StockChange, at: Timestamp) {
        if self.changes.contains_key(&change.id) {
            return;
        }
        let new = StockRow { level: Level::UNKNOWN, published: 0, at };
        let row = self.stock.entry(change.dish.clone()).or_insert(new);
        let (level, added) = row.level.after(change.change);
        (row.level, row.at) = (level, at);
        self.changes.insert(change.id, (change.dish.clone(), added));
    }

    fn level(&self, dish: &Dish) -> Option<StockLevel> {
        let StockRow { level, at, .. } = *self.stock.get(dish)?;
        let (dish, on_hand, version) = (dish.clone(), level.on_hand(), level.version);
        Some(StockLevel { dish, on_hand, version, at })
    }
}

impl StockBook for Tables {
    async fn apply_changes(
        &self,
        changes: Vec<StockChange>,
        at: Timestamp,
    ) -> Result<(), Unavailable> {
        self.call("stock.change", |rows| changes.iter().for_each(|c| rows.change(c, at)))?;
        self.bell.notify_one();
        Ok(())
    }

    async fn levels(
        &self,
        after: Option<&Dish>,
        limit: u32,
    ) -> Result<Vec<StockLevel>, Unavailable> {
        self.call("stock.levels", |rows| {
            let dishes = rows.stock.keys().filter(|dish| after.is_none_or(|after| *dish > after));
            dishes.filter_map(|dish| rows.level(dish)).take(limit as usize).collect()
        })
    }

    async fn unpublished(&self, limit: u32) -> Result<Vec<StockLevel>, Unavailable> {
        self.call("stock.unpublished", |rows| {
            let dirty = rows.stock.iter().filter(|(_, row)| row.level.version > row.published);
            dirty.filter_map(|(dish, _)| rows.level(dish)).take(limit as usize).collect()
        })
    }

    async fn read_levels(&self, dishes: &[Dish]) -> Result<Vec<StockLevel>, Unavailable> {
        self.call("stock.read_levels", |rows| {
            dishes.iter().filter_map(|dish| rows.level(dish)).collect()
        })
    }

    async fn note_published(&self, levels: &[StockLevel]) -> Result<(), Unavailable> {
        self.call("stock.note_published", |rows| {
            for level in levels {
                let row = rows.stock.get_mut(&level.dish).unwrap();
                row.published = row.published.max(level.version);
            }
        })
    }

    async fn wait_for_change(&self) {
        self.bell.notified().await;
    }
}
