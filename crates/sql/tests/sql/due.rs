//! Payments that a timer must look at.

use domain::{
    order::Order,
    payment::{Authentication, ChargeOutcome, DeclineReason, IntentId, Payment, PaymentState},
    ports::{DuePayments, OrderBook, PaymentBook},
    status::Status,
};
use jiff::Timestamp;
use sql::{SqlGatewayEvents, SqlOrders, SqlPayments};

use super::common::{TestDatabase, order, time};

const CAPTURED_S: i64 = 30;

async fn begin(book: &SqlPayments, order: &Order) {
    book.begin(order, time(1)).await.unwrap();
    book.store_intent(order.id, IntentId("pi_1".into())).await.unwrap();
}

fn captured() -> ChargeOutcome {
    ChargeOutcome::Captured { intent: IntentId("pi_1".into()), at: time(CAPTURED_S) }
}

fn waits(until: i64) -> ChargeOutcome {
    ChargeOutcome::ActionRequired { at: time(until - 8), until: time(until) }
}

async fn due(due: &SqlGatewayEvents, now: Timestamp) -> Vec<(PaymentState, Order)> {
    let found = due.due_payments(now, 10).await.unwrap();
    found.into_iter().map(|(payment, order)| (payment.state, order)).collect()
}

/// An authentication is due at its end, and again when it is decided, until that is published.
async fn an_authentication_is_due_at_its_end(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    let dues = SqlGatewayEvents::new(test_db.database.clone());
    let (one, two) = (order(1), order(2));
    for order in [&one, &two] {
        begin(&book, order).await;
    }
    let row = book.settle(&one, &waits(10)).await.unwrap();
    assert_eq!((row.state, row.due_at), (PaymentState::ActionRequired, Some(time(10))));
    book.settle(&two, &waits(20)).await.unwrap();
    let again = book.settle(&one, &waits(15)).await.unwrap();
    assert_eq!(again.due_at, Some(time(10)), "the first limit stays");
    let first = Authentication { at: time(2), until: time(10) };
    assert_eq!(again.action, Some(first));
    // A failed attempt at the limit is repeated later, and the limit stays what it was.
    dues.reschedule(&again, Some(time(12))).await.unwrap();
    let later = book.begin(&one, time(3)).await.unwrap();
    assert_eq!((later.due_at, later.action), (Some(time(12)), Some(first)));
    dues.reschedule(&later, Some(time(10))).await.unwrap();
    // The order is in the book, so that a timer and a page can read it.
    let view = SqlOrders::new(test_db.database.clone()).read_order(one.id).await.unwrap().unwrap();
    assert_eq!((view.standing.status, view.order), (Status::Placed, Some(one.clone())));

    let required = PaymentState::ActionRequired;
    assert_eq!(due(&dues, time(9)).await, []);
    assert_eq!(due(&dues, time(10)).await, [(required, one.clone())]);
    assert_eq!(due(&dues, time(20)).await, [(required, one.clone()), (required, two.clone())]);
    dues.reschedule(&row, None).await.unwrap();
    assert_eq!(due(&dues, time(10)).await.len(), 1, "an open row stays due");

    let row = book.settle(&one, &captured()).await.unwrap();
    assert_eq!((row.state, row.due_at), (PaymentState::Captured, Some(time(CAPTURED_S))));
    assert_eq!(due(&dues, time(CAPTURED_S)).await[1], (PaymentState::Captured, one));
    dues.reschedule(&Payment { due_at: Some(time(10)), ..row.clone() }, None).await.unwrap();
    assert_eq!(due(&dues, time(CAPTURED_S)).await.len(), 2, "another time was seen");
    dues.reschedule(&row, None).await.unwrap();
    assert_eq!(due(&dues, time(CAPTURED_S)).await, [(required, two)]);
}

/// Money that arrives for an order that was declined is to be refunded, and the order stays
/// declined.
async fn late_money_is_due_for_a_refund(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    let dues = SqlGatewayEvents::new(test_db.database.clone());
    let order = order(1);
    begin(&book, &order).await;
    let reason = DeclineReason::AuthenticationTimeout;
    let declined = ChargeOutcome::Declined { reason, at: time(2) };
    let row = book.settle(&order, &declined).await.unwrap();
    assert_eq!((row.state, row.due_at), (PaymentState::Declined, None));
    let row = book.settle(&order, &captured()).await.unwrap();
    assert_eq!((row.state, row.due_at), (PaymentState::RefundPending, Some(time(CAPTURED_S))));
    assert_eq!((row.reason, row.decided_at), (Some(reason), Some(time(2))));
    assert_eq!(row.captured_at, Some(time(CAPTURED_S)));
    assert_eq!(due(&dues, time(CAPTURED_S)).await, [(PaymentState::RefundPending, order.clone())]);
    let view = SqlOrders::new(test_db.database).read_order(order.id).await.unwrap().unwrap();
    assert_eq!(view.standing.status, Status::Declined);
}

/// Two outcomes of one order in a batch: the final one counts, and no reason is lost.
async fn the_final_outcome_of_a_batch_counts(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    for n in 0..20_u128 {
        let order = order(n + 1);
        begin(&book, &order).await;
        let (asks, paid) = (waits(20), captured());
        let (first, second) = tokio::join!(book.settle(&order, &asks), book.settle(&order, &paid));
        assert_eq!(second.unwrap().state, PaymentState::Captured);
        let first = first.unwrap().state;
        let known = [PaymentState::ActionRequired, PaymentState::Captured];
        assert!(known.contains(&first), "{first}");
    }
    let order = order(99);
    begin(&book, &order).await;
    let reason = DeclineReason::InsufficientFunds;
    let (unknown, row) =
        tokio::join!(book.mark_unknown(order.id), book.mark_declining(order.id, reason));
    unknown.unwrap();
    assert_eq!(row.unwrap().reason, Some(reason));
}

/// The reason of a decline is stored before the intent is cancelled, and a capture forgets it.
async fn the_reason_of_a_decline_is_stored_first(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    let order = order(1);
    begin(&book, &order).await;
    let reason = DeclineReason::InsufficientFunds;
    let row = book.mark_declining(order.id, reason).await.unwrap();
    assert_eq!((row.state, row.reason), (PaymentState::Unknown, Some(reason)));
    let row = book.mark_declining(order.id, DeclineReason::CardDeclined).await.unwrap();
    assert_eq!(row.reason, Some(reason), "the first one stays");
    book.mark_unknown(order.id).await.unwrap();
    let row = book.settle(&order, &captured()).await.unwrap();
    assert_eq!((row.state, row.reason), (PaymentState::Captured, None));
    let row = book.mark_declining(order.id, reason).await.unwrap();
    assert_eq!((row.state, row.reason), (PaymentState::Captured, None));
}

on_both!(
    an_authentication_is_due_at_its_end,
    late_money_is_due_for_a_refund,
    the_final_outcome_of_a_batch_counts,
    the_reason_of_a_decline_is_stored_first,
);
