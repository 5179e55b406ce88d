//! The order slip: lines and sums.

use domain::{
    order::{Line, Order},
    tax::Prices,
};

use super::words::{self, money};

/// A line of the slip.
pub(super) struct Row {
    /// `2 × Margherita`.
    pub(super) dish: String,
    /// Options with their prices, then the note for the kitchen.
    pub(super) details: Vec<String>,
    /// Total of the line.
    pub(super) amount: String,
}

/// The lines of an order.
pub(super) fn rows(order: &Order) -> Vec<Row> {
    order.lines.iter().map(|line| row(order, line)).collect()
}

fn row(order: &Order, line: &Line) -> Row {
    let options = line.options.iter().map(|option| match option.price_minor {
        0 => option.name.to_string(),
        minor => format!("{} +{}", option.name, money(order, minor)),
    });
    let note = line.note.as_ref().map(|note| (words::of(order).slip.note)(note.as_str()));
    Row {
        dish: format!("{} × {}", line.quantity, line.name),
        details: options.chain(note).collect(),
        amount: money(order, line.total_minor),
    }
}

/// An amount below the lines.
pub(super) struct Sum {
    /// What it is.
    pub(super) label: String,
    /// The amount.
    pub(super) amount: String,
    /// True for the total; what follows it is contained in it.
    pub(super) is_total: bool,
}

/// The sums below the lines.
pub(super) fn sums(order: &Order, total: &str) -> Vec<Sum> {
    let (t, words) = (&order.totals, &words::of(order).slip);
    let sum = |label: &str, minor, is_total| Sum {
        label: label.to_owned(),
        amount: money(order, minor),
        is_total,
    };
    let (added, included) = taxes(order);
    let extra = [(words.delivery, t.delivery_fee_minor), (words.tip, t.tip_minor)];
    let extra: Vec<_> = extra.into_iter().filter(|(_, minor)| *minor > 0).chain(added).collect();
    // Without extras, the subtotal equals the total.
    let subtotal = (!extra.is_empty()).then_some((words.subtotal, t.subtotal_minor));
    let parts = subtotal.into_iter().chain(extra);
    let mut all: Vec<_> = parts.map(|(label, minor)| sum(label, minor, false)).collect();
    all.push(sum(total, t.total_minor, true));
    all.extend(
        included.into_iter().map(|(name, minor)| sum(&(words.including)(name), minor, false)),
    );
    all
}

type NamedAmounts<'a> = Vec<(&'a str, i64)>;

/// The taxes that are added to the prices, and those that the prices contain.
fn taxes(order: &Order) -> (NamedAmounts<'_>, NamedAmounts<'_>) {
    let Some(tax) = &order.tax else { return Default::default() };
    let amounts = tax.amounts.iter().map(|a| (a.rate.name.as_str(), a.tax_minor)).collect();
    match tax.prices {
        Prices::Exclusive => (amounts, Vec::new()),
        Prices::Inclusive => (Vec::new(), amounts),
    }
}
