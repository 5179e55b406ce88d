//! A database that fails in between: nothing half-done is visible, and callers that retry neither
//! lose nor duplicate anything.

use std::{future::Future, time::Duration};

use domain::{
    facts::{Fact, Scope},
    kitchen::Action,
    money::Currency,
    order::Order,
    payment::{ChargeOutcome, IntentId, PaymentState},
    ports::{FactStore, MailKind, OrderBook, PaymentBook, SendLedger, Unavailable},
    status::Status,
};
use sql::{Database, SqlFacts, SqlMails, SqlOrders, SqlPayments};
use tokio_util::sync::CancellationToken;

use super::common::{TestDatabase, entry, figures_equal_facts, order, request, time};

fn captured() -> ChargeOutcome {
    ChargeOutcome::Captured { intent: IntentId("pi_1".into()), at: time(2) }
}

/// The last table of each transaction is missing, so it fails after writing the others.
async fn a_failed_transaction_leaves_nothing(test_db: TestDatabase) {
    let database = &test_db.database;
    let (orders, payments) = (SqlOrders::new(database.clone()), SqlPayments::new(database));
    let (facts, order) = (SqlFacts::new(database.clone()), order(1));
    let pending = payments.begin(&order, time(1)).await.unwrap();
    let facts_paid = vec![Fact::new(&order, Status::Confirmed, time(1), "ada".into())];

    test_db.tamper("ALTER TABLE order_history RENAME TO away").await;
    payments.settle(&order, &captured()).await.unwrap_err();
    orders.record(vec![entry(&order, Status::Ready, 3)]).await.unwrap_err();
    test_db.tamper("ALTER TABLE away RENAME TO order_history").await;
    assert_eq!(orders.read_order(order.id).await.unwrap(), None);
    assert_eq!(payments.begin(&order, time(1)).await.unwrap().state, pending.state);

    test_db.tamper("ALTER TABLE customers_a RENAME TO away").await;
    facts.record(facts_paid.clone()).await.unwrap_err();
    test_db.tamper("ALTER TABLE away RENAME TO customers_a").await;
    assert_eq!(facts.summary(&Scope::All, None, None).await.unwrap().orders.len(), 0);

    orders.record(vec![entry(&order, Status::Confirmed, 2)]).await.unwrap();
    let accept = request(&order, 1, Action::Accept);
    test_db.tamper("ALTER TABLE decisions RENAME TO away").await;
    orders.decide(vec![accept.clone()]).await.unwrap_err();
    test_db.tamper("ALTER TABLE away RENAME TO decisions").await;
    let view = orders.read_order(order.id).await.unwrap().unwrap();
    assert_eq!(view.standing.status, Status::Confirmed);

    // What failed succeeds when it is repeated.
    assert_eq!(payments.settle(&order, &captured()).await.unwrap().state, PaymentState::Captured);
    assert_eq!(facts.record(facts_paid).await.unwrap(), 1);
    assert!(orders.decide(vec![accept]).await.unwrap()[0].0.change.is_some());
}

/// Retries until it succeeds, as a worker does.
async fn insist<T, R: Future<Output = Result<T, Unavailable>>>(mut ask: impl FnMut() -> R) -> T {
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

/// The stores of one process.
#[derive(Clone)]
struct Instance {
    orders: SqlOrders,
    payments: SqlPayments,
    facts: SqlFacts,
    mails: SqlMails,
}

impl Instance {
    fn of(database: &Database) -> Self {
        Self {
            orders: SqlOrders::new(database.clone()),
            payments: SqlPayments::new(database),
            facts: SqlFacts::new(database.clone()),
            mails: SqlMails::new(database),
        }
    }
}

/// An order from its first row to its mail.
async fn whole_life(instance: Instance, order: Order) {
    let Instance { orders, payments, facts, mails } = instance;
    insist(|| payments.begin(&order, time(1))).await;
    insist(|| orders.record(vec![entry(&order, Status::Placed, 0)])).await;
    let intent = IntentId(format!("pi_{}", order.id));
    insist(|| payments.store_intent(order.id, intent.clone())).await;
    let outcome = captured();
    insist(|| payments.settle(&order, &outcome)).await;
    insist(|| orders.record(vec![entry(&order, Status::Confirmed, 2)])).await;
    let accept = request(&order, order.id.0.as_u128(), Action::Accept);
    let answers = insist(|| orders.decide(vec![accept.clone()])).await;
    assert!(answers[0].0.change.is_some(), "the stored decision, even if its response was lost");
    let facts_paid =
        [Status::Placed, Status::Confirmed].map(|k| Fact::new(&order, k, time(1), "ada".into()));
    insist(|| facts.record(facts_paid.to_vec())).await;
    if !insist(|| mails.is_sent(order.id, MailKind::Confirmed)).await {
        insist(|| mails.record_sent(order.id, MailKind::Confirmed, time(3))).await;
    }
}

/// Ends the test's client connections again and again, as a restarting server does (autovacuum is
/// left alone). Returns the number of ended connections.
async fn keep_ending_connections(test_db: TestDatabase, stop: CancellationToken) -> usize {
    let mut raw = test_db.raw().await;
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid() \
          AND backend_type = 'client backend'";
    let mut ended = 0;
    while !stop.is_cancelled() {
        ended += sqlx::query(sql).fetch_all(&mut raw).await.unwrap().len();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    ended
}

async fn a_server_that_keeps_restarting_loses_and_duplicates_nothing(test_db: TestDatabase) {
    let (stop, orders) = (CancellationToken::new(), 1_u32..=120);
    let instances = [Instance::of(&test_db.database), Instance::of(&test_db.again().await)];
    let killing = tokio::spawn(keep_ending_connections(test_db.clone(), stop.clone()));
    let mut lives = Vec::new();
    for n in orders.clone() {
        // Both instances handle each order: one of them is a zombie.
        for instance in &instances {
            lives.push(tokio::spawn(whole_life(instance.clone(), order(n.into()))));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for life in lives {
        life.await.unwrap();
    }
    stop.cancel();
    assert!(killing.await.unwrap() > 20, "too few connections were ended");

    let book = SqlOrders::new(test_db.again().await);
    let database = test_db.again().await;
    for n in orders.clone() {
        let view = book.read_order(order(n.into()).id).await.unwrap().unwrap();
        assert_eq!(view.standing.status, Status::Accepted);
        let reached: Vec<_> = view.history.iter().map(|(status, _)| *status).collect();
        assert_eq!(reached, [Status::Placed, Status::Confirmed, Status::Accepted]);
        let payment = view.payment.unwrap();
        assert_eq!(payment.state, PaymentState::Captured);
        assert_eq!(payment.intent, Some(IntentId(format!("pi_{}", view.order_id))));
    }
    let summary = SqlFacts::new(database.clone()).summary(&Scope::All, None, None).await.unwrap();
    let count = i64::try_from(orders.count()).unwrap();
    assert_eq!(summary.revenue_minor[&Currency::EUR], count * 2_200);
    assert_eq!((summary.orders[&Status::Placed], summary.items_sold), (count, count * 2));
    figures_equal_facts(&database).await;
}

on_both!(a_failed_transaction_leaves_nothing);

mod restarts {
    use super::a_server_that_keeps_restarting_loses_and_duplicates_nothing;
    on_postgres!(a_server_that_keeps_restarting_loses_and_duplicates_nothing);
}
