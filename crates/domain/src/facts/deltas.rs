//! What new facts add to the aggregates.
//!
//! Each aggregate is a sum, a count or a maximum under a key derived from the fact alone, so the
//! order of arrival makes no difference.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    Fact, FactKind, Reason, Sale, Scope,
    calendar::{Grain, day_s},
    leads::{Stage, bucket, duration_ms},
    signed,
};
use crate::{ids::ItemId, money::Currency, names::names, text::Name};

names! {
    /// The time by which a fact is counted.
    Basis, UnknownBasis "is no way of counting" {
        /// Time of the event.
        Event "event",
        /// Time at which the order was placed: shows what became of the orders of an hour.
        Order "order",
    }
}

/// Key of one aggregate of sales.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SalesKey {
    /// All restaurants or one.
    pub scope: Scope,
    /// The time by which it counts.
    pub basis: Basis,
    /// Length of the bucket.
    pub grain: Grain,
    /// Start of the bucket, in seconds.
    pub start_s: i64,
    /// What happened.
    pub kind: FactKind,
    /// Reason.
    pub reason: Reason,
    /// Currency.
    pub currency: Currency,
}

/// What is added to an aggregate of sales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SalesDelta {
    /// Number of orders.
    pub orders: i64,
    /// Their totals, in minor units.
    pub amount_minor: i64,
    /// Number of dishes.
    pub pieces: i64,
    /// The latest event time.
    pub latest: Timestamp,
}

/// Key of one bucket of durations of a stage.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeadKey {
    /// All restaurants or one.
    pub scope: Scope,
    /// Length of the bucket of time.
    pub grain: Grain,
    /// Start of the bucket of time in which the stage ended, in seconds.
    pub start_s: i64,
    /// The stage.
    pub stage: Stage,
    /// Bucket of durations, see [`bucket`].
    pub bucket: i64,
}

/// Key of the sales of one dish.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DishKey {
    /// All restaurants or one.
    pub scope: Scope,
    /// Confirmed, or declined because a dish ran out.
    pub kind: FactKind,
    /// Length of the bucket.
    pub grain: Grain,
    /// Start of the bucket, in seconds.
    pub start_s: i64,
    /// The dish.
    pub item_id: ItemId,
    /// Currency.
    pub currency: Currency,
}

/// What is added to the sales of a dish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DishDelta {
    /// The name with the time of its event; the latest one wins.
    pub named: (Timestamp, Name),
    /// Number of pieces.
    pub quantity: i64,
    /// Line totals, in minor units.
    pub revenue_minor: i64,
}

/// A customer of a scope, as a keyed hash.
pub type Customer = (Scope, String);

/// Everything that a set of new facts adds, in key order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deltas {
    /// Sales.
    pub sales: BTreeMap<SalesKey, SalesDelta>,
    /// Number of durations.
    pub leads: BTreeMap<LeadKey, i64>,
    /// Dishes of confirmed orders, and of those declined because one ran out.
    pub dishes: BTreeMap<DishKey, DishDelta>,
    /// Confirmed orders by customer and day.
    pub purchases: BTreeMap<Customer, BTreeMap<i64, i64>>,
}

/// A new fact, as far as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// What happened.
    pub kind: FactKind,
    /// When.
    pub at: Timestamp,
    /// The reason.
    pub reason: Reason,
    /// The amount, in minor units.
    pub amount_minor: i64,
    /// Number of dishes; none for a refund that did not return a whole order.
    pub pieces: i64,
}

/// An order with its new facts and the times of all known ones.
#[derive(Clone, Debug)]
pub struct OrderFacts<'a> {
    /// The order.
    pub sale: &'a Sale,
    /// The new facts.
    pub new: Vec<Counted>,
    /// The time of each known kind, including the new ones.
    pub times: BTreeMap<FactKind, Timestamp>,
}

impl<'a> OrderFacts<'a> {
    /// An order whose facts are all new; `None` without facts.
    pub fn first(facts: &'a [Fact]) -> Option<Self> {
        let sale = &facts.first()?.sale;
        let new: Vec<_> = facts.iter().map(Fact::counted).collect();
        let times = new.iter().map(|counted| (counted.kind, counted.at)).collect();
        Some(Self { sale, new, times })
    }
}

/// Folds new facts into what they add to the aggregates.
pub fn fold<'a>(orders: impl IntoIterator<Item = &'a OrderFacts<'a>>) -> Deltas {
    let mut deltas = Deltas::default();
    for order in orders {
        for scope in [Scope::One(order.sale.restaurant_id.clone()), Scope::All] {
            deltas.add(&scope, order);
        }
    }
    deltas
}

const STRETCHES: [Grain; 2] = [Grain::Hour, Grain::Day];

