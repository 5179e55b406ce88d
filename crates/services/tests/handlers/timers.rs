//! Timeouts of unanswered orders, with the runtime's paused clock.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::{
    fixtures,
    kitchen::{Action, Requester},
    order::Order,
    ports::CatchUp,
    status::Status,
};
use events::{Record, Topic, order_requests};
use services::orders::{TIMERS_AFTER, Timers};
use tokio::time::sleep;

use super::{
    common::{Fault, How, Log, Tables, When, World, clock::Virtual, run, state::distinct},
    inputs::{asked, changed, confirmed, placed, time},
    orders::make,
};

/// Whether the group has caught up with the log.
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

/// An order of a restaurant that accepts within `seconds`; confirmed at second 10.
fn accepted_within(n: u128, seconds: u32) -> Order {
    changed(n, |order| order.seller.accept_within_s = seconds)
}

async fn seconds(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn no_order_times_out_before_the_book_is_complete() {
    let (world, log, order) = (World::new(), Caught::default(), accepted_within(1, 60));
    book(&world, &[placed(&order), confirmed(&order)]).await;
    // The order is long overdue: the platform was down.
    start(timers(&world, &log, TIMERS_AFTER, 100_000));
    seconds(300).await;
    assert!(requests(&world).is_empty(), "the answer may be in an unread record");
    log.set(true);
    seconds(3).await;
    let request = order_requests::decode_request(&requests(&world)[0]).unwrap().unwrap();
    assert_eq!((request.action, request.by), (Action::Cancel, Requester::Timer));
    assert_eq!((request.order_id, request.at), (order.id, time(70)), "its deadline");
}

#[tokio::test(start_paused = true)]
async fn orders_time_out_only_after_the_delay_for_kitchens() {
    let (world, log, order) = (World::new(), Caught::default(), accepted_within(1, 60));
    book(&world, &[placed(&order), confirmed(&order)]).await;
    log.set(true);
    start(timers(&world, &log, TIMERS_AFTER, 100_000));
    // The end of the log is taken at the start: after a minute, it has grown.
    seconds(1).await;
    log.set(false);
    seconds(58).await;
    assert!(requests(&world).is_empty());
    seconds(3).await;
    assert_eq!(distinct(&requests(&world)).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn each_order_has_the_deadline_of_its_restaurant() {
    let (world, caught_up) = (World::new(), Caught::default());
    caught_up.set(true);
    let (short, long, answered) =
        (accepted_within(1, 60), accepted_within(2, 120), accepted_within(3, 60));
    let (auto, unpaid) = (fixtures::auto_accepted(4), accepted_within(5, 60));
    let all = [&short, &long, &answered, &auto];
    let mut records: Vec<_> = all.into_iter().flat_map(|o| [placed(o), confirmed(o)]).collect();
    records.extend([asked(answered.id, 1, Action::Accept), placed(&unpaid)]);
    book(&world, &records).await;
    // At second 10; the deadlines are 70 and 130.
    start(timers(&world, &caught_up, Duration::ZERO, 10));
    let asked = || {
        let of =
            |record: &Record| order_requests::decode_request(record).unwrap().unwrap().order_id;
        distinct(&requests(&world)).values().map(of).collect::<Vec<_>>()
    };
    seconds(59).await;
    assert_eq!(asked(), []);
    seconds(4).await;
    assert_eq!(asked(), [short.id]);
    seconds(54).await;
    assert_eq!(asked(), [short.id], "repeatedly, and no other order yet");
    seconds(10_000).await;
    let mut both = asked();
    both.sort_unstable();
    assert_eq!(both, [short.id, long.id]);
}

#[tokio::test(start_paused = true)]
async fn many_instances_and_repetitions_are_one_request() {
    let (world, log, order) = (World::new(), Caught::default(), accepted_within(1, 60));
    book(&world, &[placed(&order), confirmed(&order)]).await;
    log.set(true);
    // Three instances with different clocks, and no decision for a while.
    for (n, clock) in [(0, 1_000), (1, 1_007), (2, 1_014)] {
        start(timers(&world, &log, Duration::from_secs(n), clock));
    }
    seconds(30).await;
    let asked = requests(&world);
    assert!(asked.len() > 30, "{}", asked.len());
    assert_eq!(distinct(&asked).len(), 1, "the same bytes from every instance at any time");
    book(&world, &asked).await;
    let state = world.state();
    assert_eq!((state.book[&order.id].0, state.decisions), (Status::Cancelled, 1));
    assert_eq!(distinct(&world.log.read(&[Topic::OrderProgress])).len(), 1);
    let before = requests(&world).len();
    seconds(30).await;
    assert_eq!(requests(&world).len(), before, "a decided order is not requested again");
}

#[tokio::test(start_paused = true)]
async fn an_earlier_answer_in_the_log_wins() {
    let (world, log, order) = (World::new(), Caught::default(), accepted_within(1, 60));
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
async fn an_unavailable_log_is_retried() {
    let (world, log, order) = (World::new(), Caught::default(), accepted_within(1, 60));
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
