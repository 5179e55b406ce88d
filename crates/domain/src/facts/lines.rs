//! Rows of the aggregates as text, for comparison and reports: table and key, then the figures.

use super::{
    Scope,
    deltas::{Customer, DishDelta, DishKey, LeadKey, SalesDelta, SalesKey},
    visits::Visit,
};

/// A row: its table and key, and its figures.
pub type Line = (String, String);

/// The line of a table row; the first `keys` columns are its key.
pub fn line(table: &str, columns: &[String], keys: usize) -> Line {
    let (key, figures) = columns.split_at(keys.min(columns.len()));
    (format!("{table} {}", key.join(" ")), figures.join(" "))
}

fn texts(columns: &[&dyn ToString]) -> Vec<String> {
    columns.iter().map(|column| column.to_string()).collect()
}

pub(super) fn sales(key: &SalesKey, sums: &SalesDelta) -> Line {
    let columns: [&dyn ToString; 11] = [
        &key.scope.name(),
        &key.basis,
        &key.grain.seconds(),
        &key.start_s,
        &key.kind,
        &key.reason.name(),
        &key.currency,
        &sums.orders,
        &sums.amount_minor,
        &sums.pieces,
        &sums.latest.as_microsecond(),
    ];
    line("sales", &texts(&columns), 7)
}

pub(super) fn leads(key: &LeadKey, orders: i64) -> Line {
    let columns: [&dyn ToString; 6] =
        [&key.scope.name(), &key.grain.seconds(), &key.start_s, &key.stage, &key.bucket, &orders];
    line("lead_times", &texts(&columns), 5)
}

pub(super) fn dishes(key: &DishKey, sums: &DishDelta) -> Line {
    let columns: [&dyn ToString; 10] = [
        &key.scope.name(),
        &key.kind,
        &key.grain.seconds(),
        &key.start_s,
        &key.item_id,
        &key.currency,
        &sums.quantity,
        &sums.revenue_minor,
        &sums.named.0.as_microsecond(),
        &sums.named.1,
    ];
    line("dishes", &texts(&columns), 6)
}

pub(super) fn customer((scope, customer): &Customer, orders: i64) -> Line {
    line("customers", &texts(&[&scope.name(), customer, &orders]), 2)
}

pub(super) fn day((scope, customer): &Customer, day_s: i64) -> Line {
    line("customer_days", &texts(&[&scope.name(), customer, &day_s]), 3)
}

pub(super) fn visits(scope: &Scope, visit: &Visit, customers: i64) -> Line {
    line("visits", &texts(&[&scope.name(), &visit.day_s, &visit.before_s, &customers]), 3)
}

pub(super) fn totals(scope: &Scope, customers: i64, returning: i64) -> Line {
    line("customer_totals", &texts(&[&scope.name(), &customers, &returning]), 1)
}
