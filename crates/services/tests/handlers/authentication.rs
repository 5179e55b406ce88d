//! Payments that wait for their customer: the outcome is published once it is known, and money is
//! neither lost nor taken twice.

use std::sync::Arc;

use domain::{
    kitchen::Requester,
    order::Order,
    payment::{ChargeOutcome, DeclineReason, IntentId, IntentState, PaymentState},
    ports::{Clock, PaymentBook, PaymentGateway},
};
use events::{Handler, Outcome};
use jiff::SignedDuration;
use services::transactions::TransactionsHandler;

use super::{
    common::{
        AUTHENTICATION_LIMIT, Fault, Gateway, How, Tables, When, World,
        clock::Manual,
        lock,
        run::{run, survives},
    },
    inputs::{cancelled, changed, placed},
};

fn make(world: &World) -> TransactionsHandler<Tables, Gateway> {
    TransactionsHandler::new(world.payments())
}

fn order(n: u128) -> Order {
    changed(n, |parts| parts.payment_method = "pm_card_authenticationRequired".parse().unwrap())
}

/// A world whose order waits for its customer, and its clock.
async fn waiting(order: &Order) -> (World, Arc<Manual>) {
    let clock = Arc::<Manual>::default();
    let world = World { clock: clock.clone(), ..World::new() };
    run(&world, &make(&world), &[placed(order)]).await;
    assert_eq!(state(&world, order), PaymentState::ActionRequired);
    (world, clock)
}

fn state(world: &World, order: &Order) -> PaymentState {
    lock(&world.tables.rows).payments[&order.id].state
}

fn published(world: &World) -> Vec<&'static str> {
    // By topic.
    world.log.all().iter().map(|record| record.topic.name()).collect()
}

#[tokio::test(start_paused = true)]
async fn an_order_waits_for_its_customer_whatever_fails() {
    let records = [placed(&order(1)), placed(&order(2))];
    let state = survives(&records, make, |world, _| assert!(world.gateway.captures().is_empty()));
    let state = state.await;
    let topics: Vec<_> = state.events.iter().map(|(topic, _)| *topic).collect();
    assert_eq!(topics, ["order_payments", "order_payments"]);
    assert!(state.payments.values().all(|(name, ..)| *name == "action_required"));
}

#[tokio::test(start_paused = true)]
async fn a_repeated_record_says_the_same_again() {
    let order = order(1);
    let (world, clock) = waiting(&order).await;
    clock.pass(60);
    run(&world, &make(&world), &[placed(&order)]).await;
    let events = world.log.all();
    assert_eq!((events.len(), &events[0].payload), (2, &events[1].payload));
}

#[tokio::test(start_paused = true)]
async fn the_limit_ends_the_wait_and_the_intent() {
    let order = order(1);
    let (world, clock) = waiting(&order).await;
    clock.pass(AUTHENTICATION_LIMIT.as_secs() - 1);
    world.late().finish_due().await.unwrap();
    assert_eq!(published(&world), ["order_payments"]);
    clock.pass(1);
    for _ in 0..2 {
        world.late().finish_due().await.unwrap();
    }
    assert_eq!(published(&world), ["order_declined", "order_payments"]);
    let reason = lock(&world.tables.rows).payments[&order.id].reason;
    assert_eq!(reason, Some(DeclineReason::AuthenticationTimeout));
    let intent = world.gateway.retrieve(&IntentId("pi_0".into())).await;
    assert_eq!(intent, Ok(IntentState::Cancelled));
}

/// The webhook is lost and the customer does not come back to the page.
#[tokio::test(start_paused = true)]
async fn money_that_was_paid_in_time_confirms_the_order_at_the_limit() {
    let order = order(1);
    let (world, clock) = waiting(&order).await;
    world.gateway.authenticate(order.id, true);
    clock.pass(AUTHENTICATION_LIMIT.as_secs());
    for _ in 0..2 {
        world.late().finish_due().await.unwrap();
    }
    assert_eq!(published(&world), ["order_confirmed", "order_payments"]);
    assert_eq!(state(&world, &order), PaymentState::Captured);
}

