//! What mails are based on: the state of orders and payments, undecided orders, and claims.

use domain::{
    fixtures,
    number::OrderNumber,
    order::Order,
    payment::{ChargeOutcome, DeclineReason, PaymentState},
    ports::{
        BookEntry, MailKind, OrderBook, OrderSnapshot, OrderWatch, PaymentBook, PlacedOrder,
        SendLedger, UndecidedOrders, UndecidedQuery,
    },
    status::Status,
};
use futures::future::join_all;
use sql::{Database, SqlMails, SqlOrders, SqlPayments, SqlWatch};

use super::common::{TestDatabase, change, entry, order, time};

const KIND: MailKind = MailKind::Checking;

fn placed_at(n: u128, second: i64) -> Order {
    let mut parts = fixtures::order_parts(n);
    parts.placed_at = time(second);
    Order::try_from(parts).unwrap()
}

fn waiting(after: i64, until: i64, now: i64, limit: u32) -> UndecidedQuery {
    UndecidedQuery { after: time(after), until: time(until), now: time(now), limit }
}

async fn ids(watch: &SqlWatch, which: UndecidedQuery) -> Vec<Order> {
    watch.undecided_orders(KIND, which).await.unwrap()
}

async fn an_order_and_its_payment_have_a_snapshot(test_db: TestDatabase) {
    let watch = SqlWatch::new(&test_db.database);
    let payments = SqlPayments::new(&test_db.database);
    let (one, two) = (order(1), order(2));
    assert_eq!(watch.snapshot(one.id).await, Ok(OrderSnapshot::default()), "an unknown order");

    SqlOrders::new(test_db.database.clone())
        .record(vec![entry(&one, Status::Ready, 9), entry(&two, Status::Placed, 1)])
        .await
        .unwrap();
    let ready = OrderSnapshot { status: Some(Status::Ready), payment: None };
    assert_eq!(watch.snapshot(one.id).await, Ok(ready));
    payments.begin(&two, time(2)).await.unwrap();
    let pending =
        OrderSnapshot { status: Some(Status::Placed), payment: Some(PaymentState::Pending) };
    assert_eq!(watch.snapshot(two.id).await, Ok(pending));
    let refused = ChargeOutcome::Declined { reason: DeclineReason::CardDeclined, at: time(3) };
    payments.settle(&two, &refused).await.unwrap();
    assert_eq!(watch.placed_order(order(3).id).await, Ok(None), "an unknown order");
    let placed = watch.placed_order(one.id).await.unwrap().unwrap();
    assert_eq!(placed, PlacedOrder { order: one.clone(), number: None, intent: None });
    let placed = watch.placed_order(two.id).await.unwrap().unwrap();
    assert_eq!((placed.order, placed.number.map(OrderNumber::get)), (two.clone(), Some(1)));
    // Many concurrent calls share one statement that contains the same order more than once.
    let asked = (0..300).map(|n| watch.snapshot(if n % 2 == 0 { one.id } else { two.id }));
    let declined =
        OrderSnapshot { status: Some(Status::Declined), payment: Some(PaymentState::Declined) };
    for (n, stand) in join_all(asked).await.into_iter().enumerate() {
        assert_eq!(stand, Ok(if n % 2 == 0 { ready } else { declined }));
    }
}

async fn undecided_orders_are_found_oldest_first(test_db: TestDatabase) {
    let (watch, book) =
        (SqlWatch::new(&test_db.database), SqlOrders::new(test_db.database.clone()));
    let (late, early, edge) = (placed_at(1, 50), placed_at(2, 40), placed_at(3, 60));
    let mut entries: Vec<_> =
        [&late, &early, &edge].map(|order| entry(order, Status::Placed, 40)).into();
    for (n, status) in (10..).zip(Status::ALL.iter().skip(1)) {
        entries.push(entry(&placed_at(n, 45), *status, 46));
    }
    // Only the status of this order is known: there is no address to write to.
    entries.push(BookEntry {
        change: change(&order(30), Status::Placed, 45),
        order: None,
        request: None,
    });
    book.record(entries).await.unwrap();

    let all = [early.clone(), late.clone(), edge.clone()];
    assert_eq!(ids(&watch, waiting(0, 60, 99, 9)).await, all);
    assert_eq!(ids(&watch, waiting(0, 59, 99, 9)).await, all[..2]);
    assert_eq!(ids(&watch, waiting(40, 60, 99, 9)).await, all[1..]);
    assert_eq!(ids(&watch, waiting(0, 60, 99, 1)).await, all[..1]);
    book.record(vec![entry(&late, Status::Confirmed, 70)]).await.unwrap();
    assert_eq!(ids(&watch, waiting(0, 60, 99, 9)).await, [early, edge]);
}

async fn a_claim_on_a_mail_holds_until_it_expires(test_db: TestDatabase) {
    let (watch, other) = (SqlWatch::new(&test_db.database), SqlWatch::new(&test_db.again().await));
    let order = placed_at(1, 40);
    let book = SqlOrders::new(test_db.database.clone());
    book.record(vec![entry(&order, Status::Placed, 40)]).await.unwrap();
    let claim = |who: &SqlWatch, now: i64, until: i64| {
        let (who, id) = (who.clone(), order.id);
        async move { who.claim(id, KIND, time(now), time(until)).await.unwrap() }
    };
    assert!(claim(&watch, 100, 200).await);
    assert!(!claim(&other, 199, 300).await && !claim(&watch, 199, 300).await);
    assert_eq!(ids(&other, waiting(0, 99, 199, 9)).await, [], "it is claimed");
    assert_eq!(ids(&other, waiting(0, 99, 200, 9)).await.len(), 1, "the claim has expired");
    assert!(watch.claim(order.id, MailKind::Ready, time(150), time(300)).await.unwrap());
    assert!(claim(&other, 200, 300).await);

    let ledger = SqlMails::new(&test_db.database);
    ledger.record_sent(order.id, KIND, time(250)).await.unwrap();
    assert_eq!(ids(&watch, waiting(0, 99, 999, 9)).await, [], "it was sent");
    assert!(!claim(&watch, 999, 1_100).await, "a sent mail cannot be claimed");
}

async fn one_of_many_concurrent_claims_succeeds(test_db: TestDatabase) {
    let all: Vec<Database> = join_all((0..4).map(|_| test_db.again())).await;
    let watches: Vec<_> = all.iter().map(SqlWatch::new).collect();
    for n in 1..30 {
        let id = order(n).id;
        let claims = (0..12).map(|turn| {
            let watch = watches[turn % watches.len()].clone();
            tokio::spawn(async move { watch.claim(id, KIND, time(1), time(9)).await.unwrap() })
        });
        let won = join_all(claims).await.into_iter().filter(|won| *won.as_ref().unwrap()).count();
        assert_eq!(won, 1);
    }
}

on_both!(
    an_order_and_its_payment_have_a_snapshot,
    undecided_orders_are_found_oldest_first,
    a_claim_on_a_mail_holds_until_it_expires,
    one_of_many_concurrent_claims_succeeds,
);
