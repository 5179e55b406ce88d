//! Order numbers: counted per restaurant and business day, and never given twice.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    business_day::BusinessDay,
    fixtures,
    ids::ChangeId,
    kitchen::Action,
    number::OrderNumber,
    order::{Order, OrderParts},
    payment::{Attempt, ChargeOutcome, DeclineReason, IntentId, Payment},
    ports::{OrderBook, PaymentBook, StockBook},
    stock::{Change, StockChange},
};
use jiff::Timestamp;
use sql::{SqlOrders, SqlPayments};
use uuid::Uuid;

use super::common::{TestDatabase, order, request, time};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// An order at a restaurant in Rome.
pub(crate) fn placed(n: u128, restaurant: &str, placed_at: Timestamp) -> Order {
    let mut parts = fixtures::order_parts(n);
    parts.seller.id = restaurant.parse().unwrap();
    parts.placed_at = placed_at;
    Order::try_from(parts).unwrap()
}

fn number(payment: &Payment) -> Option<u32> {
    payment.number.map(OrderNumber::get)
}

async fn each_restaurant_and_business_day_counts_from_one(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    let mut numbers = Vec::new();
    let orders = [
        ("bella-napoli", "2026-11-22T18:00:00+01:00"),
        ("bella-napoli", "2026-11-23T04:59:59+01:00"),
        ("golden-wok", "2026-11-22T18:00:00+01:00"),
        ("bella-napoli", "2026-11-23T05:00:00+01:00"),
        ("bella-napoli", "2026-11-22T20:00:00+01:00"),
    ];
    for (n, (restaurant, placed_at)) in (0..).zip(orders) {
        let row = book.begin(&placed(n, restaurant, at(placed_at)), time(1)).await.unwrap();
        numbers.push(number(&row).unwrap());
    }
    assert_eq!(numbers, [1, 2, 1, 1, 3]);
    // A restaurant may say when its day starts.
    let mut parts = OrderParts::clone(&placed(9, "bella-napoli", at("2026-11-23T04:00:00+01:00")));
    parts.seller.business_day_starts = "04:00".parse().unwrap();
    let row = book.begin(&Order::try_from(parts).unwrap(), time(1)).await.unwrap();
    assert_eq!(number(&row), Some(2), "of the 23rd");
}

async fn an_order_keeps_its_number(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    let first = book.begin(&order(1), time(1)).await.unwrap();
    assert_eq!(number(&first), Some(1));
    assert_eq!(number(&book.begin(&order(1), time(2)).await.unwrap()), Some(1));
    assert_eq!(number(&book.begin(&order(2), time(3)).await.unwrap()), Some(2));
    let outcome = ChargeOutcome::Captured { intent: IntentId("pi_1".into()), at: time(4) };
    book.store_intent(order(1).id, IntentId("pi_1".into())).await.unwrap();
    assert_eq!(number(&book.settle(&order(1), &outcome).await.unwrap()), Some(1));
    assert_eq!(number(&book.begin(&order(1), time(5)).await.unwrap()), Some(1));
    // Another record of the id is no order, whatever its restaurant.
    let other = placed(3, "golden-wok", time(77));
    test_db.tamper("UPDATE payments SET number = NULL").await;
    book.begin(&placed(3, "golden-wok", time(0)), time(6)).await.unwrap();
    test_db.tamper("UPDATE payments SET number = NULL").await;
    assert_eq!(number(&book.begin(&other, time(7)).await.unwrap()), None);
}

async fn an_order_of_an_earlier_release_gets_a_number_while_it_is_open(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    for n in [1, 2] {
        book.begin(&order(n), time(1)).await.unwrap();
    }
    let declined = ChargeOutcome::Declined { reason: DeclineReason::CardDeclined, at: time(2) };
    book.settle(&order(2), &declined).await.unwrap();
    test_db.tamper("UPDATE payments SET number = NULL; DELETE FROM order_numbers").await;
    assert_eq!(number(&book.begin(&order(1), time(3)).await.unwrap()), Some(1));
    assert_eq!(number(&book.begin(&order(2), time(3)).await.unwrap()), None);
}

