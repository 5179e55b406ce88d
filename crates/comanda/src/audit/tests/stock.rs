//! Stock that does not add up is found, and so is a wrongly published level.

use domain::{
    ids::ChangeId,
    payment::DeclineReason,
    stock::{Change, StockChange, StockLevel},
};
use events::{Record, Topic, order_declined, stock_changes, stock_levels};
use sql::{LevelRow, ReservationRow, StockHistoryRow};
use uuid::Uuid;

use super::{
    ONE, Spoil, THREE, TWO, check, differences, id9, without,
    world::{World, at, id, record},
};

const DISH: &str = "bella-napoli/margherita";

fn level(on_hand: Option<u32>, version: i64) -> Record {
    let level = StockLevel { dish: DISH.parse().unwrap(), on_hand, version, at: at(90) };
    record(Topic::StockLevels, &stock_levels::encode_level(&level))
}

fn change(n: u128, change: Change) -> Record {
    let (id, dish) = (ChangeId(Uuid::from_u128(n)), DISH.parse().unwrap());
    let by = "staff".parse().unwrap();
    let change = StockChange { id, dish, change, reason: None, by, at: at(50) };
    record(Topic::StockChanges, &stock_changes::encode_change(&change))
}

fn history(n: u128, what: &str, amount: Option<i64>, added: i64, version: i64) -> StockHistoryRow {
    StockHistoryRow {
        change_id: Uuid::from_u128(n).to_string(),
        restaurant_id: "bella-napoli".into(),
        item_id: "margherita".into(),
        what: what.into(),
        amount,
        added,
        on_hand: Some(15),
        version,
        done_us: 50_000_000,
    }
}

fn reservation(order: u128, state: &str) -> ReservationRow {
    ReservationRow {
        order_id: id(order),
        restaurant_id: "bella-napoli".into(),
        item_id: "margherita".into(),
        quantity: 2,
        state: state.into(),
    }
}

/// The menu added ten pieces, staff five more; each order took two, and the second returned them.
pub(super) fn add(world: &mut World) {
    world.stock_history.push(history(1, "first", Some(10), 10, 1));
    world.stock_history.push(history(2, "delta", Some(5), 5, 2));
    world.stock.push(change(2, Change::Delta(5)));
    for (order, state) in [(1, "sold"), (2, "released"), (3, "sold")] {
        world.reservations.push(reservation(order, state));
    }
    world.levels.push(LevelRow {
        restaurant_id: "bella-napoli".into(),
        item_id: "margherita".into(),
        counted: 11,
        on_hand: Some(11),
        version: 6,
        published_version: 6,
        at_us: 110_000_000,
    });
    world.stock.push(level(Some(15), 2));
    world.stock.push(level(Some(11), 6));
}

#[test]
fn differences_in_levels_are_found() {
    check(&[
        (DISH, "has 12 pieces in the stock, but 15 were added and orders hold 4", |w| {
            (w.levels[0].counted, w.levels[0].on_hand) = (12, Some(12));
        }),
        (DISH, "has 11 pieces in the stock, but 10 were added", |w| {
            w.stock_history.pop();
        }),
        (DISH, "but 16 were added", |w| w.stock_history[0].added += 1),
        (DISH, "orders hold 5", |w| w.reservations[2].quantity += 1),
        (DISH, "offers 12 of 11", |w| w.levels[0].on_hand = Some(12)),
        (DISH, "offers -1 of -1", |w| {
            (w.levels[0].counted, w.levels[0].on_hand) = (-1, Some(-1));
        }),
        (DISH, "is not in the stock, though 15 were added and 4 taken", |w| w.levels.clear()),
        (DISH, "was to be changed by 00000000-0000-0000-0000-000000000003", |w| {
            w.stock.push(change(3, Change::Set(9)));
        }),
        (DISH, "otherwise than stock_changes says", |w| w.stock_history[1].amount = Some(6)),
        (DISH, "otherwise than stock_changes says", |w| w.stock_history[1].what = "set".into()),
        (DISH, "has a change \"x\"", |w| w.stock_history[1].change_id = "x".into()),
    ]);
}

