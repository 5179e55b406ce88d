//! Sales figures: facts, each counted once, and what a new fact changes.

use std::{collections::BTreeMap, str::FromStr};

use jiff::Timestamp;

use crate::{
    ids::{ItemId, OrderId, RestaurantId},
    money::Currency,
    order::Order,
    status::Status,
    text::Name,
};

/// What can happen to an order that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FactKind {
    /// It reached a status.
    Reached(Status),
    /// Its money was given back, all of it.
    Refunded,
}

impl FactKind {
    /// The name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reached(status) => status.name(),
            Self::Refunded => "refunded",
        }
    }
}

impl From<Status> for FactKind {
    fn from(status: Status) -> Self {
        Self::Reached(status)
    }
}

/// A text that names nothing that is counted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is nothing that is counted")]
pub struct UnknownFact;

impl FromStr for FactKind {
    type Err = UnknownFact;

    fn from_str(text: &str) -> Result<Self, UnknownFact> {
        match text {
            "refunded" => Ok(Self::Refunded),
            _ => text.parse().map(Self::Reached).map_err(|_| UnknownFact),
        }
    }
}

/// One thing that happened to one order. Its key is (order, kind): a second one changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Which order.
    pub order_id: OrderId,
    /// What happened.
    pub kind: FactKind,
    /// Event time, not arrival time.
    pub at: Timestamp,
    /// Where.
    pub restaurant_id: RestaurantId,
    /// The order's currency.
    pub currency: Currency,
    /// The order's total with tip and fee, in minor units.
    pub total_minor: i64,
    /// Who, as a keyed hash: never an e-mail address.
    pub customer: String,
    /// What was ordered.
    pub items: Vec<Sold>,
}

/// A dish within a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sold {
    /// Which dish.
    pub item_id: ItemId,
    /// As shown when ordered.
    pub name: Name,
    /// How many.
    pub quantity: u64,
    /// The lines' totals, in minor units.
    pub revenue_minor: i64,
}

impl Fact {
    /// The fact that `kind` happened to `order` at `at`.
    pub fn new(order: &Order, kind: impl Into<FactKind>, at: Timestamp, customer: String) -> Self {
        let mut items: Vec<Sold> = Vec::new();
        for line in &order.lines {
            let quantity = u64::from(line.quantity);
            match items.iter_mut().find(|sold| sold.item_id == line.item_id) {
                Some(sold) => {
                    sold.quantity += quantity;
                    sold.revenue_minor += line.total_minor;
                }
                None => items.push(Sold {
                    item_id: line.item_id.clone(),
                    name: line.name.clone(),
                    quantity,
                    revenue_minor: line.total_minor,
                }),
            }
        }
        Self {
            order_id: order.id,
            kind: kind.into(),
            at,
            restaurant_id: order.seller.id.clone(),
            currency: order.currency,
            total_minor: order.totals.total_minor,
            customer,
            items,
        }
    }
}

/// One hour of one restaurant, kind and currency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HourKey {
    /// Where.
    pub restaurant_id: RestaurantId,
    /// The start of the hour, in seconds since 1970 (UTC).
    pub hour_s: i64,
    /// What happened.
    pub kind: FactKind,
    /// In which currency.
    pub currency: Currency,
}

/// What is added to an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HourDelta {
    /// Orders.
    pub orders: i64,
    /// Their totals, in minor units.
    pub amount_minor: i64,
    /// Their pieces.
    pub pieces: i64,
}

/// One dish of one restaurant in one currency, in confirmed orders.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ItemKey {
    /// Where.
    pub restaurant_id: RestaurantId,
    /// Which dish.
    pub item_id: ItemId,
    /// In which currency.
    pub currency: Currency,
}

/// What is added to a dish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemDelta {
    /// The name last seen.
    pub name: Name,
    /// Pieces.
    pub quantity: i64,
    /// Line totals, in minor units.
    pub revenue_minor: i64,
}

/// Everything that a set of new facts changes, in key order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deltas {
    /// By hour.
    pub hours: BTreeMap<HourKey, HourDelta>,
    /// By dish, from confirmed orders.
    pub items: BTreeMap<ItemKey, ItemDelta>,
    /// By customer, the number of confirmed orders.
    pub customers: BTreeMap<(RestaurantId, String), i64>,
}

