//! Every kind of difference is found, and nothing else is taken for one.

mod at_work;
mod held;
mod mails;
mod refunds;
mod scope;
mod stock;
mod world;

use domain::{fixtures, order::Order, payment::DeclineReason, status::Status};
use events::{Topic, order_confirmed, order_declined};
use sql::{FactRow, HistoryRow};
use stripe::Capture;

use self::world::{World, at, event, id, record};
use super::finding::Finding;

fn differences(world: World) -> Vec<Finding> {
    world.audit().1.differences
}

type Spoil = fn(&mut World);

/// Checks that each change leads to a finding about this subject with these words, and to none
/// about another order.
fn check(spoilt: &[(&str, &str, Spoil)]) {
    check_in(World::new, spoilt);
}

/// The same with another consistent world.
fn check_in(make: fn() -> World, spoilt: &[(&str, &str, Spoil)]) {
    for (subject, problem, spoil) in spoilt {
        let mut world = make();
        spoil(&mut world);
        let found = differences(world);
        let hit = |f: &Finding| f.subject.contains(subject) && f.problem.contains(problem);
        assert!(found.iter().any(hit), "{subject} {problem}: {found:#?}");
        let orders: Vec<_> = (1..9).map(id).collect();
        let innocent = |f: &Finding| orders.contains(&f.subject) && !f.subject.contains(subject);
        let named_order = orders.iter().any(|id| id.contains(subject));
        assert!(!(named_order && found.iter().any(innocent)), "{problem}: {found:#?}");
    }
}

#[test]
fn agreement_is_clean() {
    let (evidence, verdict) = World::new().audit();
    assert_eq!(verdict.differences, []);
    assert_eq!((verdict.open.len(), verdict.unsettled), (0, 0));
    assert_eq!((evidence.orders.len(), evidence.captures), (3, 2));
}

fn altered(n: u128) -> Order {
    let mut parts = fixtures::order_parts(n);
    parts.customer.name = "Eve".parse().unwrap();
    Order::try_from(parts).unwrap()
}

/// The first order ends with 1, and so on.
const ONE: &str = "000000000001";
const TWO: &str = "000000000002";
const THREE: &str = "000000000003";

fn without(world: &mut World, topic: Topic, n: u128) {
    world.records.retain(|r| r.topic != topic || r.key != id(n).as_bytes());
}

#[test]
fn differences_within_topics_are_found() {
    check(&[
        (THREE, "order_details has no such order", |w| without(w, Topic::OrderDetails, 3)),
        (THREE, "has no outcome", |w| without(w, Topic::OrderConfirmed, 3)),
        (TWO, "has no outcome", |w| without(w, Topic::OrderDeclined, 2)),
        (TWO, "both confirmed and declined", |w| {
            w.records.push(event(&fixtures::order(2), Status::Confirmed, 1));
        }),
        (THREE, "two different payments", |w| {
            let again = order_confirmed::encode_confirmed(
                &fixtures::order(3),
                None,
                order_confirmed::Verified::Captured(&domain::payment::IntentId("pi_9".into())),
                at(1),
            );
            w.records.push(record(Topic::OrderConfirmed, &again));
        }),
        (THREE, "two different numbers", |w| {
            let number = "7".parse().ok();
            let again = order_confirmed::encode_confirmed(
                &fixtures::order(3),
                number,
                order_confirmed::Verified::Captured(&domain::payment::IntentId("pi_3".into())),
                at(1),
            );
            w.records.push(record(Topic::OrderConfirmed, &again));
        }),
        (THREE, "has the number 1 of 1969-12-31, as 00000000-", |w| {
            without(w, Topic::OrderConfirmed, 3);
            let number = "1".parse().ok();
            let event = order_confirmed::encode_confirmed(
                &fixtures::order(3),
                number,
                order_confirmed::Verified::Captured(&domain::payment::IntentId("pi_3".into())),
                at(1),
            );
            w.records.push(record(Topic::OrderConfirmed, &event));
            w.payments[2].number = Some(1);
        }),
        (THREE, "two different times", |w| {
            w.records.push(event(&fixtures::order(3), Status::Confirmed, 9));
        }),
        (TWO, "two different reasons", |w| {
            let reason = DeclineReason::InsufficientFunds;
            let again = order_declined::encode_declined(&fixtures::order(2), reason, at(1));
            w.records.push(record(Topic::OrderDeclined, &again));
        }),
        (THREE, "another order in order_confirmed", |w| {
            w.records.push(event(&altered(3), Status::Confirmed, 1));
        }),
        (ONE, "never had a status that leads there", |w| {
            w.records.retain(|r| !r.json::<serde_json::Value>().unwrap()["status"].eq("ready"));
        }),
        (TWO, "but was prepared", |w| {
            w.records.push(event(&fixtures::order(2), Status::Accepted, 2));
        }),
        ("order_progress/0@11", "did not set it aside", |w| {
            let mut garbage = event(&fixtures::order(3), Status::Accepted, 2);
            garbage.payload = Some("{}".into());
            w.records.push(garbage);
        }),
    ]);
}

