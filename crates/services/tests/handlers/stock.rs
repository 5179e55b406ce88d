//! Counted dishes are never oversold; each reservation is sold or released once.

use std::{collections::BTreeSet, sync::Arc};

use domain::{
    fixtures,
    ids::ChangeId,
    menu::Menu,
    order::Order,
    payment::DeclineReason,
    stock::{Change, Dish, Reservation, StockChange},
};
use events::{
    Follower, Handler, Outcome, Record, Topic,
    menu::{MenuBody, RestaurantBody, encode_menu, encode_restaurant},
    stock_changes,
};
use services::{catalog::Catalog, transactions::TransactionsHandler};
use uuid::Uuid;

use super::{
    common::{Gateway, Tables, World, lock, run, run::survives},
    inputs::{assert_only_poison_is_dead, changed, placed, poison, time},
};

fn make(world: &World) -> TransactionsHandler<Tables, Gateway> {
    TransactionsHandler::new(world.payments())
}

pub(crate) fn dish() -> Dish {
    "bella-napoli/margherita".parse().unwrap()
}

/// A menu with a stock of Margheritas.
fn menu(stock: Option<u32>) -> Record {
    let mut categories = fixtures::menu().categories().to_vec();
    categories[0].items[0].stock = stock;
    let body = MenuBody::from(&Menu::new(categories).unwrap());
    let event = encode_menu(&fixtures::restaurant().id, &body, time(1));
    Record::delivered(&event, Topic::Menu, 0, 7)
}

pub(crate) fn change(n: u128, change: Change) -> StockChange {
    let (id, by) = (ChangeId(Uuid::from_u128(n)), "staff".parse().unwrap());
    StockChange { id, dish: dish(), change, reason: None, by, at: time(2) }
}

fn change_record(n: u128, what: Change) -> Record {
    Record::delivered(&stock_changes::encode_change(&change(n, what)), Topic::StockChanges, 0, 0)
}

fn broke(n: u128) -> Order {
    changed(n, |parts| parts.payment_method = "pm_card_chargeDeclined".parse().unwrap())
}

fn on_hand(world: &World) -> Option<u32> {
    lock(&world.tables.rows).stock.get(&dish()).and_then(|row| row.level.on_hand())
}

#[tokio::test]
async fn nothing_is_oversold_or_lost_whatever_fails() {
    // Two pieces per order: paid, declined, paid; then one piece is left, which is too few; three
    // more suffice.
    let orders = [fixtures::order(1), broke(2), fixtures::order(3), fixtures::order(4)];
    let mut records = vec![menu(Some(4)), change_record(1, Change::Delta(1))];
    records.extend(orders.iter().map(placed));
    records.push(change_record(2, Change::Delta(3)));
    records.push(placed(&fixtures::order(5)));
    records.push(menu(Some(40)));
    let state = survives(&records, make, |world, _| {
        let rows = lock(&world.tables.rows);
        let held = rows.reservations.values().filter(|(_, s)| *s != Reservation::Released);
        let held: i64 = held.map(|(pieces, _)| i64::from(*pieces)).sum();
        let added: i64 = rows.changes.values().map(|(_, added)| added).sum();
        assert_eq!(rows.stock[&dish()].level.counted, added - held);
        let sold = world.gateway.captures().len();
        assert!(sold <= 4, "{sold} orders of 2 from 8");
        assert!(!world.gateway.intents().contains(&orders[3].id), "no call for it");
    })
    .await;
    assert_eq!(state.stock[&dish()].0, Some(2));
    let states: Vec<_> = state.reservations.values().map(|(pieces, s)| (*pieces, *s)).collect();
    let (sold, released) = (Reservation::Sold, Reservation::Released);
    assert_eq!(states, [(2, sold), (2, released), (2, sold), (2, sold)]);
    let out = Some(DeclineReason::OutOfStock);
    assert_eq!(state.payments[&orders[3].id], ("declined", 2200, out));
    let topics: Vec<_> = state.events.iter().map(|(topic, _)| *topic).collect();
    let (confirmed, declined) = ("order_confirmed", "order_declined");
    assert_eq!(topics, [confirmed, confirmed, confirmed, declined, declined]);
}

#[tokio::test]
async fn a_redelivered_order_without_stock_gets_the_same_outcome() {
    let world = World::new();
    let order = placed(&fixtures::order(1));
    let records = [menu(Some(1)), order.clone(), change_record(1, Change::Set(9)), order];
    let outcomes = run::run(&world, &make(&world), &records).await;
    assert_eq!(outcomes[1], outcomes[3]);
    assert_eq!(on_hand(&world), Some(9));
    assert_eq!(world.gateway.intents(), BTreeSet::new());
}

#[tokio::test]
async fn poison_is_dead_and_its_neighbours_count() {
    let good = change_record(1, Change::Set(5));
    let records = [vec![good.clone()], poison(Topic::StockChanges, &good), vec![good]].concat();
    let world = World::new();
    let outcomes = run::run(&world, &make(&world), &records).await;
    assert_only_poison_is_dead(&outcomes, &[0, records.len() - 1]);
    assert_eq!(on_hand(&world), Some(5));
    let good = menu(Some(3));
    let records = [vec![good.clone()], poison(Topic::Menu, &good), vec![good]].concat();
    let world = World::new();
    let outcomes = run::run(&world, &make(&world), &records).await;
    assert_only_poison_is_dead(&outcomes, &[0, records.len() - 1]);
    assert_eq!(on_hand(&world), Some(3));
}

/// Orders and menus come from two topics, in any order.
#[tokio::test(start_paused = true)]
async fn an_order_is_not_decided_before_the_first_values_of_its_menu() {
    let (world, menus) = (World::new(), Arc::<Catalog>::default());
    let handler = make(&world).with_menus(menus.clone());
    let (first, second) = (placed(&fixtures::order(1)), placed(&fixtures::order(2)));
    let follow = async {
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        let restaurant = fixtures::restaurant();
        let body = RestaurantBody::from(&restaurant);
        let event = encode_restaurant(&restaurant.id, &body, time(1));
        menus.apply(&Record::delivered(&event, Topic::Menu, 0, 6));
        menus.apply(&menu(Some(3)));
    };
    let (outcomes, ()) = tokio::join!(handler.handle(std::slice::from_ref(&first)), follow);
    assert!(matches!(&outcomes.unwrap()[0], Outcome::Done(events) if events.len() == 1));
    handler.handle(&[second, menu(Some(3))]).await.unwrap();
    assert_eq!(on_hand(&world), Some(1), "the group's own record of the menu adds nothing");
    assert_eq!(world.gateway.captures().len(), 1);
}

/// A recreated log may lack the menu: the order must not wait for ever.
#[tokio::test(start_paused = true)]
async fn an_order_does_not_wait_for_ever_for_its_menu() {
    let world = World::new();
    let handler = make(&world).with_menus(Arc::default());
    for n in 1..=3 {
        let outcomes = handler.handle(&[placed(&fixtures::order(n))]).await.unwrap();
        assert!(matches!(&outcomes[0], Outcome::Done(events) if events.len() == 1));
    }
    assert_eq!(world.gateway.captures().len(), 3);
}