#[test]
fn differences_in_reservations_are_found() {
    check(&[
        (THREE, "is paid, and a dish of it is not in the reservations", |w| {
            w.reservations.pop();
            (w.levels[0].counted, w.levels[0].on_hand) = (13, Some(13));
        }),
        (ONE, "has bella-napoli/margherita \"reserved\", but its payment is captured", |w| {
            w.reservations[0].state = "reserved".into();
        }),
        (ONE, "\"released\", but its payment is captured", |w| {
            w.reservations[0].state = "released".into();
        }),
        (TWO, "\"reserved\", but its payment is declined", |w| {
            w.reservations[1].state = "reserved".into();
        }),
        (TWO, "\"sold\", but its payment is declined", |w| w.reservations[1].state = "sold".into()),
        (TWO, "\"eaten\"", |w| w.reservations[1].state = "eaten".into()),
        (TWO, "took bella-napoli/margherita without a payment", |w| drop(w.payments.remove(1))),
        (TWO, "took 3 of bella-napoli/margherita, which is not what", |w| {
            w.reservations[1].quantity = 3;
        }),
        (TWO, "declined as out_of_stock, but took", |w| {
            without(w, Topic::OrderDeclined, 2);
            let order = domain::fixtures::order(2);
            let event = order_declined::encode_declined(&order, DeclineReason::OutOfStock, at(1));
            w.records.push(record(Topic::OrderDeclined, &event));
        }),
        (id9(), "is in the reservations, but the order is in no topic", |w| {
            w.reservations[1].order_id = id(9);
        }),
    ]);
}

#[test]
fn an_order_that_met_an_uncounted_dish_took_nothing() {
    let innocent: [Spoil; 2] = [
        // It was placed before counting began, or about then.
        |w| w.payments[2].attempted_us = 70_000_000,
        // The dish was not counted in between.
        |w| {
            w.stock_history.push(StockHistoryRow {
                on_hand: None,
                done_us: 60_000_000,
                ..history(3, "unlimited", None, 0, 3)
            });
            w.stock_history
                .push(StockHistoryRow { done_us: 99_000_000, ..history(4, "set", Some(17), 2, 4) });
            (w.levels[0].counted, w.levels[0].on_hand) = (15, Some(15));
            w.stock.push(level(Some(15), 6));
        },
    ];
    for (n, spoil) in innocent.into_iter().enumerate() {
        let mut world = World::new();
        world.reservations.pop();
        (world.levels[0].counted, world.levels[0].on_hand) = (13, Some(13));
        world.stock.pop();
        world.stock.push(level(Some(13), 6));
        spoil(&mut world);
        assert_eq!(differences(world), [], "{n}");
    }
}

#[test]
fn differences_in_published_levels_are_found() {
    check(&[
        (DISH, "is published with 12 pieces, and the stock has 11 pieces", |w| {
            w.stock.push(level(Some(12), 6));
        }),
        (DISH, "is published with no limit", |w| w.stock.push(level(None, 6))),
        (DISH, "is published as version 7; the stock has 6", |w| {
            w.stock.push(level(Some(11), 7));
        }),
        (DISH, "the last one published is 2, the greatest 6", |w| {
            w.stock.push(level(Some(15), 2));
        }),
        (DISH, "has version 7 in the stock; the last one published is 6", |w| {
            (w.levels[0].version, w.levels[0].published_version) = (7, 7);
        }),
        (DISH, "has version 7 in the stock", |w| w.levels[0].version = 7),
        ("bella-napoli/soup", "is published, but not in the stock", |w| {
            let dish = "bella-napoli/soup".parse().unwrap();
            let soup = StockLevel { dish, on_hand: Some(1), version: 1, at: at(1) };
            w.stock.push(record(Topic::StockLevels, &stock_levels::encode_level(&soup)));
        }),
    ]);
}

#[test]
fn a_recent_change_is_still_to_be_published() {
    let mut world = World::new();
    (world.levels[0].version, world.levels[0].at_us) = (7, 3_599_000_000);
    let (_, verdict) = world.audit();
    assert_eq!((verdict.differences, verdict.unsettled), (vec![], 1));
    // A later level, and a change that came after the tables were read.
    let mut world = World::new();
    world.late.push(level(Some(3), 9));
    world.late.push(change(9, Change::Set(3)));
    assert_eq!(differences(world), []);
}
