//! Locks held by others: we wait, time out or retry, and never write half a batch.

use domain::{
    kitchen::Action,
    order::Order,
    payment::{ChargeOutcome, IntentId},
    ports::{MailKind, OrderBook, PaymentBook, SendLedger},
    status::Status,
};
use futures::future::join_all;
use sql::{Database, SqlMails, SqlOrders, SqlPayments};
use sqlx::{Connection, Executor, PgConnection};

use super::{
    common::{TestDatabase, entry, order, request, time},
    numbers::placed,
};

/// Opens the database with a shorter limit, to keep the tests short.
async fn with_limit(test_db: &TestDatabase, limit: &str) -> Database {
    let separator = if test_db.address.contains('?') { '&' } else { '?' };
    Database::open(&format!("{}{separator}options[{limit}", test_db.address)).await.unwrap()
}

async fn lock(holder: &mut PgConnection, n: u128) {
    let sql = "SELECT 1 FROM orders WHERE order_id = $1 FOR UPDATE";
    let id = order(n).id.to_string();
    sqlx::query(sql).bind(id).fetch_one(holder).await.unwrap();
}

/// Waits until a transaction in the database waits for a lock.
async fn wait_for_a_waiting_lock(test_db: &TestDatabase) {
    let waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() \
        AND wait_event_type = 'Lock'";
    let mut looking = test_db.raw().await;
    while sqlx::query(waiting).fetch_optional(&mut looking).await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
}

/// A frozen instance holds a row: waiting for it times out.
async fn waiting_for_a_lock_times_out(test_db: TestDatabase) {
    let book = SqlOrders::new(with_limit(&test_db, "lock_timeout]=100ms").await);
    let entries: Vec<_> = (1..=3).map(|n| entry(&order(n), Status::Placed, 1)).collect();
    book.record(entries).await.unwrap();
    let mut holder = test_db.raw().await;
    let mut held = holder.begin().await.unwrap();
    lock(&mut held, 2).await;
    let steps: Vec<_> = (1..=3).map(|n| entry(&order(n), Status::Confirmed, 2)).collect();
    let refused = book.record(steps.clone()).await.unwrap_err();
    assert!(refused.to_string().contains("lock timeout"), "{refused}");
    let accept = request(&order(2), 1, Action::Accept);
    book.decide(vec![accept]).await.unwrap_err();
    for n in 1..=3 {
        let view = book.read_order(order(n).id).await.unwrap().unwrap();
        assert_eq!(view.standing.status, Status::Placed, "the whole batch or nothing");
    }
    held.rollback().await.unwrap();
    book.record(steps).await.unwrap();
    assert_eq!(book.board(None, 9).await.unwrap().len(), 3);
}

/// The server ends a statement that takes too long, and nothing of it remains.
async fn a_statement_that_takes_too_long_is_ended(test_db: TestDatabase) {
    let ledger = SqlMails::new(&with_limit(&test_db, "statement_timeout]=200ms").await);
    test_db
        .tamper(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
               'BEGIN PERFORM pg_sleep(60); RETURN NEW; END';
             CREATE TRIGGER slow AFTER INSERT ON mails FOR EACH ROW EXECUTE FUNCTION slow()",
        )
        .await;
    let (id, kind) = (order(1).id, MailKind::Confirmed);
    let refused = ledger.record_sent(id, kind, time(1)).await.unwrap_err();
    assert!(refused.to_string().contains("statement timeout"), "{refused}");
    assert!(!ledger.is_sent(id, kind).await.unwrap());
    test_db.tamper("DROP TRIGGER slow ON mails").await;
    ledger.record_sent(id, kind, time(1)).await.unwrap();
    assert!(ledger.is_sent(id, kind).await.unwrap());
}

/// Another client locks rows in another order than we do. PostgreSQL aborts one of the two; if it
/// is ours, the caller does not notice.
async fn a_deadlock_victim_is_repeated(test_db: TestDatabase) {
    let book = SqlOrders::new(test_db.database.clone());
    let entries = (1..=2).map(|n| entry(&order(n), Status::Placed, 1));
    book.record(entries.collect()).await.unwrap();
    let mut other = test_db.raw().await;
    other.execute("BEGIN").await.unwrap();
    lock(&mut other, 2).await;
    let writer = book.clone();
    let writing = tokio::spawn(async move {
        let steps = (1..=2).map(|n| entry(&order(n), Status::Confirmed, 2));
        writer.record(steps.collect()).await
    });
    // Our transaction holds the first row once it waits for the second.
    wait_for_a_waiting_lock(&test_db).await;
    // Our transaction has waited longer, so its deadlock check runs first.
    lock(&mut other, 1).await;
    other.execute("COMMIT").await.unwrap();
    writing.await.unwrap().unwrap();
    for n in 1..=2 {
        let view = book.read_order(order(n).id).await.unwrap().unwrap();
        assert_eq!(view.standing.status, Status::Confirmed);
    }
}

