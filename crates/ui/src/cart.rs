//! The cart as a page shows it: every requested line, priced or with its problem.

use std::{collections::HashMap, slice};

use domain::{
    cart::{CartLine, price_lines},
    ids::ItemId,
    menu::Menu,
    order::Line,
    stock::refuse_short,
    violation::{Checks, Violation},
};

/// One line of the cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CartRow {
    /// The requested dish if it is no longer on the menu.
    pub label: String,
    /// The requested quantity.
    pub quantity: u32,
    /// The line with its price, if it can be priced.
    pub line: Option<Line>,
    /// Why it cannot be ordered as it is.
    pub problems: Vec<Violation>,
}

/// A cart priced for showing. Rows have the same index as in the cart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CartView {
    /// In the order added.
    pub rows: Vec<CartRow>,
}

impl CartView {
    /// Prices each line separately, so that an invalid line hides no other.
    pub fn new(menu: &Menu, left: &HashMap<ItemId, u32>, lines: &[CartLine]) -> Self {
        Self { rows: lines.iter().map(|line| row(menu, left, line)).collect() }
    }

    /// The sum of the lines that have a price, in minor units.
    pub fn subtotal_minor(&self) -> i64 {
        let totals = self.rows.iter().filter_map(|row| row.line.as_ref().map(|l| l.total_minor));
        totals.fold(0, i64::saturating_add)
    }

    /// The number of pieces.
    pub fn pieces(&self) -> u64 {
        self.rows.iter().map(|row| u64::from(row.quantity)).sum()
    }

    /// True if every line can be ordered, and there is one.
    pub fn is_orderable(&self) -> bool {
        !self.rows.is_empty() && self.rows.iter().all(|row| row.problems.is_empty())
    }
}

fn row(menu: &Menu, left: &HashMap<ItemId, u32>, line: &CartLine) -> CartRow {
    let mut checks = Checks::default();
    let priced = price_lines(menu, slice::from_ref(line), &mut checks).into_iter().next();
    checks.absorb("", refuse_short(priced.as_slice(), |item| left.get(item).copied()));
    let problems = checks.finish::<()>(None).err().map(|refused| refused.0).unwrap_or_default();
    let label = menu.item(&line.item_id).map_or(line.item_id.as_str(), |item| item.name.as_str());
    CartRow { label: label.to_owned(), quantity: line.quantity, line: priced, problems }
}
