//! Orders that nobody can cook or pay: each a clear problem, and nothing is written.

use axum::body::Body;
use events::Topic;
use serde_json::{Value, json};

use super::shop::{Shop, assert_problem, good};

/// A name, the place to change, what to put there, the status, and what the problem must name.
type Case = (&'static str, &'static str, Value, u16, &'static str);

fn wrong_values() -> Vec<Case> {
    let margherita =
        |options: Value| json!([{"item_id": "margherita", "quantity": 1, "options": options}]);
    let calzone =
        |options: Value| json!([{"item_id": "calzone", "quantity": 1, "options": options}]);
    let delivery = |address: &str| json!({"kind": "delivery", "address": address});
    vec![
        ("unknown restaurant", "/restaurant_id", json!("nowhere"), 404, "restaurant"),
        ("not a restaurant", "/restaurant_id", json!("../etc"), 422, "restaurant_id"),
        ("no menu", "/restaurant_id", json!("no-menu-yet"), 422, "no menu yet"),
        ("unknown item", "/lines/0/item_id", json!("sushi"), 422, "lines[0].item_id"),
        ("not an item", "/lines/0/item_id", json!("<b>"), 422, "lines[0].item_id"),
        ("quantity 0", "/lines/0/quantity", json!(0), 422, "lines[0].quantity"),
        ("quantity -1", "/lines/0/quantity", json!(-1), 400, "lines[0].quantity"),
        ("quantity 10^9", "/lines/0/quantity", json!(1_000_000_000), 422, "lines[0].quantity"),
        (
            "quantity 10^12",
            "/lines/0/quantity",
            json!(1_000_000_000_000_i64),
            400,
            "lines[0].quantity",
        ),
        ("quantity 1.5", "/lines/0/quantity", json!(1.5), 400, "lines[0].quantity"),
        ("quantity as text", "/lines/0/quantity", json!("2"), 400, "lines[0].quantity"),
        ("empty cart", "/lines", json!([]), 422, "lines"),
        ("unknown option", "/lines", margherita(json!(["gold"])), 422, "lines[0].options[0]"),
        (
            "option twice",
            "/lines",
            margherita(json!(["basil", "basil"])),
            422,
            "lines[0].options[1]",
        ),
        ("missing option", "/lines", calzone(json!([])), 422, "lines[0].options"),
        ("too many options", "/lines", calzone(json!(["small", "large"])), 422, "lines[0].options"),
        (
            "foreign option",
            "/lines",
            calzone(json!(["small", "basil"])),
            422,
            "lines[0].options[1]",
        ),
        ("e-mail without @", "/customer/email", json!("ada"), 422, "customer.email"),
        ("e-mail without a dot", "/customer/email", json!("ada@localhost"), 422, "customer.email"),
        ("e-mail empty", "/customer/email", json!(""), 422, "customer.email"),
        (
            "e-mail with CR/LF",
            "/customer/email",
            json!("a@b.it\r\nBcc: x@y.zz"),
            422,
            "customer.email",
        ),
        ("two e-mails", "/customer/email", json!("a@b.it,c@d.it"), 422, "customer.email"),
        ("name with CR/LF", "/customer/name", json!("Ada\r\nBcc: x@y.zz"), 422, "customer.name"),
        ("name empty", "/customer/name", json!("  "), 422, "customer.name"),
        ("name of 121", "/customer/name", json!("x".repeat(121)), 422, "customer.name"),
        ("name reversed", "/customer/name", json!("Ada\u{202e}"), 422, "customer.name"),
        (
            "address with LF",
            "/fulfilment",
            delivery("1 Via Roma\nBcc: x"),
            422,
            "fulfilment.address",
        ),
        ("address empty", "/fulfilment", delivery(""), 422, "fulfilment.address"),
        ("no address", "/fulfilment", json!({"kind": "delivery"}), 400, "address"),
        ("by drone", "/fulfilment", json!({"kind": "drone"}), 400, "drone"),
        ("negative tip", "/tip_minor", json!(-1), 422, "tip_minor"),
        ("huge tip", "/tip_minor", json!(i64::MAX), 422, "tip_minor"),
        ("a tip beyond numbers", "/tip_minor", json!(u64::MAX), 400, "tip_minor"),
        ("half a cent", "/tip_minor", json!(0.5), 400, "tip_minor"),
        ("card number", "/payment_method", json!("4242424242424242"), 422, "payment_method"),
        ("no method", "/payment_method", json!(""), 422, "payment_method"),
        ("customer is a list", "/customer", json!([]), 400, "customer"),
        ("lines are null", "/lines", json!(null), 400, "lines"),
    ]
}

async fn assert_refused(shop: &Shop, body: impl Into<Body>, status: u16, names: &str, case: &str) {
    let before = shop.published();
    let answer = shop.order(body, None).await;
    assert_problem(&answer, status, case);
    assert!(answer.body.contains(names), "{case} does not name {names}: {}", answer.body);
    assert_eq!(shop.published(), before, "{case} was published");
}

#[tokio::test]
async fn wrong_values_are_named_and_nothing_is_written() {
    let shop = Shop::open();
    for (case, pointer, value, status, names) in wrong_values() {
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
    for (field, value) in [("phone", "call me"), ("phone", "+39\r\n06 1234567")] {
        let mut body = good();
        body["customer"][field] = json!(value);
        assert_refused(&shop, body.to_string(), 422, "customer.phone", value).await;
    }
    let mut body = good();
    body["replaces"] = json!("the last one");
    assert_refused(&shop, body.to_string(), 422, "replaces", "replaces").await;
}

#[tokio::test]
async fn ten_thousand_lines_are_refused_at_the_door() {
    let shop = Shop::open();
    let mut body = good();
    body["lines"] = json!(vec![json!({"item_id": "margherita", "quantity": 1}); 10_000]);
    assert_refused(&shop, body.to_string(), 422, "at most 100 lines", "10,000 lines").await;
}

#[tokio::test]
async fn what_is_no_json_of_ours_is_malformed() {
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
async fn fields_that_are_not_ours_are_refused() {
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
async fn sums_cannot_leave_the_range_of_money() {
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
    let order = events::order_details::read(&records[0]).unwrap();
    assert_eq!((records.len(), body["order_id"].as_str().unwrap()), (1, &*order.id.to_string()));
    assert_eq!(order.totals.total_minor, 2200, "the price is the menu's");
    assert_eq!(answer.headers["location"], format!("/api/orders/{}", order.id));
}
