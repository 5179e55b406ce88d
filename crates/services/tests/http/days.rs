//! The closing report of a day: JSON and CSV, for those who run the restaurant.

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use domain::{
    fixtures,
    order::Order,
    payment::{Cancellation, ChargeOutcome, IntentId, RefundId},
    ports::PaymentBook,
    tax::Prices,
};
use jiff::{Timestamp, ToSpan};
use serde_json::json;

use super::{
    common::{Fault, How, When},
    shop::{STAFF, Shop, request},
};

/// 06:00 in Rome on 22 November 2026, an hour after the day has begun.
const MORNING: &str = "2026-11-22T05:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Pays an order at a time.
async fn pay(shop: &Shop, order: &Order, at: Timestamp) {
    let book = &shop.world.tables;
    book.begin(order, at).await.unwrap();
    let intent = IntentId("pi_1".into());
    book.settle(order, &ChargeOutcome::Captured { intent, at }).await.unwrap();
}

async fn refund(shop: &Shop, order: &Order, at: Timestamp) {
    let book = &shop.world.tables;
    let off = Cancellation { at, reason: "no oven".parse().unwrap() };
    book.record_cancellation(order, &off).await.unwrap();
    book.settle_refund(order, RefundId("re_1".into()), at).await.unwrap();
}

/// An order whose tax has a name that a spreadsheet would run.
fn with_formula(order: &Order) -> Order {
    let mut parts = (**order).clone();
    let tax = parts.tax.as_mut().unwrap();
    tax.amounts[0].rate.name = "=cmd|'/c calc'!A1".parse().unwrap();
    Order::try_from(parts).unwrap()
}

#[tokio::test]
async fn a_day_without_sales_is_empty() {
    let shop = Shop::open();
    let day = shop.staff(Method::GET, "/api/restaurants/bella-napoli/days/2026-11-22", "").await;
    assert_eq!(day.status, StatusCode::OK, "{}", day.body);
    let body = day.json();
    assert_eq!(body["books"], json!([]));
    assert_eq!(
        (&body["from"], &body["to"]),
        (&json!("2026-11-22T04:00:00Z"), &json!("2026-11-23T04:00:00Z"))
    );
    assert_eq!((&body["time_zone"], &body["date"]), (&json!("Europe/Rome"), &json!("2026-11-22")));
    assert_eq!(day.header(header::CACHE_CONTROL), "no-store");
    let table =
        shop.staff(Method::GET, "/api/restaurants/bella-napoli/days/2026-11-22.csv", "").await;
    assert!(table.body.starts_with("\u{feff}date,restaurant_id,currency,"), "{}", table.body);
    assert_eq!(table.body.lines().count(), 1);
}

#[tokio::test]
async fn sales_and_refunds_are_booked_on_their_day() {
    let shop = Shop::open();
    let (sold, other) =
        (fixtures::taxed(&fixtures::delivery(1), Prices::Inclusive), fixtures::order(2));
    pay(&shop, &sold, at(MORNING)).await;
    pay(&shop, &other, at(MORNING)).await;
    refund(&shop, &other, at(MORNING) + 24.hours()).await;

    let day = shop.staff(Method::GET, "/api/restaurants/bella-napoli/days/2026-11-22", "").await;
    let books = &day.json()["books"][0];
    let total = sold.totals.total_minor + other.totals.total_minor;
    assert_eq!(books["currency"], "EUR");
    assert_eq!(books["sales"]["total_minor"], total);
    assert_eq!(books["balance"]["total_minor"], total);
    assert_eq!((&books["sales"]["count"], &books["refunds"]["count"]), (&json!(2), &json!(0)));
    assert_eq!(books["methods"][0]["method"], "card");
    let tax = &sold.tax.as_ref().unwrap().amounts[0];
    let row =
        books["taxes"].as_array().unwrap().iter().find(|row| row["id"] == tax.rate.id.as_str());
    let row = row.unwrap();
    assert_eq!(row["name"], tax.rate.name.as_str());
    assert_eq!(row["percent"], tax.rate.percent.to_string());
    assert_eq!(row["sales"]["tax_minor"], tax.tax_minor);
    assert_eq!(row["sales"]["net_minor"], tax.net_minor);

    let next = shop.staff(Method::GET, "/api/restaurants/bella-napoli/days/2026-11-23", "").await;
    let books = &next.json()["books"][0];
    assert_eq!(books["sales"]["total_minor"], 0);
    assert_eq!(books["refunds"]["total_minor"], -other.totals.total_minor);
    assert_eq!(books["balance"]["total_minor"], -other.totals.total_minor);
}