impl Deltas {
    fn add(&mut self, scope: &Scope, order: &OrderFacts<'_>) {
        let sale = order.sale;
        let zone = sale.time_zone.zone();
        let start = |grain: Grain, at| (grain, grain.start_s(at, &zone));
        for counted in &order.new {
            let &Counted { kind, at, reason, .. } = counted;
            let minute = (kind == FactKind::CONFIRMED).then(|| start(Grain::Minute, at));
            let by_event = STRETCHES.map(|grain| start(grain, at)).into_iter();
            for stretch in by_event.chain(minute).chain([(Grain::All, 0)]) {
                self.sale(scope, Basis::Event, stretch, counted, sale.currency);
            }
            for stretch in STRETCHES.map(|grain| start(grain, sale.placed_at)) {
                self.sale(scope, Basis::Order, stretch, counted, sale.currency);
            }
            let ran_out = kind == Fact::RAN_OUT.0 && reason == Fact::RAN_OUT.1;
            if kind == FactKind::CONFIRMED || ran_out {
                let stretches = STRETCHES.map(|grain| start(grain, at));
                for stretch in stretches.into_iter().chain([(Grain::All, 0)]) {
                    self.dishes(scope, kind, stretch, at, sale);
                }
            }
            if kind == FactKind::CONFIRMED {
                let customer = (scope.clone(), sale.customer.clone());
                let days = self.purchases.entry(customer).or_default();
                *days.entry(day_s(at, &zone)).or_default() += 1;
            }
        }
        self.stages(scope, order, start);
    }

    fn sale(
        &mut self,
        scope: &Scope,
        basis: Basis,
        (grain, start_s): (Grain, i64),
        counted: &Counted,
        currency: Currency,
    ) {
        let scope = scope.clone();
        let &Counted { kind, at, reason, amount_minor, pieces } = counted;
        let key = SalesKey { scope, basis, grain, start_s, kind, reason, currency };
        let one = SalesDelta { orders: 1, amount_minor, pieces, latest: at };
        self.sales.entry(key).and_modify(|sums| sums.add(&one)).or_insert(one);
    }

    fn dishes(
        &mut self,
        scope: &Scope,
        kind: FactKind,
        (grain, start_s): (Grain, i64),
        at: Timestamp,
        sale: &Sale,
    ) {
        for sold in &sale.items {
            let (scope, currency) = (scope.clone(), sale.currency);
            let item_id = sold.item_id.clone();
            let key = DishKey { scope, kind, grain, start_s, item_id, currency };
            let one = DishDelta {
                named: (at, sold.name.clone()),
                quantity: signed(sold.quantity),
                revenue_minor: sold.revenue_minor,
            };
            match self.dishes.get_mut(&key) {
                Some(sums) => sums.add(&one),
                None => drop(self.dishes.insert(key, one)),
            }
        }
    }

    /// A stage is counted as soon as both of its ends are known, in whichever order they arrive.
    fn stages(
        &mut self,
        scope: &Scope,
        order: &OrderFacts<'_>,
        start: impl Fn(Grain, Timestamp) -> (Grain, i64),
    ) {
        let is_new = |kind| order.new.iter().any(|counted| counted.kind == kind);
        for &stage in Stage::ALL {
            let (from, to) = stage.ends();
            let both = order.times.get(&from).zip(order.times.get(&to));
            let Some((began, ended)) = both.filter(|_| is_new(from) || is_new(to)) else {
                continue;
            };
            let bucket = bucket(duration_ms(*began, *ended));
            for (grain, start_s) in STRETCHES.map(|grain| start(grain, *ended)) {
                let key = LeadKey { scope: scope.clone(), grain, start_s, stage, bucket };
                *self.leads.entry(key).or_default() += 1;
            }
        }
    }
}

impl Fact {
    /// A decline because a dish ran out.
    pub const RAN_OUT: (FactKind, Reason) =
        (FactKind::Reached(crate::status::Status::Declined), Reason::OUT_OF_STOCK);
}

impl SalesDelta {
    /// Adds `more`.
    pub fn add(&mut self, more: &Self) {
        self.orders += more.orders;
        self.amount_minor += more.amount_minor;
        self.pieces += more.pieces;
        self.latest = self.latest.max(more.latest);
    }
}

