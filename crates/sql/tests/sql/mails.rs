//! The send ledger.

use domain::ports::{MailKind, SendLedger};
use sql::SqlMails;

use super::common::{TestDatabase, order, time};

async fn a_mail_is_sent_by_order_and_kind(test_db: TestDatabase) {
    let (ledger, other) = (SqlMails::new(&test_db.database), SqlMails::new(&test_db.again().await));
    let (one, two) = (order(1).id, order(2).id);
    assert!(!ledger.is_sent(one, MailKind::Confirmed).await.unwrap());
    ledger.record_sent(one, MailKind::Confirmed, time(1)).await.unwrap();
    other.record_sent(one, MailKind::Confirmed, time(2)).await.unwrap();
    assert!(other.is_sent(one, MailKind::Confirmed).await.unwrap());
    assert!(!ledger.is_sent(one, MailKind::Declined).await.unwrap());
    assert!(!ledger.is_sent(two, MailKind::Confirmed).await.unwrap());
}

async fn hundreds_of_concurrent_mails_are_all_recorded(test_db: TestDatabase) {
    let ledger = SqlMails::new(&test_db.database);
    // Each mail twice, so that one batch contains the same mail more than once.
    let sends: Vec<_> = (0..400)
        .map(|n| {
            let (ledger, id) = (ledger.clone(), order(n / 2).id);
            tokio::spawn(async move { ledger.record_sent(id, MailKind::Declined, time(1)).await })
        })
        .collect();
    for send in sends {
        send.await.unwrap().unwrap();
    }
    for n in 0..200 {
        assert!(ledger.is_sent(order(n).id, MailKind::Declined).await.unwrap());
    }
}

on_both!(a_mail_is_sent_by_order_and_kind, hundreds_of_concurrent_mails_are_all_recorded);
