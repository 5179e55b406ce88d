//! Money that is held until the restaurant accepts, and cash.

use std::sync::Arc;

use domain::{
    kitchen::{Action, Requester},
    order::Order,
    payment::PaymentState,
    payment_method::{CapturePoint, PaymentMethod},
    status::{Status, StatusChange},
};
use events::{Handler, Record, Topic, order_progress, order_requests};
use jiff::Timestamp;
use services::transactions::TransactionsHandler;

use super::{
    common::{
        Fault, Gateway, How, Tables, When, World,
        clock::Manual,
        lock,
        run::{run, survives},
    },
    inputs::{self, changed, placed},
};

/// A hold is given up half a day before its five days end.
const LAPSES_AFTER_S: i64 = 5 * 86_400 - 43_200;

fn make(world: &World) -> TransactionsHandler<Tables, Gateway> {
    TransactionsHandler::new(world.payments())
}

fn held(n: u128) -> Order {
    changed(n, |parts| parts.seller.capture = CapturePoint::AtAcceptance)
}

fn cash(n: u128) -> Order {
    changed(n, |parts| parts.payment_method = PaymentMethod::Cash)
}

fn step(order: &Order, status: Status) -> Record {
    let at = Timestamp::from_second(1_900_000_000).unwrap();
    let (order_id, reason) = (order.id, None);
    let change = StatusChange { order_id, status, at, reason, ready_by: None, number: None };
    let event = order_progress::encode_progress(order, &change, Requester::Kitchen);
    Record::delivered(&event, Topic::OrderProgress, 0, 1)
}

fn cancelled(order: &Order) -> Record {
    inputs::cancelled(order, Requester::Kitchen, Some("No oven"))
}

/// A world that has handled these records, and its clock.
async fn after(records: &[Record]) -> (World, Arc<Manual>) {
    let clock = Arc::<Manual>::default();
    let world = World { clock: clock.clone(), ..World::new() };
    run(&world, &make(&world), records).await;
    (world, clock)
}

fn state(world: &World, order: &Order) -> PaymentState {
    lock(&world.tables.rows).payments[&order.id].state
}

/// The types of events, with repetitions, by topic.
fn published(world: &World) -> Vec<String> {
    let all = world.log.all();
    all.iter().filter_map(|record| record.event_name().map(str::to_owned)).collect()
}

/// What the timer has asked for.
fn requests(world: &World) -> Vec<(Action, Requester)> {
    let all = world.log.all();
    let requests = all.iter().filter(|record| record.topic == Topic::OrderRequests);
    let decoded = requests.filter_map(|record| order_requests::decode_request(record).ok()?);
    decoded.map(|request| (request.action, request.by)).collect()
}

