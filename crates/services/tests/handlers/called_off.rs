//! Cancellations by either side: once, and with the reason.

use domain::{
    fixtures,
    kitchen::{Action, Requester},
    order::Order,
    status::Status,
};
use events::{Handler, Outcome, Record, Topic, order_progress};
use proptest::prelude::*;

use super::{
    common::{World, run, run::survives, state::distinct},
    inputs::{asked, called_off, confirmed, placed},
    orders::{make, steps},
};

const BY: [Requester; 3] = [Requester::Customer, Requester::Timer, Requester::Kitchen];

fn paid(order: &Order) -> Vec<Record> {
    vec![placed(order), confirmed(order)]
}

/// The cancellations in the log: by whom, and why.
fn cancellations(world: &World) -> Vec<(Requester, Option<String>)> {
    let steps = distinct(&world.log.read(&[Topic::OrderProgress])).into_values();
    let steps = steps.map(|record| order_progress::decode_progress(&record).unwrap());
    let ends = steps.filter(|(_, change, _)| change.status == Status::Cancelled);
    ends.map(|(_, change, by)| (by, change.reason)).collect()
}

#[tokio::test]
async fn an_order_is_cancelled_once_whatever_fails() {
    for by in BY {
        let order = fixtures::order(1);
        let records = [paid(&order), vec![called_off(order.id, 1, by)]].concat();
        let check = |world: &World, _| {
            let reason = by.usual_reason().unwrap_or("The oven is broken").to_owned();
            assert_eq!(cancellations(world), [(by, Some(reason))]);
        };
        let state = survives(&records, make, check).await;
        let history = vec![Status::Placed, Status::Confirmed, Status::Cancelled];
        assert_eq!(state.book[&order.id], (Status::Cancelled, true, history));
        assert_eq!((state.events.len(), state.decisions), (1, 1));
    }
}

#[tokio::test]
async fn a_restaurant_can_reject_while_it_cooks_whatever_fails() {
    let order = fixtures::delivery(1);
    let cook = [Action::Accept, Action::Start].into_iter().zip(1..);
    let cook = cook.map(|(action, n)| asked(order.id, n, action));
    let reject = called_off(order.id, 3, Requester::Kitchen);
    let after = [asked(order.id, 4, Action::Ready), called_off(order.id, 5, Requester::Customer)];
    let records = [paid(&order), cook.collect(), vec![reject], after.to_vec()].concat();
    let state = survives(&records, make, |_, _| ()).await;
    assert_eq!(state.book[&order.id].0, Status::Cancelled);
    assert_eq!((state.events.len(), state.decisions), (3, 5));
}

#[tokio::test]
async fn before_payment_customers_and_restaurants_may_cancel_but_timers_may_not() {
    for by in BY {
        let (world, order) = (World::new(), fixtures::order(1));
        let records = [placed(&order), called_off(order.id, 1, by), confirmed(&order)];
        run::run_in_batches(&world, &make(&world), &records, 1).await;
        let end = if by == Requester::Timer { Status::Confirmed } else { Status::Cancelled };
        assert_eq!(world.state().book[&order.id].0, end, "{by}: the payment came too late");
    }
}

#[tokio::test]
async fn of_conflicting_requests_the_first_wins() {
    for (size, by) in [1, 1_000].into_iter().flat_map(|size| BY.map(|by| (size, by))) {
        let order = fixtures::order(1);
        let (off, on) = (called_off(order.id, 1, by), asked(order.id, 2, Action::Accept));
        for first_off in [true, false] {
            let world = World::new();
            let pair = if first_off { [&off, &on] } else { [&on, &off] }.map(Clone::clone);
            let records = [paid(&order), pair.to_vec()].concat();
            let outcomes = run::run_in_batches(&world, &make(&world), &records, size).await;
            let made: Vec<_> = outcomes[2..].iter().map(steps).collect();
            let expected = match (first_off, by) {
                (true, _) => [vec![Status::Cancelled], vec![]],
                // Only the restaurant may cancel after acceptance.
                (false, Requester::Kitchen) => [vec![Status::Accepted], vec![Status::Cancelled]],
                (false, _) => [vec![Status::Accepted], vec![]],
            };
            assert_eq!(made, expected, "{by} {size}");
        }
    }
}

#[tokio::test]
async fn a_rejection_without_a_reason_has_no_effect() {
    let (world, order) = (World::new(), fixtures::order(1));
    let records = [paid(&order), vec![asked(order.id, 1, Action::Reject)]].concat();
    let outcomes = run::run(&world, &make(&world), &records).await;
    assert_eq!(steps(&outcomes[2]), []);
    assert_eq!(world.state().book[&order.id].0, Status::Confirmed);
}

/// A customer may cancel right after ordering: topics are read in any order.
#[tokio::test]
async fn a_request_read_before_its_order_is_retried() {
    let (world, order) = (World::new(), fixtures::order(1));
    let (handler, cancel) = (make(&world), called_off(order.id, 1, Requester::Customer));
    let early = handler.handle(std::slice::from_ref(&cancel)).await.unwrap();
    assert_eq!(early, [Outcome::Retry("the order is not in the book yet".into())]);
    assert_eq!(world.state().decisions, 0, "nothing is decided yet");
    run::run(&world, &handler, &[placed(&order)]).await;
    let again = handler.handle(&[cancel]).await.unwrap();
    assert_eq!(steps(&again[0]), [Status::Cancelled]);
}

#[derive(Clone, Copy, Debug)]
enum Input {
    Cook(Action),
    Off(Requester),
}

fn any_input() -> impl Strategy<Value = Input> {
    prop_oneof![
        (0..5_usize).prop_map(|n| Input::Cook(Action::ALL[n])),
        (0..3_usize).prop_map(|n| Input::Off(BY[n])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Any requests in any batches, all delivered twice: the order takes one path with one end.
    #[test]
    fn any_requests_make_one_path(
        inputs in prop::collection::vec(any_input(), 0..12), batch in 1_usize..8
    ) {
        let (world, order) = (World::new(), fixtures::order(1));
        let record = |(n, input): (u128, Input)| match input {
            Input::Cook(action) => asked(order.id, n, action),
            Input::Off(by) => called_off(order.id, n, by),
        };
        let inputs: Vec<_> = (1..).zip(inputs).map(record).collect();
        let records = [paid(&order), inputs.clone(), inputs].concat();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run::run_in_batches(&world, &make(&world), &records, batch));
        let steps = distinct(&world.log.read(&[Topic::OrderProgress])).into_values();
        let mut steps: Vec<_> = steps.map(|r| order_progress::decode_progress(&r).unwrap()).collect();
        steps.sort_by_key(|(_, change, _)| change.status);
        let reached = steps.iter().map(|(_, change, _)| change.status);
        let reached: Vec<_> = [Status::Placed, Status::Confirmed].into_iter().chain(reached).collect();
        let state = world.state();
        prop_assert_eq!(&state.book[&order.id].2, &reached, "the book has the same steps");
        let ends = reached.iter().filter(|status| status.is_final()).count();
        prop_assert!(ends <= 1, "{reached:?}");
        let by_customer = steps.iter().any(|(_, change, by)| {
            change.status == Status::Cancelled && *by != Requester::Kitchen
        });
        prop_assert!(!by_customer || reached.len() == 3, "accepted and cancelled: {reached:?}");
    }
}
