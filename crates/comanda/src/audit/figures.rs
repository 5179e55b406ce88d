//! The aggregates, compared with what the facts add up to.

use std::collections::HashMap;

use domain::facts::{Fact, Projection, deltas::OrderFacts, lines::Line};
use sql::FactRow;

use super::finding::{Finding, Group};

/// The expected aggregates, counted from the facts; each is removed when its row is compared.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// The facts of the order that is being read.
    order: Vec<Fact>,
    counted: Projection,
    expected: Option<HashMap<String, String>>,
    findings: Vec<Finding>,
}

impl Figures {
    /// Adds a fact. The facts of one order must be added in a row.
    pub(crate) fn add_fact(&mut self, row: &FactRow) {
        let fact = match row.fact() {
            Ok(fact) => fact,
            Err(error) => {
                let problem = format!("has a fact that cannot be read: {error}");
                self.findings.push(Finding::new(&row.order_id, problem, None));
                return;
            }
        };
        if self.order.first().is_some_and(|first| first.sale.order_id != fact.sale.order_id) {
            self.count_order();
        }
        self.order.push(fact);
    }

    fn count_order(&mut self) {
        let order = std::mem::take(&mut self.order);
        self.counted.apply(OrderFacts::first(&order).as_ref());
    }

    /// Compares a row of an aggregate. All facts must have been added.
    pub(crate) fn compare_line(&mut self, (key, says): Line) {
        let expected = self.expected();
        match expected.remove(&key) {
            Some(facts) if facts == says => {}
            Some(facts) => self.add_difference(key, &facts, &says),
            None => self.add_difference(key, "nothing", &says),
        }
    }

    fn expected(&mut self) -> &mut HashMap<String, String> {
        if self.expected.is_none() {
            self.count_order();
            let counted = std::mem::take(&mut self.counted);
            self.expected = Some(counted.lines().collect());
        }
        self.expected.get_or_insert_default()
    }

    /// All differences, including the rows that no aggregate has.
    pub(crate) fn take_findings(&mut self) -> Vec<Finding> {
        let mut missing: Vec<_> = self.expected().drain().collect();
        missing.sort();
        for (key, facts) in missing {
            self.add_difference(key, &facts, "nothing");
        }
        std::mem::take(&mut self.findings)
    }

    fn add_difference(&mut self, key: String, facts: &str, figures: &str) {
        let problem = format!("the facts add up to {facts}, the figures are {figures}");
        self.findings.push(Finding::new(key, problem, Some(Group::ANALYTICS)));
    }
}
