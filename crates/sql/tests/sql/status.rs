//! `record_status`: any order and any repetition of the same changes give the same rows, and these
//! equal the join in the domain.

use std::collections::BTreeMap;

use domain::{
    fixtures,
    ids::OrderId,
    order::Order,
    ports::{BookEntry, OrderBook, OrderView, PaymentBook},
    status::{OrderStanding, Status, StatusChange},
};
use jiff::Timestamp;
use proptest::prelude::*;
use sql::{SqlOrders, SqlPayments};
use uuid::Uuid;

use super::common::{TestDatabase, entry, order, time, wait};

/// The row and the history that the domain computes.
fn joined(entries: &[BookEntry]) -> Vec<OrderView> {
    let mut views: BTreeMap<OrderId, OrderView> = BTreeMap::new();
    let mut reached: BTreeMap<(OrderId, Status), Timestamp> = BTreeMap::new();
    for BookEntry { change, order, .. } in entries {
        let at = reached.entry((change.order_id, change.status)).or_insert(change.at);
        *at = change.at.min(*at);
        let news = OrderStanding::from(change.clone());
        let view = views.entry(change.order_id).or_insert_with(|| OrderView {
            order_id: change.order_id,
            standing: news.clone(),
            order: None,
            history: Vec::new(),
            payment: None,
        });
        view.standing = view.standing.clone().join(news);
        view.order = view.order.take().or(order.clone());
    }
    for ((id, status), at) in reached {
        views.get_mut(&id).unwrap().history.push((status, at));
    }
    views.into_values().collect()
}

fn any_entry() -> impl Strategy<Value = BookEntry> {
    let reason =
        prop::option::of(prop_oneof![Just(""), Just("a"), Just("à"), Just("b"), Just("B")]);
    let rest = (prop::option::of(0_i64..4), prop::option::of(1_i64..3), any::<bool>());
    (0_u128..3, 0..Status::ALL.len(), 0_i64..4, reason, rest).prop_map(
        |(n, status, at, reason, (ready_by, number, with_order))| BookEntry {
            change: StatusChange {
                order_id: order(n).id,
                status: Status::ALL[status],
                // An order is placed once, and every event about it has the same time.
                at: time(if Status::ALL[status] == Status::Placed { 0 } else { at }),
                reason: reason.map(str::to_owned),
                ready_by: ready_by.map(time),
                number: number.map(|number| number.try_into().unwrap()),
            },
            order: with_order.then(|| order(n)),
            request: None,
        },
    )
}

/// The same entries for orders that are new to the database.
fn moved(entries: &[BookEntry], by: u128) -> Vec<BookEntry> {
    let id = |id: OrderId| OrderId(Uuid::from_u128(id.0.as_u128() + by));
    let mut entries = entries.to_vec();
    for entry in &mut entries {
        entry.change.order_id = id(entry.change.order_id);
        entry.order =
            entry.order.take().map(|order| super::common::order(id(order.id).0.as_u128()));
    }
    entries
}

async fn views(book: &SqlOrders, expected: &[OrderView]) -> Vec<OrderView> {
    let mut found = Vec::new();
    for view in expected {
        found.extend(book.read_order(view.order_id).await.unwrap());
    }
    found
}

fn check_any_order(test_db: &TestDatabase) {
    let book = SqlOrders::new(test_db.database.clone());
    let fresh = std::cell::Cell::new(0_u128);
    let entries = prop::collection::vec(any_entry(), 1..12);
    let mixed = entries.prop_flat_map(|all| {
        let doubled = [all.clone(), all.clone()].concat();
        (Just(all), Just(doubled).prop_shuffle(), 1_usize..30)
    });
    proptest!(ProptestConfig::with_cases(64), |((all, mixed, batch) in mixed)| {
        fresh.set(fresh.get() + 1_000);
        let (all, mixed) = (moved(&all, fresh.get()), moved(&mixed, fresh.get()));
        let expected = joined(&all);
        let found = wait(async {
            for batch in mixed.chunks(batch) {
                book.record(batch.to_vec()).await.unwrap();
            }
            views(&book, &expected).await
        });
        prop_assert_eq!(found, expected);
    });
}

