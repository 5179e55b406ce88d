//! An order as it was placed. It never changes afterwards; only its status does.

use std::{ops::Deref, sync::Arc};

use jiff::Timestamp;

use crate::{
    ids::{ItemId, OptionId, OrderId, RestaurantId},
    language::Language,
    money::{Currency, MAX_ORDER_MINOR, Money},
    text::{Address, Email, Name, Note, PaymentMethod, Phone, ZoneName},
    trace::{Trace, TraceId},
};

/// Who ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// As they call themselves.
    pub name: Name,
    /// Where mail goes.
    pub email: Email,
    /// Where a courier calls.
    pub phone: Option<Phone>,
    /// In which language they are written to.
    pub language: Language,
}

/// How the food reaches the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fulfilment {
    /// The customer comes to the restaurant.
    Pickup,
    /// A courier brings it.
    Delivery {
        /// Where to.
        address: Address,
    },
}

/// A chosen option with its price at the time of the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineOption {
    /// Which option.
    pub id: OptionId,
    /// As shown when ordered.
    pub name: Name,
    /// Added to the unit price, in minor units.
    pub price_minor: i64,
}

/// One dish of an order with its price at the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which dish.
    pub item_id: ItemId,
    /// As shown when ordered.
    pub name: Name,
    /// How many.
    pub quantity: u32,
    /// One piece without options, in minor units.
    pub unit_price_minor: i64,
    /// The chosen options.
    pub options: Vec<LineOption>,
    /// A wish for the kitchen.
    pub note: Option<Note>,
    /// `quantity × (unit price + options)`, in minor units.
    pub total_minor: i64,
}

/// The sums of an order, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// All lines.
    pub subtotal_minor: i64,
    /// Delivery.
    pub delivery_fee_minor: i64,
    /// Tip.
    pub tip_minor: i64,
    /// What is charged.
    pub total_minor: i64,
}

/// What the order remembers of its restaurant, so that no consumer needs a join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seller {
    /// Which restaurant.
    pub id: RestaurantId,
    /// Its name when the order was placed.
    pub name: Name,
    /// The zone in which its times are told.
    pub time_zone: ZoneName,
    /// True if no person needs to accept.
    pub auto_accept: bool,
    /// Seconds within which a person must accept.
    pub accept_within_s: u32,
}

/// The parts of an order, not yet known to agree with each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderParts {
    /// Its identifier, and the key of all its records.
    pub id: OrderId,
    /// Who cooks.
    pub seller: Seller,
    /// When it was accepted by the storefront.
    pub placed_at: Timestamp,
    /// Who ordered.
    pub customer: Customer,
    /// How it reaches them.
    pub fulfilment: Fulfilment,
    /// What they ordered; never empty.
    pub lines: Vec<Line>,
    /// What it costs.
    pub totals: Totals,
    /// In which currency.
    pub currency: Currency,
    /// How they pay: a token of the gateway.
    pub payment_method: PaymentMethod,
    /// Offset of the menu record it was priced by.
    pub menu_version: i64,
    /// The declined order that this one tries again.
    pub replaces: Option<OrderId>,
}

/// Why parts are no order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// There is nothing to cook.
    #[error("the order has no lines")]
    NoLines,
    /// A line does not come to its own total.
    #[error("line {0} does not come to its total")]
    Line(usize),
    /// The lines do not come to the subtotal.
    #[error("the lines do not sum to the subtotal")]
    Subtotal,
    /// Subtotal, fee and tip do not come to the total.
    #[error("subtotal, delivery fee and tip do not sum to the total")]
    Total,
    /// More than any order can cost; sums of many such orders would leave the range of numbers.
    #[error("the total is more than an order can come to")]
    TooMuch,
    /// A negative amount or a quantity of nothing.
    #[error("an amount or quantity is negative or zero")]
    Negative,
}

/// An order whose sums are known to be right: it cannot be made otherwise. Clones share its parts.
#[derive(Clone, Debug)]
pub struct Order {
    parts: Arc<OrderParts>,
    /// By which trace it came.
    trace: Option<Trace>,
}

/// By which trace an order came says nothing of what was ordered.
impl PartialEq for Order {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

impl Eq for Order {}

impl Deref for Order {
    type Target = OrderParts;

    fn deref(&self) -> &OrderParts {
        &self.parts
    }
}

impl TryFrom<OrderParts> for Order {
    type Error = Mismatch;

