//! The order slip: lines and sums.

use domain::order::{Line, Order};

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

/// The sums below the lines: name and amount. The total is last.
pub(super) fn sums(order: &Order, total: &'static str) -> Vec<(&'static str, String)> {
    let (t, words) = (&order.totals, &words::of(order).slip);
    let extra: Vec<_> = [(words.delivery, t.delivery_fee_minor), (words.tip, t.tip_minor)]
        .into_iter()
        .filter(|(_, minor)| *minor > 0)
        .collect();
    // Without extras, the subtotal equals the total.
    let subtotal = (!extra.is_empty()).then_some((words.subtotal, t.subtotal_minor));
    let all = subtotal.into_iter().chain(extra).chain([(total, t.total_minor)]);
    all.map(|(label, minor)| (label, money(order, minor))).collect()
}
