//! Callers that go away in the middle of a call: a browser that leaves a page drops its request at
//! any await. What they leave behind must not reach the next user of the connection.

use std::{future::Future, pin::pin, time::Duration};

use domain::{ports::OrderBook, status::Status};
use futures::{future::join_all, poll};
use sql::{Snapshot, SqlOrders};

use super::common::{TestDatabase, entry, order};

/// More than there are connections, so that each of them is used.
const READERS: usize = 16;

/// Drops a call after a number of polls, as if its caller went away.
async fn abandon(call: impl Future, polls: u32) {
    let mut call = pin!(call);
    for _ in 0..polls {
        if poll!(call.as_mut()).is_ready() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Records an order and asserts that every connection reads it.
async fn all_see_a_new_order(book: &SqlOrders, n: u128) {
    book.record(vec![entry(&order(n), Status::Confirmed, 1)]).await.unwrap();
    for shown in join_all((0..READERS).map(|_| book.board(None, 1_000))).await {
        let shown = shown.unwrap();
        assert!(shown.iter().any(|view| view.order_id == order(n).id), "a stale read");
    }
}

async fn an_abandoned_snapshot_is_not_left_open(test_db: TestDatabase) {
    let book = SqlOrders::new(test_db.database.clone());
    for n in 0..40 {
        for polls in 1..5 {
            abandon(Box::pin(Snapshot::of(&test_db.database)), polls).await;
        }
        all_see_a_new_order(&book, n).await;
    }
}

async fn an_abandoned_transaction_is_not_left_open(test_db: TestDatabase) {
    let book = SqlOrders::new(test_db.database.clone());
    for n in 0..40 {
        for polls in 1..5 {
            let entries = vec![entry(&order(1_000), Status::Confirmed, 1)];
            abandon(Box::pin(book.record(entries)), polls).await;
        }
        all_see_a_new_order(&book, n).await;
    }
}

on_both!(an_abandoned_snapshot_is_not_left_open, an_abandoned_transaction_is_not_left_open);
