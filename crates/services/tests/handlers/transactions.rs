//! One charge per order, whatever crashes.

use domain::{fixtures, order::Order, status::Status};
use events::{Handler, Outcome, Record, Topic};
use services::transactions::TransactionsHandler;

use super::{
    common::{Fault, Gateway, How, Tables, When, World, run, run::survives},
    inputs::{assert_only_poison_is_dead, changed, placed, poison},
};

fn make(world: &World) -> TransactionsHandler<Tables, Gateway> {
    TransactionsHandler::new(world.payments())
}

fn declined_order(n: u128) -> Order {
    changed(n, |parts| parts.payment_method = "pm_card_chargeDeclined".parse().unwrap())
}

fn assert_charged_once(world: &World, _: Option<(Fault, &'static str)>) {
    assert!(world.gateway.captures().values().all(|captures| *captures == 1));
}

#[tokio::test(start_paused = true)]
async fn each_order_is_charged_once_whatever_fails() {
    let orders = [fixtures::order(1), declined_order(2), fixtures::delivery(3)];
    let records: Vec<_> = orders.iter().map(placed).collect();
    let state = survives(&records, make, assert_charged_once).await;
    assert_eq!(state.captures.keys().copied().collect::<Vec<_>>(), [orders[0].id, orders[2].id]);
    let payments: Vec<_> =
        state.payments.values().map(|(name, minor, _)| (*name, *minor)).collect();
    assert_eq!(payments, [("captured", 2200), ("declined", 2200), ("captured", 2450)]);
    let statuses: Vec<_> = state.book.values().map(|(status, ..)| *status).collect();
    assert_eq!(statuses, [Status::Confirmed, Status::Declined, Status::Confirmed]);
    let topics: Vec<_> = state.events.iter().map(|(topic, _)| *topic).collect();
    assert_eq!(topics, ["order_confirmed", "order_confirmed", "order_declined"]);
}

/// Two faults in a row: the gateway's response is lost, and then the process dies.
#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_is_retrieved_after_every_second_failure() {
    let order = fixtures::order(1);
    for when in [When::Before, When::After] {
        for second in 0..12 {
            let world = World::new();
            // Calls: begin, create, store_intent, confirm.
            world.faults.plan(Fault { at: 3, when, how: How::Process });
            assert!(make(&world).handle(&[placed(&order)]).await.is_err());
            assert_eq!(world.faults.hit(), Some("gateway.confirm"));
            world.faults.plan(Fault { at: second, when, how: How::Process });
            run::run(&world, &make(&world), &[placed(&order)]).await;
            assert_eq!(world.gateway.captures()[&order.id], 1, "{when:?} {second}");
            assert_eq!(world.state().payments[&order.id].0, "captured", "{when:?} {second}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_amount_is_never_confirmed() {
    for off_by in [-1, 1] {
        let world = World::new();
        world.gateway.captures_off_by(off_by);
        let (handler, records) = (make(&world), [placed(&fixtures::order(1))]);
        for _ in 0..3 {
            let outcomes = handler.handle(&records).await.unwrap();
            let Outcome::Retry(reason) = &outcomes[0] else { panic!("{outcomes:?}") };
            assert!(reason.contains("instead of €22.00"), "{reason}");
        }
        let state = world.state();
        assert_eq!(state.payments.values().next().unwrap().0, "unknown");
        assert!(state.events.is_empty() && state.book.is_empty());
        assert_eq!(state.captures.values().sum::<u32>(), 1, "retrieved again, not charged again");
    }
}

#[tokio::test(start_paused = true)]
async fn orders_wait_while_the_gateway_is_unavailable() {
    let world = World::new();
    let records: Vec<Record> = (1..=40).map(|n| placed(&fixtures::order(n))).collect();
    let handler = make(&world);
    world.gateway.set_away(true);
    let mut parked = 0;
    for record in &records {
        match handler.handle(std::slice::from_ref(record)).await {
            Ok(outcomes) => {
                assert!(matches!(outcomes[0], Outcome::Retry(_)), "{outcomes:?}");
                parked += 1;
            }
            Err(unavailable) => assert_eq!(unavailable.part, "payment gateway"),
        }
    }
    assert!(parked < 20, "an outage parks {parked} orders");
    world.gateway.set_away(false);
    run::run(&world, &handler, &records).await;
    assert!(world.state().payments.values().all(|(state, ..)| *state == "captured"));
    assert_eq!(world.state().captures.len(), records.len());
}

#[tokio::test(start_paused = true)]
async fn a_refused_confirmation_is_a_dead_letter() {
    let world = World::new();
    world.gateway.refuses_to_confirm();
    let outcomes = run::run(&world, &make(&world), &[placed(&fixtures::order(1))]).await;
    assert!(matches!(&outcomes[0], Outcome::Dead(reason) if reason.contains("no such key")));
    assert!(world.gateway.captures().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_later_record_of_the_same_id_is_ignored() {
    let world = World::new();
    let first = fixtures::order(1);
    let later = changed(1, |parts| {
        parts.placed_at = "2026-11-22T12:00:00Z".parse().unwrap();
        parts.totals.tip_minor = 500;
        parts.totals.total_minor = 2700;
    });
    let records = [placed(&first), placed(&later), placed(&first), placed(&later)];
    let outcomes = run::run(&world, &make(&world), &records).await;
    assert_eq!(outcomes[1], Outcome::Done(vec![]));
    assert_eq!(outcomes[3], Outcome::Done(vec![]));
    assert_eq!(outcomes[0], outcomes[2]);
    let state = world.state();
    assert_eq!(state.payments[&first.id], ("captured", 2200, None));
    assert_eq!((state.events.len(), state.captures[&first.id]), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn an_order_with_nanoseconds_is_charged() {
    let mut record = placed(&fixtures::rich_order());
    let text = String::from_utf8(record.payload.unwrap().to_vec()).unwrap();
    assert!(text.contains("00.123456Z"));
    record.payload = Some(text.replace("00.123456Z", "00.123456789Z").into());
    let world = World::new();
    let outcomes = run::run(&world, &make(&world), &[record]).await;
    assert!(matches!(&outcomes[0], Outcome::Done(events) if events.len() == 1));
}

#[tokio::test(start_paused = true)]
async fn a_reset_of_offsets_charges_no_order() {
    let world = World::new();
    let orders = (1..=50).map(|n| if n % 5 == 0 { declined_order(n) } else { fixtures::order(n) });
    let records: Vec<Record> = orders.map(|order| placed(&order)).collect();
    run::run(&world, &make(&world), &records).await;
    let (before, published) = (world.state(), world.log.all().len());
    run::run(&world, &make(&world), &records).await;
    assert_eq!(world.state(), before);
    assert_eq!(world.log.all().len(), 2 * published, "known outcomes are published again");
    assert!(before.captures.values().all(|captures| *captures == 1));
}

#[tokio::test(start_paused = true)]
async fn poison_is_dead_and_its_neighbours_are_charged() {
    let (one, two) = (placed(&fixtures::order(1)), placed(&fixtures::order(2)));
    let records = [vec![one.clone()], poison(Topic::OrderDetails, &one), vec![two]].concat();
    let world = World::new();
    let outcomes = run::run(&world, &make(&world), &records).await;
    assert_only_poison_is_dead(&outcomes, &[0, records.len() - 1]);
    assert_eq!(world.gateway.captures().len(), 2);
    // Also in a single batch.
    let outcomes = make(&world).handle(&records).await.unwrap();
    assert_only_poison_is_dead(&outcomes, &[0, records.len() - 1]);
}
