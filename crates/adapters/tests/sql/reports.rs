//! What an audit reads: every order that any table knows, and every figure that is off.

use std::collections::BTreeMap;

use adapters::sql::{AuditRow, Reports, SqlFacts, SqlOrders, SqlPayments};
use domain::{
    facts::Fact,
    ports::{FactStore, OrderBook, PaymentBook},
    status::Status,
};

use super::common::{Place, entry, order, time};

async fn rows(place: &Place) -> BTreeMap<String, AuditRow> {
    let mut rows = BTreeMap::new();
    let reports = Reports::new(place.database.clone());
    let each = |row: AuditRow| {
        assert!(rows.insert(row.order_id.clone(), row).is_none(), "an order stands twice");
    };
    reports.orders(each).await.unwrap();
    rows
}

async fn an_order_is_reported_by_whichever_table_knows_it(place: Place) {
    assert!(rows(&place).await.is_empty());
    let (booked, paid, counted) = (order(1), order(2), order(3));
    let book = SqlOrders::new(place.database.clone());
    book.record(vec![entry(&booked, Status::Ready, 1)]).await.unwrap();
    SqlPayments::new(&place.database).begin(&paid, time(1)).await.unwrap();
    let facts = SqlFacts::new(place.database.clone());
    let told = [Status::Placed, Status::Confirmed, Status::Completed];
    let told = told.map(|kind| Fact::new(&counted, kind, time(1), "c".into()));
    facts.record(told.to_vec()).await.unwrap();

    let rows = rows(&place).await;
    assert_eq!(rows.len(), 3);
    let row = |order: &domain::order::Order| &rows[&order.id.to_string()];
    assert_eq!(row(&booked).status.as_deref(), Some("ready"));
    assert_eq!((&row(&booked).payment_state, row(&booked).counted_placed), (&None, false));
    assert_eq!(row(&paid).payment_state.as_deref(), Some("pending"));
    assert_eq!((row(&paid).payment_minor, &row(&paid).status), (Some(2_200), &None));
    assert!(row(&counted).counted_placed && row(&counted).counted_confirmed);
}

/// Each of these makes the figures wrong, and none of them may go unnoticed.
const TAMPERING: [&str; 7] = [
    "UPDATE sales_by_hour SET amount_minor = amount_minor + 1 WHERE kind = 'confirmed'",
    "UPDATE sales_by_hour SET orders = orders + 1 WHERE kind = 'placed'",
    "UPDATE sales_by_customer SET orders = orders - 1",
    "DELETE FROM sales_by_hour",
    "DELETE FROM sales_by_customer",
    "DELETE FROM facts WHERE kind = 'placed'",
    "DELETE FROM facts",
];

const EMPTYING: &str = "DELETE FROM facts; DELETE FROM sales_by_hour; \
    DELETE FROM sales_by_item; DELETE FROM sales_by_customer";

async fn figures_that_do_not_equal_their_facts_are_reported(place: Place) {
    let (reports, order) = (Reports::new(place.database.clone()), order(1));
    let facts = SqlFacts::new(place.database.clone());
    assert_eq!(reports.aggregates_off().await.unwrap(), [], "an empty database");
    for tampering in TAMPERING {
        let told = [Status::Placed, Status::Confirmed];
        let told = told.map(|kind| Fact::new(&order, kind, time(1), "c".into()));
        facts.record(told.to_vec()).await.unwrap();
        assert_eq!(reports.aggregates_off().await.unwrap(), []);
        place.tamper(tampering).await;
        let off = reports.aggregates_off().await.unwrap();
        assert!(!off.is_empty(), "nobody noticed: {tampering}");
        assert!(off.iter().all(|(_, by_facts, by_figures)| by_facts != by_figures));
        place.tamper(EMPTYING).await;
    }
}

on_both!(
    figures_that_do_not_equal_their_facts_are_reported,
    an_order_is_reported_by_whichever_table_knows_it
);
