//! All aggregates in memory: the model for the tables, and a store for tests.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    DishSales, FactKind, Scope, Summary,
    board::{Board, FiguresQuery, SalesRow},
    calendar::Grain,
    deltas::{
        Basis, Customer, Deltas, DishDelta, DishKey, LeadKey, OrderFacts, SalesDelta, SalesKey,
        fold,
    },
    lines::{self, Line},
    visits::{self, Visit},
};
use crate::ids::ItemId;

/// The aggregates of a set of facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    sales: BTreeMap<SalesKey, SalesDelta>,
    leads: BTreeMap<LeadKey, i64>,
    dishes: BTreeMap<DishKey, DishDelta>,
    customers: BTreeMap<Customer, i64>,
    days: BTreeMap<Customer, BTreeSet<i64>>,
    visits: BTreeMap<(Scope, Visit), i64>,
    /// Customers, and returning customers.
    totals: BTreeMap<Scope, (i64, i64)>,
}

impl Projection {
    /// Adds new facts.
    pub fn apply<'a>(&mut self, orders: impl IntoIterator<Item = &'a OrderFacts<'a>>) {
        let Deltas { sales, leads, dishes, purchases } = fold(orders);
        for (key, sums) in sales {
            self.sales.entry(key).and_modify(|known| known.add(&sums)).or_insert(sums);
        }
        for (key, orders) in leads {
            *self.leads.entry(key).or_default() += orders;
        }
        for (key, sums) in dishes {
            match self.dishes.get_mut(&key) {
                Some(known) => known.add(&sums),
                None => drop(self.dishes.insert(key, sums)),
            }
        }
        for (customer, days) in purchases {
            self.purchase(customer, &days);
        }
    }

    fn purchase(&mut self, customer: Customer, days: &BTreeMap<i64, i64>) {
        let known = self.days.entry(customer.clone()).or_default();
        let new: BTreeSet<_> = days.keys().copied().filter(|day| !known.contains(day)).collect();
        known.extend(&new);
        for (visit, n) in visits::changes(known, &new) {
            *self.visits.entry((customer.0.clone(), visit)).or_default() += n;
        }
        let totals = self.totals.entry(customer.0.clone()).or_default();
        let orders = self.customers.entry(customer).or_default();
        let after = *orders + days.values().sum::<i64>();
        let (customers, returning) = visits::customer_changes(*orders, after);
        *totals = (totals.0 + customers, totals.1 + returning);
        *orders = after;
    }

    /// Every row as text.
    pub fn lines(&self) -> impl Iterator<Item = Line> {
        let sales = self.sales.iter().map(|(key, sums)| lines::sales(key, sums));
        let leads = self.leads.iter().map(|(key, orders)| lines::leads(key, *orders));
        let dishes = self.dishes.iter().map(|(key, sums)| lines::dishes(key, sums));
        let customers = self.customers.iter().map(|(key, orders)| lines::customer(key, *orders));
        let days = self
            .days
            .iter()
            .flat_map(|(customer, days)| days.iter().map(|day| lines::day(customer, *day)));
        let visits = (self.visits.iter().filter(|(_, n)| **n != 0))
            .map(|((scope, visit), n)| lines::visits(scope, visit, *n));
        let totals = self.totals.iter().map(|(scope, (c, r))| lines::totals(scope, *c, *r));
        let sums = sales.chain(leads).chain(dishes);
        sums.chain(customers).chain(days).chain(visits).chain(totals)
    }

    /// The figures of all time.
    pub fn summary(&self, scope: &Scope) -> Summary {
        let mut summary = Summary::default();
        for (key, sums) in &self.sales {
            if (&key.scope, key.basis, key.grain) == (scope, Basis::Event, Grain::All) {
                summary.add(key.kind, key.currency, sums);
            }
        }
        (summary.customers, summary.returning) = self.totals.get(scope).copied().unwrap_or((0, 0));
        summary.top_items = self.dish_sales(scope, Grain::All, (0, 1), FactKind::CONFIRMED);
        summary
            .top_items
            .sort_by(|a, b| b.quantity.cmp(&a.quantity).then_with(|| a.item_id.cmp(&b.item_id)));
        summary.top_items.truncate(10);
        summary
    }

    /// The result of a dashboard query, without stock, which is not part of facts.
    pub fn board(&self, ask: &FiguresQuery) -> Board {
        let within = |(from, to): (i64, i64), start_s: i64| (from..to).contains(&start_s);
        let rows = |basis, grain, span| {
            let mine = move |key: &&SalesKey| {
                (&key.scope, key.basis, key.grain) == (&ask.scope, basis, grain)
                    && within(span, key.start_s)
            };
            self.sales.iter().filter(move |(key, _)| mine(key))
        };
        let mut board = Board::default();
        for (key, sums) in rows(Basis::Event, ask.grain, ask.sales) {
            board.sales.push(row(key, key.start_s, *sums));
        }
        let mut placed = BTreeMap::<_, SalesRow>::new();
        for (key, sums) in rows(Basis::Order, ask.coarse, ask.shown) {
            let entry = placed.entry((key.kind, key.reason, key.currency));
            entry.and_modify(|row| row.sums.add(sums)).or_insert_with(|| row(key, 0, *sums));
        }
        board.placed = placed.into_values().collect();
        for (key, sums) in rows(Basis::Event, Grain::Hour, ask.heat) {
            if key.kind == FactKind::CONFIRMED {
                *board.heat.entry(key.start_s).or_default() += sums.orders;
            }
        }
        for (key, orders) in &self.leads {
            let mine = key.scope == ask.scope && key.grain == ask.coarse;
            if mine && within(ask.shown, key.start_s) {
                board.leads.entry(key.stage).or_default().add(key.bucket, *orders);
            }
        }
        let dish_sales = |span, kind| self.dish_sales(&ask.scope, ask.coarse, span, kind);
        board.dishes = dish_sales(ask.shown, FactKind::CONFIRMED);
        board.dishes_before = dish_sales(ask.before, FactKind::CONFIRMED);
        board.ran_out = dish_sales(ask.shown, super::Fact::RAN_OUT.0);
        for ((scope, visit), n) in &self.visits {
            if *scope == ask.scope && within(ask.days, visit.day_s) && *n != 0 {
                board.visits.insert(*visit, *n);
            }
        }
        let summary = self.summary(&ask.scope);
        board.customers = (summary.customers, summary.returning);
        board.latest = summary.event_time;
        board
    }

    /// Dishes of one kind of fact, by id. A dish with several names has the latest one.
    fn dish_sales(
        &self,
        scope: &Scope,
        grain: Grain,
        (from, to): (i64, i64),
        kind: FactKind,
    ) -> Vec<DishSales> {
        let mut sold = BTreeMap::<_, DishDelta>::new();
        for (key, sums) in &self.dishes {
            let mine = (&key.scope, key.kind, key.grain) == (scope, kind, grain);
            if mine && (from..to).contains(&key.start_s) {
                let add = |known: &mut DishDelta| known.add(sums);
                sold.entry(&key.item_id).and_modify(add).or_insert_with(|| sums.clone());
            }
        }
        let dish = |(item_id, sums): (&ItemId, DishDelta)| DishSales {
            item_id: item_id.clone(),
            name: sums.named.1,
            quantity: sums.quantity,
            revenue_minor: sums.revenue_minor,
        };
        sold.into_iter().map(dish).collect()
    }
}

