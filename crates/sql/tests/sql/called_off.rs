//! Cancellations: the reason is stored with the decision, one of two concurrent requests wins, and
//! orders with an expired time limit are found.

use domain::{
    fixtures,
    ids::OrderId,
    kitchen::{Action, Decision, Request, Requester},
    order::Order,
    ports::{BookEntry, OrderBook},
    status::Status,
};
use futures::future::join_all;
use sql::SqlOrders;

use super::common::{TestDatabase, change, entry, order, request, time};

fn cancel(order: &Order, n: u128) -> Request {
    Request { by: Requester::Customer, ..request(order, n, Action::Cancel) }
}

fn reject(order: &Order, n: u128, reason: &str) -> Request {
    Request { reason: Some(reason.parse().unwrap()), ..request(order, n, Action::Reject) }
}

async fn the_reason_is_stored_verbatim(test_db: TestDatabase) {
    let (book, order) = (SqlOrders::new(test_db.database.clone()), fixtures::rich_order());
    book.record(vec![entry(&order, Status::Confirmed, 10)]).await.unwrap();
    let said = "\"Ofen\" \\ 'kaputt' 🙏 {rows} $1 %";
    let ask = reject(&order, 1, said);
    let first = book.decide(vec![ask.clone()]).await.unwrap();
    let made = first[0].0.change.clone().unwrap();
    assert_eq!((made.status, made.reason.as_deref()), (Status::Cancelled, Some(said)));
    let view = book.read_order(order.id).await.unwrap().unwrap();
    assert_eq!(view.standing.reason.as_deref(), Some(said));
    // By another process, later.
    let again = SqlOrders::new(test_db.again().await);
    assert_eq!(again.decide(vec![ask.clone()]).await.unwrap(), first);
    assert_eq!(again.decision(ask.id).await.unwrap().as_ref(), Some(&first[0].0));
    // A second request is too late, and so is its repetition.
    let late = book.decide(vec![cancel(&order, 2)]).await.unwrap();
    assert_eq!((late[0].0.status, &late[0].0.change), (Some(Status::Cancelled), &None));
    assert_eq!(again.decide(vec![cancel(&order, 2)]).await.unwrap(), late);
}

/// An order may arrive after its request, which is not decided until then.
async fn a_request_about_an_unknown_order_is_not_decided(test_db: TestDatabase) {
    let (book, order) = (SqlOrders::new(test_db.database.clone()), order(1));
    let ask = cancel(&order, 1);
    let early = book.decide(vec![ask.clone()]).await.unwrap();
    assert!(!early[0].0.is_made());
    assert_eq!(book.decision(ask.id).await.unwrap(), None);
    book.record(vec![entry(&order, Status::Placed, 10)]).await.unwrap();
    let made = book.decide(vec![ask]).await.unwrap();
    assert_eq!(made[0].0.change.as_ref().unwrap().status, Status::Cancelled);
}

async fn a_request_id_has_one_order(test_db: TestDatabase) {
    let (book, one, two) = (SqlOrders::new(test_db.database.clone()), order(1), order(2));
    let paid = [&one, &two].map(|order| entry(order, Status::Confirmed, 10));
    book.record(paid.to_vec()).await.unwrap();
    book.decide(vec![cancel(&one, 1)]).await.unwrap();
    let mixed = book.decide(vec![cancel(&two, 1)]).await.unwrap();
    assert_eq!((mixed[0].0.order_id, &mixed[0].0.change), (two.id, &None));
    let view = book.read_order(two.id).await.unwrap().unwrap();
    assert_eq!(view.standing.status, Status::Confirmed);
}

/// Makes one request after the other, and returns the decisions.
async fn ask_all(book: SqlOrders, asked: Vec<Request>) -> Vec<Decision> {
    let mut decisions = Vec::new();
    for request in asked {
        decisions.push(book.decide(vec![request]).await.unwrap().remove(0).0);
    }
    decisions
}

/// Two instances with a connection each: the cook accepts while the customer cancels. One request
/// makes the step, the other one gets the current status, and repetitions get the same decisions.
async fn one_of_a_concurrent_accept_and_cancel_wins(test_db: TestDatabase) {
    let books = [SqlOrders::new(test_db.database.clone()), SqlOrders::new(test_db.again().await)];
    let orders: Vec<_> = (1..=100).map(order).collect();
    let paid = orders.iter().map(|order| entry(order, Status::Confirmed, 1)).collect();
    books[0].record(paid).await.unwrap();
    let accept = (1_u128..).zip(&orders).map(|(n, o)| request(o, n, Action::Accept));
    let off = (1_001_u128..).zip(&orders).map(|(n, o)| cancel(o, n));
    let (accept, off): (Vec<_>, Vec<_>) = (accept.collect(), off.collect());
    let asking = [(0, &accept), (1, &off)];
    let deciding = asking.map(|(n, asked)| tokio::spawn(ask_all(books[n].clone(), asked.clone())));
    let decided: Vec<_> = join_all(deciding).await.into_iter().map(Result::unwrap).collect();
    for (n, order) in orders.iter().enumerate() {
        let (accepted, cancelled) = (&decided[0][n], &decided[1][n]);
        let view = books[0].read_order(order.id).await.unwrap().unwrap();
        let stands = view.standing.status;
        let winner = if accepted.change.is_some() { accepted } else { cancelled };
        let loser = if accepted.change.is_some() { cancelled } else { accepted };
        assert_eq!((winner.status, loser.status), (Some(stands), Some(stands)));
        assert!(winner.change.is_some() && loser.change.is_none(), "{accepted:?} {cancelled:?}");
        let reached: Vec<_> = view.history.iter().map(|(status, _)| *status).collect();
        assert_eq!(reached, [Status::Confirmed, stands]);
    }
    // Repeated at the other instance.
    let again = asking.map(|(n, asked)| ask_all(books[1 - n].clone(), asked.clone()));
    assert_eq!(join_all(again).await, decided);
}

