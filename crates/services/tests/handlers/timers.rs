//! Orders that nobody answers, with a clock that a test turns.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::status::Status;
use domain::{fixtures, kitchen::Action, kitchen::Requester, order::Order, ports::CatchUp};
use events::{Record, Topic, order_requests};
use services::orders::{TIMERS_AFTER, Timers};
use tokio::time::sleep;

use super::{
    common::{Fault, How, Log, Tables, When, World, clock::Virtual, run, state::distinct},
    inputs::{asked, changed, confirmed, placed, time},
    orders::make,
};

/// The log, caught up with or not.
#[derive(Clone, Default)]
struct Caught(Arc<AtomicBool>);

impl Caught {
    fn set(&self, caught_up: bool) {
        self.0.store(caught_up, Ordering::SeqCst);
    }
}

impl CatchUp for Caught {
    async fn has_caught_up(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Timers on a clock that shows `second` now. They run until the test ends.
fn timers(
    world: &World,
    log: &Caught,
    after: Duration,
    second: i64,
) -> Timers<Tables, Caught, Log> {
    Timers {
        book: world.tables.clone(),
        log: log.clone(),
        publisher: world.log.clone(),
        clock: Arc::new(Virtual::beginning_at(time(second))),
        after,
    }
}

fn start(timers: Timers<Tables, Caught, Log>) {
    tokio::spawn(async move { timers.run().await });
}

async fn book(world: &World, records: &[Record]) {
    run::run(world, &make(world), records).await;
}

fn requests(world: &World) -> Vec<Record> {
    world.log.read(&[Topic::OrderRequests])
}

/// Answers within so many seconds; paid at second 10, as all of them.
fn patient(n: u128, seconds: u32) -> Order {
    changed(n, |order| order.seller.accept_within_s = seconds)
}

async fn seconds(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn nobody_is_timed_out_before_the_book_is_complete() {
    let (world, log, order) = (World::new(), Caught::default(), patient(1, 60));
    book(&world, &[placed(&order), confirmed(&order)]).await;
    // The order has been over time for long: the platform was away.
    start(timers(&world, &log, TIMERS_AFTER, 100_000));
    seconds(300).await;
    assert!(requests(&world).is_empty(), "the answer may be among what was not read");
    log.set(true);
    seconds(3).await;
    let request = order_requests::read(&requests(&world)[0]).unwrap().unwrap();
    assert_eq!((request.action, request.by), (Action::Cancel, Requester::Timer));
    assert_eq!((request.order_id, request.at), (order.id, time(70)), "when its time was over");
}

#[tokio::test(start_paused = true)]
async fn kitchens_have_to_come_back_first_whatever_comes_meanwhile() {
    let (world, log, order) = (World::new(), Caught::default(), patient(1, 60));
    book(&world, &[placed(&order), confirmed(&order)]).await;
    log.set(true);
    start(timers(&world, &log, TIMERS_AFTER, 100_000));
    // The log is looked at from the start: where it ends after a minute, more has come.
    seconds(1).await;
    log.set(false);
    seconds(58).await;
    assert!(requests(&world).is_empty());
    seconds(3).await;
    assert_eq!(distinct(&requests(&world)).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn each_order_has_the_time_of_its_restaurant() {
    let (world, caught_up) = (World::new(), Caught::default());
    caught_up.set(true);
    let (short, long, answered) = (patient(1, 60), patient(2, 120), patient(3, 60));
    let (auto, unpaid) = (fixtures::auto_accepted(4), patient(5, 60));
    let all = [&short, &long, &answered, &auto];
    let mut records: Vec<_> = all.into_iter().flat_map(|o| [placed(o), confirmed(o)]).collect();
    records.extend([asked(answered.id, 1, Action::Accept), placed(&unpaid)]);
    book(&world, &records).await;
    // At second 10; the first one has until 70, the second until 130.
    start(timers(&world, &caught_up, Duration::ZERO, 10));
    let asked = || {
        let of = |record: &Record| order_requests::read(record).unwrap().unwrap().order_id;
        distinct(&requests(&world)).values().map(of).collect::<Vec<_>>()
    };
    seconds(59).await;
    assert_eq!(asked(), []);
    seconds(4).await;
    assert_eq!(asked(), [short.id]);
    seconds(54).await;
    assert_eq!(asked(), [short.id], "it is asked again and again, and nobody else yet");
    seconds(10_000).await;
    let mut both = asked();
    both.sort_unstable();
    assert_eq!(both, [short.id, long.id]);
}

#[tokio::test(start_paused = true)]
async fn many_instances_and_repetitions_are_one_request() {
    let (world, log, order) = (World::new(), Caught::default(), patient(1, 60));
    book(&world, &[placed(&order), confirmed(&order)]).await;
    log.set(true);
    // Three instances whose clocks differ, and nobody who decides for a while.
    for (n, clock) in [(0, 1_000), (1, 1_007), (2, 1_014)] {
        start(timers(&world, &log, Duration::from_secs(n), clock));
    }
    seconds(30).await;
    let asked = requests(&world);
    assert!(asked.len() > 30, "{}", asked.len());
    assert_eq!(distinct(&asked).len(), 1, "the same bytes, whoever asks and when");
    book(&world, &asked).await;
    let state = world.state();
    assert_eq!((state.book[&order.id].0, state.decisions), (Status::Cancelled, 1));
    assert_eq!(distinct(&world.log.read(&[Topic::OrderProgress])).len(), 1);
    let before = requests(&world).len();
    seconds(30).await;
    assert_eq!(requests(&world).len(), before, "what is decided is asked no more");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_stands_before_it_in_the_log_wins() {
    let (world, log, order) = (World::new(), Caught::default(), patient(1, 60));
    book(&world, &[placed(&order), confirmed(&order)]).await;
    log.set(true);
    start(timers(&world, &log, Duration::ZERO, 1_000));
    seconds(1).await;
    let late = requests(&world);
    book(&world, &[vec![asked(order.id, 1, Action::Accept)], late].concat()).await;
    assert_eq!(world.state().book[&order.id].0, Status::Accepted);
    let events = distinct(&world.log.read(&[Topic::OrderProgress]));
    assert_eq!(events.len(), 1, "accepted, and nothing else");
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_away_is_asked_again() {
    let (world, log, order) = (World::new(), Caught::default(), patient(1, 60));
    book(&world, &[placed(&order), confirmed(&order)]).await;
    log.set(true);
    world.faults.plan(Fault { at: 0, when: When::Before, how: How::Process });
    start(timers(&world, &log, Duration::ZERO, 1_000));
    seconds(30).await;
    assert!(requests(&world).is_empty());
    world.faults.restart();
    seconds(3).await;
    assert!(!requests(&world).is_empty());
}
