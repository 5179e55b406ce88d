//! The ledger and the gateway's balance, compared movement by movement.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::Direction;
use crate::{
    ids::OrderId,
    money::{Currency, Money},
    names::names,
};

names! {
    /// What a movement of the gateway's balance is about.
    GatewayKind, UnknownGatewayKind "is not a kind of movement" {
        /// A customer paid.
        Sale "sale",
        /// A customer got money back, or a refund failed and the money returned.
        Refund "refund",
        /// A bank took money back for its customer, or returned it.
        Dispute "dispute",
        /// Anything else: payouts, fees of the account.
        Other "other",
    }
}

/// How much earlier the ledger's clock may be than the gateway's. A movement is booked after the
/// gateway has made it.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// A movement of the gateway's balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayMovement {
    /// The gateway's identifier.
    pub id: String,
    /// What it is about.
    pub kind: GatewayKind,
    /// The gateway's name for it.
    pub category: String,
    /// The order that it belongs to, if any.
    pub order: Option<OrderId>,
    /// What the customer paid; negative for what the customer got back. `None` if no customer is
    /// involved, or if the currency is not one of ours.
    pub paid: Option<Money>,
    /// When.
    pub at: Timestamp,
    /// The currency of the balance, ISO 4217; it may differ from the customer's.
    pub balance_currency: String,
    /// What the balance gained before fees, in minor units.
    pub balance_minor: i64,
    /// The fee, in minor units of the balance.
    pub fee_minor: i64,
}

/// A movement of an order's money by card, as the ledger has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerMovement {
    /// The order.
    pub order: OrderId,
    /// Which way.
    pub direction: Direction,
    /// What moved; negative for refunds.
    pub money: Money,
    /// When it was booked.
    pub at: Timestamp,
}

/// Number and sum of movements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// Their sum, in minor units.
    pub minor: i64,
}

impl Tally {
    /// Adds a movement.
    pub const fn add(&mut self, minor: i64) {
        self.count = self.count.saturating_add(1);
        self.minor = self.minor.saturating_add(minor);
    }
}

/// The movements of one direction and currency within a day, on both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BothSides {
    /// In the ledger, by booking time.
    pub ledger: Tally,
    /// At the gateway, by its own time.
    pub gateway: Tally,
}

/// What only one side has within the day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneSided {
    /// The order.
    pub order: OrderId,
    /// Which way.
    pub direction: Direction,
    /// What moved.
    pub money: Money,
    /// When the ledger booked it, if it did.
    pub booked_at: Option<Timestamp>,
    /// When the gateway moved it, if it did.
    pub moved_at: Option<Timestamp>,
}

/// The result of comparing a day of the ledger with the gateway's balance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatewayComparison {
    /// Sales and refunds.
    pub movements: BTreeMap<(Direction, Currency), BothSides>,
    /// Booked on another day than they moved at the gateway: no difference.
    pub other_days: Vec<OneSided>,
    /// On one side alone.
    pub differences: Vec<OneSided>,
    /// What banks took back, by the currency of the balance, without fees.
    pub disputes: BTreeMap<String, Tally>,
    /// The fees of all these movements, by the currency of the balance.
    pub fees_minor: BTreeMap<String, i64>,
}

type Key = (OrderId, Direction, i64, Currency);

/// Movements of one order, direction and amount, oldest first.
#[derive(Default)]
struct Pairs {
    booked: Vec<Timestamp>,
    moved: Vec<Timestamp>,
}

/// Compares the movements of a restaurant's orders within a day, from `from` (inclusive) to `to`
/// (exclusive). Both sides may have movements around it, which explain those at its edges. A
/// movement of one side is that of the other if order, direction and amount are the same.
pub fn compare_with_gateway(
    ledger: &[LedgerMovement],
    gateway: &[GatewayMovement],
    (from, to): (Timestamp, Timestamp),
) -> GatewayComparison {
    let is_within = |at: Timestamp| from <= at && at < to;
    let mut found = GatewayComparison::default();
    let mut pairs = BTreeMap::<Key, Pairs>::new();
    for movement in ledger {
        let LedgerMovement { order, direction, money, at } = *movement;
        pairs.entry((order, direction, money.minor, money.currency)).or_default().booked.push(at);
        if is_within(at) {
            let both = found.movements.entry((direction, money.currency)).or_default();
            both.ledger.add(money.minor);
        }
    }
    for movement in gateway {
        if is_within(movement.at) {
            found.add_costs(movement);
        }
        let direction = match movement.kind {
            GatewayKind::Sale => Direction::Sale,
            GatewayKind::Refund => Direction::Refund,
            GatewayKind::Dispute | GatewayKind::Other => continue,
        };
        let Some((order, money)) = movement.order.zip(movement.paid) else { continue };
        let key = (order, direction, money.minor, money.currency);
        pairs.entry(key).or_default().moved.push(movement.at);
        if is_within(movement.at) {
            let both = found.movements.entry((direction, money.currency)).or_default();
            both.gateway.add(money.minor);
        }
    }
    for (key, both) in pairs {
        found.add_one_sided(key, both, is_within);
    }
    found
}

impl GatewayComparison {
    fn add_costs(&mut self, movement: &GatewayMovement) {
        let currency = &movement.balance_currency;
        if movement.kind == GatewayKind::Dispute {
            self.disputes.entry(currency.clone()).or_default().add(movement.balance_minor);
        }
        let fees = self.fees_minor.entry(currency.clone()).or_default();
        *fees = fees.saturating_add(movement.fee_minor);
    }

