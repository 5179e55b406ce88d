//! Refunds of parts: once each, never more than was taken, whatever fails.

use std::sync::Arc;

use domain::{
    fixtures,
    kitchen::Requester,
    order::Order,
    payment::{LinePieces, PaymentState, RefundOutcome, RefundPart, RefundRequest, Refunder},
    payment_method::PaymentMethod,
    status::Status,
};
use events::{Handler, Outcome, Record, Topic, order_payments, order_refunded, order_requests};
use services::transactions::{RefundLister, TransactionsHandler};

use super::{
    common::{
        Fault, Gateway, How, Tables, When, World,
        clock::Manual,
        lock,
        run::{run, survives},
        state::distinct,
    },
    inputs::{self, changed, placed, poison, progressed},
};

fn make(world: &World) -> TransactionsHandler<Tables, Gateway> {
    TransactionsHandler::new(world.payments())
}

fn request(order: &Order, key: &str, part: RefundPart) -> Record {
    let event = order_requests::encode_refund_request(&RefundRequest {
        key: key.parse().unwrap(),
        order_id: order.id,
        part,
        reason: "It was cold".parse().unwrap(),
        by: Refunder::Kitchen,
        person: Some("Zoë".parse().unwrap()),
        at: inputs::time(1_700_000_000),
    });
    Record::delivered(&event, Topic::OrderRequests, 0, 1)
}

fn amount(order: &Order, key: &str, minor: i64) -> Record {
    request(order, key, RefundPart::Amount(minor))
}

fn cancelled(order: &Order) -> Record {
    inputs::cancelled(order, Requester::Kitchen, Some("No oven"))
}

fn state(world: &World, order: &Order) -> PaymentState {
    lock(&world.tables.rows).payments[&order.id].state
}

/// The refunds in topics, each once: key, amount and sum so far.
fn published(world: &World) -> Vec<(Option<String>, i64, Option<i64>)> {
    let records = distinct(&world.log.all()).into_values();
    let refunds = records.filter(|record| record.topic == Topic::OrderRefunded);
    let mut found: Vec<_> = refunds
        .map(|record| {
            let (_, refund) = order_refunded::decode_refunded(&record).unwrap();
            let key = refund.part.map(|key| key.to_string());
            (key, refund.amount_minor, refund.refunded_total_minor)
        })
        .collect();
    found.sort();
    found
}

fn key(text: &str) -> String {
    text.to_owned()
}

/// A world that has handled these records, with a clock that tests can move.
async fn after(records: &[Record]) -> (World, Arc<Manual>) {
    let clock = Arc::<Manual>::default();
    let world = World { clock: clock.clone(), ..World::new() };
    run(&world, &make(&world), records).await;
    (world, clock)
}

#[tokio::test(start_paused = true)]
async fn a_part_is_refunded_once_whatever_fails() {
    let order = fixtures::delivery(1);
    let pieces = vec![LinePieces { line: 0, quantity: 1 }];
    let records = [
        placed(&order),
        request(&order, "pieces", RefundPart::Lines(pieces)),
        amount(&order, "amount", 350),
    ];
    let check = |world: &World, fault: Option<(Fault, &str)>| {
        let mut made = world.gateway.refunded_minor(order.id);
        made.sort_unstable();
        assert_eq!(made, [350, 1100], "{fault:?}");
        let published: Vec<_> = published(world).into_iter().map(|(key, n, _)| (key, n)).collect();
        assert_eq!(
            published,
            [(Some(key("amount")), 350), (Some(key("pieces")), 1100)],
            "{fault:?}"
        );
    };
    let state = survives(&records, make, check).await;
    assert_eq!(state.payments[&order.id].0, "partly_refunded");
    let entries = state.ledger.iter().map(|((_, entry), sums)| (entry.as_str(), sums.0));
    assert_eq!(
        entries.collect::<Vec<_>>(),
        [("capture", 0), ("refund:amount", 0), ("refund:pieces", 0)]
    );
}

#[tokio::test(start_paused = true)]
async fn parts_come_to_the_whole_and_to_no_more() {
    let order = fixtures::order(1);
    let done = progressed(&order, Status::Completed);
    let records = [placed(&order), done, amount(&order, "a", 2000), amount(&order, "b", 201)];
    let (world, _) = after(&records).await;
    assert_eq!(state(&world, &order), PaymentState::PartlyRefunded);
    assert_eq!(world.gateway.refunded_minor(order.id), [2000]);
    let failed = world.log.all().into_iter().find(|r| r.topic == Topic::OrderPayments).unwrap();
    let failed = order_payments::decode_payment(&failed).unwrap().unwrap();
    assert_eq!(failed.amount.minor, 201);
    let order_payments::PaymentNews::RefundFailed { refund, reason } = failed.news else {
        panic!("{failed:?}")
    };
    assert_eq!(refund.to_string(), "b");
    assert!(reason.contains("more than is left"), "{reason}");
    run(&world, &make(&world), &[amount(&order, "c", 200)]).await;
    assert_eq!(state(&world, &order), PaymentState::Refunded);
    let sums = [(Some(key("a")), 2000, Some(2000)), (Some(key("c")), 200, Some(2200))];
    assert_eq!(published(&world), sums);
}