impl DishDelta {
    /// Adds `more`; the latest name wins.
    pub fn add(&mut self, more: &Self) {
        self.quantity += more.quantity;
        self.revenue_minor += more.revenue_minor;
        if more.named > self.named {
            self.named = more.named.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fixtures,
        payment::{Refund, RefundId},
        status::Status,
    };

    fn facts_of(steps: &[(Status, i64)]) -> Vec<Fact> {
        let order = fixtures::order(1);
        let at = |second| Timestamp::from_second(second).unwrap();
        let fact = |&(status, second)| Fact::new(&order, status, at(second), "c".into());
        steps.iter().map(fact).collect()
    }

    #[test]
    fn only_confirmed_orders_sell() {
        let facts = facts_of(&[
            (Status::Placed, 7_200),
            (Status::Confirmed, 7_201),
            (Status::Completed, 9_000),
        ]);
        let deltas = fold(&[OrderFacts::first(&facts).unwrap()]);
        let here = Scope::One("bella-napoli".parse().unwrap());
        let of = |basis, grain, scope: &Scope| {
            let here = |k: &&SalesKey| k.basis == basis && k.grain == grain && k.scope == *scope;
            deltas.sales.keys().filter(here).map(|k| (k.start_s, k.kind.name())).collect::<Vec<_>>()
        };
        let hour = [(7_200, "placed"), (7_200, "confirmed"), (7_200, "completed")];
        assert_eq!(of(Basis::Event, Grain::Hour, &here), hour);
        assert_eq!(of(Basis::Event, Grain::Hour, &Scope::All), hour);
        assert_eq!(of(Basis::Event, Grain::Minute, &here), [(7_200, "confirmed")]);
        assert_eq!(of(Basis::Order, Grain::Hour, &here).len(), 3);
        assert!(of(Basis::Order, Grain::Hour, &here).iter().all(|(start, _)| *start == 0));
        let sold = |grain| {
            let sold = deltas.dishes.iter().filter(|(k, _)| k.grain == grain && k.scope == here);
            sold.map(|(_, dish)| dish.quantity).sum::<i64>()
        };
        assert_eq!([Grain::All, Grain::Hour, Grain::Day].map(sold), [2, 2, 2]);
        assert_eq!(deltas.purchases[&(Scope::All, "c".into())], BTreeMap::from([(0, 1)]));
    }

    #[test]
    fn a_stage_is_counted_when_its_second_end_becomes_known() {
        let facts =
            facts_of(&[(Status::Placed, 0), (Status::Confirmed, 3), (Status::Accepted, 63)]);
        let all = OrderFacts::first(&facts).unwrap();
        let stages = |new: &[usize]| {
            let new = new.iter().map(|n| all.new[*n]).collect();
            let order = OrderFacts { sale: all.sale, new, times: all.times.clone() };
            let deltas = fold(&[order]);
            let hours = deltas.leads.keys().filter(|k| k.grain == Grain::Hour);
            let mine = hours.filter(|k| k.scope == Scope::All);
            mine.map(|k| (k.stage.name(), k.bucket)).collect::<Vec<_>>()
        };
        let (paid, answered) = (("payment", bucket(3_000)), ("answer", bucket(60_000)));
        assert_eq!(stages(&[0, 1, 2]), [paid, answered]);
        assert_eq!(stages(&[0]), [paid]);
        assert_eq!(stages(&[2]), [answered]);
        assert_eq!(stages(&[1]), [paid, answered]);
    }

    #[test]
    fn dishes_of_orders_that_ran_out_are_counted_separately() {
        let mut facts = facts_of(&[(Status::Declined, 5)]);
        assert!(fold(&[OrderFacts::first(&facts).unwrap()]).dishes.is_empty());
        facts[0].reason = Reason::OUT_OF_STOCK;
        let deltas = fold(&[OrderFacts::first(&facts).unwrap()]);
        assert!(deltas.dishes.keys().all(|k| k.kind == FactKind::Reached(Status::Declined)));
        assert_eq!(deltas.dishes.len(), 2 * 3);
        assert!(deltas.purchases.is_empty());
    }

    #[test]
    fn refunds_of_parts_count_with_their_amounts() {
        let order = fixtures::order(1);
        let (reason, at) = ("Cold".parse().unwrap(), Timestamp::UNIX_EPOCH);
        let whole = Refund::of_whole(RefundId("re_1".into()), 2200, at, reason);
        let part = |key: &str, amount_minor| Refund {
            part: Some(key.parse().unwrap()),
            amount_minor,
            ..whole.clone()
        };
        let of = |refunds: &[Refund]| {
            let facts: Vec<_> =
                refunds.iter().map(|refund| Fact::of_refund(&order, refund, "c".into())).collect();
            let keys: std::collections::BTreeSet<_> = facts.iter().map(Fact::key).collect();
            assert_eq!(keys.len(), refunds.len());
            let deltas = fold(&[OrderFacts::first(&facts).unwrap()]);
            let sum = |(key, sums): (&SalesKey, &SalesDelta)| {
                let all = key.grain == Grain::All && key.scope == Scope::All;
                all.then_some((key.kind, sums.amount_minor, sums.orders))
            };
            deltas.sales.iter().find_map(sum)
        };
        let refunded = |minor, times| Some((FactKind::Refunded, minor, times));
        assert_eq!(of(std::slice::from_ref(&whole)), refunded(2200, 1));
        let rest = Refund { amount_minor: 1600, ..whole.clone() };
        assert_eq!(of(&[part("a", 500), part("b", 100), rest]), refunded(2200, 3));
    }
}
