//! The order book: steps are joined, and each request is decided once, in log order.

use domain::{fixtures, kitchen::Action, order::Order, status::Status};
use events::{Handler, Outcome, Record, Topic, order_progress};
use services::orders::OrdersHandler;

use super::{
    common::{Tables, World, run, run::survives, state::distinct},
    inputs::{asked, assert_only_poison_is_dead, confirmed, declined, is_done, placed, poison},
};

pub(super) fn make(world: &World) -> OrdersHandler<Tables> {
    OrdersHandler { book: world.tables.clone(), clock: world.clock.clone() }
}

/// The statuses that an outcome publishes.
pub(super) fn steps(outcome: &Outcome) -> Vec<Status> {
    let Outcome::Done(events) = outcome else { panic!("{outcome:?}") };
    let read = |event| {
        let record = Record::delivered(event, Topic::OrderProgress, 0, 0);
        order_progress::decode_progress(&record).unwrap().1.status
    };
    events.iter().map(read).collect()
}

fn walk(order: &Order, actions: &[Action]) -> Vec<Record> {
    let asked = (1..).zip(actions).map(|(n, action)| asked(order.id, n, *action));
    [placed(order), confirmed(order)].into_iter().chain(asked).collect()
}

const PICKUP: [Action; 4] = [Action::Accept, Action::Start, Action::Ready, Action::Complete];

#[tokio::test]
async fn a_pickup_is_completed_whatever_fails() {
    let order = fixtures::order(1);
    let state = survives(&walk(&order, &PICKUP), make, |_, _| ()).await;
    let (status, has_order, history) = state.book[&order.id].clone();
    assert_eq!((status, has_order, history.len()), (Status::Completed, true, 6));
    assert_eq!((state.events.len(), state.decisions), (4, 4));
}

#[tokio::test]
async fn a_delivery_needs_a_courier() {
    let order = fixtures::delivery(1);
    let state = survives(&walk(&order, Action::ALL), make, |_, _| ()).await;
    assert_eq!(state.book[&order.id].0, Status::Completed);
    assert_eq!(state.events.len(), 5);
    let world = World::new();
    run::run(&world, &make(&world), &walk(&order, &PICKUP)).await;
    assert_eq!(world.state().book[&order.id].0, Status::Ready, "it was not dispatched");
}

/// The same steps in batches of any size: the state comes from the tables.
#[tokio::test]
async fn the_batch_size_does_not_matter() {
    let order = fixtures::delivery(1);
    let mut states = Vec::new();
    for size in [1, 2, 3, 1_000] {
        let world = World::new();
        run::run_in_batches(&world, &make(&world), &walk(&order, Action::ALL), size).await;
        states.push(world.state());
    }
    assert!(states.iter().all(|state| *state == states[0]));
}

#[tokio::test]
async fn an_automatic_acceptance_happens_once() {
    let order = fixtures::auto_accepted(1);
    let records = [placed(&order), confirmed(&order), confirmed(&order)];
    let state = survives(&records, make, |_, _| ()).await;
    assert_eq!(state.book[&order.id].0, Status::Accepted);
    assert_eq!((state.events.len(), state.decisions), (1, 1));
    // And not before the payment.
    let world = World::new();
    run::run(&world, &make(&world), &[placed(&order), declined(&fixtures::auto_accepted(2))]).await;
    assert_eq!(world.state().decisions, 0);
}

#[tokio::test]
async fn an_impossible_request_stays_refused() {
    let order = fixtures::order(1);
    let world = World::new();
    let early = asked(order.id, 7, Action::Start);
    let unknown = asked(fixtures::order(99).id, 8, Action::Accept);
    let records = [placed(&order), confirmed(&order), early.clone(), unknown];
    let outcomes = run::run(&world, &make(&world), &records).await;
    assert!(steps(&outcomes[2]).is_empty());
    // It was retried, and its order never came.
    assert_eq!(outcomes[3], Outcome::Dead("asks to move an order that does not exist".into()));
    assert_eq!(world.state().book[&order.id].0, Status::Confirmed);
    // Now it would be possible, but this request is decided.
    let accept = asked(order.id, 9, Action::Accept);
    let outcomes = run::run(&world, &make(&world), &[accept, early]).await;
    assert_eq!(steps(&outcomes[0]), [Status::Accepted]);
    assert!(steps(&outcomes[1]).is_empty());
    assert_eq!(world.state().book[&order.id].0, Status::Accepted);
}

#[tokio::test]
async fn a_redelivered_request_gets_its_first_decision() {
    let order = fixtures::order(1);
    let world = World::new();
    let handler = make(&world);
    let records = walk(&order, &PICKUP);
    let first = run::run(&world, &handler, &records).await;
    // Each request gives the same event, also after the order has moved on.
    let again = run::run(&world, &handler, &records).await;
    assert_eq!(first, again);
    assert_eq!(distinct(&world.log.all()).len(), 4);
}

#[tokio::test]
async fn of_two_requests_in_one_batch_the_first_wins() {
    let order = fixtures::order(1);
    for size in [1, 1_000] {
        let world = World::new();
        let (one, two) = (asked(order.id, 1, Action::Accept), asked(order.id, 2, Action::Accept));
        let next = asked(order.id, 3, Action::Start);
        let records = [placed(&order), confirmed(&order), one.clone(), two, one, next];
        let outcomes = run::run_in_batches(&world, &make(&world), &records, size).await;
        assert_eq!(steps(&outcomes[2]), [Status::Accepted], "{size}");
        assert_eq!(steps(&outcomes[3]), [], "{size}");
        assert_eq!(outcomes[4], outcomes[2], "{size}");
        assert_eq!(steps(&outcomes[5]), [Status::Preparing], "sees the step before it");
        assert_eq!(world.state().decisions, 3);
    }
}

#[tokio::test]
async fn poison_is_dead_and_its_neighbours_are_in_the_book() {
    let world = World::new();
    let (one, two) = (fixtures::order(1), fixtures::order(2));
    let mut records = vec![placed(&one)];
    for topic in OrdersHandler::<Tables>::TOPICS {
        records.extend(poison(*topic, &placed(&one)));
    }
    records.extend([confirmed(&one), asked(one.id, 1, Action::Accept), placed(&two)]);
    let outcomes = run::run(&world, &make(&world), &records).await;
    let last = records.len();
    assert_only_poison_is_dead(&outcomes, &[0, last - 3, last - 2, last - 1]);
    assert_eq!(steps(&outcomes[last - 2]), [Status::Accepted], "in their order");
    assert_eq!(outcomes.iter().filter(|outcome| is_done(outcome)).count(), 4);
    assert_eq!(world.state().book.len(), 2);
}