/// A refusal of the gateway releases the amount, and staff can try again.
#[tokio::test(start_paused = true)]
async fn a_refused_part_is_released() {
    let order = fixtures::order(1);
    let (world, _) = after(&[placed(&order)]).await;
    world.gateway.refuses_refunds(true);
    for _ in 0..2 {
        run(&world, &make(&world), &[amount(&order, "a", 2200)]).await;
        assert_eq!(state(&world, &order), PaymentState::Captured);
    }
    world.gateway.refuses_refunds(false);
    run(&world, &make(&world), &[amount(&order, "a", 2200), amount(&order, "b", 2200)]).await;
    assert_eq!(state(&world, &order), PaymentState::Refunded);
    assert_eq!(published(&world), [(Some(key("b")), 2200, Some(2200))]);
    let topics: Vec<_> = distinct(&world.log.all()).into_keys().map(|(topic, _)| topic).collect();
    assert_eq!(topics, ["order_confirmed", "order_payments", "order_refunded"]);
}

/// The gateway says that it refused, and made the refund all the same.
#[tokio::test(start_paused = true)]
async fn a_refund_is_looked_up_before_it_fails() {
    let order = fixtures::order(1);
    let (world, _) = after(&[placed(&order)]).await;
    world.gateway.answers_refunds_wrongly();
    run(&world, &make(&world), &[amount(&order, "a", 700)]).await;
    assert_eq!(published(&world), [(Some(key("a")), 700, Some(700))]);
}

/// The key is not sent again shortly before the next one is used, and what the gateway has is
/// always found.
#[tokio::test(start_paused = true)]
async fn a_part_whose_answer_was_lost_is_found_at_any_time() {
    let order = fixtures::order(1);
    for age_s in [600, 3_300, 3_600, 200_000] {
        let (world, clock) = after(&[placed(&order)]).await;
        let handler = make(&world);
        // Calls: reserve, refund.
        world.faults.plan(Fault { at: 1, when: When::After, how: How::Process });
        let _ = handler.handle(&[amount(&order, "a", 700)]).await;
        assert_eq!(world.faults.hit(), Some("gateway.refund"));
        world.faults.restart();
        clock.pass(age_s);
        run(&world, &handler, &[amount(&order, "a", 700)]).await;
        assert_eq!(world.gateway.refunded_minor(order.id), [700], "after {age_s} s");
        assert_eq!(published(&world), [(Some(key("a")), 700, Some(700))]);
    }
    let (world, clock) = after(&[placed(&order)]).await;
    world.faults.plan(Fault { at: 1, when: When::Before, how: How::Process });
    let _ = make(&world).handle(&[amount(&order, "a", 700)]).await;
    world.faults.restart();
    clock.pass(3_300);
    let outcomes = make(&world).handle(&[amount(&order, "a", 700)]).await.unwrap();
    assert!(matches!(outcomes[0], Outcome::Retry(_)), "{outcomes:?}");
    clock.pass(300);
    run(&world, &make(&world), &[amount(&order, "a", 700)]).await;
    assert_eq!(world.gateway.refunded_minor(order.id), [700]);
}

#[tokio::test(start_paused = true)]
async fn cash_is_refunded_by_hand() {
    let order = changed(1, |parts| parts.payment_method = PaymentMethod::Cash);
    let done = progressed(&order, Status::Completed);
    let records = [placed(&order), done, amount(&order, "a", 200), amount(&order, "b", 2000)];
    let state = survives(&records, make, |world, _| {
        assert!(world.gateway.intents().is_empty());
        assert_eq!(published(world).len(), 2);
    });
    assert_eq!(state.await.payments[&order.id].0, "refunded");
}

#[tokio::test(start_paused = true)]
async fn requests_that_name_nothing_end() {
    let order = fixtures::order(1);
    let records =
        [vec![placed(&order)], poison(Topic::OrderRequests, &amount(&order, "a", 1))].concat();
    let world = World::new();
    let outcomes = run(&world, &make(&world), &records).await;
    assert!(outcomes[1..].iter().any(|outcome| matches!(outcome, Outcome::Dead(_))));
    let (stranger, step) =
        (fixtures::order(9), inputs::asked(order.id, 1, domain::kitchen::Action::Accept));
    let outcomes = run(&world, &make(&world), &[amount(&stranger, "a", 1), step]).await;
    let Outcome::Dead(reason) = &outcomes[0] else { panic!("{outcomes:?}") };
    assert!(reason.contains("does not exist"), "{reason}");
    assert!(matches!(&outcomes[1], Outcome::Done(events) if events.is_empty()), "{outcomes:?}");
}

