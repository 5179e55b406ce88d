//! The aggregates, held against the facts they were made of.

use std::collections::{BTreeMap, HashMap};

use adapters::sql::{CustomerRow, FactRow, HourRow, ItemRow};
use domain::status::Status;

use super::{
    evidence::{Print, print},
    finding::{Finding, Group},
    tables::Sale,
};

/// Restaurant, hour, kind, currency.
type Hour = (String, i64, String, String);
/// Restaurant, dish, currency.
type Item = (String, String, String);

/// What the facts come to, until an aggregate takes it away.
#[derive(Debug, Default)]
pub(super) struct Figures {
    /// Orders, minor units, pieces.
    hours: BTreeMap<Hour, [i64; 3]>,
    /// Pieces, minor units.
    items: BTreeMap<Item, [i64; 2]>,
    /// Confirmed orders. Customers are many, so a print of each has to do.
    customers: HashMap<Print, i64>,
    findings: Vec<Finding>,
}

impl Figures {
    /// Adds a fact.
    pub(super) fn fact(&mut self, row: &FactRow, sale: &Sale, pieces: i64) {
        let FactRow { restaurant_id, currency, kind, .. } = row;
        let hour_s = row.at_us.div_euclid(3_600_000_000) * 3_600;
        let key = (restaurant_id.clone(), hour_s, kind.clone(), currency.clone());
        add(self.hours.entry(key).or_default(), [1, row.total_minor, pieces]);
        if kind != Status::Confirmed.name() {
            return;
        }
        *self.customers.entry(print(&(restaurant_id, &row.customer))).or_default() += 1;
        for item in &sale.items {
            let key = (restaurant_id.clone(), item.id.clone(), currency.clone());
            add(self.items.entry(key).or_default(), [item.quantity, item.revenue_minor]);
        }
    }

    pub(super) fn hour(&mut self, row: HourRow) {
        let name = hour_name(&row.restaurant_id, row.hour_s, &row.kind, &row.currency);
        let key = (row.restaurant_id, row.hour_s, row.kind, row.currency);
        let facts = self.hours.remove(&key).unwrap_or_default();
        self.compare(name, facts, [row.orders, row.amount_minor, row.pieces]);
    }

    pub(super) fn item(&mut self, row: ItemRow) {
        let name = item_name(&row.restaurant_id, &row.item_id, &row.currency);
        let key = (row.restaurant_id, row.item_id, row.currency);
        let facts = self.items.remove(&key).unwrap_or_default();
        self.compare(name, facts, [row.quantity, row.revenue_minor]);
    }

    pub(super) fn customer(&mut self, row: &CustomerRow) {
        let key = print(&(&row.restaurant_id, &row.customer));
        let facts = self.customers.remove(&key).unwrap_or_default();
        let name = format!("sales_by_customer {} {}", row.restaurant_id, row.customer);
        self.compare(name, [facts], [row.orders]);
    }

    /// Everything that is off, with what no aggregate has.
    pub(super) fn findings(&mut self) -> Vec<Finding> {
        for ((restaurant, hour_s, kind, currency), facts) in std::mem::take(&mut self.hours) {
            self.compare(hour_name(&restaurant, hour_s, &kind, &currency), facts, [0; 3]);
        }
        for ((restaurant, item, currency), facts) in std::mem::take(&mut self.items) {
            self.compare(item_name(&restaurant, &item, &currency), facts, [0; 2]);
        }
        let missing: i64 = self.customers.drain().map(|(_, orders)| orders).sum();
        self.compare("sales_by_customer".to_owned(), [missing], [0]);
        std::mem::take(&mut self.findings)
    }

    fn compare<const N: usize>(&mut self, name: String, facts: [i64; N], figures: [i64; N]) {
        if facts != figures {
            let problem = format!("the facts come to {facts:?}, the figures say {figures:?}");
            self.findings.push(Finding::new(name, problem, Some(Group::Analytics)));
        }
    }
}

fn add<const N: usize>(to: &mut [i64; N], more: [i64; N]) {
    for (to, more) in to.iter_mut().zip(more) {
        *to = to.saturating_add(more);
    }
}

fn hour_name(restaurant: &str, hour_s: i64, kind: &str, currency: &str) -> String {
    format!("sales_by_hour {restaurant} {hour_s} {kind} {currency}")
}

fn item_name(restaurant: &str, item: &str, currency: &str) -> String {
    format!("sales_by_item {restaurant} {item} {currency}")
}