/// In another partition, the second record may be read before the first.
#[test]
fn a_second_record_of_an_id_is_no_difference() {
    for index in [0, usize::MAX] {
        let mut world = World::new();
        let index = index.min(world.records.len());
        let mut parts = (*altered(3)).clone();
        parts.placed_at = at(77);
        let second = Order::try_from(parts).unwrap();
        world.records.insert(index, event(&second, Status::Placed, 0));
        let (evidence, verdict) = world.audit();
        assert_eq!(verdict.differences, [], "{index}");
        assert_eq!(evidence.duplicates[Topic::OrderDetails.name()], 1);
    }
}

#[test]
fn differences_in_payments_are_found() {
    check(&[
        (THREE, "is not in the payments", |w| w.payments.retain(|r| r.order_id != id(3))),
        (THREE, "its payment is unknown", |w| w.payments[2].state = "unknown".into()),
        (TWO, "its payment is captured", |w| w.payments[1].state = "captured".into()),
        (THREE, "which is no state", |w| w.payments[2].state = "levitating".into()),
        (THREE, "has a payment of 1 EUR", |w| w.payments[2].amount_minor = 1),
        (THREE, "has a payment of 2200 USD", |w| w.payments[2].currency = "USD".into()),
        (THREE, "another record of the same id", |w| w.payments[2].placed_us = 5),
        (THREE, "another payment than its row", |w| w.payments[2].intent_id = None),
        (THREE, "another number than its payment", |w| w.payments[2].number = Some(4)),
        (TWO, "another reason", |w| w.payments[1].reason = None),
        (id9(), "is in the payments, but the order is in no topic", |w| {
            w.payments[2].order_id = id(9);
        }),
    ]);
}

/// An order that is in no topic.
fn id9() -> &'static str {
    "000000000009"
}

fn capture(n: u128, intent: &str, amount_minor: i64) -> Capture {
    let (intent_id, currency) = (intent.to_owned(), "EUR".to_owned());
    Capture { intent_id, order_id: Some(id(n)), amount_minor, held_minor: 0, currency }
}

#[test]
fn differences_at_the_gateway_are_found() {
    check(&[
        (THREE, "have its payment of €22.00 0 times", |w| drop(w.captures.pop())),
        (THREE, "captured €22.00 by pi_9", |w| w.captures.push(capture(3, "pi_9", 2_200))),
        (THREE, "captured €21.00 by pi_3", |w| w.captures[2].amount_minor = 2_100),
        (THREE, "captured $22.00 by pi_3", |w| w.captures[2].currency = "USD".into()),
        (TWO, "captured €22.00 by pi_2", |w| w.captures[1].amount_minor = 2_200),
        (id9(), "is in the gateway's books", |w| w.captures.push(capture(9, "pi_9", 2_200))),
        ("pi_9", "captured €22.00 for no order", |w| {
            w.captures.push(Capture { order_id: None, ..capture(3, "pi_9", 2_200) });
        }),
        (THREE, "refund 500", |w| w.refunds.push(("pi_3".into(), 500))),
        (THREE, "refund 0", |w| w.payments[2].state = "refunded".into()),
        ("pi_8", "never captured", |w| w.refunds.push(("pi_8".into(), 500))),
    ]);
}

