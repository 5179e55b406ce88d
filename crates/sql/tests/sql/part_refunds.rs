//! Refunds of parts: reserved, booked, failed, and never more than was taken.

use domain::{
    fixtures,
    money::Money,
    order::{Order, OrderParts},
    payment::{
        Cancellation, ChargeOutcome, Dispute, DisputeId, GatewayRefund, IntentId, LinePieces,
        Payment, PaymentState, RefundEntry, RefundId, RefundOutcome, RefundPart, RefundPurpose,
        RefundRequest, Refunder,
    },
    payment_method::PaymentMethod,
    ports::{OrderBook, PaymentBook, PaymentProgress, RefundBook},
};
use sql::{Snapshot, SqlOrders, SqlPayments};

use super::common::{TestDatabase, time};

fn intent() -> IntentId {
    IntentId("pi_1".into())
}

/// An order of 24.50 whose money was captured.
async fn captured(book: &SqlPayments, n: u128) -> Order {
    let order = fixtures::delivery(n);
    book.begin(&order, time(1)).await.unwrap();
    book.store_intent(order.id, intent()).await.unwrap();
    let outcome = ChargeOutcome::Captured { intent: intent(), at: time(2) };
    book.settle(&order, &outcome).await.unwrap();
    order
}

fn request(order: &Order, name: &str, part: RefundPart) -> RefundRequest {
    RefundRequest {
        key: name.parse().unwrap(),
        order_id: order.id,
        part,
        reason: "Kalt: \"brr\" 🥶".parse().unwrap(),
        by: Refunder::Kitchen,
        person: Some("Zoë".parse().unwrap()),
        at: time(3),
    }
}

fn amount(order: &Order, name: &str, minor: i64) -> RefundRequest {
    request(order, name, RefundPart::Amount(minor))
}

fn made(order: &Order, id: &str, minor: i64, purpose: RefundPurpose) -> GatewayRefund {
    let (amount, order_id) = (Money::new(minor, order.currency), Some(order.id));
    GatewayRefund { id: RefundId(id.into()), intent: intent(), amount, purpose, order_id }
}

fn for_request(order: &Order, id: &str, minor: i64, key: &str) -> GatewayRefund {
    made(order, id, minor, RefundPurpose::Part(key.parse().unwrap()))
}

async fn reserve(book: &SqlPayments, request: &RefundRequest) -> RefundEntry {
    book.reserve_refund(request, time(4)).await.unwrap().unwrap()
}

async fn book_one(book: &SqlPayments, order: &Order, refund: &GatewayRefund) -> RefundEntry {
    book.book_refund(order.id, refund, time(5), None).await.unwrap().unwrap()
}

fn sums(payment: &Payment) -> (PaymentState, i64, i64) {
    (payment.state, payment.parts.reserved_minor, payment.parts.booked_minor)
}

/// The amounts that entries moved between the restaurant's money and the customer, by entry.
async fn moved(test_db: &TestDatabase) -> Vec<(String, i64)> {
    let mut snapshot = Snapshot::of(&test_db.database).await.unwrap();
    let (mut rows, mut all) = (Vec::new(), 0);
    let read = snapshot.ledger(|row| {
        all += row.amount_minor;
        if ["gateway", "till"].contains(&row.account.as_str()) {
            rows.push((row.entry.clone(), row.amount_minor));
        }
    });
    read.await.unwrap();
    snapshot.close().await.unwrap();
    assert_eq!(all, 0, "the ledger balances");
    rows.sort();
    rows
}

