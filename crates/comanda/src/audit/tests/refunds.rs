//! What can be wrong with refunds, and with the ledger.

use domain::{
    fixtures,
    order::{Order, OrderParts},
    payment::{LedgerEntry, Refund, RefundId},
    payment_method::PaymentMethod,
    status::Status,
};
use events::{Topic, order_payments::PaymentNews, order_refunded};
use sql::MailRow;

use super::{
    ONE, THREE, TWO, check_in, differences, without,
    world::{World, at, id, listed, record},
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
            (THREE, "lack a refund of 2200 minor units", |w| w.refunds.clear()),
            (THREE, "refund 2200 minor units by re_3, unbooked", |w| {
                let again = w.refunds[0].clone();
                w.refunds.push(again);
            }),
            (THREE, "not in the facts", |w| w.facts.retain(|row| row.kind != "refunded")),
            (ONE, "refund 5 minor units by re_9, unbooked", |w| {
                w.refunds.push(listed("re_9", &w.captures[0].intent_id, 5));
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
            (TWO, "lack a refund of 2200 minor units", |w| {
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

/// Order 1 was refunded in two parts, and 3 in one before it was cancelled; 2 was paid in cash, and
/// is refunded.
fn parts() -> World {
    use Status::{Accepted, Cancelled, Completed, Confirmed, Placed, Preparing, Ready};
    let mut world = World::default();
    world.add(&fixtures::delivery(1), &[Placed, Confirmed]);
    world.add_part(&fixtures::delivery(1), "a", 500);
    world.add_part(&fixtures::delivery(1), "b", 100);
    let mut parts = OrderParts::clone(&fixtures::order(2));
    parts.payment_method = PaymentMethod::Cash;
    let cash = Order::try_from(parts).unwrap();
    world.add(&cash, &[Placed, Confirmed, Accepted, Preparing, Ready, Completed]);
    world.take_later("collected");
    world.payments[1].collected_us = Some(5_000_000);
    world.post(&cash, &LedgerEntry::Collection);
    world.add_news(&cash, PaymentNews::Collected);
    world.add_part(&cash, "c", 2200);
    let order = fixtures::order(3);
    world.add(&order, &[Placed, Confirmed, Cancelled]);
    world.mails.push(MailRow { order_id: id(3), kind: "cancelled".into() });
    world.add_part(&order, "d", 700);
    world.add_refund(&order);
    world
}

#[test]
fn refunds_of_parts_are_clean() {
    assert_eq!(differences(parts()), []);
}

fn published_again(world: &mut World, key: &str, minor: i64) {
    let part = Some(key.parse().unwrap());
    let event = Refund { part, ..refund("re_9", minor) };
    let event = order_refunded::encode_refunded(&fixtures::delivery(1), None, &event);
    world.records.push(record(Topic::OrderRefunded, &event));
}

#[test]
fn differences_in_refunds_of_parts_are_found() {
    check_in(
        parts,
        &[
            (ONE, "not in order_refunded", |w| without(w, Topic::OrderRefunded, 1)),
            (ONE, "two different ones", |w| published_again(w, "a", 500)),
            (ONE, "refund z that is not booked", |w| published_again(w, "z", 5)),
            (ONE, "another refund a than", |w| w.part_refunds[0].amount_minor = 499),
            (ONE, "other sums", |w| w.payments[0].parts_booked_minor += 1),
            (ONE, "has a refund pending: a", |w| {
                w.part_refunds[0].booked_us = None;
            }),
            (ONE, "failed, not in order_payments", |w| {
                w.part_refunds[0].booked_us = None;
                w.part_refunds[0].failed_us = Some(1);
            }),
            (ONE, "refund a of 500 that the ledger lacks", |w| {
                w.ledger.retain(|row| row.entry != "refund:a");
            }),
            (ONE, "refund b of 100 that the ledger lacks", |w| {
                let row = w.ledger.iter_mut().find(|row| row.entry == "refund:b");
                row.unwrap().amount_minor += 1;
            }),
            (ONE, "refund a, not in the facts", |w| w.facts.retain(|r| r.kind != "refunded:a")),
            (ONE, "another refund a in the facts", |w| {
                let row = w.facts.iter_mut().find(|row| row.kind == "refunded:a");
                row.unwrap().amount_minor = Some(501);
            }),
            (ONE, "refund a, and got no mail", |w| w.mails.retain(|m| m.kind != "refunded:a")),
            (ONE, "payment that is captured, and refunds of 600", |w| {
                w.payments[0].state = "captured".into();
            }),
            (ONE, "refunds of 5100 minor units, of 2450", |w| {
                w.part_refunds[0].amount_minor = 5000;
            }),
            (ONE, "and the gateway's books one of 501", |w| w.refunds[0].amount_minor = 501),
            (ONE, "lack a refund of 500", |w| drop(w.refunds.remove(0))),
            (TWO, "lacks", |w| w.ledger.retain(|row| row.entry != "refund:c")),
            (THREE, "another refund than", |w| w.payments[2].refund_minor = Some(1499)),
            (THREE, "refund d, not in order_refunded", |w| {
                w.records.retain(|r| r.header("ce_id") != Some(&part_id(3, "d")));
            }),
        ],
    );
}

/// The id of the event of a refund of a part.
fn part_id(n: u128, key: &str) -> String {
    let order = fixtures::order(n);
    let part = Some(key.parse().unwrap());
    let event = Refund { part, ..refund("re", 1) };
    let event = order_refunded::encode_refunded(&order, None, &event);
    record(Topic::OrderRefunded, &event).header("ce_id").unwrap().to_owned()
}

/// A refund by hand is on its way for a quarter of an hour. These worlds are audited an hour after
/// the first order.
#[test]
fn a_refund_by_hand_is_on_its_way_for_a_while() {
    for (age_s, is_late) in [(899, false), (901, true)] {
        let mut world = world();
        let mut by_hand = listed("re_9", &world.captures[0].intent_id, 5);
        by_hand.created_s = 3_600 - age_s;
        world.refunds.push(by_hand);
        let (_, verdict) = world.audit();
        assert_eq!(!verdict.differences.is_empty(), is_late, "{:?}", verdict.differences);
        assert_eq!(verdict.open.len(), usize::from(!is_late));
    }
}
