//! Cancellations, refunds and the ledger: each cell of the table in `domain::payment`.

use std::collections::BTreeMap;

use domain::{
    fixtures,
    ids::ChangeId,
    order::Order,
    payment::{
        Cancellation, ChargeOutcome, DeclineReason, IntentId, LedgerEntry, Payment, PaymentEvent,
        PaymentState, RefundId, Returned,
    },
    ports::{GatewayEventLog, OrderBook, PaymentBook, StockBook},
    status::Status,
    stock::{Change, Dish, StockChange},
};
use sql::{Snapshot, SqlGatewayEvents, SqlOrders, SqlPayments};
use uuid::Uuid;

use super::common::{TestDatabase, entry, order, time};

fn captured(second: i64) -> ChargeOutcome {
    ChargeOutcome::Captured { intent: IntentId("pi_1".into()), at: time(second) }
}

fn refused(reason: DeclineReason) -> ChargeOutcome {
    ChargeOutcome::Declined { reason, at: time(2) }
}

pub(super) fn off(second: i64) -> Cancellation {
    Cancellation { at: time(second), reason: "Böse Ofentür 🔥 \"aus\"".parse().unwrap() }
}

/// Applies an event to an order's payment.
async fn apply_event(book: &SqlPayments, order: &Order, event: PaymentEvent) -> Payment {
    let settle = async |outcome| book.settle(order, &outcome).await.unwrap();
    match event {
        PaymentEvent::ActionRequired => {
            settle(ChargeOutcome::ActionRequired { at: time(2), until: time(9) }).await
        }
        PaymentEvent::Captured => settle(captured(3)).await,
        PaymentEvent::Refused(reason) => settle(refused(reason)).await,
        PaymentEvent::Unknown => {
            book.mark_unknown(order.id).await.unwrap();
            book.begin(order, time(4)).await.unwrap()
        }
        PaymentEvent::Cancelled => book.record_cancellation(order, &off(5)).await.unwrap(),
        PaymentEvent::Refunded(_) => {
            book.settle_refund(order, RefundId("re_1".into()), time(6)).await.unwrap()
        }
        event => panic!("{event:?} is not applied here"),
    }
}

const EVENTS: [PaymentEvent; 7] = [
    PaymentEvent::ActionRequired,
    PaymentEvent::Captured,
    PaymentEvent::Refused(DeclineReason::CardDeclined),
    PaymentEvent::Refused(DeclineReason::Cancelled),
    PaymentEvent::Unknown,
    PaymentEvent::Cancelled,
    PaymentEvent::Refunded(Returned::All),
];

/// Every series of three events, each with its own order, follows the table after each event.
async fn every_cell_of_the_table_is_implemented(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    let triples = EVENTS
        .iter()
        .flat_map(|a| EVENTS.iter().flat_map(move |b| EVENTS.iter().map(move |c| [*a, *b, *c])));
    let mut walks = Vec::new();
    for (n, events) in (1..).zip(triples) {
        let (book, order) = (book.clone(), order(n));
        walks.push(tokio::spawn(async move {
            book.begin(&order, time(1)).await.unwrap();
            book.store_intent(order.id, IntentId("pi_1".into())).await.unwrap();
            let (mut state, mut noted) = (PaymentState::Pending, false);
            for event in events {
                let row = apply_event(&book, &order, event).await;
                // A refund is stored only for a row that waits for one.
                let is_early = matches!(event, PaymentEvent::Refunded(_))
                    && state != PaymentState::RefundPending;
                state = if is_early { state } else { state.after(event, noted) };
                noted |= event == PaymentEvent::Cancelled;
                assert_eq!(row.state, state, "{events:?} at {event:?}");
                assert_eq!(row.cancellation.is_some(), noted, "{events:?}");
                assert_eq!(row.refund.is_some(), state == PaymentState::Refunded);
                assert_eq!(row.captured_at.is_some(), state.was_captured(), "{events:?}");
            }
            (order, state)
        }));
    }
    let mut expected = BTreeMap::new();
    for walk in walks {
        let (order, state) = walk.await.unwrap();
        let mut entries = Vec::new();
        entries.extend(state.was_captured().then_some(LedgerEntry::Capture));
        entries.extend((state == PaymentState::Refunded).then_some(LedgerEntry::Refund));
        for entry in entries {
            for posting in fixtures::postings(&order, &entry) {
                let key = (order.id.to_string(), entry.to_string(), posting.account.to_string());
                expected.insert(key, posting.amount_minor);
            }
        }
    }
    assert_eq!(ledger_sums(&test_db).await, expected);
}