#[tokio::test]
async fn a_day_is_closed_once_it_is_over() {
    let shop = Shop::open();
    let today = shop.world.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    for (date, closed) in [(today.yesterday().unwrap().yesterday().unwrap(), true), (today, false)]
    {
        let path = format!("/api/restaurants/bella-napoli/days/{date}");
        let day = shop.staff(Method::GET, &path, "").await;
        assert_eq!(day.json()["closed"], closed, "{}", day.body);
    }
}

#[tokio::test]
async fn tables_are_safe_and_right_in_spreadsheets() {
    let shop = Shop::open();
    let order = with_formula(&fixtures::taxed(&fixtures::delivery(1), Prices::Inclusive));
    pay(&shop, &order, at(MORNING)).await;
    let path = "/api/restaurants/bella-napoli/days/2026-11-22";
    let table = shop.staff(Method::GET, &format!("{path}.csv"), "").await;
    assert_eq!(table.header(header::CONTENT_TYPE), "text/csv; charset=utf-8");
    let saved = table.header(header::CONTENT_DISPOSITION);
    assert_eq!(saved, "attachment; filename=\"bella-napoli-2026-11-22.csv\"");
    assert!(table.body.contains(",'=cmd|'/c calc'!A1,"), "{}", table.body);
    // The column of totals comes to what was sold.
    let text = table.body.strip_prefix('\u{feff}').unwrap();
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let cents: i64 =
        rows.records().map(|row| row.unwrap()[14].replace('.', "").parse::<i64>().unwrap()).sum();
    assert_eq!(cents, order.totals.total_minor);
    let comma = shop.staff(Method::GET, &format!("{path}.csv?decimal=comma"), "").await;
    assert_eq!(comma.body.replace(',', ".").replace(';', ","), table.body);

    let bearer = format!("Bearer {STAFF}");
    let accept = [("authorization", bearer.as_str()), ("accept", "text/csv")];
    let chosen = shop.send(request(Method::GET, path, &accept, Body::empty())).await;
    assert_eq!(chosen.body, table.body);
    assert!(chosen.header(header::VARY).contains("accept"));
}

#[tokio::test]
async fn what_is_no_day_is_a_problem() {
    let shop = Shop::open();
    for (path, status) in [
        ("bella-napoli/days/yesterday", 422),
        ("bella-napoli/days/2026-02-30", 422),
        ("bella-napoli/days/2026-02-30.csv", 422),
        ("bella-napoli/days/9999-12-31", 422),
        ("bella-napoli/days/2026-11-22.csv?decimal=dot", 422),
        ("bella-napoli/days/2026-11-22.xlsx", 404),
        ("nowhere/days/2026-11-22", 404),
    ] {
        let answer = shop.staff(Method::GET, &format!("/api/restaurants/{path}"), "").await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.body);
        assert_eq!(answer.header(header::CONTENT_TYPE), "application/problem+json");
    }
    shop.world.faults.plan(Fault { at: 0, when: When::Before, how: How::Call });
    let path = "/api/restaurants/bella-napoli/days/2026-11-22";
    assert_eq!(shop.staff(Method::GET, path, "").await.status, 503);
}

#[tokio::test]
async fn the_page_shows_the_day_and_leads_to_others() {
    let shop = Shop::open();
    pay(&shop, &fixtures::order(1), at(MORNING)).await;
    let base = "/backoffice/r/bella-napoli/days";
    let chosen = shop.staff(Method::GET, &format!("{base}?date=2026-11-22"), "").await;
    assert_eq!(chosen.status, StatusCode::SEE_OTHER);
    assert_eq!(chosen.header(header::LOCATION), format!("{base}/2026-11-22"));
    let page = shop.staff(Method::GET, chosen.header(header::LOCATION), "").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("22.00") && page.body.contains("1 sale"), "{}", page.body);

    let today = shop.staff(Method::GET, base, "").await;
    let today = shop.staff(Method::GET, today.header(header::LOCATION), "").await;
    assert!(today.body.contains("Not over yet"), "{}", today.body);
    for wrong in [format!("{base}/soon"), format!("{base}?date=soon")] {
        let answer = shop.staff(Method::GET, &wrong, "").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(answer.body.contains("<h1"), "a page: {}", answer.body);
    }
}
