//! Orders that are called off: the reason is kept with the answer, one of two wishes wins, and
//! those that nobody answered are found.

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

async fn the_reason_is_told_again_word_by_word(place: TestDatabase) {
    let (book, order) = (SqlOrders::new(place.database.clone()), fixtures::rich_order());
    book.record(vec![entry(&order, Status::Confirmed, 10)]).await.unwrap();
    let said = "\"Ofen\" \\ 'kaputt' 🙏 {rows} $1 %";
    let ask = reject(&order, 1, said);
    let first = book.decide(vec![ask.clone()]).await.unwrap();
    let made = first[0].0.change.clone().unwrap();
    assert_eq!((made.status, made.reason.as_deref()), (Status::Cancelled, Some(said)));
    let view = book.read_order(order.id).await.unwrap().unwrap();
    assert_eq!(view.standing.reason.as_deref(), Some(said));
    // By another process, long after.
    let again = SqlOrders::new(place.again().await);
    assert_eq!(again.decide(vec![ask.clone()]).await.unwrap(), first);
    assert_eq!(again.decision(ask.id).await.unwrap().as_ref(), Some(&first[0].0));
    // A second wish is too late, and its answer says so for ever.
    let late = book.decide(vec![cancel(&order, 2)]).await.unwrap();
    assert_eq!((late[0].0.status, &late[0].0.change), (Some(Status::Cancelled), &None));
    assert_eq!(again.decide(vec![cancel(&order, 2)]).await.unwrap(), late);
}

/// The order may come later, and so may its request: nothing is decided until then.
async fn an_order_that_is_not_known_is_not_decided(place: TestDatabase) {
    let (book, order) = (SqlOrders::new(place.database.clone()), order(1));
    let ask = cancel(&order, 1);
    let early = book.decide(vec![ask.clone()]).await.unwrap();
    assert!(!early[0].0.is_made());
    assert_eq!(book.decision(ask.id).await.unwrap(), None);
    book.record(vec![entry(&order, Status::Placed, 10)]).await.unwrap();
    let made = book.decide(vec![ask]).await.unwrap();
    assert_eq!(made[0].0.change.as_ref().unwrap().status, Status::Cancelled);
}

async fn an_id_stands_for_one_order(place: TestDatabase) {
    let (book, one, two) = (SqlOrders::new(place.database.clone()), order(1), order(2));
    let paid = [&one, &two].map(|order| entry(order, Status::Confirmed, 10));
    book.record(paid.to_vec()).await.unwrap();
    book.decide(vec![cancel(&one, 1)]).await.unwrap();
    let mixed = book.decide(vec![cancel(&two, 1)]).await.unwrap();
    assert_eq!((mixed[0].0.order_id, &mixed[0].0.change), (two.id, &None));
    let view = book.read_order(two.id).await.unwrap().unwrap();
    assert_eq!(view.standing.status, Status::Confirmed);
}

/// Asks for one step of each order after the other, and answers what was decided.
async fn ask_all(book: SqlOrders, asked: Vec<Request>) -> Vec<Decision> {
    let mut decisions = Vec::new();
    for request in asked {
        decisions.push(book.decide(vec![request]).await.unwrap().remove(0).0);
    }
    decisions
}

/// Two instances, two connections: the cook accepts while the customer cancels. One of them makes
/// the step, the other one learns where the order stands, and asked again both hear the same.
async fn of_accepting_and_cancelling_at_once_one_wins(place: TestDatabase) {
    let books = [SqlOrders::new(place.database.clone()), SqlOrders::new(place.again().await)];
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
    // Asked again, of the other instance each.
    let again = asking.map(|(n, asked)| ask_all(books[1 - n].clone(), asked.clone()));
    assert_eq!(join_all(again).await, decided);
}

/// Each with the time of its restaurant; paid at second 10.
fn within(n: u128, seconds: u32) -> Order {
    let mut parts = fixtures::order_parts(n);
    parts.seller.accept_within_s = seconds;
    Order::try_from(parts).unwrap()
}

async fn unanswered(book: &SqlOrders, second: i64, limit: u32) -> Vec<(OrderId, i64)> {
    let found = book.unanswered(time(second), limit).await.unwrap();
    found.into_iter().map(|(id, over)| (id, over.as_second())).collect()
}

async fn orders_are_found_when_their_time_is_over(place: TestDatabase) {
    let book = SqlOrders::new(place.database.clone());
    let (quick, slow, gone) = (within(1, 60), within(2, 120), within(3, 60));
    let auto = fixtures::auto_accepted(4);
    let unpaid = within(5, 60);
    let mut entries: Vec<_> =
        [&quick, &slow, &gone, &auto].map(|o| entry(o, Status::Confirmed, 10)).into();
    entries.push(entry(&unpaid, Status::Placed, 1));
    // Only its status is known yet: the terms come with the order.
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
    // A later record of the same id is no order, and changes no terms.
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

/// Orders that an earlier version wrote have their terms in their details alone.
async fn orders_of_an_earlier_version_are_found_as_well(place: TestDatabase) {
    let book = SqlOrders::new(place.database.clone());
    let (paid, unpaid, auto) = (within(1, 60), within(2, 60), fixtures::auto_accepted(3));
    let mut entries = vec![entry(&unpaid, Status::Placed, 1)];
    entries.extend([&paid, &auto].map(|order| entry(order, Status::Confirmed, 10)));
    book.record(entries).await.unwrap();
    place.database.close().await;
    let version = if place.address.starts_with("sqlite:") { 6 } else { 4 };
    let back = format!(
        "DROP INDEX orders_unanswered; ALTER TABLE orders DROP COLUMN accept_within_s; \
         ALTER TABLE decisions DROP COLUMN reason; \
         DELETE FROM _sqlx_migrations WHERE version = {version}"
    );
    place.tamper(&back).await;
    let book = SqlOrders::new(place.again().await);
    assert_eq!(unanswered(&book, 1_000_000, 9).await, [(paid.id, 70)]);
    book.record(vec![entry(&unpaid, Status::Confirmed, 20)]).await.unwrap();
    let both = [(paid.id, 70), (unpaid.id, 80)];
    assert_eq!(unanswered(&book, 1_000_000, 9).await, both);
}

on_both!(
    orders_of_an_earlier_version_are_found_as_well,
    an_id_stands_for_one_order,
    an_order_that_is_not_known_is_not_decided,
    of_accepting_and_cancelling_at_once_one_wins,
    orders_are_found_when_their_time_is_over,
    the_reason_is_told_again_word_by_word,
);