/// A rejection after a refund of a part returns what is left, whatever fails.
#[tokio::test(start_paused = true)]
async fn a_rejection_returns_what_is_left() {
    let order = fixtures::delivery(1);
    let records = [placed(&order), amount(&order, "a", 450), cancelled(&order)];
    let check = |world: &World, fault: Option<(Fault, &str)>| {
        assert_eq!(world.gateway.refunded_minor(order.id), [450, 2000], "{fault:?}");
        let sums = [(None, 2000, Some(2450)), (Some(key("a")), 450, Some(450))];
        assert_eq!(published(world), sums, "{fault:?}");
    };
    let state = survives(&records, make, check).await;
    assert_eq!(state.payments[&order.id].0, "refunded");
}

/// €5 of €24.50 were refunded at the gateway before the order was rejected, and no event came.
#[tokio::test(start_paused = true)]
async fn a_rejection_after_a_refund_by_hand_returns_what_is_left() {
    let order = fixtures::delivery(1);
    let (world, _) = after(&[placed(&order)]).await;
    let by_hand = world.gateway.refund_by_hand(order.id, 500);
    let outcomes = run(&world, &make(&world), &[cancelled(&order)]).await;
    assert!(matches!(outcomes[0], Outcome::Done(_)), "{outcomes:?}");
    assert_eq!(world.gateway.refunded_minor(order.id), [500, 1950]);
    assert_eq!(published(&world), [(None, 1950, Some(2450))]);
    world.late().finish_due().await.unwrap();
    let sums = [(None, 1950, Some(2450)), (Some(key(&by_hand.id.0)), 500, Some(500))];
    assert_eq!(published(&world), sums, "published by the timer");
    assert_eq!(state(&world, &order), PaymentState::Refunded);
}

/// All of it was refunded at the gateway: the rejection has nothing left to return.
#[tokio::test(start_paused = true)]
async fn a_rejection_after_a_whole_refund_by_hand_returns_nothing() {
    let order = fixtures::order(1);
    let (world, _) = after(&[placed(&order)]).await;
    let by_hand = world.gateway.refund_by_hand(order.id, 2200);
    let outcomes = run(&world, &make(&world), &[cancelled(&order), amount(&order, "a", 1)]).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Done(_))), "{outcomes:?}");
    world.late().finish_due().await.unwrap();
    assert_eq!(published(&world), [(Some(key(&by_hand.id.0)), 2200, Some(2200))]);
    assert_eq!(state(&world, &order), PaymentState::Refunded);
}

/// A part is on its way when the order is rejected.
#[tokio::test(start_paused = true)]
async fn a_rejection_waits_for_a_part() {
    let order = fixtures::order(1);
    let (world, _) = after(&[placed(&order)]).await;
    world.faults.plan(Fault { at: 1, when: When::After, how: How::Process });
    let _ = make(&world).handle(&[amount(&order, "a", 700)]).await;
    world.faults.restart();
    let first = make(&world).handle(&[cancelled(&order)]).await.unwrap();
    assert!(matches!(first[0], Outcome::Retry(_)), "{first:?}");
    run(&world, &make(&world), &[amount(&order, "a", 700), cancelled(&order)]).await;
    assert_eq!(world.gateway.refunded_minor(order.id), [700, 1500]);
    assert_eq!(state(&world, &order), PaymentState::Refunded);
}

/// Refunds made by hand are found in the gateway's list, booked and published once, whatever fails.
#[tokio::test(start_paused = true)]
async fn refunds_by_hand_are_found_without_events() {
    let order = fixtures::order(1);
    for when in [When::Before, When::After] {
        for at in 0.. {
            let records = [placed(&order), amount(&order, "a", 100)];
            let (world, _) = after(&records).await;
            let by_hand = world.gateway.refund_by_hand(order.id, 500);
            let mut lister = RefundLister::default();
            world.faults.plan(Fault { at, when, how: How::Process });
            let _ = world.late().list_refunds(&mut lister).await;
            let hit = world.faults.hit();
            if hit.is_none() {
                assert!(at > 4, "a list has more effects than that");
                break;
            }
            world.faults.restart();
            for _ in 0..2 {
                assert!(world.late().list_refunds(&mut lister).await.is_ok());
                world.late().finish_due().await.unwrap();
            }
            let sums =
                [(Some(key("a")), 100, Some(100)), (Some(key(&by_hand.id.0)), 500, Some(600))];
            assert_eq!(published(&world), sums, "{when:?} {at} {hit:?}");
            let rows = lock(&world.tables.rows);
            let refund = &rows.refunds[&(order.id, by_hand.id.0.parse().unwrap())];
            assert_eq!(refund.by, Refunder::Gateway);
            assert!(matches!(refund.outcome, RefundOutcome::Booked { .. }));
            assert!(rows.refunds_due.is_empty());
        }
    }
}