/// The postings in the ledger.
async fn ledger_sums(test_db: &TestDatabase) -> BTreeMap<(String, String, String), i64> {
    let mut snapshot = Snapshot::of(&test_db.database).await.unwrap();
    let mut rows = BTreeMap::new();
    let read = snapshot.ledger(|row| {
        assert_eq!(row.currency, "EUR");
        let entry: LedgerEntry = row.entry.parse().unwrap();
        let account: domain::payment::LedgerAccount = row.account.parse().unwrap();
        rows.insert((row.order_id, entry.to_string(), account.to_string()), row.amount_minor);
    });
    read.await.unwrap();
    snapshot.close().await.unwrap();
    rows
}

async fn an_order_without_a_charge_is_void(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    let order = fixtures::delivery(1);
    let void = book.record_cancellation(&order, &off(5)).await.unwrap();
    assert_eq!((void.state, void.attempts), (PaymentState::Void, 0));
    assert_eq!((void.reason, void.decided_at), (Some(DeclineReason::Cancelled), Some(time(5))));
    assert_eq!((void.amount, void.placed_at), (order.total(), order.placed_at));
    assert_eq!(book.begin(&order, time(6)).await.unwrap(), void, "it is not charged any more");
    assert_eq!(
        book.record_cancellation(&order, &off(9)).await.unwrap(),
        void,
        "the first one is kept"
    );
    assert!(ledger_sums(&test_db).await.is_empty());
}

/// Each attempt to cancel the intent of an open payment has a key of its own.
async fn attempts_at_a_cancellation_are_counted(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    let order = order(1);
    book.begin(&order, time(1)).await.unwrap();
    book.store_intent(order.id, IntentId("pi_1".into())).await.unwrap();
    for attempts in 2..=4 {
        let row = book.record_cancellation(&order, &off(5)).await.unwrap();
        assert_eq!((row.state, row.attempts), (PaymentState::Pending, attempts));
    }
    let void = book.settle(&order, &refused(DeclineReason::Cancelled)).await.unwrap();
    assert_eq!(book.record_cancellation(&order, &off(6)).await.unwrap().attempts, void.attempts);
}

async fn attempts_at_a_refund_are_counted_and_the_first_one_stays(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    let order = order(1);
    book.begin(&order, time(1)).await.unwrap();
    book.store_intent(order.id, IntentId("pi_1".into())).await.unwrap();
    book.settle(&order, &captured(2)).await.unwrap();
    for attempt in 1..=3 {
        let row = book.record_cancellation(&order, &off(4 + i64::from(attempt))).await.unwrap();
        assert_eq!((row.state, row.refund_attempts), (PaymentState::RefundPending, attempt));
        assert_eq!(row.cancellation, Some(off(5)));
    }
    let first = book.settle_refund(&order, RefundId("re_1".into()), time(9)).await.unwrap();
    assert_eq!(
        (first.refund.clone(), first.refunded_at),
        (Some(RefundId("re_1".into())), Some(time(9)))
    );
    let again = book.settle_refund(&order, RefundId("re_2".into()), time(10)).await.unwrap();
    assert_eq!(again, first);
    assert_eq!(book.record_cancellation(&order, &off(11)).await.unwrap(), first);
    let view =
        SqlOrders::new(test_db.database.clone()).read_order(order.id).await.unwrap().unwrap();
    assert_eq!(view.payment, Some(first));
}