fn row(key: &SalesKey, start_s: i64, sums: SalesDelta) -> SalesRow {
    let SalesKey { kind, reason, currency, .. } = *key;
    SalesRow { start_s, kind, reason, currency, sums }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::{facts::Fact, fixtures, order::Order, status::Status};

    /// A few orders with steps at arbitrary times.
    fn any_day() -> impl Strategy<Value = Vec<Fact>> {
        let step = (0..Status::ALL.len(), -200_000_i64..200_000);
        let steps = prop::collection::vec(step, 1..5);
        prop::collection::vec((fixtures::any_order(), steps, 0..3_u8), 1..6).prop_map(|orders| {
            let mut facts = BTreeMap::new();
            for (order, steps, customer) in orders {
                for fact in facts_of(&order, &steps, customer) {
                    facts.entry(fact.key()).or_insert(fact);
                }
            }
            facts.into_values().collect()
        })
    }

    fn facts_of(order: &Order, steps: &[(usize, i64)], customer: u8) -> Vec<Fact> {
        let fact = |&(kind, second): &(usize, i64)| {
            let at = Timestamp::from_second(second).unwrap();
            Fact::new(order, Status::ALL[kind], at, format!("c{customer}"))
        };
        steps.iter().map(fact).collect()
    }

    /// Counts facts as a store does: known facts change nothing.
    fn count(facts: &[Fact], batch: usize) -> Projection {
        let (mut projection, mut known) = (Projection::default(), BTreeMap::new());
        for batch in facts.chunks(batch) {
            let mut orders = BTreeMap::<_, OrderFacts<'_>>::new();
            for fact in batch {
                if known.insert(fact.key(), fact.at).is_none() {
                    let id = fact.sale.order_id;
                    let order = orders.entry(id).or_insert_with(|| OrderFacts {
                        sale: &fact.sale,
                        new: Vec::new(),
                        times: BTreeMap::new(),
                    });
                    order.new.push(fact.counted());
                }
            }
            for (id, order) in &mut orders {
                let mine = known.iter().filter(|((order, _), _)| order == id);
                order.times = mine.map(|((_, name), at)| (name.kind, *at)).collect();
            }
            projection.apply(orders.values());
        }
        projection
    }

    proptest! {
        #[test]
        fn any_order_and_any_repetition_give_the_same_figures(
            (facts, mixed) in any_day().prop_flat_map(|facts| {
                let doubled = [facts.clone(), facts.clone()].concat();
                (Just(facts), Just(doubled).prop_shuffle())
            }),
            batch in 1_usize..9,
        ) {
            let once: BTreeMap<_, _> = count(&facts, facts.len()).lines().collect();
            let again: BTreeMap<_, _> = count(&mixed, batch).lines().collect();
            prop_assert_eq!(once, again);
        }
    }
}