    /// Adds what is within the day on one side and not on the other.
    fn add_one_sided(
        &mut self,
        (order, direction, minor, currency): Key,
        mut both: Pairs,
        is_within: impl Fn(Timestamp) -> bool,
    ) {
        both.booked.sort_unstable();
        both.moved.sort_unstable();
        let mut sides = Vec::new();
        for moved_at in both.moved {
            let is_its = |booked: &Timestamp| {
                booked.duration_since(moved_at) >= SignedDuration::ZERO - CLOCK_SKEW
            };
            let booked_at = both.booked.iter().position(is_its).map(|n| both.booked.remove(n));
            sides.push((booked_at, Some(moved_at)));
        }
        sides.extend(both.booked.into_iter().map(|booked_at| (Some(booked_at), None)));
        for (booked_at, moved_at) in sides {
            let (booked, moved) =
                (booked_at.is_some_and(&is_within), moved_at.is_some_and(&is_within));
            if booked == moved {
                continue;
            }
            let money = Money::new(minor, currency);
            let one = OneSided { order, direction, money, booked_at, moved_at };
            let is_explained = booked_at.is_some() && moved_at.is_some();
            if is_explained { &mut self.other_days } else { &mut self.differences }.push(one);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(n: u128) -> OrderId {
        crate::fixtures::order(n).id
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn euros(minor: i64) -> Money {
        Money::new(minor, Currency::EUR)
    }

    fn booked(n: u128, minor: i64, second: i64) -> LedgerMovement {
        let direction = if minor < 0 { Direction::Refund } else { Direction::Sale };
        LedgerMovement { order: order(n), direction, money: euros(minor), at: at(second) }
    }

    fn moved(n: u128, minor: i64, second: i64) -> GatewayMovement {
        let kind = if minor < 0 { GatewayKind::Refund } else { GatewayKind::Sale };
        GatewayMovement {
            id: format!("txn_{n}"),
            kind,
            category: kind.name().to_owned(),
            order: Some(order(n)),
            paid: Some(euros(minor)),
            at: at(second),
            balance_currency: "EUR".into(),
            balance_minor: minor,
            fee_minor: 25,
        }
    }

    fn compare(ledger: &[LedgerMovement], gateway: &[GatewayMovement]) -> GatewayComparison {
        compare_with_gateway(ledger, gateway, (at(100), at(200)))
    }

    #[test]
    fn equal_sides_have_no_difference() {
        let ledger = [booked(1, 2_450, 110), booked(1, -500, 120), booked(2, 900, 199)];
        let gateway = [moved(2, 900, 198), moved(1, -500, 119), moved(1, 2_450, 109)];
        let found = compare(&ledger, &gateway);
        assert_eq!((found.differences, found.other_days), (vec![], vec![]));
        let sales = Tally { count: 2, minor: 3_350 };
        let both = found.movements[&(Direction::Sale, Currency::EUR)];
        assert_eq!(both, BothSides { ledger: sales, gateway: sales });
        assert_eq!(found.fees_minor["EUR"], 75);
    }

    #[test]
    fn what_is_booked_on_another_day_is_no_difference() {
        // Moved before midnight, booked after it; and the day before, the other way.
        let ledger = [booked(1, 900, 900_000), booked(2, 800, 101), booked(3, 700, 50)];
        let gateway = [moved(1, 900, 199), moved(2, 800, 99), moved(3, 700, 49)];
        let found = compare(&ledger, &gateway);
        assert_eq!(found.differences, []);
        let orders: Vec<_> = found.other_days.iter().map(|one| one.order).collect();
        assert_eq!(orders, [order(1), order(2)]);
        let both = found.movements[&(Direction::Sale, Currency::EUR)];
        assert_eq!((both.ledger.minor, both.gateway.minor), (800, 900));
    }

    #[test]
    fn what_one_side_lacks_is_a_difference() {
        let ledger = [booked(1, 900, 110), booked(2, -300, 110), booked(2, -300, 120)];
        let gateway = [moved(1, 901, 110), moved(2, -300, 110)];
        let found = compare(&ledger, &gateway);
        let sides: Vec<_> = found
            .differences
            .iter()
            .map(|one| (one.order, one.money.minor, one.booked_at.is_some()))
            .collect();
        assert_eq!(sides, [(order(1), 900, true), (order(1), 901, false), (order(2), -300, true)]);
    }

    #[test]
    fn equal_amounts_of_an_order_are_paired_by_time() {
        const DAY: i64 = 86_400;
        let span = (at(10 * DAY), at(11 * DAY));
        let noon = 10 * DAY + 43_200;
        let (before, now) = (booked(1, -500, 3 * DAY), booked(1, -500, noon));
        let found = compare_with_gateway(&[before, now], &[moved(1, -500, noon)], span);
        assert_eq!((found.differences, found.other_days), (vec![], vec![]));
        let found = compare_with_gateway(&[before], &[moved(1, -500, noon)], span);
        assert_eq!(found.differences.len(), 1, "an earlier booking is not of a later movement");
    }

    #[test]
    fn disputes_and_fees_stand_apart() {
        let dispute =
            GatewayMovement { kind: GatewayKind::Dispute, fee_minor: 2_000, ..moved(1, -900, 150) };
        let payout = GatewayMovement {
            kind: GatewayKind::Other,
            order: None,
            paid: None,
            fee_minor: 0,
            ..moved(9, -5_000, 150)
        };
        let early = moved(3, 100, 99);
        let found = compare(&[booked(3, 100, 99)], &[dispute, payout, early]);
        assert_eq!(found.differences, []);
        assert_eq!(found.disputes["EUR"], Tally { count: 1, minor: -900 });
        assert_eq!(found.fees_minor["EUR"], 2_000);
        assert!(found.movements.is_empty());
    }
}