    fn try_from(parts: OrderParts) -> Result<Self, Mismatch> {
        if parts.lines.is_empty() {
            return Err(Mismatch::NoLines);
        }
        let mut subtotal = 0_i64;
        for (n, line) in parts.lines.iter().enumerate() {
            if line.quantity == 0
                || line.unit_price_minor < 0
                || line.options.iter().any(|o| o.price_minor < 0)
            {
                return Err(Mismatch::Negative);
            }
            let total = line_total(line)
                .filter(|total| *total == line.total_minor)
                .ok_or(Mismatch::Line(n))?;
            subtotal = subtotal.checked_add(total).ok_or(Mismatch::Subtotal)?;
        }
        let t = &parts.totals;
        if t.delivery_fee_minor < 0 || t.tip_minor < 0 {
            return Err(Mismatch::Negative);
        }
        if subtotal != t.subtotal_minor {
            return Err(Mismatch::Subtotal);
        }
        let total =
            subtotal.checked_add(t.delivery_fee_minor).and_then(|sum| sum.checked_add(t.tip_minor));
        match total {
            Some(total) if total != t.total_minor => Err(Mismatch::Total),
            Some(..=MAX_ORDER_MINOR) => Ok(Self { parts: Arc::new(parts), trace: None }),
            Some(_) => Err(Mismatch::TooMuch),
            None => Err(Mismatch::Total),
        }
    }
}

impl Order {
    /// The same order, which came by a trace, if it is known by which.
    #[must_use]
    pub fn with_trace(self, trace: Option<Trace>) -> Self {
        Self { trace: trace.or(self.trace), ..self }
    }

    /// By which trace it came, if that is known.
    pub const fn trace(&self) -> Option<Trace> {
        self.trace
    }

    /// The id of its trace: that of the order, if no other is known.
    pub fn trace_id(&self) -> TraceId {
        self.trace.unwrap_or_else(|| Trace::of_order(self.id)).trace_id()
    }

    /// What is charged.
    pub fn total(&self) -> Money {
        Money::new(self.totals.total_minor, self.currency)
    }

    /// All lines as one short text: `2 x Margherita (Extra cheese), 1 x Cola`.
    pub fn items_text(&self) -> String {
        let line = |line: &Line| {
            let options: Vec<_> = line.options.iter().map(|o| o.name.as_str()).collect();
            match options.as_slice() {
                [] => format!("{} x {}", line.quantity, line.name),
                _ => format!("{} x {} ({})", line.quantity, line.name, options.join(", ")),
            }
        };
        self.lines.iter().map(line).collect::<Vec<_>>().join(", ")
    }

    /// How many pieces in all.
    pub fn pieces(&self) -> u64 {
        self.lines.iter().map(|line| u64::from(line.quantity)).sum()
    }
}

fn line_total(line: &Line) -> Option<i64> {
    line.options
        .iter()
        .try_fold(line.unit_price_minor, |sum, option| sum.checked_add(option.price_minor))?
        .checked_mul(i64::from(line.quantity))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn sums_that_disagree_are_no_order() {
        let good = fixtures::order_parts(1);
        assert!(Order::try_from(good.clone()).is_ok());
        let broken = |change: fn(&mut OrderParts)| {
            let mut parts = good.clone();
            change(&mut parts);
            Order::try_from(parts).unwrap_err()
        };
        assert_eq!(broken(|p| p.lines.clear()), Mismatch::NoLines);
        assert_eq!(broken(|p| p.lines[0].total_minor += 1), Mismatch::Line(0));
        assert_eq!(broken(|p| p.totals.subtotal_minor -= 1), Mismatch::Subtotal);
        assert_eq!(broken(|p| p.totals.total_minor = 0), Mismatch::Total);
        assert_eq!(broken(|p| p.totals.tip_minor = -5), Mismatch::Negative);
        assert_eq!(broken(|p| p.lines[0].unit_price_minor = i64::MAX), Mismatch::Line(0));
        let too_much = |p: &mut OrderParts| {
            p.totals.tip_minor = MAX_ORDER_MINOR;
            p.totals.total_minor = 2200 + MAX_ORDER_MINOR;
        };
        assert_eq!(broken(too_much), Mismatch::TooMuch);
    }

    #[test]
    fn the_short_text_names_options() {
        assert_eq!(fixtures::order(1).items_text(), "2 x Margherita (Extra cheese)");
        assert_eq!(fixtures::order(1).pieces(), 2);
    }
}
