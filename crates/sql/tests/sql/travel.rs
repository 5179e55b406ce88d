//! The events of an order in the log: the first event of each status stays.

use domain::{
    ports::{Hop, OrderBook},
    status::Status,
};
use sql::SqlOrders;

use super::common::{TestDatabase, entry, order, time};

fn hop(n: u128, status: Status, offset: i64) -> Hop {
    Hop {
        order_id: order(n).id,
        status,
        topic: "order_progress".into(),
        partition: i32::MAX,
        offset,
        produced_at: time(10 + offset),
        seen_at: time(11 + offset),
    }
}

async fn the_first_event_of_a_status_stays(test_db: TestDatabase) {
    let book = SqlOrders::new(test_db.database.clone());
    let (ready, accepted) = (hop(1, Status::Ready, 9), hop(1, Status::Accepted, 7));
    let entries = vec![entry(&order(1), Status::Ready, 20)];
    // Later ones in the same batch, repeated, and from another instance.
    let batch = vec![ready.clone(), accepted.clone(), hop(1, Status::Ready, 12)];
    book.record_with_hops(entries, batch.clone()).await.unwrap();
    book.record_with_hops(Vec::new(), batch).await.unwrap();
    let other = SqlOrders::new(test_db.again().await);
    other
        .record_with_hops(Vec::new(), vec![hop(1, Status::Accepted, 30), hop(2, Status::Placed, 1)])
        .await
        .unwrap();
    assert_eq!(book.travel(order(1).id).await.unwrap(), [accepted, ready]);
    assert_eq!(other.travel(order(2).id).await.unwrap().len(), 1);
    assert_eq!(book.travel(order(3).id).await.unwrap(), []);
}

async fn instances_that_read_the_same_events_agree(test_db: TestDatabase) {
    let books = [SqlOrders::new(test_db.database.clone()), SqlOrders::new(test_db.again().await)];
    let hops = |n: u128| Status::ALL.iter().map(move |s| hop(n, *s, s.rank()));
    let all: Vec<_> = (1..=40).flat_map(hops).collect();
    let mut writes = Vec::new();
    for n in 0..8 {
        let mut mine = all.clone();
        mine.rotate_left(n * 37);
        let book = books[n % 2].clone();
        writes.push(tokio::spawn(async move {
            for batch in mine.chunks(13 + n) {
                book.record_with_hops(Vec::new(), batch.to_vec()).await.unwrap();
            }
        }));
    }
    for write in writes {
        write.await.unwrap();
    }
    for n in 1..=40 {
        assert_eq!(books[0].travel(order(n).id).await.unwrap(), hops(n).collect::<Vec<_>>());
    }
}

on_both!(the_first_event_of_a_status_stays, instances_that_read_the_same_events_agree);
