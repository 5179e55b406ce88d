//! The payment of a cancelled order is voided or refunded, in any order and after any crash.

use domain::{
    fixtures,
    kitchen::Requester,
    order::Order,
    payment::DeclineReason,
    status::{Status, StatusChange},
};
use events::{Handler, Outcome, Record, Topic, order_progress};
use jiff::Timestamp;
use services::transactions::TransactionsHandler;

use super::{
    common::{Fault, Gateway, How, Tables, When, World, run, run::survives},
    inputs::{assert_only_poison_is_dead, changed, placed, poison},
};

fn make(world: &World) -> TransactionsHandler<Tables, Gateway> {
    TransactionsHandler::new(world.payments())
}

fn cancelled(order: &Order) -> Record {
    let change = StatusChange {
        order_id: order.id,
        status: Status::Cancelled,
        at: Timestamp::from_second(1_900_000_000).unwrap(),
        reason: Some("The oven is broken".into()),
        ready_by: None,
        number: None,
    };
    let event = order_progress::encode_progress(order, &change, Requester::Kitchen);
    Record::delivered(&event, Topic::OrderProgress, 0, 1)
}

fn at_most_once(world: &World, _: Option<(Fault, &'static str)>) {
    assert!(world.gateway.captures().values().all(|times| *times == 1));
    assert!(world.gateway.refunds().values().all(|times| *times == 1));
}

#[tokio::test(start_paused = true)]
async fn a_captured_payment_is_refunded_once_whatever_fails() {
    let (kept, off) = (fixtures::order(1), fixtures::delivery(2));
    let records = [placed(&kept), placed(&off), cancelled(&off)];
    let state = survives(&records, make, at_most_once).await;
    assert_eq!(state.refunds.keys().copied().collect::<Vec<_>>(), [off.id]);
    assert_eq!(state.payments[&kept.id].0, "captured");
    assert_eq!(state.payments[&off.id].0, "refunded");
    let entries: Vec<_> =
        state.ledger.iter().map(|((id, entry), sums)| (*id, entry.as_str(), *sums)).collect();
    let (a, b) = (kept.id, off.id);
    let expected = [(a, "capture", (0, 2)), (b, "capture", (0, 3)), (b, "refund", (0, 3))];
    assert_eq!(entries, expected);
    let topics: Vec<_> = state.events.iter().map(|(topic, _)| *topic).collect();
    assert_eq!(topics, ["order_confirmed", "order_confirmed", "order_refunded"]);
}

#[tokio::test(start_paused = true)]
async fn an_order_cancelled_before_its_charge_is_never_charged() {
    let order = fixtures::order(1);
    let records = [cancelled(&order), placed(&order)];
    let state = survives(&records, make, at_most_once).await;
    assert!(state.captures.is_empty() && state.ledger.is_empty());
    let void = ("void", 2200, Some(DeclineReason::Cancelled));
    assert_eq!(state.payments[&order.id], void);
    let topics: Vec<_> = state.events.iter().map(|(topic, _)| *topic).collect();
    assert_eq!(topics, ["order_declined"], "published once");
}

#[tokio::test(start_paused = true)]
async fn a_declined_payment_is_not_refunded() {
    let order = changed(1, |parts| {
        parts.payment_method = "pm_card_chargeDeclined".parse().unwrap();
    });
    let state = survives(&[placed(&order), cancelled(&order)], make, at_most_once).await;
    assert!(state.refunds.is_empty());
    assert_eq!(state.payments[&order.id].0, "declined");
}

/// The charge crashes at each of its calls, the order is cancelled, and the charge continues: every
/// capture is refunded, and nothing else is.
#[tokio::test(start_paused = true)]
async fn a_cancellation_during_a_charge_is_refunded() {
    let order = fixtures::order(1);
    for when in [When::Before, When::After] {
        for at in 0..8 {
            let world = World::new();
            world.faults.plan(Fault { at, when, how: How::Process });
            let charged = make(&world).handle(&[placed(&order)]).await;
            let ended = charged.is_ok_and(|outcomes| matches!(outcomes[0], Outcome::Done(_)));
            if world.faults.hit().is_none() {
                break;
            }
            world.faults.restart();
            let first = make(&world).handle(&[cancelled(&order)]).await.unwrap();
            let waits = matches!(first[0], Outcome::Retry(_));
            assert!(!(ended && waits), "a decided charge is waited for");
            run::run(&world, &make(&world), &[placed(&order), cancelled(&order)]).await;
            let state = world.state();
            assert_eq!(state.captures, state.refunds, "{when:?} {at}");
            let expected = if state.captures.is_empty() { "void" } else { "refunded" };
            assert_eq!(state.payments[&order.id].0, expected, "{when:?} {at}");
            let sum: i64 = state.ledger.values().map(|(sum, _)| sum).sum();
            assert_eq!((sum, state.ledger.len()), (0, 2 * state.captures.len()), "{when:?} {at}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn kitchen_steps_do_not_charge_and_poison_is_dead() {
    let order = fixtures::order(1);
    let change = StatusChange {
        order_id: order.id,
        status: Status::Accepted,
        at: Timestamp::from_second(1_900_000_000).unwrap(),
        reason: None,
        ready_by: None,
        number: None,
    };
    let event = order_progress::encode_progress(&order, &change, Requester::Kitchen);
    let accepted = Record::delivered(&event, Topic::OrderProgress, 0, 1);
    let mut records = poison(Topic::OrderProgress, &cancelled(&order));
    records.insert(2, accepted);
    let world = World::new();
    let outcomes = run::run(&world, &make(&world), &records).await;
    assert_only_poison_is_dead(&outcomes, &[2]);
    assert!(world.state().payments.is_empty());
}