fn taken_once(world: &World, _: Option<(Fault, &'static str)>) {
    assert!(world.gateway.captures().values().all(|times| *times == 1));
}

#[tokio::test(start_paused = true)]
async fn held_money_is_captured_at_acceptance_whatever_fails() {
    let (waits, goes, off) = (held(1), held(2), held(3));
    let records = [
        placed(&waits),
        placed(&goes),
        placed(&off),
        step(&goes, Status::Accepted),
        cancelled(&off),
        step(&off, Status::Accepted),
    ];
    let state = survives(&records, make, taken_once).await;
    assert_eq!(state.captures.into_iter().collect::<Vec<_>>(), [(goes.id, 1)]);
    let name = |order: &Order| state.payments[&order.id].0;
    assert_eq!((name(&waits), name(&goes), name(&off)), ("authorized", "captured", "void"));
    assert!(state.refunds.is_empty(), "a released hold is no refund");
    let topics: Vec<_> = state.events.iter().map(|(topic, _)| *topic).collect();
    let confirmed = ["order_confirmed"; 3];
    let later = ["order_payments"; 2];
    assert_eq!(topics, [&confirmed[..], &later].concat(), "nothing is declined");
    let entries: Vec<_> = state.ledger.keys().map(|(id, entry)| (*id, entry.as_str())).collect();
    assert_eq!(entries, [(goes.id, "capture")]);
}

#[tokio::test(start_paused = true)]
async fn each_end_of_a_hold_is_said() {
    let order = held(1);
    let (world, _) = after(&[placed(&order), step(&order, Status::Accepted)]).await;
    assert_eq!(published(&world), ["comanda.order.confirmed", "comanda.payment.captured"]);
    let (world, _) = after(&[placed(&order), cancelled(&order)]).await;
    assert_eq!(published(&world), ["comanda.order.confirmed", "comanda.payment.released"]);
    assert!(world.gateway.holds().is_empty());
    // A cancellation after the capture is a refund.
    let (world, _) =
        after(&[placed(&order), step(&order, Status::Accepted), cancelled(&order)]).await;
    assert_eq!(state(&world, &order), PaymentState::Refunded);
    assert_eq!(world.gateway.refunds().into_iter().collect::<Vec<_>>(), [(order.id, 1)]);
}

#[tokio::test(start_paused = true)]
async fn an_order_whose_hold_is_gone_is_cancelled_by_the_timer() {
    for refuses in [true, false] {
        let order = held(1);
        let (world, clock) = after(&[placed(&order)]).await;
        if refuses {
            world.gateway.refuses_to_confirm();
        } else {
            world.gateway.lapse(order.id);
        }
        run(&world, &make(&world), &[step(&order, Status::Accepted)]).await;
        let failed = "comanda.payment.capture_failed";
        assert_eq!(published(&world), ["comanda.order.confirmed", failed]);
        world.late().finish_due().await.unwrap();
        assert_eq!(requests(&world), [(Action::Reject, Requester::Timer)]);
        clock.pass(31);
        world.late().finish_due().await.unwrap();
        let ids: Vec<_> = world.log.all().iter().map(|r| r.payload.clone()).collect();
        assert_eq!(requests(&world).len(), 2, "until the order is cancelled");
        assert!(ids.len() > 3);
        run(&world, &make(&world), &[cancelled(&order)]).await;
        assert_eq!(state(&world, &order), PaymentState::Void);
        clock.pass(31);
        world.late().finish_due().await.unwrap();
        assert_eq!(requests(&world).len(), 2, "nothing is asked after the cancellation");
        assert!(world.gateway.captures().is_empty() && world.gateway.holds().is_empty());
        assert!(published(&world).iter().any(|name| name == "comanda.payment.released"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_hold_that_ends_is_captured_if_the_order_was_accepted() {
    let order = held(1);
    let (world, clock) = after(&[placed(&order)]).await;
    clock.pass(LAPSES_AFTER_S - 1);
    world.late().finish_due().await.unwrap();
    assert_eq!(published(&world), ["comanda.order.confirmed"]);
    clock.pass(1);
    world.late().finish_due().await.unwrap();
    assert_eq!(requests(&world), [(Action::Cancel, Requester::Timer)], "nobody has answered");
    // The acceptance was read while the gateway was away.
    lock(&world.tables.rows).payments.get_mut(&order.id).unwrap().accepted_at =
        Some(Timestamp::UNIX_EPOCH);
    clock.pass(31);
    world.late().finish_due().await.unwrap();
    assert_eq!(state(&world, &order), PaymentState::Captured);
    assert!(published(&world).iter().any(|name| name == "comanda.payment.captured"));
    assert_eq!(requests(&world).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_hold_of_a_customer_who_authenticates_is_published_and_captured_later() {
    let order = changed(1, |parts| {
        parts.seller.capture = CapturePoint::AtAcceptance;
        parts.payment_method = "pm_card_authenticationRequired".parse().unwrap();
    });
    let (world, clock) = after(&[placed(&order)]).await;
    world.gateway.authenticate(order.id, true);
    clock.pass(600);
    world.late().finish_due().await.unwrap();
    assert_eq!(state(&world, &order), PaymentState::Authorized);
    let due = lock(&world.tables.rows).payments[&order.id].due_at;
    assert!(due.is_some_and(|due| due > world.clock.now()), "the end of the hold: {due:?}");
    run(&world, &make(&world), &[step(&order, Status::Accepted)]).await;
    assert_eq!(state(&world, &order), PaymentState::Captured);
}

#[tokio::test(start_paused = true)]
async fn cash_is_due_until_it_is_collected_whatever_fails() {
    let (waits, paid, off) = (cash(1), cash(2), cash(3));
    let records = [
        placed(&waits),
        placed(&paid),
        placed(&off),
        step(&paid, Status::Accepted),
        step(&paid, Status::Completed),
        cancelled(&off),
    ];
    let state = survives(&records, make, |world, _| assert!(world.gateway.intents().is_empty()));
    let state = state.await;
    let name = |order: &Order| state.payments[&order.id].0;
    assert_eq!((name(&waits), name(&paid), name(&off)), ("due", "collected", "void"));
    let topics: Vec<_> = state.events.iter().map(|(topic, _)| *topic).collect();
    assert_eq!(topics, ["order_confirmed", "order_confirmed", "order_confirmed", "order_payments"]);
    let entries: Vec<_> = state.ledger.keys().map(|(id, entry)| (*id, entry.as_str())).collect();
    assert_eq!(entries, [(paid.id, "collection")]);
}

#[tokio::test(start_paused = true)]
async fn a_step_of_an_order_without_a_payment_is_set_aside() {
    for (order, status) in [(held(1), Status::Accepted), (cash(2), Status::Completed)] {
        let world = World::new();
        let outcomes = make(&world).handle(&[step(&order, status)]).await.unwrap();
        assert!(matches!(&outcomes[..], [events::Outcome::Dead(_)]), "{outcomes:?}");
    }
}

/// The process dies, or a call is lost, at any effect of a capture that the timer makes.
#[tokio::test(start_paused = true)]
async fn the_timer_captures_once() {
    for (when, how) in
        [(When::Before, How::Call), (When::After, How::Call), (When::After, How::Process)]
    {
        for at in 0.. {
            let order = held(1);
            let (world, clock) = after(&[placed(&order)]).await;
            lock(&world.tables.rows).payments.get_mut(&order.id).unwrap().accepted_at =
                Some(Timestamp::UNIX_EPOCH);
            clock.pass(LAPSES_AFTER_S);
            world.faults.plan(Fault { at, when, how });
            world.late().finish_due().await.ok();
            if world.faults.hit().is_none() {
                assert!(at > 3, "the timer has more effects than {at}");
                break;
            }
            world.faults.restart();
            for _ in 0..3 {
                clock.pass(31);
                world.late().finish_due().await.unwrap();
            }
            assert_eq!(state(&world, &order), PaymentState::Captured, "{when:?} {how:?} {at}");
            assert_eq!(world.gateway.captures().into_iter().collect::<Vec<_>>(), [(order.id, 1)]);
        }
    }
}
