//! Reading for the audit: every row of every table, as of one moment.

use std::collections::BTreeMap;

use domain::{
    facts::Fact,
    payment::{ChargeOutcome, DeclineReason},
    ports::{FactStore, MailKind, OrderBook, PaymentBook, SendLedger},
    status::Status,
};
use sql::{Snapshot, SqlFacts, SqlMails, SqlOrders, SqlPayments};

use super::common::{TestDatabase, entry, order, time};

const ORDERS: u128 = 1_100;

/// Two steps of many orders, with their facts; for two of them also payment and mail.
async fn fill(test_db: &TestDatabase) {
    let orders: Vec<_> = (1..=ORDERS).map(order).collect();
    let steps = [Status::Placed, Status::Confirmed];
    let entries = orders.iter().flat_map(|o| steps.map(|status| entry(o, status, 3_600)));
    SqlOrders::new(test_db.database.clone()).record(entries.collect()).await.unwrap();
    let facts = orders.iter().flat_map(|o| steps.map(|s| Fact::new(o, s, time(3_600), "c".into())));
    SqlFacts::new(test_db.database.clone()).record(facts.collect()).await.unwrap();
    let payments = SqlPayments::new(&test_db.database);
    payments.begin(&orders[0], time(1)).await.unwrap();
    payments.begin(&orders[1], time(1)).await.unwrap();
    let declined = ChargeOutcome::Declined { reason: DeclineReason::CardDeclined, at: time(2) };
    payments.settle(&orders[1], &declined).await.unwrap();
    let mails = SqlMails::new(&test_db.database);
    mails.record_sent(orders[1].id, MailKind::Declined, time(3)).await.unwrap();
}

async fn every_row_is_read_once(test_db: TestDatabase) {
    fill(&test_db).await;
    let mut snapshot = Snapshot::of(&test_db.database).await.unwrap();
    macro_rules! rows {
        ($table:ident) => {{
            let mut rows = Vec::new();
            snapshot.$table(|row| rows.push(row)).await.unwrap();
            rows
        }};
    }
    let (book, history, facts) = (rows!(book), rows!(history), rows!(facts));
    let ids = |ids: Vec<String>| ids.into_iter().collect::<std::collections::BTreeSet<_>>().len();
    let all = usize::try_from(ORDERS).unwrap();
    // One more step: the declined payment.
    assert_eq!((book.len(), history.len(), facts.len()), (all, 2 * all + 1, 2 * all));
    assert_eq!(ids(book.iter().map(|row| row.order_id.clone()).collect()), all);
    let keys = history.iter().map(|row| format!("{}{}", row.order_id, row.rank)).collect();
    assert_eq!(ids(keys), 2 * all + 1);
    let keys = facts.iter().map(|row| format!("{}{}", row.order_id, row.kind)).collect();
    assert_eq!(ids(keys), 2 * all);
    assert!(book.iter().all(|row| row.placed_at_us == Some(0) && row.snapshot.is_some()));
    assert!(facts.iter().all(|row| row.total_minor == 2_200 && row.items.contains("margherita")));

    let mut payments = rows!(payments);
    payments.sort_by(|a, b| a.order_id.cmp(&b.order_id));
    let [begun, declined] = payments.as_slice() else { panic!("{payments:?}") };
    assert_eq!((begun.state.as_str(), begun.amount_minor, begun.placed_us), ("pending", 2_200, 0));
    assert_eq!(declined.reason.as_deref(), Some("card_declined"));
    assert_eq!(declined.currency, "EUR");
    let mails = rows!(mails);
    assert_eq!((mails.len(), mails[0].kind.as_str()), (1, "declined"));
    assert_eq!(mails[0].order_id, order(2).id.to_string());

    let figures: BTreeMap<_, _> = rows!(figures).into_iter().collect();
    let shop = "sales bella-napoli event 3600 3600";
    let sums = format!("{ORDERS} {} {} 3600000000", 2_200 * ORDERS, 2 * ORDERS);
    assert_eq!(figures[&format!("{shop} confirmed  EUR")], sums);
    assert_eq!(figures[&format!("{shop} placed  EUR")], sums);
    assert_eq!(figures["customers bella-napoli c"], ORDERS.to_string());
    assert_eq!(figures["customer_totals bella-napoli"], "1 1");
    snapshot.close().await.unwrap();
}

async fn later_writes_are_not_in_the_snapshot(test_db: TestDatabase) {
    fill(&test_db).await;
    let mut snapshot = Snapshot::of(&test_db.database).await.unwrap();
    let mut before = 0;
    snapshot.mails(|_| before += 1).await.unwrap();
    let mails = SqlMails::new(&test_db.database);
    mails.record_sent(order(1).id, MailKind::Confirmed, time(4)).await.unwrap();
    let mut after = 0;
    snapshot.mails(|_| after += 1).await.unwrap();
    assert_eq!((before, after), (1, 1));
    snapshot.close().await.unwrap();
    let mut later = Snapshot::of(&test_db.database).await.unwrap();
    let mut seen = 0;
    later.mails(|_| seen += 1).await.unwrap();
    assert_eq!(seen, 2);
}

on_both!(every_row_is_read_once, later_writes_are_not_in_the_snapshot);