/// Another instance decides the same request at the same moment, while it did not know the order
/// yet. Its decision is the first one, so ours must not move the order.
async fn a_decision_stored_meanwhile_stays(test_db: TestDatabase) {
    let (book, order) = (SqlOrders::new(test_db.database.clone()), order(1));
    let accept = request(&order, 1, Action::Accept);
    let mut other = test_db.raw().await;
    let mut held = other.begin().await.unwrap();
    let sql = "INSERT INTO decisions (request_id, order_id, changed, at_us) VALUES ($1, $2, 0, 0)";
    let answer = sqlx::query(sql).bind(accept.id.to_string()).bind(order.id.to_string());
    answer.execute(&mut *held).await.unwrap();
    book.record(vec![entry(&order, Status::Confirmed, 1)]).await.unwrap();
    let decider = book.clone();
    let deciding = tokio::spawn(async move { decider.decide(vec![accept]).await });
    wait_for_a_waiting_lock(&test_db).await;
    held.commit().await.unwrap();
    let answers = deciding.await.unwrap().unwrap();
    assert_eq!((answers[0].0.status, &answers[0].0.change), (None, &None));
    let view = book.read_order(order.id).await.unwrap().unwrap();
    assert_eq!((view.standing.status, view.history.len()), (Status::Confirmed, 1));
}

/// Callers pass their orders in any order; the rows are locked in one.
async fn batches_in_any_order_never_deadlock(test_db: TestDatabase) {
    let databases = [test_db.database.clone(), test_db.again().await];
    let orders: Vec<_> = (1..=200).map(order).collect();
    let mut writes = Vec::new();
    for (n, database) in databases.iter().cycle().take(8).enumerate() {
        let (payments, book) = (SqlPayments::new(database), SqlOrders::new(database.clone()));
        let mut mine = orders.clone();
        mine.rotate_left(n * 25);
        if n % 3 == 0 {
            mine.reverse();
        }
        writes.push(tokio::spawn(async move {
            for step in [Status::Placed, Status::Confirmed, Status::Accepted] {
                let pay = |order| pay(&payments, order);
                join_all(mine.iter().map(pay)).await;
                book.record(mine.iter().map(|o| entry(o, step, 1)).collect()).await.unwrap();
            }
        }));
    }
    for write in writes {
        write.await.unwrap();
    }
    // A backend reports its statistics when it ends.
    join_all(databases.iter().map(Database::close)).await;
    let sql = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let deadlocks: i64 = sqlx::query_scalar(sql).fetch_one(&mut test_db.raw().await).await.unwrap();
    assert_eq!(deadlocks, 0);
}

async fn pay(payments: &SqlPayments, order: &Order) {
    payments.begin(order, time(1)).await.unwrap();
    let stored = payments.store_intent(order.id, IntentId("pi_1".into())).await.unwrap();
    let outcome = ChargeOutcome::Captured { intent: stored.intent.unwrap(), at: time(2) };
    payments.settle(order, &outcome).await.unwrap();
}

/// Batches that need the counters of many restaurants, in any order.
async fn counters_in_any_order_never_deadlock(test_db: TestDatabase) {
    let databases = [test_db.database.clone(), test_db.again().await];
    let mut writes = Vec::new();
    for (n, database) in (0_u128..).zip(databases.iter().cycle().take(8)) {
        let book = SqlPayments::new(database);
        let mine = (0..50).map(move |k| {
            let place = if n % 2 == 0 { k } else { 49 - k };
            placed(n * 1_000 + k, &format!("place-{place}"), time(0))
        });
        let mine: Vec<_> = mine.collect();
        writes.push(tokio::spawn(async move {
            for _ in 0..5 {
                join_all(mine.iter().map(|order| book.begin(order, time(1)))).await;
            }
            mine
        }));
    }
    for write in writes {
        write.await.unwrap();
    }
    join_all(databases.iter().map(Database::close)).await;
    let sql = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(test_db.count(sql).await, 0);
    let taken = "SELECT CAST(SUM(last) AS BIGINT) FROM order_numbers";
    assert_eq!(test_db.count(taken).await, 400);
}

on_postgres!(
    counters_in_any_order_never_deadlock,
    a_decision_stored_meanwhile_stays,
    batches_in_any_order_never_deadlock,
    waiting_for_a_lock_times_out,
    a_statement_that_takes_too_long_is_ended,
    a_deadlock_victim_is_repeated,
);
