//! The books of a day: sums of what was posted within it, for one restaurant.

use domain::{
    books::{BookedSum, DayBooks, Direction, LedgerMovement},
    fixtures,
    ids::RestaurantId,
    money::Money,
    order::Order,
    payment::{Attempt, Cancellation, ChargeOutcome, IntentId, RefundId},
    payment_method::MethodKind,
    ports::{LedgerReader, PaymentBook, PaymentProgress},
    tax::Prices,
};
use sql::{SqlBooks, SqlPayments};

use super::common::{TestDatabase, order, time};

async fn pay(book: &SqlPayments, order: &Order, second: i64) {
    book.begin(order, time(second)).await.unwrap();
    book.store_intent(order.id, IntentId("pi_1".into())).await.unwrap();
    let charge = ChargeOutcome::Captured { intent: IntentId("pi_1".into()), at: time(second) };
    book.settle(order, &charge).await.unwrap();
}

async fn pay_cash(book: &SqlPayments, order: &Order, second: i64) {
    let mut parts = (**order).clone();
    parts.payment_method = "cash".parse().unwrap();
    let order = Order::try_from(parts).unwrap();
    let attempt =
        Attempt { order: order.clone(), record_digest: None, refused: None, at: time(second - 1) };
    book.record_attempt(attempt).await.unwrap();
    book.settle(&order, &ChargeOutcome::Due { at: time(second - 1) }).await.unwrap();
    let collected = PaymentProgress::Collected;
    book.record_progress(&order, collected, time(second)).await.unwrap().unwrap();
}

async fn refund(book: &SqlPayments, order: &Order, second: i64) {
    let off = Cancellation { at: time(second), reason: "no oven".parse().unwrap() };
    book.record_cancellation(order, &off).await.unwrap();
    book.settle_refund(order, RefundId("re_1".into()), time(second)).await.unwrap();
}

/// An order of another restaurant.
fn elsewhere(n: u128) -> Order {
    let mut parts = fixtures::order_parts(n);
    parts.seller.id = "golden-wok".parse().unwrap();
    Order::try_from(parts).unwrap()
}

async fn booked(test_db: &TestDatabase, from: i64, to: i64) -> Vec<BookedSum> {
    let id: RestaurantId = fixtures::restaurant().id;
    let books = SqlBooks::new(test_db.database.clone());
    books.booked(&id, time(from), time(to)).await.unwrap()
}

async fn books(test_db: &TestDatabase, from: i64, to: i64) -> DayBooks {
    let mut all = DayBooks::from_sums(&booked(test_db, from, to).await).unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

async fn a_day_has_what_was_booked_within_it(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    let taxed = fixtures::taxed(&fixtures::delivery(2), Prices::Inclusive);
    let cash = fixtures::taxed(&order(3), Prices::Exclusive);
    pay(&book, &order(1), 10).await;
    pay(&book, &taxed, 20).await;
    pay_cash(&book, &cash, 29).await;
    pay(&book, &elsewhere(4), 20).await;
    refund(&book, &order(1), 30).await;

    let day = books(&test_db, 20, 30).await;
    let (sale, card) = (Some(Direction::Sale), Some(MethodKind::Card));
    assert_eq!(day.movements(None, Direction::Sale), 2, "from is within, to is not");
    assert_eq!(day.movements(None, Direction::Refund), 0);
    assert_eq!(day.sum(card, sale).total_minor(), taxed.totals.total_minor);
    let tax_minor: i64 = taxed.tax.iter().flat_map(|t| &t.amounts).map(|a| a.tax_minor).sum();
    assert_eq!(day.sum(card, sale).tax_minor, tax_minor);
    let in_cash = day.sum(Some(MethodKind::Cash), None);
    assert_eq!(in_cash.total_minor(), cash.totals.total_minor);
    for rate in day.rates() {
        let known = taxed.tax.iter().chain(&cash.tax).flat_map(|tax| &tax.amounts);
        let known = known.map(|amount| &amount.rate).find(|known| known.id == rate.id).unwrap();
        let expected = (Some(&known.name), Some(known.percent));
        assert_eq!((rate.name.as_ref(), rate.percent), expected);
    }

    let later = books(&test_db, 30, 31).await;
    assert_eq!(later.sum(None, None).total_minor(), -order(1).totals.total_minor);
    assert_eq!(later.movements(card, Direction::Refund), 1);
    assert_eq!(booked(&test_db, 31, 99).await, []);
}

async fn postings_of_earlier_releases_are_found_by_their_order(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    pay(&book, &order(1), 10).await;
    pay(&book, &elsewhere(2), 10).await;
    let before = booked(&test_db, 0, 99).await;
    test_db.tamper("UPDATE ledger SET restaurant_id = NULL").await;
    assert_eq!(booked(&test_db, 0, 99).await, before);
    assert_eq!(before.iter().filter(|sum| sum.account.holds_money()).count(), 1);
}

async fn movements_by_card_are_listed_with_all_of_their_orders(test_db: TestDatabase) {
    let book = SqlPayments::new(&test_db.database);
    pay(&book, &order(1), 10).await;
    refund(&book, &order(1), 30).await;
    pay_cash(&book, &order(2), 30).await;
    pay(&book, &order(3), 31).await;
    pay(&book, &elsewhere(4), 30).await;
    let books = SqlBooks::new(test_db.database.clone());
    let id = fixtures::restaurant().id;
    let mut found = books.card_movements(&id, time(30), time(31)).await.unwrap();
    found.sort_by_key(|movement| movement.at);
    let total = order(1).total();
    let expected = [
        LedgerMovement {
            order: order(1).id,
            direction: Direction::Sale,
            money: total,
            at: time(10),
        },
        LedgerMovement {
            order: order(1).id,
            direction: Direction::Refund,
            money: Money::new(-total.minor, total.currency),
            at: time(30),
        },
    ];
    assert_eq!(found, expected);
    let orders = [order(1).id, order(2).id, elsewhere(4).id, order(9).id];
    let of_orders = books.card_movements_of(&orders).await.unwrap();
    assert_eq!(of_orders.len(), 3, "without cash: {of_orders:?}");
    let restaurants = books.restaurants_of(&orders).await.unwrap();
    assert_eq!(restaurants.len(), 3);
    assert_eq!(restaurants[&elsewhere(4).id].as_str(), "golden-wok");
}

on_both!(
    movements_by_card_are_listed_with_all_of_their_orders,
    a_day_has_what_was_booked_within_it,
    postings_of_earlier_releases_are_found_by_their_order
);
