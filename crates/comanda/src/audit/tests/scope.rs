//! Audits of the latest orders, and without the gateway.

use domain::fixtures;

use super::{super::scope::Scope, THREE, World, at, check_in, differences, without};
use events::Topic;

/// All orders are placed at 0.
fn since(second: i64) -> World {
    World { scope: Scope { since: Some(at(second)), without_gateway: false }, ..World::new() }
}

fn without_gateway() -> World {
    let mut world = World::new();
    world.scope.without_gateway = true;
    world.captures.clear();
    world.refunds.clear();
    world
}

#[test]
fn orders_in_scope_are_compared_in_every_source() {
    assert_eq!(differences(since(0)), []);
    check_in(
        || since(0),
        &[
            (THREE, "is not in the order book", |w| drop(w.book.remove(2))),
            (THREE, "is not in the payments", |w| drop(w.payments.remove(2))),
            (THREE, "0 times", |w| w.captures.clear()),
            (THREE, "order_details has no such order", |w| without(w, Topic::OrderDetails, 3)),
        ],
    );
}

#[test]
fn what_needs_every_order_is_left_out() {
    let mut world = since(0);
    world.figure("sales").push('1');
    world.levels.clear();
    world.refunds.push(("pi_of_an_older_order".into(), 900));
    assert_eq!(differences(world), []);
}

#[test]
fn older_orders_are_left_out() {
    let mut world = since(1);
    world.book.clear();
    world.payments.clear();
    without(&mut world, Topic::OrderConfirmed, 3);
    let (evidence, verdict) = world.audit();
    assert_eq!((verdict.differences, evidence.orders.len(), evidence.captures), (vec![], 0, 0));
}

#[test]
fn without_the_gateway_its_books_are_not_missed() {
    assert_eq!(differences(without_gateway()), []);
    check_in(
        without_gateway,
        &[
            (THREE, "is confirmed, but its payment is void", |w| {
                let id = fixtures::order(3).id.to_string();
                let row = w.payments.iter_mut().find(|row| row.order_id == id).unwrap();
                row.state = "void".into();
            }),
            (THREE, "has no entry of its capture", |w| {
                let id = fixtures::order(3).id.to_string();
                w.ledger.retain(|row| row.order_id != id);
            }),
        ],
    );
}