async fn any_order_and_any_repetition_give_the_rows_of_the_domain(test_db: TestDatabase) {
    check_any_order(&test_db);
}

async fn two_instances_writing_concurrently_agree(test_db: TestDatabase) {
    let books = [SqlOrders::new(test_db.database.clone()), SqlOrders::new(test_db.again().await)];
    let steps = |n: u128| Status::ALL.iter().map(move |s| entry(&order(n), *s, s.rank() + 1));
    let all: Vec<_> = (1..=20).flat_map(steps).collect();
    let mut writes = Vec::new();
    for n in 0..16 {
        // Each writer has the same entries in another order and in other batches.
        let mut mine = all.clone();
        mine.rotate_left(n * 11);
        let book = books[n % 2].clone();
        writes.push(tokio::spawn(async move {
            for batch in mine.chunks(17 + n) {
                book.record(batch.to_vec()).await.unwrap();
            }
        }));
    }
    for write in writes {
        write.await.unwrap();
    }
    let expected = joined(&all);
    assert_eq!(views(&books[0], &expected).await, expected);
    assert_eq!(views(&books[1], &expected).await, expected);
}

async fn batches_of_any_size_are_whole(test_db: TestDatabase) {
    let book = SqlOrders::new(test_db.database.clone());
    let mut from = 0;
    for size in [0, 1, 2, 1_000, 2_500] {
        let orders: Vec<_> = (from..from + size).map(order).collect();
        from += size;
        let entries: Vec<_> = orders.iter().map(|o| entry(o, Status::Placed, 1)).collect();
        book.record(entries.clone()).await.unwrap();
        let expected = joined(&entries);
        assert_eq!(views(&book, &expected).await, expected);
    }
}

async fn every_text_survives(test_db: TestDatabase) {
    let book = SqlOrders::new(test_db.database.clone());
    let order = fixtures::rich_order();
    let mut entry = entry(&order, Status::Declined, 1);
    entry.change.reason = Some("\"quoted\" \\ 'single' 🍕 {rows} $1 %".into());
    let (reason, at) = (entry.change.reason.clone(), "2026-11-22T12:00:00.123456Z");
    entry.change.at = at.parse().unwrap();
    book.record(vec![entry]).await.unwrap();
    let view = book.read_order(order.id).await.unwrap().unwrap();
    assert_eq!(view.standing.reason, reason);
    assert_eq!(view.standing.at, at.parse().unwrap());
    assert_eq!(view.order, Some(order));
}

/// An order of which only a late step is known gets its details from an early step that arrives
/// later.
async fn details_are_stored_whenever_they_arrive(test_db: TestDatabase) {
    let (book, order) = (SqlOrders::new(test_db.database), order(1));
    let mut confirmed = entry(&order, Status::Confirmed, 2);
    confirmed.order = None;
    book.record(vec![confirmed]).await.unwrap();
    book.record(vec![entry(&order, Status::Placed, 1)]).await.unwrap();
    let view = book.read_order(order.id).await.unwrap().unwrap();
    assert_eq!((view.standing.status, view.order), (Status::Confirmed, Some(order)));
}

async fn a_later_record_with_the_same_id_is_no_order(test_db: TestDatabase) {
    let book = SqlOrders::new(test_db.database.clone());
    let placed = |second| {
        let mut parts = fixtures::order_parts(1);
        parts.placed_at = time(second);
        entry(&Order::try_from(parts).unwrap(), Status::Placed, second)
    };
    // Two storefronts accepted the same request: the first record is the order, even if the other
    // clock was behind. Tested in one batch and in two.
    book.record(vec![placed(20), placed(10)]).await.unwrap();
    book.record(vec![placed(5)]).await.unwrap();
    let view = book.read_order(order(1).id).await.unwrap().unwrap();
    assert_eq!(view.history, [(Status::Placed, time(20))]);
    assert_eq!(view.order.unwrap().placed_at, time(20));
}

