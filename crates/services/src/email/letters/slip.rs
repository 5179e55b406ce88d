//! The slip: what was ordered, and what it costs.

use domain::{
    money::Money,
    order::{Line, Order},
};

/// A line of the slip.
pub(super) struct Row {
    /// `2 × Margherita`.
    pub(super) dish: String,
    /// Options with what they add, then the note for the kitchen.
    pub(super) details: Vec<String>,
    /// What all pieces cost.
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
    let note = line.note.as_ref().map(|note| format!("Note: {note}"));
    Row {
        dish: format!("{} × {}", line.quantity, line.name),
        details: options.chain(note).collect(),
        amount: money(order, line.total_minor),
    }
}

/// What comes under the lines: name and amount. The total is last.
pub(super) fn sums(order: &Order, total: &'static str) -> Vec<(&'static str, String)> {
    let t = &order.totals;
    let extra: Vec<_> = [("Delivery", t.delivery_fee_minor), ("Tip", t.tip_minor)]
        .into_iter()
        .filter(|(_, minor)| *minor > 0)
        .collect();
    // Without extras the subtotal is the total.
    let subtotal = (!extra.is_empty()).then_some(("Subtotal", t.subtotal_minor));
    let all = subtotal.into_iter().chain(extra).chain([(total, t.total_minor)]);
    all.map(|(label, minor)| (label, money(order, minor))).collect()
}

fn money(order: &Order, minor: i64) -> String {
    Money::new(minor, order.currency).to_string()
}
