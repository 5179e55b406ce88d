//! The payment rows: an attempt is recorded first, and the first outcome stays.

use domain::{
    fixtures,
    order::Order,
    payment::{Attempt, ChargeOutcome, DeclineReason, IntentId, PaymentState},
    ports::{OrderBook, PaymentBook},
    status::Status,
};
use sql::{SqlOrders, SqlPayments};

use super::common::{TestDatabase, order, time};

fn intent(name: &str) -> IntentId {
    IntentId(name.to_owned())
}

fn captured(second: i64) -> ChargeOutcome {
    ChargeOutcome::Captured { intent: intent("pi_1"), at: time(second) }
}

fn declined(second: i64) -> ChargeOutcome {
    ChargeOutcome::Declined { reason: DeclineReason::InsufficientFunds, at: time(second) }
}

async fn the_first_attempt_makes_a_row_and_later_ones_count(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    let order = order(1);
    let first = book.begin(&order, time(5)).await.unwrap();
    assert_eq!((first.attempts, first.state), (1, PaymentState::Pending));
    assert_eq!((first.amount, first.placed_at), (order.total(), order.placed_at));
    assert_eq!((first.intent, first.decided_at, first.reason), (None, None, None));
    assert_eq!(book.begin(&order, time(6)).await.unwrap().attempts, 2);
    book.mark_unknown(order.id).await.unwrap();
    let third = book.begin(&order, time(7)).await.unwrap();
    assert_eq!((third.attempts, third.state), (3, PaymentState::Unknown));
    book.settle(&order, &declined(8)).await.unwrap();
    assert_eq!(book.begin(&order, time(9)).await.unwrap().attempts, 3, "decided");
}

async fn the_row_belongs_to_the_first_order(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    let mut parts = fixtures::order_parts(1);
    parts.placed_at = time(77);
    parts.totals.tip_minor = 100;
    parts.totals.total_minor += 100;
    let later = Order::try_from(parts).unwrap();
    let first = book.begin(&order(1), time(1)).await.unwrap();
    let row = book.begin(&later, time(2)).await.unwrap();
    assert_eq!((row.amount, row.placed_at), (first.amount, first.placed_at));
}

fn refused(n: u128, second: i64) -> Attempt {
    let refused = Some(DeclineReason::NotVerified);
    Attempt { order: order(n), record_digest: Some("d1".into()), refused, at: time(second) }
}

async fn a_refused_order_is_declined_at_once(test_db: TestDatabase) {
    let (book, orders) = (SqlPayments::new(&test_db.database), SqlOrders::new(test_db.database));
    let row = book.record_attempt(refused(1, 5)).await.unwrap();
    let (state, reason) = (PaymentState::Declined, Some(DeclineReason::NotVerified));
    assert_eq!((row.state, row.reason, row.decided_at), (state, reason, Some(time(5))));
    assert!(row.belongs_to(&order(1), Some("d1")) && !row.belongs_to(&order(1), Some("d2")));
    assert_eq!(book.record_attempt(refused(1, 6)).await.unwrap(), row, "it stays declined");
    assert_eq!(book.begin(&order(1), time(7)).await.unwrap(), row);
    let view = orders.read_order(order(1).id).await.unwrap().unwrap();
    assert_eq!(view.standing.status, Status::Declined);
    assert_eq!(view.standing.reason.as_deref(), Some("not_verified"));
    assert_eq!((view.order, view.payment), (Some(order(1)), Some(row)));
    // An order that was checked and accepted before is not refused any more.
    book.begin(&order(2), time(1)).await.unwrap();
    let row = book.record_attempt(refused(2, 2)).await.unwrap();
    assert_eq!((row.state, row.attempts, row.reason), (PaymentState::Pending, 2, None));
    assert_eq!(orders.read_order(order(2).id).await.unwrap(), None);
}

async fn the_first_intent_stays(test_db: TestDatabase) {
    let (book, order) = (SqlPayments::new(&test_db.database), order(1));
    book.begin(&order, time(1)).await.unwrap();
    let stored = book.store_intent(order.id, intent("pi_1")).await.unwrap();
    assert_eq!(stored.intent, Some(intent("pi_1")));
    let stored = book.store_intent(order.id, intent("pi_2")).await.unwrap();
    assert_eq!(stored.intent, Some(intent("pi_1")));
}