/// The record with an order's request may be read before or after those of services that know the
/// order; a later record with the same id has another request, which never counts.
async fn the_request_of_an_order_is_that_of_its_first_record(test_db: TestDatabase) {
    let (book, payments) =
        (SqlOrders::new(test_db.database.clone()), SqlPayments::new(&test_db.database));
    let placed = |n, second, digest: &str| {
        let mut parts = fixtures::order_parts(n);
        parts.placed_at = time(second);
        let order = Order::try_from(parts).unwrap();
        BookEntry { request: Some(digest.to_owned()), ..entry(&order, Status::Placed, second) }
    };
    let kept = async |n| {
        let known = book.placed_by(order(n).id).await.unwrap().unwrap();
        (known.digest, known.order.map(|order| order.placed_at), known.total)
    };
    let first = (Some("first".to_owned()), Some(time(20)), Some(order(1).total()));
    // In one batch, and in another.
    book.record(vec![placed(1, 20, "first"), placed(1, 10, "later")]).await.unwrap();
    book.record(vec![placed(1, 5, "later"), placed(1, 20, "later")]).await.unwrap();
    assert_eq!(kept(1).await, first);
    // The payment arrives before the order's own record.
    let known = BookEntry { request: None, ..placed(2, 20, "") };
    let mut confirmed = known.clone();
    confirmed.change.status = Status::Confirmed;
    book.record(vec![confirmed.clone()]).await.unwrap();
    book.record(vec![placed(2, 10, "later")]).await.unwrap();
    assert_eq!(kept(2).await.0, None);
    book.record(vec![confirmed, placed(2, 20, "first")]).await.unwrap();
    assert_eq!(kept(2).await, first);
    // Without the order, the payment gives the total.
    let bare = BookEntry { order: None, ..placed(3, 20, "first") };
    book.record(vec![bare]).await.unwrap();
    assert_eq!(kept(3).await, (Some("first".into()), None, None));
    payments.begin(&order(3), time(1)).await.unwrap();
    assert_eq!(kept(3).await.2, Some(order(3).total()));
    assert_eq!(book.placed_by(order(4).id).await.unwrap(), None);
}

/// Records with one id may be in two partitions. The order is the one that was charged, whichever
/// was read first; a charged order is never replaced.
async fn the_order_is_the_one_that_was_charged(test_db: TestDatabase) {
    let book = SqlOrders::new(test_db.database);
    let of = |n, second, status| {
        let mut parts = fixtures::order_parts(n);
        parts.placed_at = time(second);
        entry(&Order::try_from(parts).unwrap(), status, second)
    };
    let with = |digest: &str, entry| BookEntry { request: Some(digest.into()), ..entry };
    let other = |n| with("other", of(n, 10, Status::Placed));
    let first = |n| with("first", of(n, 20, Status::Placed));
    let charged = |n| of(n, 20, Status::Confirmed);
    for (n, batches) in [
        (1, vec![vec![other(1)], vec![charged(1)], vec![first(1)]]),
        (2, vec![vec![other(2), charged(2), first(2)]]),
        (3, vec![vec![charged(3)], vec![other(3)], vec![first(3), other(3)]]),
        (4, vec![vec![first(4)], vec![other(4)], vec![charged(4)], vec![other(4)]]),
    ] {
        for batch in batches {
            book.record(batch).await.unwrap();
        }
        let known = book.placed_by(order(n).id).await.unwrap().unwrap();
        assert_eq!(known.order.unwrap().placed_at, time(20), "{n}");
        assert_eq!(known.digest.as_deref(), Some("first"), "{n}");
    }
}

async fn an_unknown_order_is_none(test_db: TestDatabase) {
    let book = SqlOrders::new(test_db.database);
    assert_eq!(book.read_order(order(1).id).await.unwrap(), None);
}

on_both!(
    details_are_stored_whenever_they_arrive,
    any_order_and_any_repetition_give_the_rows_of_the_domain,
    two_instances_writing_concurrently_agree,
    batches_of_any_size_are_whole,
    every_text_survives,
    a_later_record_with_the_same_id_is_no_order,
    the_order_is_the_one_that_was_charged,
    the_request_of_an_order_is_that_of_its_first_record,
    an_unknown_order_is_none
);
