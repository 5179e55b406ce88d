//! An order as placed. It never changes afterwards; only its status does.

use std::{ops::Deref, sync::Arc};

use jiff::Timestamp;

use crate::{
    hours::DayTime,
    ids::{ItemId, OptionId, OrderId, RestaurantId, TaxId},
    language::Language,
    money::{Currency, MAX_ORDER_MINOR, Money},
    payment_method::{CapturePoint, PaymentMethod},
    seller::{Legal, PostalAddress},
    tax::{OrderTax, TaxError},
    text::{Address, Email, Name, Note, Phone, ZoneName},
    trace::{Trace, TraceId},
};

/// The customer of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// The name as typed.
    pub name: Name,
    /// The address for mails.
    pub email: Email,
    /// The number for the courier.
    pub phone: Option<Phone>,
    /// The language for mails.
    pub language: Language,
}

/// How the food reaches the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fulfilment {
    /// The customer collects it at the restaurant.
    Pickup,
    /// A courier delivers it.
    Delivery {
        /// The delivery address.
        address: Address,
    },
}

/// A chosen option with its price when ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineOption {
    /// The option.
    pub id: OptionId,
    /// The name when ordered.
    pub name: Name,
    /// Added to the unit price, in minor units.
    pub price_minor: i64,
}

/// One dish of an order with its price when ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The dish.
    pub item_id: ItemId,
    /// The name when ordered.
    pub name: Name,
    /// Number of pieces.
    pub quantity: u32,
    /// The price of one piece without options, in minor units.
    pub unit_price_minor: i64,
    /// The chosen options.
    pub options: Vec<LineOption>,
    /// A note for the kitchen.
    pub note: Option<Note>,
    /// `quantity × (unit price + options)`, in minor units.
    pub total_minor: i64,
    /// The tax rate, if the restaurant has rates.
    pub tax: Option<TaxId>,
}

/// The sums of an order, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Sum of all lines.
    pub subtotal_minor: i64,
    /// Delivery fee.
    pub delivery_fee_minor: i64,
    /// Tip.
    pub tip_minor: i64,
    /// Tax that is added to the prices; 0 if they contain it.
    pub tax_minor: i64,
    /// The sum that is charged.
    pub total_minor: i64,
}

/// The restaurant's details when the order was placed, so that no consumer needs a join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seller {
    /// The restaurant.
    pub id: RestaurantId,
    /// Its name.
    pub name: Name,
    /// Its time zone; times of the order are shown in it.
    pub time_zone: ZoneName,
    /// True if the restaurant accepts automatically.
    pub auto_accept: bool,
    /// Time limit for accepting, in seconds.
    pub accept_within_s: u32,
    /// When the money of an order by card is captured.
    pub capture: CapturePoint,
    /// When its business day starts.
    pub business_day_starts: DayTime,
    /// The legal entity that sells, if it is known.
    pub legal: Option<Legal>,
    /// Its address, if it is known.
    pub address: Option<PostalAddress>,
}

/// The parts of an order before they are checked against each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderParts {
    /// The identifier, also the key of all records about it.
    pub id: OrderId,
    /// The restaurant.
    pub seller: Seller,
    /// When the storefront accepted it.
    pub placed_at: Timestamp,
    /// The customer.
    pub customer: Customer,
    /// How it reaches the customer.
    pub fulfilment: Fulfilment,
    /// The dishes; never empty.
    pub lines: Vec<Line>,
    /// The sums.
    pub totals: Totals,
    /// The taxes, if the restaurant has rates.
    pub tax: Option<OrderTax>,
    /// The currency.
    pub currency: Currency,
    /// The payment method: a token of the gateway.
    pub payment_method: PaymentMethod,
    /// Offset of the menu record it was priced by.
    pub menu_version: i64,
    /// The declined order that this one retries.
    pub replaces: Option<OrderId>,
}

/// Why parts do not form an order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// There are no lines.
    #[error("the order has no lines")]
    NoLines,
    /// The total of a line, by index, is wrong.
    #[error("line {0} does not come to its total")]
    Line(usize),
    /// The subtotal is not the sum of the lines.
    #[error("the lines do not sum to the subtotal")]
    Subtotal,
    /// The total is not the sum of subtotal, delivery fee, tip and added tax.
    #[error("subtotal, delivery fee, tip and added tax do not sum to the total")]
    Total,
    /// The taxes are wrong.
    #[error("the taxes are wrong: {0}")]
    Tax(#[from] TaxError),
    /// A line has a rate and the order no taxes, or the reverse.
    #[error("the taxes do not name the rates of the lines")]
    Rates,
    /// More than [`MAX_ORDER_MINOR`]; sums of many such orders would overflow.
    #[error("the total is more than an order can come to")]
    TooMuch,
    /// A negative amount, or a quantity of zero.
    #[error("an amount or quantity is negative or zero")]
    Negative,
}

