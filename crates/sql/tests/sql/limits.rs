//! The longest, largest, earliest and latest values that the types allow are read back unchanged.

use domain::{
    facts::{Fact, Scope},
    fixtures,
    money::{Currency, MAX_ORDER_MINOR},
    order::Order,
    payment::IntentId,
    ports::{BookEntry, FactStore, OrderBook, PaymentBook},
    status::{Status, StatusChange},
};
use jiff::Timestamp;
use sql::{SqlFacts, SqlOrders, SqlPayments};

use super::common::{TestDatabase, entry, order, time};

/// A hundred lines with the longest notes, at the highest price.
fn huge(n: u128) -> Order {
    let mut parts = fixtures::order_parts(n);
    let mut line = parts.lines[0].clone();
    line.note = Some("🍕".repeat(500).parse().unwrap());
    line.name = "é".repeat(120).parse().unwrap();
    line.options.clear();
    (line.quantity, line.unit_price_minor) = (1, MAX_ORDER_MINOR / 100);
    line.total_minor = line.unit_price_minor;
    parts.lines = vec![line; 100];
    parts.totals.subtotal_minor = MAX_ORDER_MINOR;
    parts.totals.total_minor = MAX_ORDER_MINOR;
    Order::try_from(parts).unwrap()
}

async fn the_largest_orders_are_read_back(test_db: TestDatabase) {
    let (book, payments) =
        (SqlOrders::new(test_db.database.clone()), SqlPayments::new(&test_db.database));
    let orders: Vec<_> = (1..=50).map(huge).collect();
    book.record(orders.iter().map(|order| entry(order, Status::Placed, 1)).collect())
        .await
        .unwrap();
    for order in &orders {
        let view = book.read_order(order.id).await.unwrap().unwrap();
        assert_eq!(view.order.as_ref(), Some(order));
    }
    let row = payments.begin(&orders[0], time(1)).await.unwrap();
    assert_eq!(row.amount.minor, MAX_ORDER_MINOR);
    let intent = IntentId("pi_".repeat(10_000));
    let row = payments.store_intent(orders[0].id, intent.clone()).await.unwrap();
    assert_eq!(row.intent, Some(intent));
}

async fn the_first_and_the_last_moment_are_read_back(test_db: TestDatabase) {
    let book = SqlOrders::new(test_db.database.clone());
    let last = Timestamp::MAX.as_second();
    for (n, at) in [(1, Timestamp::MIN), (2, time(last)), (3, Timestamp::MAX), (4, time(-1))] {
        let change = StatusChange {
            order_id: order(n).id,
            status: Status::Accepted,
            at,
            reason: Some("a long story ".repeat(10_000)),
            ready_by: Some(at),
            number: None,
        };
        book.record(vec![BookEntry { change: change.clone(), order: None, request: None }])
            .await
            .unwrap();
        let standing = book.read_order(order(n).id).await.unwrap().unwrap().standing;
        let kept = at.min(time(last));
        assert_eq!((standing.at, standing.ready_by), (kept, Some(kept)));
        assert_eq!(standing.reason, change.reason);
    }
}

/// Sums beyond 32 bits, and beyond the exact integers of a float.
async fn sums_stay_exact(test_db: TestDatabase) {
    let facts = SqlFacts::new(test_db.database.clone());
    let fact = |n| {
        let mut fact = Fact::new(&huge(n), Status::Confirmed, time(1), "ada".into());
        fact.sale.total_minor = (1 << 53) + 1;
        fact.sale.items[0].revenue_minor = (1 << 53) + 1;
        fact
    };
    facts.record((1..=1_000).map(fact).collect()).await.unwrap();
    let all = facts.summary(&Scope::All, None, None).await.unwrap();
    let expected = 1_000 * ((1_i64 << 53) + 1);
    assert_eq!(all.revenue_minor[&Currency::EUR], expected);
    assert_eq!(all.top_items[0].revenue_minor, expected);
    assert_eq!((all.items_sold, all.top_items[0].quantity), (100_000, 100_000));
    let span = facts.summary(&Scope::All, Some(time(1)), Some(time(2))).await.unwrap();
    assert_eq!(span, all);
}

on_both!(
    the_largest_orders_are_read_back,
    the_first_and_the_last_moment_are_read_back,
    sums_stay_exact,
);
