//! Orders of other clients: a sealed order, or one priced by the menu, is charged; any other is
//! declined before a call to the gateway. The first record of an id is the order.

use std::sync::Arc;

use domain::{
    fixtures,
    menu::Menu,
    order::{Order, OrderParts},
    payment::DeclineReason,
    restaurant::Restaurant,
    status::Status,
};
use events::{
    Follower, Handler, Outcome, Record, Topic,
    menu::{MenuBody, RestaurantBody, encode_menu, encode_restaurant},
    order_declined,
    order_details::SEAL_HEADER,
};
use jiff::Timestamp;
use services::{
    catalog::Catalog,
    transactions::{OrderVerifier, TransactionsHandler},
};
use tokio::sync::watch;

use super::{
    common::{Gateway, Tables, World, lock, run, run::survives, secret},
    inputs::{changed, placed, time},
};

fn put_restaurant(menus: &Catalog, restaurant: &Restaurant, offset: i64) {
    let event = encode_restaurant(&restaurant.id, &RestaurantBody::from(restaurant), time(1));
    menus.apply(&Record::delivered(&event, Topic::Menu, 0, offset));
}

fn put_menu(menus: &Catalog, menu: &Menu, offset: i64) {
    let event = encode_menu(&fixtures::restaurant().id, &MenuBody::from(menu), time(1));
    menus.apply(&Record::delivered(&event, Topic::Menu, 0, offset));
}

/// The restaurant of the fixtures with version 7 of its menu.
fn menus() -> Arc<Catalog> {
    let menus = Arc::<Catalog>::default();
    put_restaurant(&menus, &fixtures::restaurant(), 6);
    put_menu(&menus, &fixtures::menu(), 7);
    menus
}

fn make(world: &World, menus: &Arc<Catalog>) -> TransactionsHandler<Tables, Gateway> {
    let menus_read = watch::channel(true).1;
    let seals = OrderVerifier { secret: secret(), menus: menus.clone(), menus_read };
    TransactionsHandler::new(world.payments()).with_menus(menus.clone()).with_verifier(seals)
}

/// A record as a storefront writes it.
fn sealed(order: &Order) -> Record {
    let mut record = placed(order);
    let seal = secret().seal(&record.key, record.payload.as_deref().unwrap());
    record.headers.push((SEAL_HEADER.into(), seal.into()));
    record
}

/// An order placed now, with a change.
fn order(world: &World, n: u128, change: impl FnOnce(&mut OrderParts)) -> Order {
    let now = world.clock.now();
    changed(n, |parts| {
        parts.placed_at = Timestamp::from_microsecond(now.as_microsecond()).unwrap();
        change(parts);
    })
}

/// 99 pizzas for a cent.
fn cheap(parts: &mut OrderParts) {
    let line = &mut parts.lines[0];
    (line.quantity, line.unit_price_minor, line.total_minor) = (99, 0, 0);
    line.options.clear();
    (parts.totals.subtotal_minor, parts.totals.tip_minor, parts.totals.total_minor) = (0, 1, 1);
}

fn published(outcome: &Outcome) -> (&str, Option<DeclineReason>) {
    let Outcome::Done(events) = outcome else { panic!("{outcome:?}") };
    let [event] = events.as_slice() else { panic!("{events:?}") };
    let record = Record::delivered(event, event.topic.parse().unwrap(), 0, 0);
    (&event.topic, order_declined::decode_declined(&record).ok().map(|(_, reason, _)| reason))
}

const NOT_VERIFIED: (&str, Option<DeclineReason>) =
    ("order_declined", Some(DeclineReason::NotVerified));

type Change = fn(&mut OrderParts);

#[tokio::test(start_paused = true)]
async fn an_unsealed_order_is_charged_only_at_the_right_price() {
    let world = World::new();
    let handler = make(&world, &menus());
    let right = placed(&order(&world, 1, |_| {}));
    let mut broken = sealed(&order(&world, 2, |_| {}));
    broken.headers.pop();
    broken.headers.push((SEAL_HEADER.into(), "0".repeat(40).into()));
    for record in [right, broken] {
        assert_eq!(published(&run::run(&world, &handler, &[record]).await[0]).0, "order_confirmed");
    }
    let changes: [Change; 7] = [
        cheap,
        |parts| parts.currency = domain::money::Currency::JPY,
        |parts| parts.seller.auto_accept = true,
        |parts| parts.seller.accept_within_s = 1,
        |parts| parts.placed_at = "9999-12-30T00:00:00Z".parse().unwrap(),
        |parts| parts.menu_version = 6,
        |parts| {
            cheap(parts);
            (parts.totals.tip_minor, parts.totals.total_minor) = (0, 0);
        },
    ];
    for (n, change) in (10..).zip(changes) {
        let outcomes = run::run(&world, &handler, &[placed(&order(&world, n, change))]).await;
        assert_eq!(published(&outcomes[0]), NOT_VERIFIED, "{n}");
    }
    let nothing = order(&world, 20, |parts| {
        cheap(parts);
        (parts.totals.tip_minor, parts.totals.total_minor) = (0, 0);
    });
    let outcomes = run::run(&world, &handler, &[sealed(&nothing)]).await;
    assert_eq!(published(&outcomes[0]), NOT_VERIFIED, "nothing can be charged");
    assert_eq!(world.gateway.intents().len(), 2, "no call for the others");
    let state = world.state();
    let declined = state.payments.values().filter(|(_, _, reason)| reason.is_some());
    let reason = Some(DeclineReason::NotVerified);
    assert!(declined.clone().all(|(state, _, why)| (*state, *why) == ("declined", reason)));
    assert_eq!(declined.count(), 8);
    assert!(state.book.values().all(|(status, ..)| *status >= Status::Confirmed));
}

