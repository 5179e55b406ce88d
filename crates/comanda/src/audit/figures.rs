//! The aggregates, held against what the facts come to.

use std::collections::HashMap;

use domain::facts::{Fact, Projection, deltas::Counted, lines::Line};
use sql::FactRow;

use super::finding::{Finding, Group};

/// What the facts come to, by the rules that count them, until an aggregate takes it away.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// The facts of the order that is being read.
    order: Vec<Fact>,
    counted: Projection,
    expected: Option<HashMap<String, String>>,
    findings: Vec<Finding>,
}

impl Figures {
    /// Adds a fact; those of one order come together.
    pub(crate) fn fact(&mut self, row: &FactRow) {
        let fact = match row.fact() {
            Ok(fact) => fact,
            Err(error) => {
                let problem = format!("has a fact that cannot be read: {error}");
                self.findings.push(Finding::new(&row.order_id, problem, None));
                return;
            }
        };
        if self.order.first().is_some_and(|first| first.sale.order_id != fact.sale.order_id) {
            self.count();
        }
        self.order.push(fact);
    }

    fn count(&mut self) {
        let order = std::mem::take(&mut self.order);
        self.counted.apply(Counted::first(&order).as_ref());
    }

    /// A row of an aggregate, once all facts are read.
    pub(crate) fn line(&mut self, (key, says): Line) {
        let expected = self.expected();
        match expected.remove(&key) {
            Some(facts) if facts == says => {}
            Some(facts) => self.differs(key, &facts, &says),
            None => self.differs(key, "nothing", &says),
        }
    }

    fn expected(&mut self) -> &mut HashMap<String, String> {
        if self.expected.is_none() {
            self.count();
            let counted = std::mem::take(&mut self.counted);
            self.expected = Some(counted.lines().collect());
        }
        self.expected.get_or_insert_default()
    }

    /// Everything that is off, with what no aggregate has.
    pub(crate) fn findings(&mut self) -> Vec<Finding> {
        let mut missing: Vec<_> = self.expected().drain().collect();
        missing.sort();
        for (key, facts) in missing {
            self.differs(key, &facts, "nothing");
        }
        std::mem::take(&mut self.findings)
    }

    fn differs(&mut self, key: String, facts: &str, figures: &str) {
        let problem = format!("the facts come to {facts}, the figures say {figures}");
        self.findings.push(Finding::new(key, problem, Some(Group::ANALYTICS)));
    }
}
