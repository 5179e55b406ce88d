//! Committed data survives a restart.

use domain::{
    facts::{Fact, Scope},
    fixtures,
    kitchen::Action,
    payment::{ChargeOutcome, IntentId},
    ports::{FactStore, MailKind, OrderBook, PaymentBook, SendLedger},
    status::Status,
};
use sql::{Database, SqlFacts, SqlMails, SqlOrders, SqlPayments};

use super::common::{TestDatabase, entry, request, time};

async fn everything_survives_a_restart(test_db: TestDatabase) {
    let order = fixtures::rich_order();
    let accept = request(&order, 1, Action::Accept);
    let database = test_db.database.clone();
    let orders = SqlOrders::new(database.clone());
    let (payments, mails) = (SqlPayments::new(&database), SqlMails::new(&database));
    orders.record(vec![entry(&order, Status::Placed, 1)]).await.unwrap();
    payments.begin(&order, time(2)).await.unwrap();
    payments.store_intent(order.id, IntentId("pi_1".into())).await.unwrap();
    let outcome = ChargeOutcome::Captured { intent: IntentId("pi_1".into()), at: time(3) };
    let payment = payments.settle(&order, &outcome).await.unwrap();
    orders.decide(vec![accept.clone()]).await.unwrap();
    mails.record_sent(order.id, MailKind::Confirmed, time(4)).await.unwrap();
    let facts = SqlFacts::new(database.clone());
    facts.record(vec![Fact::new(&order, Status::Confirmed, time(3), "c".into())]).await.unwrap();
    let view = orders.read_order(order.id).await.unwrap();
    let decision = orders.decision(accept.id).await.unwrap();
    let summary = facts.summary(&Scope::All, None, None).await.unwrap();
    database.close().await;

    let database = test_db.again().await;
    let orders = SqlOrders::new(database.clone());
    assert_eq!(orders.read_order(order.id).await.unwrap(), view);
    assert_eq!(view.unwrap().payment, Some(payment.clone()));
    assert_eq!(orders.decision(accept.id).await.unwrap(), decision);
    assert!(decision.unwrap().change.is_some());
    assert_eq!(SqlPayments::new(&database).begin(&order, time(9)).await.unwrap(), payment);
    let mails = SqlMails::new(&database);
    assert!(mails.is_sent(order.id, MailKind::Confirmed).await.unwrap());
    let facts = SqlFacts::new(database);
    assert_eq!(facts.summary(&Scope::All, None, None).await.unwrap(), summary);
}

/// Records a migration that this program does not have, as a later version does.
async fn take_later_step(test_db: &TestDatabase) {
    let sql =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        SELECT version + 1, 'later', success, checksum, 0 FROM _sqlx_migrations
        WHERE version = (SELECT max(version) FROM _sqlx_migrations)";
    test_db.tamper(sql).await;
}

async fn a_schema_one_migration_ahead_is_used_and_two_are_refused(test_db: TestDatabase) {
    test_db.database.close().await;
    take_later_step(&test_db).await;
    test_db.again().await.close().await;
    take_later_step(&test_db).await;
    let error = Database::open(&test_db.address).await.unwrap_err().to_string();
    for part in ["was made by a newer comanda", "start the newer version", "restore the backup"] {
        assert!(error.contains(part), "{error}");
    }
    // The refusal leaves no lock behind that would block the next process.
    assert!(Database::open(&test_db.address).await.is_err());
}

on_both!(everything_survives_a_restart, a_schema_one_migration_ahead_is_used_and_two_are_refused,);
