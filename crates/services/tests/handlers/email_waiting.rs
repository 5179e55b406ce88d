//! Retries of mails, each on its own, whose news may be outdated by then.

use domain::{
    fixtures,
    order::Order,
    ports::{BookEntry, OrderBook},
    status::{Status, StatusChange},
};
use events::{Delay, Handler, Outcome, Record, retry::encode_retry};

use super::{
    common::{Fault, How, Mailer, Tables, When, World, run},
    email::{all_news, make},
    inputs::{confirmed, declined, progressed, refunded, time},
};
use services::email::EmailHandler;

type Mails = EmailHandler<Mailer, Tables, Tables>;

/// Puts the order into the book with a status.
async fn book(world: &World, order: &Order, status: Status) {
    let change = StatusChange {
        order_id: order.id,
        status,
        at: time(50),
        reason: None,
        ready_by: None,
        number: None,
    };
    let entry = BookEntry { change, order: Some(order.clone()), request: None };
    OrderBook::record(&world.tables, vec![entry]).await.unwrap();
}

/// The record as it is in the first retry topic.
fn parked(world: &World, record: &Record, attempts: u32) -> Record {
    let now = world.clock.now();
    let waits = encode_retry(Mails::GROUP, Delay::Seconds5, record, "451 busy", attempts, now);
    Record::delivered(&waits, record.topic, 0, 0)
}

async fn handle(email: &Mails, record: &Record) -> Outcome {
    email.handle(std::slice::from_ref(record)).await.unwrap().remove(0)
}

#[tokio::test]
async fn a_temporarily_refused_mail_is_retried_alone() {
    let world = World::new();
    world.mailer.busy(2);
    let email = make(&world);
    for (record, kind) in all_news() {
        let before = world.mailer.taken().len();
        let first = handle(&email, &record).await;
        assert_eq!(first, Outcome::Retry("451 4.7.1 greylisted".into()), "{kind}");
        assert_eq!(world.mailer.taken().len(), before, "nothing is recorded that was not sent");
        let outcomes = run::run(&world, &email, &[record]).await;
        assert_eq!(outcomes, [Outcome::Done(Vec::new())], "{kind}");
    }
    assert_eq!(world.mailer.taken().len(), all_news().len());
    assert_eq!(world.state().mails_recorded.len(), all_news().len());
}

#[tokio::test]
async fn an_unavailable_server_pauses_all_mails() {
    for (record, kind) in all_news() {
        let world = World::new();
        let email = make(&world);
        // What comes before the mail: the ledger, and for some the state of the order.
        let at = if matches!(kind, "confirmed" | "refunded") { 1 } else { 2 };
        world.faults.plan(Fault { at, when: When::Before, how: How::Call });
        let away = email.handle(std::slice::from_ref(&record)).await;
        assert_eq!(away.unwrap_err().part, "mailer.send", "{kind}: nothing is decided");
        assert_eq!(handle(&email, &record).await, Outcome::Done(Vec::new()), "{kind}");
        assert_eq!(world.mailer.taken().len(), 1);
    }
}

#[tokio::test]
async fn retry_delays_grow() {
    let waits: Vec<_> = (1..5).filter_map(|n| Delay::after(Mails::RETRY, n)).collect();
    assert!(waits.is_sorted() && waits.len() == 4, "{waits:?}");
    assert!(waits[0] < waits[3]);
}

#[tokio::test]
async fn a_mail_refused_for_days_is_a_dead_letter_with_the_servers_response() {
    let world = World::new();
    world.mailer.busy(usize::MAX);
    let email = make(&world);
    // Older than five days by the test's clock, but with few attempts.
    let old = confirmed(&fixtures::order(1));
    let few = parked(&world, &old, 4);
    assert!(matches!(handle(&email, &few).await, Outcome::Retry(_)), "tried only four times");
    let many = parked(&world, &old, 5);
    let Outcome::Dead(reason) = handle(&email, &many).await else { panic!("it is tried for ever") };
    assert!(reason.starts_with("451 4.7.1 greylisted"), "{reason}");
    // Many attempts, but recent.
    let mut young = many.clone();
    young.headers.retain(|(name, _)| name != "ce_time");
    young.headers.push(("ce_time".into(), world.clock.now().to_string().into()));
    assert!(matches!(handle(&email, &young).await, Outcome::Retry(_)), "told a moment ago");
}

#[tokio::test]
async fn a_superseded_parked_mail_is_not_sent() {
    let (pickup, delivery) = (fixtures::order(1), fixtures::delivery(2));
    let overtaken = [
        (progressed(&pickup, Status::Ready), &pickup, Status::Completed),
        (progressed(&pickup, Status::Ready), &pickup, Status::Cancelled),
        (progressed(&delivery, Status::OutForDelivery), &delivery, Status::Completed),
        (declined(&pickup), &pickup, Status::Cancelled),
    ];
    for (record, order, now) in overtaken {
        let world = World::new();
        let email = make(&world);
        book(&world, order, now).await;
        let outcome = handle(&email, &parked(&world, &record, 1)).await;
        assert_eq!(outcome, Outcome::Done(Vec::new()), "{now}");
        assert_eq!(world.mailer.asked(), 0, "the order is {now}");
        assert!(world.state().mails_recorded.is_empty(), "it was not sent");
        assert_eq!(email.counters.superseded.get(), 1);
    }
}

#[tokio::test]
async fn a_parked_mail_that_is_still_true_is_sent() {
    let (pickup, delivery) = (fixtures::order(1), fixtures::delivery(2));
    let still_true = [
        (progressed(&pickup, Status::Ready), &pickup, Status::Ready),
        (progressed(&delivery, Status::OutForDelivery), &delivery, Status::OutForDelivery),
        (declined(&pickup), &pickup, Status::Declined),
    ];
    for (record, order, now) in still_true {
        let world = World::new();
        let email = make(&world);
        book(&world, order, now).await;
        handle(&email, &parked(&world, &record, 1)).await;
        assert_eq!(world.mailer.taken().len(), 1, "the order is {now}");
    }
}

#[tokio::test]
async fn receipts_refunds_and_cancellations_are_sent_in_every_later_status() {
    for now in Status::ALL {
        let world = World::new();
        let (email, order) = (make(&world), fixtures::delivery(2));
        book(&world, &order, *now).await;
        let cancelled = super::inputs::cancelled(&order, domain::kitchen::Requester::Kitchen, None);
        for record in [confirmed(&order), refunded(&order), cancelled] {
            handle(&email, &parked(&world, &record, 1)).await;
        }
        assert_eq!(world.mailer.taken().len(), 3, "the order is {now}");
        assert_eq!(email.counters.superseded.get(), 0);
    }
}

#[tokio::test]
async fn reading_all_topics_again_sends_nothing() {
    let world = World::new();
    let records: Vec<_> = all_news().into_iter().map(|(record, _)| record).collect();
    run::run(&world, &make(&world), &records).await;
    let asked = world.mailer.asked();
    assert_eq!(asked, records.len());
    // A new process that knows only the tables; and what lies in the topics of retries as well.
    let waiting: Vec<_> = records.iter().map(|record| parked(&world, record, 3)).collect();
    let again = [records, waiting].concat();
    let outcomes = run::run(&world, &make(&world), &again).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Done(Vec::new())));
    assert_eq!(world.mailer.asked(), asked);
}