#[test]
fn differences_in_order_book_and_history_are_found() {
    check(&[
        (THREE, "is not in the order book", |w| w.book.retain(|r| r.order_id != id(3))),
        (THREE, "is placed in the order book", |w| w.book[2].status = "placed".into()),
        (THREE, "is ready in the order book", |w| w.book[2].status = "ready".into()),
        (THREE, "which is none", |w| w.book[2].status = "eaten".into()),
        (THREE, "has no contents", |w| w.book[2].snapshot = None),
        (THREE, "another order in the order book", |w| w.book[2].snapshot = Some("{}".into())),
        (THREE, "another order in the order book", |w| w.book[2].restaurant_id = None),
        (THREE, "another order in the order book", |w| w.book[2].placed_at_us = Some(1)),
        (id9(), "is in the order book, but the order is in no topic", |w| {
            w.book[2].order_id = id(9);
        }),
        ("nonsense", "is in the order book", |w| w.book[2].order_id = "nonsense".into()),
        (ONE, "is ready, which is not in the history", |w| {
            w.history.retain(|r| r.status != "ready");
        }),
        (ONE, "is ready at another time in the history", |w| w.history[4].at_us += 1),
        (TWO, "is cancelled in the history, which is in no topic", |w| {
            let (status, rank) = ("cancelled".to_owned(), Status::Cancelled.rank());
            w.history.push(HistoryRow { order_id: id(2), rank, status, at_us: 1 });
        }),
        (ONE, "in the history, which is none", |w| w.history[4].rank = 0),
        (id9(), "is in the history", |w| w.history[4].order_id = id(9)),
    ]);
}

#[test]
fn differences_in_facts_and_figures_are_found() {
    check(&[
        (THREE, "is confirmed, which is not in the facts", |w| {
            w.facts.retain(|f| f.order_id != id(3) || f.kind != "confirmed");
        }),
        (TWO, "is confirmed in the facts, which is in no topic", |w| {
            let kind = "confirmed".to_owned();
            let fact = w.facts.iter().find(|f| f.order_id == id(2)).unwrap();
            w.facts.push(FactRow { kind, ..fact.clone() });
        }),
        (ONE, "another time in the facts", |w| w.facts[0].at_us += 1),
        (ONE, "another sale in the facts", |w| w.facts[0].total_minor += 1),
        (ONE, "another sale in the facts", |w| w.facts[0].currency = "USD".into()),
        (ONE, "another sale in the facts", |w| w.facts[0].restaurant_id = "elsewhere".into()),
        (ONE, "another sale in the facts", |w| w.facts[0].items = "[]".into()),
        (ONE, "another customer in the facts", |w| w.facts[1].customer = "else".into()),
        (ONE, "which is none", |w| w.facts[0].kind = "eaten".into()),
        (id9(), "is in the facts", |w| w.facts[0].order_id = id(9)),
        ("sales bella-napoli event 3600", "the figures are 9", |w| {
            *w.figure("sales bella-napoli event 3600 0 confirmed") = "9 9 9 9".into();
        }),
        ("sales", "the figures are nothing", |w| {
            w.figures.retain(|key, _| !key.starts_with("sales bella-napoli order"));
        }),
        ("lead_times", "are 7", |w| *w.figure("lead_times") = "7".into()),
        ("dishes", "the figures are 1", |w| *w.figure("dishes  confirmed") = "1 1 1 x".into()),
        ("dishes", "the facts add up to nothing", |w| {
            w.figures.insert("dishes nobody".into(), "1".into());
        }),
        ("customers", "are 3", |w| *w.figure("customers ") = "3".into()),
        ("customer_days", "are nothing", |w| {
            w.figures.retain(|key, _| !key.starts_with("customer_days"));
        }),
        ("visits", "are 5", |w| *w.figure("visits") = "5".into()),
        ("customer_totals", "are 3 1", |w| *w.figure("customer_totals") = "3 1".into()),
    ]);
}
