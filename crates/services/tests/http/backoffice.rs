//! A restaurant or menu put by an owner is checked and takes effect at once.

use axum::http::{Method, StatusCode};
use domain::fixtures;
use events::menu::MenuBody;
use serde_json::{Value, json};

use super::shop::{Answer, STAFF, Shop, assert_problem, good, request};

fn restaurant() -> Value {
    json!({"name": "Roma", "currency": "EUR", "time_zone": "Europe/Rome"})
}

fn menu() -> Value {
    serde_json::to_value(MenuBody::from(&fixtures::menu())).unwrap()
}

async fn put(shop: &Shop, path: &str, body: &Value) -> Answer {
    shop.staff(Method::PUT, path, body.to_string()).await
}

#[tokio::test]
async fn an_invalid_restaurant_is_refused_by_field() {
    let shop = Shop::open();
    let before = shop.published();
    let cases = [
        ("name", json!(""), 422),
        ("name", json!("a\nb"), 422),
        ("currency", json!("XXX"), 422),
        ("time_zone", json!("Mars/Base"), 422),
        ("delivery_fee_minor", json!(-1), 422),
        ("minimum_order_minor", json!(i64::MAX), 422),
        ("accept_within_s", json!(1), 422),
        ("accept_within_s", json!(-1), 400),
        ("preparation_min", json!(9_999), 422),
        ("colour", json!("red"), 400),
    ];
    for (field, value, status) in cases {
        let mut body = restaurant();
        body[field] = value;
        let answer = put(&shop, "/api/restaurants/roma", &body).await;
        assert_problem(&answer, status, field);
        assert!(answer.body.contains(field), "{field}: {}", answer.body);
    }
    let mut body = restaurant();
    (body["currency"], body["delivery_fee_minor"]) = (json!("KWD"), json!(1_255));
    let answer = put(&shop, "/api/restaurants/roma", &body).await;
    assert_problem(&answer, 422, "fils are charged in tens");
    assert!(answer.body.contains("must be a multiple of 10"), "{}", answer.body);
    assert_problem(&put(&shop, "/api/restaurants/Roma%20!", &restaurant()).await, 422, "id");
    assert_eq!(shop.published(), before);
}

#[tokio::test]
async fn an_invalid_menu_is_refused_by_field() {
    let shop = Shop::open();
    let before = shop.published();
    let item = "/categories/0/items/0";
    let cases = [
        ("/categories/0/id", json!("Pizza!"), 422, "categories[0].id"),
        (item, json!({"id": "x", "name": "X", "price_minor": -1}), 422, "items[0].price_minor"),
        (item, json!({"id": "x", "name": "X", "price_minor": i64::MAX}), 422, "price_minor"),
        (item, json!({"id": "x", "name": "X", "price_minor": 9.5}), 400, "price_minor"),
        (item, json!({"id": "x", "name": "X"}), 400, "price_minor"),
        (item, json!({"id": "calzone", "name": "X", "price_minor": 1}), 422, "used twice"),
        ("/categories/0/items/0/option_groups/0/min", json!(9), 422, "option_groups[0].max"),
        ("/categories/0/items/0/stock", json!(-1), 400, "stock"),
        ("/categories", json!({}), 400, "categories"),
    ];
    for (pointer, value, status, names) in cases {
        let mut body = menu();
        *body.pointer_mut(pointer).unwrap() = value;
        let answer = put(&shop, "/api/restaurants/roma/menu", &body).await;
        assert_problem(&answer, status, names);
        assert!(answer.body.contains(names), "{names}: {}", answer.body);
    }
    let mut huge = menu();
    huge["categories"][0]["items"][0]["description"] = json!("x".repeat(600 * 1024));
    assert_problem(&put(&shop, "/api/restaurants/roma/menu", &huge).await, 413, "huge");
    assert_eq!(shop.published(), before);
}

async fn put_for(shop: &Shop, path: &str, version: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {STAFF}");
    let headers = [("authorization", &*bearer), ("content-type", "application/json")];
    let headers = [&headers[..], &[("if-match", version)]].concat();
    shop.send(request(Method::PUT, path, &headers, body.to_string())).await
}

#[tokio::test]
async fn a_put_with_if_match_replaces_only_that_version() {
    let shop = Shop::open();
    for (path, body, version) in [
        ("/api/restaurants/roma", restaurant(), "version"),
        ("/api/restaurants/roma/menu", menu(), "menu_version"),
    ] {
        let first = put(&shop, path, &body).await.json()[version].as_i64().unwrap();
        let second = put_for(&shop, path, &format!("\"{first}\""), &body).await;
        assert_eq!(second.status, StatusCode::OK, "{}", second.body);
        assert!(second.json()[version].as_i64().unwrap() > first);
        let before = shop.published();
        assert_problem(&put_for(&shop, path, &format!("\"{first}\""), &body).await, 412, path);
        for malformed in ["7", "*", "\"seven\"", "W/\"7\"", "\"7"] {
            assert_problem(&put_for(&shop, path, malformed, &body).await, 400, malformed);
        }
        assert_eq!(shop.published(), before);
    }
}

#[tokio::test]
async fn a_version_not_read_yet_is_waited_for() {
    let shop = Shop::open();
    for (path, body, version) in [
        ("/api/restaurants/roma", restaurant(), "version"),
        ("/api/restaurants/roma/menu", menu(), "menu_version"),
    ] {
        let put = async || put(&shop, path, &body).await.json()[version].as_i64().unwrap();
        let (first, second) = (put().await, put().await);
        let next = format!("\"{}\"", second + (second - first));
        // A client that saw the version at another instance may be early here.
        let (faster, _) = tokio::join!(put_for(&shop, path, &next, &body), put());
        assert_eq!(faster.status, StatusCode::OK, "{path}: {}", faster.body);
    }
}

#[tokio::test]
async fn a_new_menu_is_shown_and_prices_orders_at_once() {
    let shop = Shop::open();
    assert_eq!(put(&shop, "/api/restaurants/roma", &restaurant()).await.status, StatusCode::OK);
    assert_problem(&shop.get("/api/restaurants/roma/menu").await, 404, "no menu yet");
    let answer = put(&shop, "/api/restaurants/roma/menu", &menu()).await;
    let shown = shop.get("/api/restaurants/roma/menu").await.json();
    assert_eq!(shown["menu_version"], answer.json()["menu_version"]);
    let mut put_there = menu()["categories"].clone();
    for item in put_there[0]["items"].as_array_mut().unwrap() {
        item["available"] = Value::Null;
    }
    assert_eq!(shown["categories"], put_there);
    let mut dearer = menu();
    dearer["categories"][0]["items"][0]["price_minor"] = json!(1_000);
    put(&shop, "/api/restaurants/roma/menu", &dearer).await;
    let mut order = good();
    order["restaurant_id"] = json!("roma");
    let answer = shop.order(order.to_string(), None).await;
    assert_eq!(answer.json()["total_minor"], 2 * (1_000 + 150));
}
