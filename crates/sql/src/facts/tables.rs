//! The tables of a projection, for comparison.

use domain::facts::lines::{self, Line};

use crate::{Failure, Row};

/// A table with its columns; the first `keys` are its key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    /// Name without the suffix of the projection.
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [&'static str],
    pub(crate) keys: usize,
    /// True if it is computed from facts.
    pub(crate) is_aggregate: bool,
    /// Condition on the rows to compare.
    pub(crate) only: &'static str,
}

impl Table {
    /// A row as a line; its columns must be cast to text.
    pub(crate) fn line(&self, row: &Row) -> Result<Line, Failure> {
        let text = |name: &&str| Ok(row.get::<Option<String>, _>(*name)?.unwrap_or_default());
        let columns = self.columns.iter().map(text).collect::<Result<Vec<_>, Failure>>()?;
        Ok(lines::line(self.name, &columns, self.keys))
    }

    const fn aggregate(name: &'static str, columns: &'static [&'static str], keys: usize) -> Self {
        Self { name, columns, keys, is_aggregate: true, only: "" }
    }

    const fn of_facts(name: &'static str, columns: &'static [&'static str], keys: usize) -> Self {
        Self { name, columns, keys, is_aggregate: false, only: "" }
    }
}

/// All tables. Columns are in the order of `domain::facts::lines`.
pub(crate) const TABLES: [Table; 11] = [
    Table::of_facts(
        "fact_orders",
        &[
            "order_id",
            "restaurant_id",
            "time_zone",
            "currency",
            "placed_us",
            "total_minor",
            "pieces",
            "customer",
            "items",
        ],
        1,
    ),
    Table::of_facts(
        "facts",
        &["order_id", "kind", "at_us", "restaurant_id", "reason", "amount_minor"],
        2,
    ),
    Table::of_facts("levels", &["restaurant_id", "item_id", "version", "on_hand", "at_us"], 2),
    Table::of_facts(
        "restocks",
        &["change_id", "restaurant_id", "item_id", "what", "amount", "reason", "at_us"],
        1,
    ),
    Table::aggregate(
        "sales",
        &[
            "scope",
            "basis",
            "grain",
            "start_s",
            "kind",
            "reason",
            "currency",
            "orders",
            "amount_minor",
            "pieces",
            "latest_us",
        ],
        7,
    ),
    Table::aggregate("lead_times", &["scope", "grain", "start_s", "stage", "bucket", "orders"], 5),
    Table::aggregate(
        "dishes",
        &[
            "scope",
            "kind",
            "grain",
            "start_s",
            "item_id",
            "currency",
            "quantity",
            "revenue_minor",
            "named_us",
            "name",
        ],
        6,
    ),
    Table::aggregate("customers", &["scope", "customer", "orders"], 2),
    Table::aggregate("customer_days", &["scope", "customer", "day_s"], 3),
    // A visit that was split leaves its row with a count of 0.
    Table {
        only: "WHERE customers <> 0",
        ..Table::aggregate("visits", &["scope", "day_s", "before_s", "customers"], 3)
    },
    Table::aggregate("customer_totals", &["scope", "customers", "returning_n"], 1),
];