#[tokio::test(start_paused = true)]
async fn a_sealed_order_is_charged_without_its_menu() {
    let world = World::new();
    let handler = make(&world, &menus());
    let gone = order(&world, 1, |parts| parts.menu_version = 3);
    let outcomes = run::run(&world, &handler, &[sealed(&gone)]).await;
    assert_eq!(published(&outcomes[0]).0, "order_confirmed");
    // A seal belongs to one record.
    let mut moved = sealed(&order(&world, 2, cheap));
    let seal = secret().seal(&moved.key, sealed(&gone).payload.as_deref().unwrap());
    moved.headers.last_mut().unwrap().1 = seal.into();
    let outcomes = run::run(&world, &handler, &[moved]).await;
    assert_eq!(published(&outcomes[0]), NOT_VERIFIED);
}

#[tokio::test(start_paused = true)]
async fn an_order_from_just_before_a_change_is_priced_by_the_old_menu() {
    let (world, menus) = (World::new(), menus());
    let handler = make(&world, &menus);
    let (before, late) = (order(&world, 1, |_| {}), order(&world, 2, |_| {}));
    let mut categories = fixtures::menu().categories().to_vec();
    categories[0].items[0].price_minor = 990;
    put_menu(&menus, &Menu::new(categories).unwrap(), 8);
    let accepts = Restaurant { auto_accept: true, ..fixtures::restaurant() };
    put_restaurant(&menus, &accepts, 9);
    let outcomes = run::run(&world, &handler, &[placed(&before)]).await;
    assert_eq!(published(&outcomes[0]).0, "order_confirmed");
    tokio::time::advance(std::time::Duration::from_mins(16)).await;
    let outcomes = run::run(&world, &handler, &[placed(&late), placed(&before)]).await;
    assert_eq!(published(&outcomes[0]), NOT_VERIFIED);
    assert_eq!(published(&outcomes[1]).0, "order_confirmed", "a decision is final");
}

#[tokio::test(start_paused = true)]
async fn an_order_waits_for_its_menu() {
    let (world, menus) = (World::new(), Arc::<Catalog>::default());
    let (read, menus_read) = watch::channel(false);
    let seals = OrderVerifier { secret: secret(), menus: menus.clone(), menus_read };
    let handler = make(&world, &menus).with_verifier(seals);
    let records = [placed(&order(&world, 1, |_| {}))];
    let unavailable = handler.handle(&records).await.unwrap_err();
    assert_eq!(unavailable.part, "kafka", "an order is not declined before the menus are read");
    assert!(world.state().payments.is_empty());
    read.send_replace(true);
    let follow = async {
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        put_restaurant(&menus, &fixtures::restaurant(), 6);
        put_menu(&menus, &fixtures::menu(), 7);
    };
    let (outcomes, ()) = tokio::join!(handler.handle(&records), follow);
    assert_eq!(published(&outcomes.unwrap()[0]).0, "order_confirmed");
}

/// Redelivered and with every effect failing, the outcome is the same.
#[tokio::test(start_paused = true)]
async fn a_decline_is_the_same_whatever_fails() {
    let records = {
        let world = World::new();
        [placed(&order(&world, 1, cheap)), placed(&order(&world, 2, |_| {}))]
    };
    let menus = menus();
    let state = survives(
        &records,
        |world| make(world, &menus),
        |world, _| assert_eq!(world.gateway.intents().len(), 1),
    )
    .await;
    let rows: Vec<_> = state.payments.into_values().collect();
    let reason = Some(DeclineReason::NotVerified);
    assert_eq!(rows, [("declined", 1, reason), ("captured", 2200, None)]);
}

/// A forged order reserves no stock, not even for a moment.
#[tokio::test(start_paused = true)]
async fn a_forged_order_reserves_nothing() {
    let world = World::new();
    let menus = menus();
    let mut categories = fixtures::menu().categories().to_vec();
    categories[0].items[0].stock = Some(3);
    put_menu(&menus, &Menu::new(categories).unwrap(), 8);
    let forged = order(&world, 1, |parts| {
        cheap(parts);
        parts.lines[0].quantity = 2;
        parts.menu_version = 8;
    });
    let right = order(&world, 2, |parts| parts.menu_version = 8);
    let handler = make(&world, &menus);
    run::run(&world, &handler, &[placed(&forged), placed(&right)]).await;
    let rows = lock(&world.tables.rows);
    let holders: Vec<_> = rows.reservations.keys().map(|(id, _)| *id).collect();
    assert_eq!(holders, [right.id]);
}

/// A later record with the same time and amount but other dishes is another order.
#[tokio::test(start_paused = true)]
async fn a_second_record_of_an_id_changes_nothing() {
    let world = World::new();
    let handler = make(&world, &menus());
    let first = order(&world, 1, |_| {});
    let at = first.placed_at;
    let dearer = changed(1, |parts| {
        parts.placed_at = at;
        parts.totals.tip_minor = 500;
        parts.totals.total_minor += 500;
    });
    let other = changed(1, |parts| {
        parts.placed_at = at;
        let line = &mut parts.lines[0];
        (line.quantity, line.unit_price_minor) = (22, 100);
        line.options.clear();
        parts.customer.email = "mallory@example.com".parse().unwrap();
    });
    let records =
        [sealed(&first), placed(&dearer), sealed(&dearer), placed(&other), sealed(&first)];
    let outcomes = run::run(&world, &handler, &records).await;
    assert!(outcomes[1..4].iter().all(|outcome| *outcome == Outcome::Done(vec![])));
    assert_eq!(outcomes[0], outcomes[4]);
    let state = world.state();
    assert_eq!(state.payments[&first.id], ("captured", 2200, None));
    assert_eq!((state.events.len(), world.gateway.captures()[&first.id]), (1, 1));
}
