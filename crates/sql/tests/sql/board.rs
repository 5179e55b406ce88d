//! The kitchen board: paid orders that are not final, oldest first.

use domain::{
    fixtures,
    order::Order,
    ports::{BookEntry, OrderBook},
    status::Status,
};
use sql::SqlOrders;

use super::common::{TestDatabase, change, entry, order, time};

fn placed_at(n: u128, second: i64, restaurant: &str) -> Order {
    let mut parts = fixtures::order_parts(n);
    parts.placed_at = time(second);
    parts.seller.id = restaurant.parse().unwrap();
    Order::try_from(parts).unwrap()
}

async fn the_board_shows_open_orders_oldest_first(test_db: TestDatabase) {
    let book = SqlOrders::new(test_db.database.clone());
    let (late, early) = (placed_at(1, 50, "roma"), placed_at(2, 40, "roma"));
    let other = placed_at(3, 45, "milano");
    let mut entries: Vec<_> =
        [&late, &early, &other].map(|o| entry(o, Status::Confirmed, 60)).into();
    entries.push(entry(&late, Status::Ready, 70));
    for (n, status) in [Status::Placed, Status::Completed, Status::Declined, Status::Cancelled]
        .into_iter()
        .enumerate()
    {
        entries.push(entry(&placed_at(10 + n as u128, 1, "roma"), status, 60));
    }
    let no_details = change(&order(20), Status::Confirmed, 60);
    entries.push(BookEntry { change: no_details, order: None, request: None });
    book.record(entries).await.unwrap();

    let ids = |views: Vec<domain::ports::OrderView>| {
        views.iter().map(|view| view.order_id).collect::<Vec<_>>()
    };
    let all = book.board(None, 100).await.unwrap();
    assert!(all.iter().all(|view| !view.history.is_empty()));
    assert_eq!(ids(all), [early.id, other.id, late.id]);
    let roma = "roma".parse().unwrap();
    assert_eq!(ids(book.board(Some(&roma), 100).await.unwrap()), [early.id, late.id]);
    assert_eq!(ids(book.board(Some(&roma), 1).await.unwrap()), [early.id]);
    let nowhere = "nowhere".parse().unwrap();
    assert_eq!(book.board(Some(&nowhere), 100).await.unwrap(), []);
}

async fn completed_orders_are_found_latest_first(test_db: TestDatabase) {
    let book = SqlOrders::new(test_db.database.clone());
    let orders: Vec<_> = (1..=4).map(|n| placed_at(n, 10, "roma")).collect();
    let elsewhere = placed_at(5, 10, "milano");
    let mut entries: Vec<_> = (50..)
        .zip(&orders)
        .map(|(second, order)| entry(order, Status::Completed, second))
        .collect();
    entries.push(entry(&elsewhere, Status::Completed, 60));
    for (n, status) in [Status::Ready, Status::Cancelled, Status::Declined].into_iter().enumerate()
    {
        entries.push(entry(&placed_at(10 + n as u128, 1, "roma"), status, 90));
    }
    let no_details = change(&order(20), Status::Completed, 90);
    entries.push(BookEntry { change: no_details, order: None, request: None });
    book.record(entries).await.unwrap();

    let roma = "roma".parse().unwrap();
    let found = async |restaurant, since, limit| {
        let views = book.handed_over(restaurant, time(since), limit).await.unwrap();
        views.iter().map(|view| view.order_id).collect::<Vec<_>>()
    };
    let [first, second, third, fourth] = [0, 1, 2, 3].map(|n: usize| orders[n].id);
    assert_eq!(found(Some(&roma), 0, 9).await, [fourth, third, second, first]);
    assert_eq!(found(Some(&roma), 52, 9).await, [fourth, third], "the start is inclusive");
    assert_eq!(found(Some(&roma), 0, 1).await, [fourth]);
    assert_eq!(found(None, 53, 9).await, [elsewhere.id, fourth]);
}

on_both!(the_board_shows_open_orders_oldest_first, completed_orders_are_found_latest_first,);
