//! What can be wrong with refunds, and with the ledger.

use domain::{
    fixtures,
    payment::{LedgerEntry, Refund, RefundId},
    status::Status,
};
use events::{Topic, order_refunded};
use sql::MailRow;

use super::{
    ONE, THREE, TWO, check_in, differences, without,
    world::{World, at, id, record},
};

fn refund(name: &str, amount_minor: i64) -> Refund {
    let (id, reason) = (RefundId(name.into()), "No oven".parse().unwrap());
    Refund::of_whole(id, amount_minor, at(4), reason)
}

/// Order 3 was paid, cancelled and refunded.
fn world() -> World {
    use Status::{Cancelled, Confirmed, Declined, Placed};
    let mut world = World::default();
    world.add(&fixtures::delivery(1), &[Placed, Confirmed]);
    world.add(&fixtures::order(2), &[Placed, Declined]);
    let order = fixtures::order(3);
    world.add(&order, &[Placed, Confirmed, Cancelled]);
    world.mails.push(MailRow { order_id: id(3), kind: "cancelled".into() });
    world.add_refund(&order);
    world
}

fn publish_again(world: &mut World, name: &str, amount_minor: i64) {
    let event =
        order_refunded::encode_refunded(&fixtures::order(3), None, &refund(name, amount_minor));
    world.records.push(record(Topic::OrderRefunded, &event));
}

#[test]
fn agreement_is_clean() {
    assert_eq!(differences(world()), []);
}

#[test]
fn differences_in_refunds_are_found() {
    check_in(
        world,
        &[
            (THREE, "is not in order_refunded", |w| without(w, Topic::OrderRefunded, 3)),
            (THREE, "two different ways", |w| publish_again(w, "re_9", 2200)),
            (THREE, "another refund than", |w| w.payments[2].refund_id = Some("re_9".into())),
            (THREE, "its payment is captured", |w| w.payments[2].state = "captured".into()),
            (THREE, "but not refunded", |w| w.payments[2].state = "captured".into()),
            (THREE, "has a refund pending", |w| w.payments[2].state = "refund_pending".into()),
            (THREE, "no topic has a reason", |w| without(w, Topic::OrderProgress, 3)),
            (THREE, "refund 0 minor units", |w| w.refunds.clear()),
            (THREE, "refund 4400 minor units", |w| {
                let again = w.refunds[0].clone();
                w.refunds.push(again);
            }),
            (THREE, "not in the facts", |w| w.facts.retain(|row| row.kind != "refunded")),
            (ONE, "refund 5 minor units", |w| {
                w.refunds.push((w.captures[0].intent_id.clone(), 5));
            }),
        ],
    );
}

#[test]
fn differences_in_the_ledger_are_found() {
    check_in(
        world,
        &[
            (ONE, "no entry of its capture", |w| w.ledger.retain(|r| r.order_id != id(1))),
            (THREE, "no entry of its refund", |w| w.ledger.retain(|r| r.entry != "refund")),
            (ONE, "out of balance by 1", |w| w.ledger[0].amount_minor += 1),
            (ONE, "out of balance", |w| {
                w.ledger.remove(0);
            }),
            (TWO, "has an entry of a capture", |w| {
                w.post(&fixtures::order(2), &LedgerEntry::Capture);
            }),
            (ONE, "has an entry of a refund", |w| {
                w.post(&fixtures::delivery(1), &LedgerEntry::Refund);
            }),
            (ONE, "another currency", |w| w.ledger[0].currency = "USD".into()),
            (ONE, "which is none", |w| w.ledger[0].entry = "gift".into()),
        ],
    );
}

/// Order 2 was declined, and its money arrived and went back later.
fn late_money() -> World {
    let mut world = world();
    let order = fixtures::order(2);
    world.capture_late(&order);
    world.add_refund(&order);
    world
}

#[test]
fn money_for_a_declined_order_that_went_back_is_clean() {
    assert_eq!(differences(late_money()), []);
    check_in(
        late_money,
        &[
            (TWO, "has a refund pending", |w| w.payments[1].state = "refund_pending".into()),
            (TWO, "but its payment is captured", |w| w.payments[1].state = "captured".into()),
            (TWO, "is not in order_refunded", |w| without(w, Topic::OrderRefunded, 2)),
            (TWO, "not the published payment", |w| {
                w.payments[1].intent_id = Some("pi_9".into());
            }),
            (TWO, "refund 0 minor units", |w| {
                w.refunds.pop();
            }),
        ],
    );
}

/// The gateway has the money of an order whose customer authenticates, until a given minute.
fn waiting_until(minute: i64) -> World {
    let mut world = World::default();
    let order = fixtures::order(1);
    world.add(&order, &[Status::Placed]);
    world.mails.clear();
    world.payments[0].state = "action_required".into();
    world.payments[0].due_us = Some(minute * 60 * 1_000_000);
    world.captures[0].amount_minor = order.totals.total_minor;
    world
}

/// These worlds are audited an hour after the first order.
#[test]
fn a_bank_that_waits_explains_an_undecided_order() {
    let (_, verdict) = waiting_until(58).audit();
    assert_eq!(verdict.differences, []);
    assert_eq!(verdict.open.len(), 1);
    let (_, verdict) = waiting_until(50).audit();
    assert!(!verdict.differences.is_empty(), "no timer has finished it");
}
