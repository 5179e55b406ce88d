//! Figures: facts, each counted once, and what a new fact adds.
//!
//! A [`Fact`] is one thing that happened to one order, identified by (order, name).
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

use self::deltas::Counted;

use crate::{
    ids::{ItemId, OrderId, RestaurantId},
    money::Currency,
    order::Order,
    payment::{Refund, RefundKey},
    text::{Name, ZoneName},
};

pub use charts::{Cell, Chart, ChartId, UnknownChart, make_chart};
pub use kind::{FactKind, FactName, Reason, Scope, UnknownFact, UnknownReason};
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

/// One thing that happened to one order. Identified by (order, name): repetitions change nothing.
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
    /// What was refunded, unless it was the whole order at once.
    pub refunded: Option<Refunded>,
}

/// A refund that did not return a whole order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refunded {
    /// Which refund of a part; `None` for the rest of a cancelled order.
    pub part: Option<RefundKey>,
    /// The amount, in minor units of the order's currency.
    pub amount_minor: i64,
}

impl Fact {
    /// The fact that `kind` happened to `order` at `at`, without a reason.
    pub fn new(order: &Order, kind: impl Into<FactKind>, at: Timestamp, customer: String) -> Self {
        let (sale, kind) = (Sale::of(order, customer), kind.into());
        Self { sale, kind, at, reason: Reason::NONE, refunded: None }
    }

    /// The fact that money of `order` was refunded.
    pub fn of_refund(order: &Order, refund: &Refund, customer: String) -> Self {
        let (part, amount_minor) = (refund.part.clone(), refund.amount_minor);
        let is_whole = part.is_none() && amount_minor == order.totals.total_minor;
        let refunded = (!is_whole).then_some(Refunded { part, amount_minor });
        let fact = Self::new(order, FactKind::Refunded, refund.at, customer);
        Self { refunded, ..fact }
    }

    /// The fact with a reason.
    #[must_use]
    pub fn because(mut self, reason: Reason) -> Self {
        self.reason = reason;
        self
    }

    /// The identity of the fact.
    pub fn key(&self) -> (OrderId, FactName) {
        (self.sale.order_id, self.name())
    }

    /// Its name within its order.
    pub fn name(&self) -> FactName {
        let part = self.refunded.as_ref().and_then(|refunded| refunded.part.clone());
        FactName { kind: self.kind, part }
    }

    /// The amount that it counts with, in minor units.
    pub fn amount_minor(&self) -> i64 {
        self.refunded.as_ref().map_or(self.sale.total_minor, |refunded| refunded.amount_minor)
    }

    /// What it adds to the figures.
    pub fn counted(&self) -> Counted {
        let pieces = if self.refunded.is_some() { 0 } else { self.sale.pieces() };
        Counted {
            kind: self.kind,
            at: self.at,
            reason: self.reason,
            amount_minor: self.amount_minor(),
            pieces,
        }
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