/// An order whose sums are correct. Clones share its parts.
#[derive(Clone, Debug)]
pub struct Order {
    parts: Arc<OrderParts>,
    /// The trace that it was placed in.
    trace: Option<Trace>,
}

/// The trace is not part of an order's identity.
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
        check_tax(&parts)?;
        let added = [t.delivery_fee_minor, t.tip_minor, t.tax_minor];
        let total = added.into_iter().try_fold(subtotal, i64::checked_add);
        match total {
            Some(total) if total != t.total_minor => Err(Mismatch::Total),
            Some(..=MAX_ORDER_MINOR) => Ok(Self { parts: Arc::new(parts), trace: None }),
            Some(_) => Err(Mismatch::TooMuch),
            None => Err(Mismatch::Total),
        }
    }
}

impl Order {
    /// Sets the trace, if one is known.
    #[must_use]
    pub fn with_trace(self, trace: Option<Trace>) -> Self {
        Self { trace: trace.or(self.trace), ..self }
    }

    /// The trace that it was placed in, if known.
    pub const fn trace(&self) -> Option<Trace> {
        self.trace
    }

    /// The id of its trace; derived from the order's id if no trace is known.
    pub fn trace_id(&self) -> TraceId {
        self.trace.unwrap_or_else(|| Trace::of_order(self.id)).trace_id()
    }

    /// The sum that is charged.
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

    /// The number of pieces.
    pub fn pieces(&self) -> u64 {
        self.lines.iter().map(|line| u64::from(line.quantity)).sum()
    }
}

/// Checks the taxes against the lines and the delivery fee.
fn check_tax(parts: &OrderParts) -> Result<(), Mismatch> {
    let (rates, totals) = (parts.lines.iter().map(|line| &line.tax), &parts.totals);
    let Some(tax) = &parts.tax else {
        return match totals.tax_minor == 0 && rates.clone().all(Option::is_none) {
            true => Ok(()),
            false => Err(Mismatch::Rates),
        };
    };
    let dish = |line: &Line| Some((line.tax.clone()?, line.total_minor));
    let dishes: Option<Vec<_>> = parts.lines.iter().map(dish).collect();
    let dishes = dishes.ok_or(Mismatch::Rates)?;
    tax.check(&dishes, totals.delivery_fee_minor, parts.currency.step_minor())?;
    match tax.added_minor() == totals.tax_minor {
        true => Ok(()),
        false => Err(Mismatch::Total),
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
    use crate::{fixtures, tax::Prices};

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
        assert_eq!(broken(|p| p.totals.tax_minor = 1), Mismatch::Rates);
        assert_eq!(broken(|p| p.lines[0].tax = "food".parse().ok()), Mismatch::Rates);
        let too_much = |p: &mut OrderParts| {
            p.totals.tip_minor = MAX_ORDER_MINOR;
            p.totals.total_minor = 2200 + MAX_ORDER_MINOR;
        };
        assert_eq!(broken(too_much), Mismatch::TooMuch);
    }

    #[test]
    fn taxes_that_disagree_are_no_order() {
        for prices in [Prices::Inclusive, Prices::Exclusive] {
            let good = OrderParts::clone(&fixtures::taxed(&fixtures::rich_order(), prices));
            let broken = |change: fn(&mut OrderParts, &mut OrderTax)| {
                let mut parts = good.clone();
                let mut tax = parts.tax.take().unwrap();
                change(&mut parts, &mut tax);
                parts.tax = Some(tax);
                Order::try_from(parts).unwrap_err()
            };
            assert_eq!(broken(|p, _| p.lines[0].tax = None), Mismatch::Rates);
            assert_eq!(
                broken(|p, _| p.lines[0].tax = "goods".parse().ok()),
                Mismatch::Tax(TaxError::Sum)
            );
            assert_eq!(broken(|_, tax| drop(tax.amounts.pop())), Mismatch::Tax(TaxError::Sum));
            assert!(matches!(
                broken(|_, tax| tax.amounts[0].tax_minor += 1),
                Mismatch::Tax(TaxError::Amount { .. })
            ));
            let added = |p: &mut OrderParts, _: &mut OrderTax| {
                p.totals.tax_minor += 1;
                p.totals.total_minor += 1;
            };
            assert_eq!(broken(added), Mismatch::Total);
        }
    }

    #[test]
    fn the_short_text_names_options() {
        assert_eq!(fixtures::order(1).items_text(), "2 x Margherita (Extra cheese)");
        assert_eq!(fixtures::order(1).pieces(), 2);
    }
}
