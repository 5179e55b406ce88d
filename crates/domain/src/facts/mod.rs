//! Figures: facts, each counted once, and what a new fact changes.
//!
//! A [`Fact`] is one thing that happened to one order, known by (order, kind). [`deltas::fold`]
//! says what facts that were not known before add to the aggregates; [`Projection`] is all of them
//! in memory, the model that the tables are held against. `docs/adr` says what is kept, and why it
//! is exact whatever comes twice or late.

pub mod board;
pub mod calendar;
mod charts;
pub mod deltas;
mod kind;
pub mod leads;
pub mod lines;
mod projection;
pub mod stock;
mod summary;
pub mod visits;

use jiff::Timestamp;

use crate::{
    ids::{ItemId, OrderId, RestaurantId},
    money::Currency,
    order::Order,
    text::{Name, ZoneName},
};

pub use charts::{Cell, Chart, ChartId, UnknownChart, charts};
pub use kind::{FactKind, Reason, Scope, UnknownFact, UnknownReason};
pub use projection::Projection;
pub use stock::{Restock, Supply};
pub use summary::{DishSales, Summary};

/// What every fact of one order says of it: the order, as far as figures need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// Which order.
    pub order_id: OrderId,
    /// Where.
    pub restaurant_id: RestaurantId,
    /// The restaurant's zone when the order was placed: whose days and hours it counts in.
    pub time_zone: ZoneName,
    /// The order's currency.
    pub currency: Currency,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// The order's total with tip and fee, in minor units.
    pub total_minor: i64,
    /// Who, as a keyed hash: never an e-mail address.
    pub customer: String,
    /// What was ordered.
    pub items: Vec<Sold>,
}

/// A dish within a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sold {
    /// Which dish.
    pub item_id: ItemId,
    /// As shown when ordered.
    pub name: Name,
    /// How many.
    pub quantity: u64,
    /// The lines' totals, in minor units.
    pub revenue_minor: i64,
}

impl Sale {
    /// What figures need of `order`, which `customer` placed.
    pub fn of(order: &Order, customer: String) -> Self {
        let mut items: Vec<Sold> = Vec::new();
        for line in &order.lines {
            let quantity = u64::from(line.quantity);
            match items.iter_mut().find(|sold| sold.item_id == line.item_id) {
                Some(sold) => {
                    sold.quantity += quantity;
                    sold.revenue_minor += line.total_minor;
                }
                None => items.push(Sold {
                    item_id: line.item_id.clone(),
                    name: line.name.clone(),
                    quantity,
                    revenue_minor: line.total_minor,
                }),
            }
        }
        Self {
            order_id: order.id,
            restaurant_id: order.seller.id.clone(),
            time_zone: order.seller.time_zone.clone(),
            currency: order.currency,
            placed_at: order.placed_at,
            total_minor: order.totals.total_minor,
            customer,
            items,
        }
    }

    /// How many dishes.
    pub fn pieces(&self) -> i64 {
        self.items.iter().map(|sold| signed(sold.quantity)).sum()
    }
}

/// One thing that happened to one order. Its key is (order, kind): a second one changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// To which order.
    pub sale: Sale,
    /// What happened.
    pub kind: FactKind,
    /// Event time, not arrival time.
    pub at: Timestamp,
    /// Why, where orders are told apart by that.
    pub reason: Reason,
}

impl Fact {
    /// The fact that `kind` happened to `order` at `at`.
    pub fn new(order: &Order, kind: impl Into<FactKind>, at: Timestamp, customer: String) -> Self {
        Self { sale: Sale::of(order, customer), kind: kind.into(), at, reason: Reason::NONE }
    }

    /// The same for a reason.
    #[must_use]
    pub fn because(mut self, reason: Reason) -> Self {
        self.reason = reason;
        self
    }

    /// What makes it the same fact.
    pub fn key(&self) -> (OrderId, FactKind) {
        (self.sale.order_id, self.kind)
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