/// An order with this time limit, paid at second 10.
fn within(n: u128, seconds: u32) -> Order {
    let mut parts = fixtures::order_parts(n);
    parts.seller.accept_within_s = seconds;
    Order::try_from(parts).unwrap()
}

async fn unanswered(book: &SqlOrders, second: i64, limit: u32) -> Vec<(OrderId, i64)> {
    let found = book.unanswered(time(second), limit).await.unwrap();
    found.into_iter().map(|(id, over)| (id, over.as_second())).collect()
}

async fn orders_with_an_expired_time_limit_are_found(test_db: TestDatabase) {
    let book = SqlOrders::new(test_db.database.clone());
    let (quick, slow, gone) = (within(1, 60), within(2, 120), within(3, 60));
    let auto = fixtures::auto_accepted(4);
    let unpaid = within(5, 60);
    let mut entries: Vec<_> =
        [&quick, &slow, &gone, &auto].map(|o| entry(o, Status::Confirmed, 10)).into();
    entries.push(entry(&unpaid, Status::Placed, 1));
    // Only its status is known yet: the terms arrive with the order.
    let bare = within(6, 30);
    entries.push(BookEntry {
        change: change(&bare, Status::Confirmed, 10),
        order: None,
        request: None,
    });
    book.record(entries).await.unwrap();
    book.decide(vec![request(&gone, 1, Action::Accept)]).await.unwrap();
    assert_eq!(unanswered(&book, 69, 9).await, []);
    assert_eq!(unanswered(&book, 70, 9).await, [(quick.id, 70)]);
    let both = [(quick.id, 70), (slow.id, 130)];
    assert_eq!(unanswered(&book, 1_000_000, 9).await, both);
    assert_eq!(unanswered(&book, 1_000_000, 1).await, both[..1]);
    book.record(vec![entry(&bare, Status::Placed, 1)]).await.unwrap();
    assert_eq!(unanswered(&book, 45, 9).await, [(bare.id, 40)]);
    // A later record with the same id is not an order and does not change the terms.
    let other_terms = entry(&within(1, 5), Status::Placed, 1);
    let auto_no_more = entry(&within(4, 5), Status::Confirmed, 9);
    book.record(vec![other_terms, auto_no_more]).await.unwrap();
    assert_eq!(unanswered(&book, 100, 9).await, [(bare.id, 40), (quick.id, 70)]);
    let time_out = Request { by: Requester::Timer, ..request(&quick, 2, Action::Cancel) };
    let ended = book.decide(vec![time_out]).await.unwrap();
    let reason = ended[0].0.change.clone().unwrap().reason;
    assert_eq!(reason.as_deref(), Requester::Timer.usual_reason());
    assert_eq!(unanswered(&book, 100, 9).await, [(bare.id, 40)]);
}

/// In orders written by an earlier version, the terms are in the details only.
async fn orders_of_an_earlier_version_are_found(test_db: TestDatabase) {
    let book = SqlOrders::new(test_db.database.clone());
    let (paid, unpaid, auto) = (within(1, 60), within(2, 60), fixtures::auto_accepted(3));
    let mut entries = vec![entry(&unpaid, Status::Placed, 1)];
    entries.extend([&paid, &auto].map(|order| entry(order, Status::Confirmed, 10)));
    book.record(entries).await.unwrap();
    test_db.database.close().await;
    let version = if test_db.address.starts_with("sqlite:") { 6 } else { 4 };
    let back = format!(
        "DROP INDEX orders_unanswered; ALTER TABLE orders DROP COLUMN accept_within_s; \
         ALTER TABLE decisions DROP COLUMN reason; \
         DELETE FROM _sqlx_migrations WHERE version = {version}"
    );
    test_db.tamper(&back).await;
    let book = SqlOrders::new(test_db.again().await);
    assert_eq!(unanswered(&book, 1_000_000, 9).await, [(paid.id, 70)]);
    book.record(vec![entry(&unpaid, Status::Confirmed, 20)]).await.unwrap();
    let both = [(paid.id, 70), (unpaid.id, 80)];
    assert_eq!(unanswered(&book, 1_000_000, 9).await, both);
}

on_both!(
    orders_of_an_earlier_version_are_found,
    a_request_id_has_one_order,
    a_request_about_an_unknown_order_is_not_decided,
    one_of_a_concurrent_accept_and_cancel_wins,
    orders_with_an_expired_time_limit_are_found,
    the_reason_is_stored_verbatim,
);