async fn parts_are_reserved_and_booked_once(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    let order = captured(&book, 1).await;
    let pieces = vec![LinePieces { line: 0, quantity: 1 }];
    let asked = request(&order, "a", RefundPart::Lines(pieces.clone()));
    let first = reserve(&book, &asked).await;
    assert_eq!(sums(&first.payment), (PaymentState::RefundPending, 1100, 0));
    assert_eq!((first.refund.amount_minor, &first.refund.lines), (1100, &pieces));
    assert_eq!((&first.refund.person, &first.refund.reason), (&asked.person, &asked.reason));
    assert_eq!(first.order, order);
    let again = reserve(&book, &asked).await;
    assert_eq!((first.refund.attempts, again.refund.attempts), (1, 2));
    assert_eq!(again.payment, first.payment);
    let other = amount(&order, "a", 5);
    assert_eq!(reserve(&book, &other).await.refund.amount_minor, 1100, "the first one stays");

    let booked = book_one(&book, &order, &for_request(&order, "re_1", 1100, "a")).await;
    assert_eq!(sums(&booked.payment), (PaymentState::PartlyRefunded, 0, 1100));
    let (id, at) = (RefundId("re_1".into()), time(5));
    let outcome = RefundOutcome::Booked { id, at, refunded_total_minor: 1100 };
    assert_eq!(booked.refund.outcome, outcome);
    for entry in [
        book_one(&book, &order, &for_request(&order, "re_1", 1100, "a")).await,
        reserve(&book, &asked).await,
        book.fail_refund(order.id, &asked.key, "late", time(9)).await.unwrap().unwrap(),
    ] {
        assert_eq!(
            (entry.refund.outcome, sums(&entry.payment)),
            (outcome.clone(), sums(&booked.payment))
        );
    }
    let rest = reserve(&book, &amount(&order, "b", 1350)).await;
    assert_eq!(rest.payment.refundable_minor(), 0);
    let booked = book_one(&book, &order, &for_request(&order, "re_2", 1350, "b")).await;
    assert_eq!(sums(&booked.payment), (PaymentState::Refunded, 0, 2450));
    let expected = [("capture", 2450), ("refund:a", -1100), ("refund:b", -1350)]
        .map(|(e, n)| (e.to_owned(), n));
    assert_eq!(moved(&test_db).await, expected);
    let orders = SqlOrders::new(test_db.database.clone());
    let view = orders.read_order(order.id).await.unwrap().unwrap();
    assert_eq!(view.payment, Some(booked.payment));
    let back = orders.money_back(order.id).await.unwrap();
    assert_eq!(back.refunds.iter().map(|r| r.amount_minor).collect::<Vec<_>>(), [1100, 1350]);
}

async fn what_is_too_much_fails_and_what_fails_is_released(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    let order = captured(&book, 1).await;
    let more = reserve(&book, &amount(&order, "more", 2451)).await;
    assert_eq!(sums(&more.payment), (PaymentState::Captured, 0, 0));
    assert!(
        matches!(&more.refund.outcome, RefundOutcome::Failed { reason, .. } if reason.contains("more than is left"))
    );
    assert_eq!((more.refund.amount_minor, more.payment.parts.count), (2451, 1));
    let asked = amount(&order, "a", 2000);
    reserve(&book, &asked).await;
    let failed = book.fail_refund(order.id, &asked.key, "no", time(6)).await.unwrap().unwrap();
    assert_eq!(sums(&failed.payment), (PaymentState::Captured, 0, 0));
    assert_eq!(reserve(&book, &asked).await.refund, failed.refund, "it is not tried again");
    let next = reserve(&book, &amount(&order, "b", 2450)).await;
    assert_eq!(next.refund.outcome, RefundOutcome::Reserved);
    let unknown = "unknown".parse().unwrap();
    assert_eq!(book.fail_refund(order.id, &unknown, "no", time(6)).await.unwrap(), None);
    let stranger = fixtures::order(9);
    assert_eq!(book.reserve_refund(&amount(&stranger, "c", 1), time(4)).await.unwrap(), None);
}