/// Folds facts that were not known before into what they change.
pub fn fold<'a>(new: impl IntoIterator<Item = &'a Fact>) -> Deltas {
    let mut deltas = Deltas::default();
    for fact in new {
        let pieces: u64 = fact.items.iter().map(|sold| sold.quantity).sum();
        let key = HourKey {
            restaurant_id: fact.restaurant_id.clone(),
            hour_s: fact.at.as_second().div_euclid(3600) * 3600,
            kind: fact.kind,
            currency: fact.currency,
        };
        let hour = deltas.hours.entry(key).or_default();
        hour.orders += 1;
        hour.amount_minor += fact.total_minor;
        hour.pieces += signed(pieces);
        if fact.kind == FactKind::Reached(Status::Confirmed) {
            fold_sale(fact, &mut deltas);
        }
    }
    deltas
}

fn fold_sale(fact: &Fact, deltas: &mut Deltas) {
    *deltas.customers.entry((fact.restaurant_id.clone(), fact.customer.clone())).or_default() += 1;
    for sold in &fact.items {
        let key = ItemKey {
            restaurant_id: fact.restaurant_id.clone(),
            item_id: sold.item_id.clone(),
            currency: fact.currency,
        };
        let fresh = ItemDelta { name: sold.name.clone(), quantity: 0, revenue_minor: 0 };
        let item = deltas.items.entry(key).or_insert(fresh);
        item.quantity += signed(sold.quantity);
        item.revenue_minor += sold.revenue_minor;
        item.name = sold.name.clone();
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The figures of a restaurant, or of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Orders that ever reached each status; a completed order stays counted as confirmed.
    pub orders: BTreeMap<Status, i64>,
    /// Totals of confirmed orders with tip and fee, before refunds, in minor units.
    pub revenue_minor: BTreeMap<Currency, i64>,
    /// Totals of orders whose money was given back, in minor units, by when it was.
    pub refunded_minor: BTreeMap<Currency, i64>,
    /// Confirmed orders by currency, for averages.
    pub confirmed: BTreeMap<Currency, i64>,
    /// Pieces in confirmed orders.
    pub items_sold: i64,
    /// Customers with a confirmed order.
    pub customers: i64,
    /// Of these, the ones with more than one.
    pub returning: i64,
    /// The ten most sold dishes, by quantity, then by id.
    pub top_items: Vec<(ItemId, ItemDelta)>,
    /// Confirmed orders by hour, oldest first: (start of the hour in seconds, orders, minor units).
    pub hours: Vec<(i64, i64, i64)>,
    /// The latest event time counted.
    pub event_time: Option<Timestamp>,
}

impl Summary {
    /// Average confirmed order by currency, in minor units, rounded half up.
    pub fn average_minor(&self) -> BTreeMap<Currency, i64> {
        self.revenue_minor
            .iter()
            .filter_map(|(currency, sum)| {
                let n = *self.confirmed.get(currency).filter(|n| **n > 0)?;
                Some((*currency, (2 * sum + n).div_euclid(2 * n)))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn only_confirmed_orders_sell() {
        let order = fixtures::order(1);
        let fact =
            |kind| Fact::new(&order, kind, Timestamp::from_second(7201).unwrap(), "c".into());
        let deltas =
            fold(&[fact(Status::Placed), fact(Status::Confirmed), fact(Status::Completed)]);
        assert_eq!(deltas.hours.len(), 3);
        assert!(deltas.hours.keys().all(|key| key.hour_s == 7200));
        assert_eq!(deltas.items.values().map(|i| i.quantity).sum::<i64>(), 2);
        assert_eq!(deltas.customers.values().sum::<i64>(), 1);
    }

    #[test]
    fn averages_round_half_up() {
        let mut summary = Summary::default();
        summary.revenue_minor.insert(Currency::USD, 3_450_016);
        summary.confirmed.insert(Currency::USD, 1834);
        assert_eq!(summary.average_minor()[&Currency::USD], 1881);
        summary.revenue_minor.insert(Currency::EUR, 5);
        summary.confirmed.insert(Currency::EUR, 2);
        assert_eq!(summary.average_minor()[&Currency::EUR], 3);
    }
}