/// The process dies, or a call is lost, at any effect of the timer.
#[tokio::test(start_paused = true)]
async fn the_timer_loses_nothing_between_two_effects() {
    for (passes, outcome) in [(true, "order_confirmed"), (false, "order_declined")] {
        for (when, how) in [
            (When::Before, How::Call),
            (When::After, How::Call),
            (When::Before, How::Process),
            (When::After, How::Process),
        ] {
            let mut hits = 0;
            for at in 0.. {
                let order = order(1);
                let (world, clock) = waiting(&order).await;
                world.gateway.authenticate(order.id, passes);
                clock.pass(AUTHENTICATION_LIMIT.as_secs());
                world.faults.plan(Fault { at, when, how });
                // The timer's own log says what failed; the next polls go on.
                world.late().finish_due().await.ok();
                if world.faults.hit().is_none() {
                    break;
                }
                hits += 1;
                world.faults.restart();
                for _ in 0..3 {
                    clock.pass(31);
                    world.late().finish_due().await.unwrap();
                }
                let mut topics = published(&world);
                topics.dedup();
                assert_eq!(topics, [outcome, "order_payments"], "{when:?} {how:?} {at}");
                assert!(lock(&world.tables.rows).payments[&order.id].due_at.is_none());
                assert!(world.gateway.captures().values().all(|captures| *captures == 1));
            }
            assert!(hits > 4, "the timer has more effects than {hits}");
        }
    }
}

/// While the gateway is away, what is decided already is published.
#[tokio::test(start_paused = true)]
async fn a_gateway_that_is_away_holds_up_only_what_needs_it() {
    let (waits, paid) = (order(1), order(2));
    let (world, clock) = waiting(&waits).await;
    run(&world, &make(&world), &[placed(&paid)]).await;
    clock.pass(AUTHENTICATION_LIMIT.as_secs());
    // Decided, and not published before the process died.
    let intent = IntentId("pi_1".into());
    let captured = ChargeOutcome::Captured { intent, at: world.clock.now() };
    world.tables.settle(&paid, &captured).await.unwrap();
    world.gateway.set_away(true);
    let late = world.late();
    // One failure concerns its order alone; after many, the gateway counts as away.
    while late.finish_due().await.is_ok() {
        clock.pass(31);
    }
    let confirmed =
        || published(&world).iter().filter(|topic| **topic == "order_confirmed").count();
    assert_eq!(confirmed(), 1);
    // Another process died in the same way meanwhile.
    lock(&world.tables.rows).payments.get_mut(&paid.id).unwrap().due_at = Some(clock.now());
    assert!(late.finish_due().await.is_err(), "the gateway is away");
    assert_eq!(confirmed(), 2);
    world.gateway.set_away(false);
    late.finish_due().await.unwrap();
    assert_eq!(state(&world, &waits), PaymentState::Declined);
}

/// A foreign writer's record of the same id is in the order book.
#[tokio::test(start_paused = true)]
async fn no_other_order_of_the_id_is_settled() {
    let order = order(1);
    let (world, clock) = waiting(&order).await;
    let other = changed(1, |parts| parts.placed_at += SignedDuration::from_secs(9));
    lock(&world.tables.rows).book.get_mut(&order.id).unwrap().order = Some(other);
    clock.pass(AUTHENTICATION_LIMIT.as_secs());
    world.late().finish_due().await.unwrap();
    assert_eq!(published(&world), ["order_payments"]);
    assert_eq!(state(&world, &order), PaymentState::ActionRequired);
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_ends_the_wait() {
    let order = order(1);
    let (world, _) = waiting(&order).await;
    let off = cancelled(&order, Requester::Customer, None);
    for _ in 0..2 {
        run(&world, &make(&world), std::slice::from_ref(&off)).await;
    }
    assert_eq!(state(&world, &order), PaymentState::Void);
    assert_eq!(published(&world), ["order_declined", "order_declined", "order_payments"]);
    world.gateway.authenticate(order.id, true);
    assert!(world.gateway.captures().is_empty(), "the intent is cancelled");
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_after_the_authentication_refunds() {
    let order = order(1);
    let (world, clock) = waiting(&order).await;
    world.gateway.authenticate(order.id, true);
    let off = cancelled(&order, Requester::Customer, None);
    let outcomes = make(&world).handle(&[off]).await.unwrap();
    let Outcome::Done(events) = &outcomes[0] else { panic!("{outcomes:?}") };
    let topics: Vec<_> = events.iter().map(|event| event.topic.as_str()).collect();
    assert_eq!(topics, ["order_refunded"]);
    assert_eq!(state(&world, &order), PaymentState::Refunded);
    // The timer publishes that it was confirmed, which no record of the group does.
    clock.pass(60);
    world.late().finish_due().await.unwrap();
    assert_eq!(published(&world), ["order_confirmed", "order_payments"]);
}
