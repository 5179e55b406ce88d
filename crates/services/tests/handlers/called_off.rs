//! Orders that are called off: by one side or the other, once, and with the reason.

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

/// What the log tells of the end of the orders: by whom, and why.
fn told(world: &World) -> Vec<(Requester, Option<String>)> {
    let steps = distinct(&world.log.read(&[Topic::OrderProgress])).into_values();
    let steps = steps.map(|record| order_progress::read(&record).unwrap());
    let ends = steps.filter(|(_, change, _)| change.status == Status::Cancelled);
    ends.map(|(_, change, by)| (by, change.reason)).collect()
}

#[tokio::test]
async fn an_order_is_called_off_once_whatever_fails() {
    for by in BY {
        let order = fixtures::order(1);
        let records = [paid(&order), vec![called_off(order.id, 1, by)]].concat();
        let check = |world: &World, _| {
            let reason = by.usual_reason().unwrap_or("The oven is broken").to_owned();
            assert_eq!(told(world), [(by, Some(reason))]);
        };
        let state = survives(&records, make, check).await;
        let history = vec![Status::Placed, Status::Confirmed, Status::Cancelled];
        assert_eq!(state.book[&order.id], (Status::Cancelled, true, history));
        assert_eq!((state.events.len(), state.decisions), (1, 1));
    }
}

#[tokio::test]
async fn a_restaurant_gives_up_while_it_cooks_whatever_fails() {
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
async fn before_the_payment_customers_and_restaurants_may_and_timers_not() {
    for by in BY {
        let (world, order) = (World::new(), fixtures::order(1));
        let records = [placed(&order), called_off(order.id, 1, by), confirmed(&order)];
        run::run_in_batches(&world, &make(&world), &records, 1).await;
        let end = if by == Requester::Timer { Status::Confirmed } else { Status::Cancelled };
        assert_eq!(world.state().book[&order.id].0, end, "{by}: the payment came too late");
    }
}

#[tokio::test]
async fn of_a_wish_and_its_opposite_the_first_wins() {
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
                // A restaurant may change its mind, and nobody else may.
                (false, Requester::Kitchen) => [vec![Status::Accepted], vec![Status::Cancelled]],
                (false, _) => [vec![Status::Accepted], vec![]],
            };
            assert_eq!(made, expected, "{by} {size}");
        }
    }
}

#[tokio::test]
async fn a_restaurant_that_says_nothing_rejects_nothing() {
    let (world, order) = (World::new(), fixtures::order(1));
    let records = [paid(&order), vec![asked(order.id, 1, Action::Reject)]].concat();
    let outcomes = run::run(&world, &make(&world), &records).await;
    assert_eq!(steps(&outcomes[2]), []);
    assert_eq!(world.state().book[&order.id].0, Status::Confirmed);
}

/// Whoever has only just ordered may cancel at once: topics are read in any order.
#[tokio::test]
async fn a_request_that_overtakes_its_order_waits_for_it() {
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
enum Wish {
    Cook(Action),
    Off(Requester),
}

fn any_wish() -> impl Strategy<Value = Wish> {
    prop_oneof![
        (0..5_usize).prop_map(|n| Wish::Cook(Action::ALL[n])),
        (0..3_usize).prop_map(|n| Wish::Off(BY[n])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Any wishes in any batches, all of it delivered twice: what is told is one walk with one end.
    #[test]
    fn any_wishes_make_one_walk(
        wishes in prop::collection::vec(any_wish(), 0..12), batch in 1_usize..8
    ) {
        let (world, order) = (World::new(), fixtures::order(1));
        let record = |(n, wish): (u128, Wish)| match wish {
            Wish::Cook(action) => asked(order.id, n, action),
            Wish::Off(by) => called_off(order.id, n, by),
        };
        let wishes: Vec<_> = (1..).zip(wishes).map(record).collect();
        let records = [paid(&order), wishes.clone(), wishes].concat();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run::run_in_batches(&world, &make(&world), &records, batch));
        let told = distinct(&world.log.read(&[Topic::OrderProgress])).into_values();
        let mut told: Vec<_> = told.map(|r| order_progress::read(&r).unwrap()).collect();
        told.sort_by_key(|(_, change, _)| change.status);
        let reached = told.iter().map(|(_, change, _)| change.status);
        let reached: Vec<_> = [Status::Placed, Status::Confirmed].into_iter().chain(reached).collect();
        let state = world.state();
        prop_assert_eq!(&state.book[&order.id].2, &reached, "the book tells the same");
        let ends = reached.iter().filter(|status| status.is_final()).count();
        prop_assert!(ends <= 1, "{reached:?}");
        let by_customer = told.iter().any(|(_, change, by)| {
            change.status == Status::Cancelled && *by != Requester::Kitchen
        });
        prop_assert!(!by_customer || reached.len() == 3, "accepted and cancelled: {reached:?}");
    }
}