/// Requests of two instances at once come to no more than was taken.
async fn concurrent_requests_never_come_to_more(test_db: TestDatabase) {
    let books = [SqlPayments::new(&test_db.database), SqlPayments::new(&test_db.again().await)];
    let order = captured(&books[0], 1).await;
    let tries = (0..40_usize).map(|n| {
        let (book, asked) = (books[n % 2].clone(), amount(&order, &format!("key-{n}"), 300));
        tokio::spawn(async move { reserve(&book, &asked).await.refund.outcome })
    });
    let tries: Vec<_> = tries.collect();
    let mut reserved = 0;
    for outcome in tries {
        reserved += u32::from(outcome.await.unwrap() == RefundOutcome::Reserved);
    }
    assert_eq!(reserved, 8, "of 24.50");
    let view = SqlOrders::new(test_db.database.clone()).read_order(order.id).await.unwrap();
    let payment = view.unwrap().payment.unwrap();
    assert_eq!((payment.parts.count, payment.parts.reserved_minor), (40, 2400));
}

/// A cancellation waits for a part that is under way, and returns what is left.
async fn a_cancellation_returns_what_is_left(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    let order = captured(&book, 1).await;
    let off = Cancellation { at: time(6), reason: "No oven".parse().unwrap() };
    reserve(&book, &amount(&order, "a", 450)).await;
    let waiting = book.record_cancellation(&order, &off).await.unwrap();
    assert_eq!((waiting.state, waiting.refund_attempts), (PaymentState::RefundPending, 0));
    let early = book.settle_refund(&order, RefundId("re_9".into()), time(7)).await.unwrap();
    assert_eq!(early, waiting, "the part is not known yet");
    let late = reserve(&book, &amount(&order, "b", 1)).await;
    assert!(matches!(late.refund.outcome, RefundOutcome::Failed { .. }), "all goes back");
    let part = book_one(&book, &order, &for_request(&order, "re_1", 450, "a")).await;
    assert_eq!(sums(&part.payment), (PaymentState::RefundPending, 0, 450));
    let first = book.record_cancellation(&order, &off).await.unwrap();
    assert_eq!((first.refund_attempts, first.remainder_minor()), (1, 2000));
    let done = book.settle_refund(&order, RefundId("re_2".into()), time(8)).await.unwrap();
    assert_eq!((done.state, done.refund_minor), (PaymentState::Refunded, Some(2000)));
    assert_eq!(done.refunded_minor(), 2450);
    let again = book.settle_refund(&order, RefundId("re_3".into()), time(9)).await.unwrap();
    assert_eq!(again, done);
    let expected = [("capture", 2450), ("refund", -2000), ("refund:a", -450)];
    assert_eq!(moved(&test_db).await, expected.map(|(e, n)| (e.to_owned(), n)));
    let part = for_request(&order, "re_1", 450, "a");
    let rest = |id| made(&order, id, 2000, RefundPurpose::Rest);
    let mut booked = book.booked_refunds(&[rest("re_4"), part, rest("re_2")]).await.unwrap();
    booked.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(booked, ["re_1", "re_2"].map(|id| RefundId(id.into())));
}

