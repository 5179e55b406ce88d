//! Invalid orders: each is refused with a clear problem, and nothing is published.

use axum::body::Body;
use events::Topic;
use serde_json::json;

use super::{
    shop::{Shop, assert_problem, good},
    wrong_values,
};

async fn assert_refused(shop: &Shop, body: impl Into<Body>, status: u16, names: &str, case: &str) {
    let before = shop.published();
    let answer = shop.order(body, None).await;
    assert_problem(&answer, status, case);
    assert!(answer.body.contains(names), "{case} does not name {names}: {}", answer.body);
    assert_eq!(shop.published(), before, "{case} was published");
}

#[tokio::test]
async fn invalid_values_are_refused_by_field() {
    let shop = Shop::open();
    let cases = [wrong_values::in_the_cart(), wrong_values::of_the_customer()].concat();
    for (case, pointer, value, status, names) in cases {
        let mut body = good();
        *body.pointer_mut(pointer).unwrap() = value;
        assert_refused(&shop, body.to_string(), status, names, case).await;
    }
    for (field, value) in
        [("note", json!("a\r\nb")), ("note", json!("x".repeat(501))), ("options", json!("basil"))]
    {
        let mut body = good();
        body["lines"][0][field] = value;
        let status = if field == "note" { 422 } else { 400 };
        assert_refused(&shop, body.to_string(), status, field, field).await;
    }
    for (field, value) in
        [("phone", "call me"), ("phone", "+39\r\n06 1234567"), ("language", "tlh")]
    {
        let mut body = good();
        body["customer"][field] = json!(value);
        assert_refused(&shop, body.to_string(), 422, &format!("customer.{field}"), value).await;
    }
    let mut body = good();
    body["replaces"] = json!("the last one");
    assert_refused(&shop, body.to_string(), 422, "replaces", "replaces").await;
}

#[tokio::test]
async fn ten_thousand_lines_are_refused() {
    let shop = Shop::open();
    let mut body = good();
    body["lines"] = json!(vec![json!({"item_id": "margherita", "quantity": 1}); 10_000]);
    assert_refused(&shop, body.to_string(), 422, "at most 100 lines", "10,000 lines").await;
}

#[tokio::test]
async fn malformed_json_is_refused() {
    let shop = Shop::open();
    let deep = format!("{{\"lines\":{}", "[".repeat(100_000));
    let deep_inside = format!("{{\"x\":{}1{}}}", "[".repeat(50_000), "]".repeat(50_000));
    for body in ["", "{", "null", "[]", "7", "hello", "{\"a\":}", &deep, &deep_inside, "{}"] {
        let case: String = body.chars().take(20).collect();
        assert_refused(&shop, body.to_owned(), 400, "detail", &case).await;
    }
    assert_refused(&shop, good().to_string() + " x", 400, "more after the JSON", "more").await;
    assert_refused(&shop, vec![b'"', 0xff, 0xfe, b'"'], 400, "detail", "not UTF-8").await;
    let twice = good().to_string().replacen('{', "{\"tip_minor\":1,", 1);
    assert_refused(&shop, twice, 400, "tip_minor", "a field twice").await;
}

#[tokio::test]
async fn two_mebibytes_are_too_much() {
    let shop = Shop::open();
    let mut body = good();
    body["customer"]["name"] = json!("x".repeat(2 * 1024 * 1024));
    assert_refused(&shop, body.to_string(), 413, "512 KiB", "2 MiB").await;
}

/// A client that sends a price must learn that it has no effect.
#[tokio::test]
async fn unknown_fields_are_refused() {
    let shop = Shop::open();
    let cases = [
        ("", "total_minor"),
        ("", "currency"),
        ("", "Tip_minor"),
        ("/customer", "admin"),
        ("/lines/0", "unit_price_minor"),
        ("/lines/0", "price_minor"),
        ("/fulfilment", "delivery_fee_minor"),
    ];
    for (pointer, field) in cases {
        let mut body = good();
        body.pointer_mut(pointer).unwrap()[field] = json!(1);
        let case = format!("{pointer}/{field}");
        assert_refused(&shop, body.to_string(), 400, field, &case).await;
    }
    let mut body = good();
    body["fulfilment"] = json!({"kind": "delivery", "address": "12 Via Roma", "fee_minor": 0});
    assert_refused(&shop, body.to_string(), 400, "fee_minor", "a fee of one's own").await;
}

#[tokio::test]
async fn sums_out_of_range_are_refused() {
    let shop = Shop::open();
    let mut body = good();
    body["restaurant_id"] = json!("dear");
    let line = |quantity: u32| json!({"item_id": "margherita", "quantity": quantity});
    for (case, lines) in [("one line", vec![line(99)]), ("many lines", vec![line(1); 100])] {
        body["lines"] = json!(lines);
        assert_refused(&shop, body.to_string(), 422, "lines", case).await;
    }
    body["lines"] = json!([line(1)]);
    body["tip_minor"] = json!(1);
    assert_refused(&shop, body.to_string(), 422, "tip_minor", "a tip on top").await;
    body["tip_minor"] = json!(0);
    body["lines"] = json!([{"item_id": "calzone", "quantity": 1, "options": ["small"]}]);
    assert_refused(&shop, body.to_string(), 422, "more than nothing", "an order of nothing").await;
}

#[tokio::test]
async fn keys_are_short_visible_text() {
    let shop = Shop::open();
    let before = shop.published();
    for key in ["", &"k".repeat(256), "schl\u{fc}ssel"] {
        let answer = shop.order(good().to_string(), Some(key)).await;
        assert_problem(&answer, 400, key);
        assert!(answer.body.contains("Idempotency-Key"));
    }
    assert_eq!(shop.published(), before);
}

#[tokio::test]
async fn a_good_order_is_written_before_it_is_answered() {
    let shop = Shop::open();
    let answer = shop.order(good().to_string(), None).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    let body = answer.json();
    assert_eq!((&body["total_minor"], &body["currency"]), (&json!(2200), &json!("EUR")));
    let records = shop.log().read(&[Topic::OrderDetails]);
    let order = events::order_details::decode_order(&records[0]).unwrap();
    assert_eq!((records.len(), body["order_id"].as_str().unwrap()), (1, &*order.id.to_string()));
    assert_eq!(order.totals.total_minor, 2200, "the price is the menu's");
    assert_eq!(answer.headers["location"], format!("/api/orders/{}", order.id));
}