async fn what_is_declined_at_once_takes_no_number(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    let id = ChangeId(Uuid::from_u128(1));
    let (dish, by) = ("bella-napoli/margherita".parse().unwrap(), "staff".parse().unwrap());
    let set = StockChange { id, dish, change: Change::Set(2), reason: None, by, at: time(0) };
    book.apply_changes(vec![set], time(0)).await.unwrap();
    let refused = Attempt {
        order: order(1),
        record_digest: None,
        refused: Some(DeclineReason::NotVerified),
        at: time(1),
    };
    assert_eq!(number(&book.record_attempt(refused).await.unwrap()), None);
    let (a, b) = (order(2), order(3));
    let (first, second) = (book.begin(&a, time(2)), book.begin(&b, time(2)));
    let (first, second) = tokio::join!(first, second);
    let mut numbers = [number(&first.unwrap()), number(&second.unwrap())];
    numbers.sort_unstable();
    assert_eq!(numbers, [None, Some(1)], "the last two pieces go to one of them");
    let none = test_db.count("SELECT CAST(SUM(last) AS BIGINT) FROM order_numbers").await;
    assert_eq!(none, 1);
}

/// The book tells a number once the order is confirmed, and so does each step after it.
async fn the_order_book_tells_the_number_of_a_confirmed_order(test_db: TestDatabase) {
    let (book, orders) = (SqlPayments::new(&test_db.database), SqlOrders::new(test_db.database));
    let (paid, broke) = (order(1), order(2));
    for order in [&paid, &broke] {
        book.begin(order, time(1)).await.unwrap();
    }
    let declined = ChargeOutcome::Declined { reason: DeclineReason::CardDeclined, at: time(2) };
    book.settle(&broke, &declined).await.unwrap();
    let view = orders.read_order(broke.id).await.unwrap().unwrap();
    assert_eq!((view.standing.number, view.number().map(OrderNumber::get)), (None, Some(2)));
    book.store_intent(paid.id, IntentId("pi_1".into())).await.unwrap();
    let captured = ChargeOutcome::Captured { intent: IntentId("pi_1".into()), at: time(2) };
    book.settle(&paid, &captured).await.unwrap();
    let view = orders.read_order(paid.id).await.unwrap().unwrap();
    assert_eq!(view.standing.number.map(OrderNumber::get), Some(1));
    for _ in 0..2 {
        let decided = orders.decide(vec![request(&paid, 7, Action::Accept)]).await.unwrap();
        let change = decided[0].0.change.clone().unwrap();
        assert_eq!(change.number, view.standing.number, "also of a repeated request");
    }
}

/// Two instances, each with orders of all restaurants and days, and many orders at both.
async fn two_instances_never_give_a_number_twice(test_db: TestDatabase) {
    let books = [SqlPayments::new(&test_db.database), SqlPayments::new(&test_db.again().await)];
    let noon = at("2026-11-22T12:00:00Z");
    let mut attempts = Vec::new();
    for n in 0..600_u32 {
        // The second instance goes through restaurants and days in the opposite order.
        for (instance, n) in [(0, n), (1, if n % 3 == 0 { n } else { 1_199 - n })] {
            let restaurant = ["bella-napoli", "golden-wok", "taqueria-sol"][n as usize % 3];
            let day = jiff::SignedDuration::from_hours(24 * i64::from(n % 4));
            let order = placed(n.into(), restaurant, noon + day);
            let book = books[instance].clone();
            attempts.push(tokio::spawn(async move {
                let row = book.begin(&order, time(1)).await.unwrap();
                (order, number(&row).unwrap())
            }));
        }
    }
    let mut numbers = BTreeMap::new();
    for attempt in attempts {
        let (order, number) = attempt.await.unwrap();
        let known = numbers.entry(order.id).or_insert((order.clone(), number));
        assert_eq!(known.1, number, "both instances give an order the same number");
    }
    let mut days = BTreeMap::<_, BTreeSet<u32>>::new();
    for (order, number) in numbers.into_values() {
        let day = (order.seller.id.clone(), BusinessDay::of(&order).date);
        assert!(days.entry(day).or_default().insert(number), "{number} was given twice");
    }
    for (day, given) in days {
        let count = u32::try_from(given.len()).unwrap();
        assert_eq!(given, (1..=count).collect(), "no gap without a failure: {day:?}");
    }
}

on_both!(
    each_restaurant_and_business_day_counts_from_one,
    an_order_keeps_its_number,
    an_order_of_an_earlier_release_gets_a_number_while_it_is_open,
    what_is_declined_at_once_takes_no_number,
    the_order_book_tells_the_number_of_a_confirmed_order,
    two_instances_never_give_a_number_twice,
);
