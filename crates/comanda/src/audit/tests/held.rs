//! What can be wrong with money that is held until acceptance, and with cash.

use domain::{
    fixtures,
    order::{Order, OrderParts},
    payment::LedgerEntry,
    payment_method::{CapturePoint, PaymentMethod},
    status::Status,
};
use events::order_payments::PaymentNews;
use sql::MailRow;

use super::{
    ONE, THREE, TWO, check_in, differences,
    world::{World, id},
};

fn held(n: u128) -> Order {
    let mut parts = OrderParts::clone(&fixtures::order(n));
    parts.seller.capture = CapturePoint::AtAcceptance;
    Order::try_from(parts).unwrap()
}

fn cash(n: u128) -> Order {
    let mut parts = OrderParts::clone(&fixtures::order(n));
    parts.payment_method = PaymentMethod::Cash;
    Order::try_from(parts).unwrap()
}

/// The money of order 1 is held, that of 2 was released, and 3 was paid in cash.
fn world() -> World {
    use Status::{Accepted, Cancelled, Completed, Confirmed, Placed, Preparing, Ready};
    let mut world = World::default();
    world.add(&held(1), &[Placed, Confirmed]);
    world.take_later("authorized");
    world.add(&held(2), &[Placed, Confirmed, Cancelled]);
    world.take_later("void");
    world.add_news(&held(2), PaymentNews::Released);
    world.mails.push(MailRow { order_id: id(2), kind: "cancelled".into() });
    world.add(&cash(3), &[Placed, Confirmed, Accepted, Preparing, Ready, Completed]);
    world.take_later("collected");
    world.payments[2].collected_us = Some(5_000_000);
    world.post(&cash(3), &LedgerEntry::Collection);
    world.add_news(&cash(3), PaymentNews::Collected);
    world.mails.push(MailRow { order_id: id(3), kind: "receipt".into() });
    world
}

#[test]
fn agreement_is_clean() {
    assert_eq!(differences(world()), []);
}

#[test]
fn differences_are_found() {
    check_in(
        world,
        &[
            (ONE, "captured, which is not in order_payments", |w| {
                w.payments[0].state = "captured".into();
                w.payments[0].captured_us = Some(2_000_000);
                w.post(&held(1), &LedgerEntry::Capture);
            }),
            (ONE, "hold money 0 times", |w| w.captures[0].held_minor = 0),
            (ONE, "is not the published payment", |w| w.captures[0].held_minor -= 1),
            (TWO, "hold money 1 times", |w| {
                w.captures[1].held_minor = held(2).totals.total_minor;
            }),
            (ONE, "is captured in order_payments", |w| w.add_news(&held(1), PaymentNews::Captured)),
            (ONE, "its payment is captured", |w| w.payments[0].state = "captured".into()),
            (ONE, "its payment is due", |w| w.payments[0].state = "due".into()),
            (TWO, "its money is still held", |w| w.payments[1].state = "authorized".into()),
            (TWO, "is released, which is not in", |w| {
                w.records.retain(|r| r.event_name() != Some("comanda.payment.released"));
            }),
            (THREE, "its cash is not collected", |w| w.payments[2].state = "due".into()),
            (THREE, "is collected, which is not in", |w| {
                w.records.retain(|r| r.event_name() != Some("comanda.payment.collected"));
            }),
            (THREE, "is paid after it was confirmed, and got no mail", |w| {
                w.mails.retain(|mail| mail.kind != "receipt");
            }),
            (TWO, "a mail that it is paid after it was confirmed", |w| {
                w.mails.push(MailRow { order_id: id(2), kind: "receipt".into() });
            }),
            (THREE, "no entry of its collection", |w| w.ledger.clear()),
            (THREE, "an entry of a capture", |w| w.post(&cash(3), &LedgerEntry::Capture)),
        ],
    );
}
