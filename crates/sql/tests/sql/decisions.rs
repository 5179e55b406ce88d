//! Decisions: compare and set; the first decision stays.

use domain::{
    fixtures,
    kitchen::Action,
    ports::{BookEntry, OrderBook},
    status::Status,
};
use sql::SqlOrders;

use super::common::{TestDatabase, change, entry, order, request, time};

async fn a_request_is_decided_once(test_db: TestDatabase) {
    let (book, order) = (SqlOrders::new(test_db.database.clone()), fixtures::rich_order());
    book.record(vec![entry(&order, Status::Confirmed, 10)]).await.unwrap();
    let early = request(&order, 1, Action::Start);
    let accept = request(&order, 2, Action::Accept);
    assert_eq!(book.decision(accept.id).await.unwrap(), None);
    let first = book.decide(vec![early.clone(), accept.clone()]).await.unwrap();
    assert_eq!((first[0].0.change.clone(), first[0].0.status), (None, Some(Status::Confirmed)));
    let step = first[1].0.change.clone().unwrap();
    assert_eq!((step.status, step.at), (Status::Accepted, time(100)));
    assert_eq!(step.ready_by, Some(time(1_300)));
    assert_eq!(first[1].1, Some(order.clone()));
    let view = book.read_order(order.id).await.unwrap().unwrap();
    assert_eq!((view.standing.status, view.standing.ready_by), (Status::Accepted, step.ready_by));

    // The order moves on; each request keeps its decision, including the refused one.
    let start = request(&order, 3, Action::Start);
    book.decide(vec![start.clone()]).await.unwrap();
    let again = book.decide(vec![accept.clone(), early.clone()]).await.unwrap();
    assert_eq!(again, [first[1].clone(), first[0].clone()]);
    assert_eq!(book.decision(accept.id).await.unwrap().as_ref(), Some(&first[1].0));
    assert_eq!(book.decision(early.id).await.unwrap().as_ref(), Some(&first[0].0));
    let view = book.read_order(order.id).await.unwrap().unwrap();
    assert_eq!(view.standing.status, Status::Preparing);
    let reached: Vec<_> = view.history.iter().map(|(status, _)| *status).collect();
    assert_eq!(reached, [Status::Confirmed, Status::Accepted, Status::Preparing]);
}

async fn requests_of_one_batch_see_the_steps_before_them(test_db: TestDatabase) {
    let (book, order) = (SqlOrders::new(test_db.database.clone()), order(1));
    book.record(vec![entry(&order, Status::Confirmed, 10)]).await.unwrap();
    let ask = |n, action| request(&order, n, action);
    let (one, two) = (ask(1, Action::Accept), ask(2, Action::Accept));
    let batch = vec![one.clone(), two, one, ask(3, Action::Start), ask(4, Action::Ready)];
    let answers = book.decide(batch).await.unwrap();
    let reached: Vec<_> =
        answers.iter().map(|(d, _)| d.change.as_ref().map(|c| c.status)).collect();
    let (accepted, preparing) = (Some(Status::Accepted), Some(Status::Preparing));
    assert_eq!(reached, [accepted, None, accepted, preparing, Some(Status::Ready)]);
    assert_eq!(answers[0], answers[2]);
    assert_eq!(book.read_order(order.id).await.unwrap().unwrap().history.len(), 4);
}

async fn an_order_without_details_cannot_be_moved(test_db: TestDatabase) {
    let (book, order) = (SqlOrders::new(test_db.database.clone()), order(1));
    let unknown = book.decide(vec![request(&order, 1, Action::Accept)]).await.unwrap();
    assert_eq!((unknown[0].0.status, unknown[0].1.clone()), (None, None));
    let step =
        BookEntry { change: change(&order, Status::Confirmed, 1), order: None, request: None };
    book.record(vec![step]).await.unwrap();
    let answer = book.decide(vec![request(&order, 2, Action::Accept)]).await.unwrap();
    assert_eq!(answer[0].0.change, None);
    assert_eq!(book.decide(vec![]).await.unwrap(), []);
}

/// Two instances, a hundred orders, two cooks each: exactly one of two accepts makes the step.
async fn one_of_two_instances_decides(test_db: TestDatabase) {
    let books = [SqlOrders::new(test_db.database.clone()), SqlOrders::new(test_db.again().await)];
    let orders: Vec<_> = (1..=100).map(order).collect();
    let entries = orders.iter().map(|order| entry(order, Status::Confirmed, 1)).collect();
    books[0].record(entries).await.unwrap();
    let mut deciding = Vec::new();
    for (cook, book) in (0_u128..).zip(books) {
        let orders = orders.clone();
        deciding.push(tokio::spawn(async move {
            let mut steps = 0;
            for (n, order) in (1_u128..).zip(&orders) {
                let ask = request(order, 2 * n + cook, Action::Accept);
                let answers = book.decide(vec![ask]).await.unwrap();
                steps += usize::from(answers[0].0.change.is_some());
            }
            steps
        }));
    }
    let mut steps = 0;
    for cook in deciding {
        steps += cook.await.unwrap();
    }
    assert_eq!(steps, 100);
}

on_both!(
    a_request_is_decided_once,
    requests_of_one_batch_see_the_steps_before_them,
    an_order_without_details_cannot_be_moved,
    one_of_two_instances_decides
);
