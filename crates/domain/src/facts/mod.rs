//! Figures: facts, each counted once, and what a new fact adds.
//!
//! A [`Fact`] is one thing that happened to one order, identified by (order, kind).
//! [`deltas::fold`] computes what new facts add to the aggregates; [`Projection`] holds all
//! aggregates in memory and is the model against which tests compare the tables. `docs/adr`
//! explains what is kept, and why it stays exact when facts arrive twice or late.

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

pub use charts::{Cell, Chart, ChartId, UnknownChart, make_chart};
pub use kind::{FactKind, Reason, Scope, UnknownFact, UnknownReason};
pub use projection::Projection;
pub use stock::{Restock, Supply};
pub use summary::{DishSales, Summary};

/// The order of a fact, as far as figures need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// The order.
    pub order_id: OrderId,
    /// The restaurant.
    pub restaurant_id: RestaurantId,
    /// The restaurant's time zone when the order was placed; decides its days and hours.
    pub time_zone: ZoneName,
    /// The order's currency.
    pub currency: Currency,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// The order's total with tip and fee, in minor units.
    pub total_minor: i64,
    /// The customer as a keyed hash; never an e-mail address.
    pub customer: String,
    /// The dishes ordered.
    pub items: Vec<Sold>,
}

/// A dish within a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sold {
    /// The dish.
    pub item_id: ItemId,
    /// The name when ordered.
    pub name: Name,
    /// Number of pieces.
    pub quantity: u64,
    /// Sum of the line totals, in minor units.
    pub revenue_minor: i64,
}

impl Sale {
    /// What figures need of `order`; `customer` is a keyed hash.
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

    /// Number of dishes.
    pub fn pieces(&self) -> i64 {
        self.items.iter().map(|sold| signed(sold.quantity)).sum()
    }
}

/// One thing that happened to one order. Identified by (order, kind): repetitions change nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The order.
    pub sale: Sale,
    /// What happened.
    pub kind: FactKind,
    /// Event time, not arrival time.
    pub at: Timestamp,
    /// The reason, for kinds that have one.
    pub reason: Reason,
}

impl Fact {
    /// The fact that `kind` happened to `order` at `at`, without a reason.
    pub fn new(order: &Order, kind: impl Into<FactKind>, at: Timestamp, customer: String) -> Self {
        Self { sale: Sale::of(order, customer), kind: kind.into(), at, reason: Reason::NONE }
    }

    /// The fact with a reason.
    #[must_use]
    pub fn because(mut self, reason: Reason) -> Self {
        self.reason = reason;
        self
    }

    /// The identity of the fact.
    pub fn key(&self) -> (OrderId, FactKind) {
        (self.sale.order_id, self.kind)
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