/// A refund that was made at the gateway is booked once, and due until it is published.
async fn a_refund_of_the_gateway_is_booked_once(test_db: TestDatabase) {
    let books = [SqlPayments::new(&test_db.database), SqlPayments::new(&test_db.again().await)];
    let order = captured(&books[0], 1).await;
    reserve(&books[0], &amount(&order, "a", 450)).await;
    let refund = made(&order, "re_1", 500, RefundPurpose::Foreign);
    let learn = |n: usize| {
        let (book, id, refund) = (books[n % 2].clone(), order.id, refund.clone());
        tokio::spawn(async move { book.book_refund(id, &refund, time(5), Some(time(5))).await })
    };
    let tries: Vec<_> = (0..20).map(learn).collect();
    for entry in tries {
        let entry = entry.await.unwrap().unwrap().unwrap();
        assert_eq!(sums(&entry.payment), (PaymentState::RefundPending, 450, 500));
        assert_eq!(
            (entry.refund.by, entry.refund.key.to_string()),
            (Refunder::Gateway, "re_1".into())
        );
    }
    // A tag of ours whose row is lost, or waits for another amount, is booked as it is.
    let other = for_request(&order, "re_2", 100, "a");
    let entry = book_one(&books[1], &order, &other).await;
    assert_eq!((entry.refund.by, entry.payment.parts.count), (Refunder::Gateway, 3));
    let whole = made(&order, "re_3", 2450, RefundPurpose::Foreign);
    assert!(books[0].book_refund(order.id, &whole, time(5), None).await.is_err(), "too much");
    let rest = made(&order, "re_4", 5, RefundPurpose::Rest);
    assert_eq!(books[0].book_refund(order.id, &rest, time(5), None).await.unwrap(), None);

    let due = books[1].due_refunds(time(5), 10).await.unwrap();
    assert_eq!(due.iter().map(|entry| entry.refund.key.to_string()).collect::<Vec<_>>(), ["re_1"]);
    assert_eq!(due[0].order, order);
    assert!(books[1].due_refunds(time(4), 10).await.unwrap().is_empty());
    books[1].record_published(order.id, &due[0].refund.key).await.unwrap();
    assert!(books[1].due_refunds(time(9), 10).await.unwrap().is_empty());
    let expected = [("capture", 2450), ("refund:re_1", -500), ("refund:re_2", -100)];
    assert_eq!(moved(&test_db).await, expected.map(|(e, n)| (e.to_owned(), n)));
}

async fn cash_is_booked_at_once(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    let mut parts = OrderParts::clone(&fixtures::delivery(1));
    parts.payment_method = PaymentMethod::Cash;
    let order = Order::try_from(parts).unwrap();
    book.begin(&order, time(1)).await.unwrap();
    let early = reserve(&book, &amount(&order, "early", 1)).await;
    assert!(matches!(early.refund.outcome, RefundOutcome::Failed { .. }), "it is only due");
    book.record_progress(&order, PaymentProgress::Collected, time(2)).await.unwrap();
    let id = RefundId("a".into());
    for _ in 0..2 {
        let entry = reserve(&book, &amount(&order, "a", 450)).await;
        assert_eq!(sums(&entry.payment), (PaymentState::PartlyRefunded, 0, 450));
        let (id, at) = (id.clone(), time(4));
        let outcome = RefundOutcome::Booked { id, at, refunded_total_minor: 450 };
        assert_eq!(entry.refund.outcome, outcome);
    }
    let rest = reserve(&book, &amount(&order, "b", 2000)).await;
    assert_eq!(sums(&rest.payment), (PaymentState::Refunded, 0, 2450));
    let expected = [("collection", 2450), ("refund:a", -450), ("refund:b", -2000)];
    assert_eq!(moved(&test_db).await, expected.map(|(e, n)| (e.to_owned(), n)));
}

async fn disputes_are_stored_once(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    let order = captured(&book, 1).await;
    let dispute = |id: &str, minor| Dispute {
        id: DisputeId(id.into()),
        amount: Money::new(minor, order.currency),
        reason: "fraudulent".into(),
        at: time(7),
    };
    let (first, second) = (dispute("dp_1", 2450), dispute("dp_2", 5));
    for dispute in [&first, &dispute("dp_1", 1), &second] {
        book.record_dispute(order.id, dispute).await.unwrap();
    }
    let back = SqlOrders::new(test_db.database.clone()).money_back(order.id).await.unwrap();
    assert_eq!((back.disputes, back.refunds), (vec![first, second], vec![]));
}

on_both!(
    parts_are_reserved_and_booked_once,
    what_is_too_much_fails_and_what_fails_is_released,
    concurrent_requests_never_come_to_more,
    a_cancellation_returns_what_is_left,
    a_refund_of_the_gateway_is_booked_once,
    cash_is_booked_at_once,
    disputes_are_stored_once
);