/// The pieces of a cancelled order are released once, at any time of the cancellation.
async fn a_cancelled_order_releases_its_pieces(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    let dish: Dish = "bella-napoli/margherita".parse().unwrap();
    let (id, by, at) = (ChangeId(Uuid::from_u128(1)), "staff".parse().unwrap(), time(1));
    let change = Change::Set(5);
    let set = StockChange { id, dish: dish.clone(), change, reason: None, by, at };
    book.apply_changes(vec![set], at).await.unwrap();
    let left = async || book.read_levels(std::slice::from_ref(&dish)).await.unwrap()[0].on_hand;
    let orders = [order(1), order(2)];
    for order in &orders {
        book.begin(order, time(2)).await.unwrap();
        book.store_intent(order.id, IntentId("pi_1".into())).await.unwrap();
    }
    assert_eq!(left().await, Some(1));
    // One is cancelled after its charge, the other during it.
    book.settle(&orders[0], &captured(3)).await.unwrap();
    book.record_cancellation(&orders[1], &off(4)).await.unwrap();
    assert_eq!(left().await, Some(1), "its outcome is not known yet");
    for _ in 0..2 {
        book.record_cancellation(&orders[0], &off(4)).await.unwrap();
        assert_eq!(left().await, Some(3));
    }
    book.settle_refund(&orders[0], RefundId("re_1".into()), time(5)).await.unwrap();
    for _ in 0..2 {
        book.settle(&orders[1], &captured(6)).await.unwrap();
        assert_eq!(left().await, Some(5));
    }
}

/// Captures race cancellations from two instances: no cancelled order keeps money.
async fn cancellations_race_captures(test_db: TestDatabase) {
    let books = [SqlPayments::new(&test_db.database), SqlPayments::new(&test_db.again().await)];
    let mut races = Vec::new();
    for n in 0..200_u32 {
        let (one, other) = (books[n as usize % 2].clone(), books[(n as usize + 1) % 2].clone());
        let order = order(u128::from(n) + 1);
        races.push(tokio::spawn(async move {
            one.begin(&order, time(1)).await.unwrap();
            one.store_intent(order.id, IntentId("pi_1".into())).await.unwrap();
            let (outcome, cancellation) = (captured(3), off(3));
            let (paid, cancelled) = tokio::join!(
                one.settle(&order, &outcome),
                other.record_cancellation(&order, &cancellation)
            );
            paid.unwrap();
            cancelled.unwrap();
            one.record_cancellation(&order, &off(4)).await.unwrap().state
        }));
    }
    for race in races {
        assert_eq!(race.await.unwrap(), PaymentState::RefundPending);
    }
}

async fn gateway_events_are_recorded_as_handled(test_db: TestDatabase) {
    let log = SqlGatewayEvents::new(test_db.database.clone());
    assert!(!log.is_handled("evt_1").await.unwrap());
    for _ in 0..2 {
        log.record_handled("evt_1", time(1)).await.unwrap();
        assert!(log.is_handled("evt_1").await.unwrap());
    }
    assert!(!log.is_handled("evt_2").await.unwrap());
    let order = order(1);
    assert_eq!(log.payment(order.id).await.unwrap(), None);
    SqlOrders::new(test_db.database.clone())
        .record(vec![entry(&order, Status::Placed, 0)])
        .await
        .unwrap();
    assert_eq!(log.payment(order.id).await.unwrap(), None, "placed, without a payment");
    let payment = SqlPayments::new(&test_db.database).begin(&order, time(1)).await.unwrap();
    assert_eq!(log.payment(order.id).await.unwrap(), Some((payment, Some(order))));
}

on_both!(
    every_cell_of_the_table_is_implemented,
    an_order_without_a_charge_is_void,
    attempts_at_a_cancellation_are_counted,
    attempts_at_a_refund_are_counted_and_the_first_one_stays,
    a_cancelled_order_releases_its_pieces,
    cancellations_race_captures,
    gateway_events_are_recorded_as_handled
);
