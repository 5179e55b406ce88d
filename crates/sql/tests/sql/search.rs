//! The search for orders by id, number, name and address, always through an index.

use domain::{
    fixtures,
    number::OrderNumber,
    order::Order,
    ports::{BookEntry, OrderBook, OrderSearch, OrderSearchQuery, OrderText},
    status::{Status, StatusChange},
};
use sql::SqlOrders;

use super::common::{TestDatabase, time};

fn order(n: u128, name: &str, email: &str) -> Order {
    let mut parts = fixtures::order_parts(n);
    parts.placed_at = time(i64::try_from(n).unwrap());
    parts.customer.name = name.parse().unwrap();
    parts.customer.email = email.parse().unwrap();
    Order::try_from(parts).unwrap()
}

fn placed(order: &Order, status: Status) -> BookEntry {
    let (order_id, at) = (order.id, order.placed_at);
    let change = StatusChange { order_id, status, at, reason: None, ready_by: None, number: None };
    BookEntry { change, order: Some(order.clone()), request: None }
}

async fn filled(test_db: &TestDatabase) -> (SqlOrders, Vec<Order>) {
    let book = SqlOrders::new(test_db.database.clone());
    let orders = vec![
        order(1, "Ada Lovelace", "Ada@Example.com"),
        order(2, "Élodie", "elodie@example.org"),
        order(3, "Adam", "adam@example.com"),
        order(4, "Bob", "bob@example.com"),
    ];
    let mut entries: Vec<_> = orders.iter().map(|o| placed(o, Status::Placed)).collect();
    entries.push(placed(&orders[3], Status::Ready));
    // Two orders have the same number, on different days.
    for (order, number) in orders.iter().zip([42, 7, 42]) {
        let mut entry = placed(order, Status::Placed);
        entry.change.number = OrderNumber::try_from(number).ok();
        entries.push(entry);
    }
    book.record(entries).await.unwrap();
    (book, orders)
}

fn text(typed: &str) -> OrderSearchQuery {
    OrderSearchQuery {
        text: OrderText::from_input(typed),
        limit: 10,
        ..OrderSearchQuery::default()
    }
}

async fn orders_are_found_by_id_number_name_and_address(test_db: TestDatabase) {
    let (book, orders) = filled(&test_db).await;
    let find = async |wanted: OrderSearchQuery| -> Vec<usize> {
        let found = book.find(&wanted).await.unwrap();
        let at = |view: &domain::ports::OrderView| {
            orders.iter().position(|order| order.id == view.order_id).unwrap() + 1
        };
        found.iter().map(at).collect()
    };
    assert_eq!(find(text("ada")).await, [3, 1], "newest first");
    assert_eq!(find(text("ADA LOVE")).await, [1]);
    assert_eq!(find(text("éLO")).await, [2]);
    assert_eq!(find(text("ada@")).await, [1]);
    assert_eq!(find(text("42")).await, [3, 1], "newest first");
    assert_eq!(find(text("#7")).await, [2]);
    assert_eq!(find(text("1")).await, [0; 0]);
    assert_eq!(find(text("lovelace")).await, [0; 0]);
    assert_eq!(find(text("100%")).await, [0; 0]);
    assert_eq!(find(text(&orders[1].id.to_string())).await, [2]);
    assert_eq!(find(text("")).await, [4, 3, 2, 1]);
    assert_eq!(find(OrderSearchQuery { status: Some(Status::Ready), ..text("") }).await, [4]);
    let span = OrderSearchQuery { from: Some(time(2)), to: Some(time(4)), ..text("") };
    assert_eq!(find(span).await, [3, 2]);
    let here = OrderSearchQuery { restaurant: Some("bella-napoli".parse().unwrap()), ..text("") };
    assert_eq!(find(OrderSearchQuery { limit: 2, ..here.clone() }).await, [4, 3]);
    let before = Some((orders[2].placed_at, orders[2].id));
    assert_eq!(find(OrderSearchQuery { before, ..here }).await, [2, 1]);
    for typed in ["ada", "42"] {
        let there = OrderSearchQuery { restaurant: Some("dear".parse().unwrap()), ..text(typed) };
        assert_eq!(find(there).await, [0; 0], "no order of another restaurant");
    }
}

async fn pages_lose_no_orders_of_the_same_moment(test_db: TestDatabase) {
    let book = SqlOrders::new(test_db.database.clone());
    let same = |n| {
        Order::try_from({
            let mut parts = fixtures::order_parts(n);
            parts.placed_at = time(5);
            parts
        })
    };
    let entries = (1..=7).map(|n| placed(&same(n).unwrap(), Status::Placed)).collect();
    book.record(entries).await.unwrap();
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let wanted = OrderSearchQuery { before, limit: 2, ..OrderSearchQuery::default() };
        let found = book.find(&wanted).await.unwrap();
        let Some(last) = found.last() else { break };
        before = Some((last.order.as_ref().unwrap().placed_at, last.order_id));
        seen.extend(found.iter().map(|view| view.order_id));
    }
    let mut sorted = seen.clone();
    sorted.sort_unstable();
    sorted.reverse();
    assert_eq!((seen.len(), &seen), (7, &sorted));
}

/// Concurrent reads share a statement, and each gets the requested order.
async fn many_readers_get_their_own_orders(test_db: TestDatabase) {
    let (book, orders) = filled(&test_db).await;
    let unknown = order(9, "Nobody", "nobody@example.com").id;
    let ids: Vec<_> = orders.iter().map(|order| order.id).rev().collect();
    let asked = [&ids[..], &[unknown], &ids[1..]].concat();
    let read = futures::future::join_all(asked.iter().map(|id| book.read_order(*id))).await;
    for (id, found) in asked.iter().zip(read) {
        let found = found.unwrap();
        assert_eq!(found.as_ref().map(|view| view.order_id), Some(*id).filter(|id| *id != unknown));
        let Some(found) = found else { continue };
        assert_eq!(found.order.as_ref(), orders.iter().find(|order| order.id == *id));
        let steps: Vec<_> = found.history.iter().map(|(status, _)| *status).collect();
        assert_eq!(steps.last(), Some(&found.standing.status), "the history of the same order");
    }
}

on_both!(
    many_readers_get_their_own_orders,
    orders_are_found_by_id_number_name_and_address,
    pages_lose_no_orders_of_the_same_moment
);
