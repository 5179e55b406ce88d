//! Topics have no order among each other: any interleaving must give the same book.

use std::collections::BTreeMap;

use domain::{
    fixtures,
    ids::OrderId,
    kitchen::{Action, Requester},
};
use events::{Record, Topic};
use proptest::prelude::*;

use super::{
    common::{World, run, tables::BookRow},
    inputs::{asked, called_off, confirmed, declined, placed},
    orders::make,
};

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// The records of all order topics after a busy hour, by topic.
fn an_hour() -> Vec<Vec<Record>> {
    let (pickup, delivery) = (fixtures::order(1), fixtures::delivery(2));
    let (auto, broke) = (fixtures::auto_accepted(3), fixtures::order(4));
    let (cancelled, rejected) = (fixtures::order(5), fixtures::delivery(6));
    let orders = [&pickup, &delivery, &auto, &broke, &cancelled, &rejected];
    let world = World::new();
    let asked = [
        asked(pickup.id, 1, Action::Accept),
        asked(delivery.id, 2, Action::Accept),
        asked(pickup.id, 3, Action::Start),
        asked(auto.id, 4, Action::Start),
        asked(pickup.id, 5, Action::Ready),
        asked(pickup.id, 6, Action::Complete),
        called_off(cancelled.id, 7, Requester::Customer),
        asked(cancelled.id, 8, Action::Accept),
        asked(rejected.id, 9, Action::Accept),
        called_off(rejected.id, 10, Requester::Kitchen),
    ];
    let details: Vec<_> = orders.iter().map(|order| placed(order)).collect();
    let outcomes = [&pickup, &delivery, &auto, &cancelled, &rejected].map(confirmed);
    let records =
        [details.clone(), outcomes.to_vec(), vec![declined(&broke)], asked.to_vec()].concat();
    wait(run::run(&world, &make(&world), &records));
    let progress = world.log.read(&[Topic::OrderProgress]);
    assert_eq!(progress.len(), 10);
    vec![details, outcomes.to_vec(), vec![declined(&broke)], progress]
}

/// Merges topics: `choices` selects the topic of the next record.
fn interleave(topics: &[Vec<Record>], choices: &[usize]) -> Vec<Record> {
    let mut queues: Vec<_> = topics.iter().map(|topic| topic.iter().cloned()).collect();
    let chosen = choices.iter().filter_map(|n| queues[n % topics.len()].next()).collect::<Vec<_>>();
    chosen.into_iter().chain(queues.into_iter().flatten()).collect()
}

fn book(records: &[Record], batch: usize) -> BTreeMap<OrderId, BookRow> {
    let world = World::new();
    wait(run::run_in_batches(&world, &make(&world), records, batch));
    world.tables.rows.lock().unwrap().book.clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_interleaving_of_topics_gives_the_same_book(
        choices in prop::collection::vec(0_usize..4, 0..20),
        again in prop::collection::vec(0_usize..4, 0..20),
        batch in 1_usize..20,
    ) {
        let topics = an_hour();
        let expected = book(&topics.concat(), 1_000);
        let twice = [interleave(&topics, &choices), interleave(&topics, &again)].concat();
        prop_assert_eq!(&book(&twice, batch), &expected);
        prop_assert_eq!(expected.len(), 6);
    }
}
