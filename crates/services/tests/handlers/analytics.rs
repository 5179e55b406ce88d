//! Analytics counts each step of each order once.

use domain::{facts::Scope, fixtures, ports::FactStore, status::Status};
use events::{Record, Topic};
use services::analytics::AnalyticsHandler;

use super::{
    common::{Tables, World, run, run::survives, secret},
    inputs::{
        assert_only_poison_is_dead, confirmed, declined, placed, poison, progressed, refunded,
    },
};

fn make(world: &World) -> AnalyticsHandler<Tables> {
    AnalyticsHandler { facts: world.tables.clone(), secret: secret() }
}

fn a_day() -> Vec<Record> {
    let (one, two, three) = (fixtures::order(1), fixtures::delivery(2), fixtures::order(3));
    vec![
        refunded(&two),
        placed(&one),
        placed(&two),
        placed(&three),
        confirmed(&one),
        confirmed(&two),
        declined(&three),
        progressed(&one, Status::Accepted),
        progressed(&one, Status::Preparing),
        progressed(&one, Status::Ready),
        progressed(&one, Status::Completed),
    ]
}

#[tokio::test]
async fn each_step_is_counted_once_whatever_fails() {
    let state = survives(&a_day(), make, |_, _| ()).await;
    assert_eq!(state.facts.len(), 11);
}

#[tokio::test]
async fn figures_are_those_of_the_orders_in_any_order_and_repetition() {
    let day = a_day();
    let backwards: Vec<_> = day.iter().rev().chain(&day).cloned().collect();
    for (records, size) in [(day, 1_000), (backwards.clone(), 3), (backwards, 1)] {
        let world = World::new();
        run::run_in_batches(&world, &make(&world), &records, size).await;
        let summary = world.tables.summary(&Scope::All, None, None).await.unwrap();
        assert_eq!(summary.orders[&Status::Placed], 3);
        assert_eq!(summary.orders[&Status::Confirmed], 2);
        assert_eq!(summary.orders[&Status::Declined], 1);
        assert_eq!(summary.orders[&Status::Completed], 1);
        assert_eq!(summary.revenue_minor.values().sum::<i64>(), 2200 + 2450);
        assert_eq!(summary.refunded_minor.values().sum::<i64>(), 2450);
        assert_eq!(summary.items_sold, 4);
    }
}

#[tokio::test]
async fn customers_are_distinguished_without_their_addresses() {
    let world = World::new();
    run::run(&world, &make(&world), &a_day()).await;
    let rows = world.tables.rows.lock().unwrap();
    let customers: std::collections::BTreeSet<_> =
        rows.facts.values().map(|fact| fact.sale.customer.clone()).collect();
    assert_eq!(customers.len(), 1, "all orders are Ada's");
    assert!(customers.iter().all(|customer| !customer.contains('@')));
}

#[tokio::test]
async fn poison_is_dead_and_its_neighbours_are_counted() {
    let world = World::new();
    let one = placed(&fixtures::order(1));
    let mut records = vec![one.clone()];
    for topic in Topic::ORDERS {
        records.extend(poison(*topic, &one));
    }
    // A key and payload of one topic are not valid in another: only the last record is good.
    records.push(confirmed(&fixtures::order(1)));
    let outcomes = run::run(&world, &make(&world), &records).await;
    assert_only_poison_is_dead(&outcomes, &[0, records.len() - 1]);
    assert_eq!(world.state().facts.len(), 2);
}