async fn the_first_outcome_stays_and_moves_the_order(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    let orders = SqlOrders::new(test_db.database.clone());
    let (paid, broke) = (order(1), fixtures::delivery(2));
    for order in [&paid, &broke] {
        book.begin(order, time(1)).await.unwrap();
        book.store_intent(order.id, intent("pi_1")).await.unwrap();
        assert_eq!(orders.read_order(order.id).await.unwrap(), None, "nothing is known yet");
    }
    let first = book.settle(&paid, &captured(2)).await.unwrap();
    assert_eq!((first.state, first.decided_at), (PaymentState::Captured, Some(time(2))));
    for late in [declined(3), captured(4)] {
        assert_eq!(book.settle(&paid, &late).await.unwrap(), first);
    }
    let first = book.settle(&broke, &declined(2)).await.unwrap();
    assert_eq!(first.reason, Some(DeclineReason::InsufficientFunds));
    let again = ChargeOutcome::Declined { reason: DeclineReason::CardDeclined, at: time(3) };
    assert_eq!(book.settle(&broke, &again).await.unwrap(), first);
    book.mark_unknown(broke.id).await.unwrap();
    assert_eq!(book.begin(&broke, time(4)).await.unwrap(), first, "a known outcome stays");

    let view = orders.read_order(paid.id).await.unwrap().unwrap();
    assert_eq!(view.standing.status, Status::Confirmed);
    let steps = [(Status::Placed, paid.placed_at), (Status::Confirmed, time(2))];
    assert_eq!(view.history, steps, "no gap, although its placing was not recorded");
    assert_eq!(view.order, Some(paid));
    let view = orders.read_order(broke.id).await.unwrap().unwrap();
    assert_eq!(view.standing.status, Status::Declined);
    assert_eq!(view.standing.reason.as_deref(), Some("insufficient_funds"));
    assert_eq!(view.payment, Some(first));
}

async fn a_missing_row_is_an_error(test_db: TestDatabase) {
    let (book, missing) = (SqlPayments::new(&test_db.database), order(1));
    assert!(book.store_intent(missing.id, intent("pi_1")).await.is_err());
    assert!(book.mark_unknown(missing.id).await.is_err());
    assert!(book.settle(&missing, &captured(1)).await.is_err());
}

/// Hundreds of orders from two instances share statements; each caller gets its own row.
async fn hundreds_of_concurrent_calls_each_get_their_own_row(test_db: TestDatabase) {
    let books = [SqlPayments::new(&test_db.database), SqlPayments::new(&test_db.again().await)];
    let mut charges = Vec::new();
    for n in 0..600_u32 {
        let (book, order) = (books[n as usize % 2].clone(), order(u128::from(n / 2)));
        charges.push(tokio::spawn(async move {
            book.begin(&order, time(1)).await.unwrap();
            let name = format!("pi_{n}");
            let stored = book.store_intent(order.id, IntentId(name)).await.unwrap();
            let at = time(i64::from(n) + 2);
            let outcome = ChargeOutcome::Captured { intent: stored.intent.clone().unwrap(), at };
            let settled = book.settle(&order, &outcome).await.unwrap();
            assert_eq!(settled.order_id, order.id);
            assert_eq!(settled.intent, stored.intent, "the stored intent is never replaced");
            (order.id, settled.intent, settled.decided_at, settled.state)
        }));
    }
    let mut answers = Vec::new();
    for charge in charges {
        answers.push(charge.await.unwrap());
    }
    for pair in answers.chunks(2) {
        assert_eq!(pair[0], pair[1], "both instances get the same outcome");
    }
}

on_both!(
    the_first_attempt_makes_a_row_and_later_ones_count,
    the_row_belongs_to_the_first_order,
    a_refused_order_is_declined_at_once,
    the_first_intent_stays,
    the_first_outcome_stays_and_moves_the_order,
    a_missing_row_is_an_error,
    hundreds_of_concurrent_calls_each_get_their_own_row
);
