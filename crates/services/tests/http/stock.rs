//! Stock over HTTP: changes by staff, and their effect on the shop.

use axum::http::{Method, StatusCode};
use domain::stock::{Change, StockLevel};
use events::{Topic, stock_changes, stock_levels};
use jiff::Timestamp;
use serde_json::{Value, json};

use http_body_util::BodyExt;

use super::shop::{Answer, STAFF, Shop, assert_problem, good, request};

const STOCK: &str = "/api/restaurants/bella-napoli/stock";

fn publish(shop: &Shop, item: &str, on_hand: Option<u32>, version: i64) {
    let dish = format!("bella-napoli/{item}").parse().unwrap();
    let at = Timestamp::UNIX_EPOCH;
    shop.log().append(&stock_levels::encode_level(&StockLevel { dish, on_hand, version, at }));
}

async fn post(shop: &Shop, body: &Value, key: Option<&str>) -> Answer {
    let bearer = format!("Bearer {STAFF}");
    let mut headers = vec![("authorization", &*bearer)];
    headers.extend(key.map(|key| ("idempotency-key", key)));
    shop.send(request(Method::POST, STOCK, &headers, body.to_string())).await
}

fn changes(shop: &Shop) -> Vec<domain::stock::StockChange> {
    let records = shop.log().read(&[Topic::StockChanges]);
    records.iter().map(|record| stock_changes::decode_change(record).unwrap()).collect()
}

#[tokio::test]
async fn a_change_is_published_before_the_response() {
    let shop = Shop::open();
    publish(&shop, "margherita", Some(3), 1);
    let said = [
        (json!({"item_id": "margherita", "delta": -2, "reason": "dropped"}), Change::Delta(-2)),
        (json!({"item_id": "margherita", "set": 20}), Change::Set(20)),
        (json!({"item_id": "margherita", "set": 0, "reason": " "}), Change::Set(0)),
        (json!({"item_id": "calzone", "unlimited": true}), Change::Unlimited),
    ];
    for (n, (body, change)) in said.iter().enumerate() {
        let answer = post(&shop, body, None).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
        let written = changes(&shop);
        assert_eq!(written.len(), n + 1);
        let written = written.iter().find(|c| c.id.to_string() == answer.json()["change_id"]);
        assert_eq!(written.unwrap().change, *change);
        assert_eq!(written.unwrap().reason.is_some(), n == 0);
    }
}

#[tokio::test]
async fn a_key_makes_a_retry_the_same_change() {
    let shop = Shop::open();
    publish(&shop, "margherita", Some(3), 1);
    let five = json!({"item_id": "margherita", "delta": 5});
    let id = async |body: &Value, key| post(&shop, body, key).await.json()["change_id"].clone();
    let first = id(&five, Some("k1")).await;
    assert_eq!(id(&five, Some("k1")).await, first);
    assert_ne!(id(&five, Some("k2")).await, first);
    assert_ne!(id(&five, None).await, first);
    let six = json!({"item_id": "margherita", "delta": 6});
    let before = shop.published();
    for other in [
        six,
        json!({"item_id": "margherita", "set": 5}),
        json!({"item_id": "margherita", "unlimited": true}),
        json!({"item_id": "margherita", "delta": 5, "reason": "fresh"}),
    ] {
        let answer = post(&shop, &other, Some("k1")).await;
        assert_problem(&answer, 422, "another change under the same key");
        assert!(
            answer.json()["type"].as_str().unwrap().ends_with("/key-reused"),
            "{}",
            answer.body
        );
    }
    assert_eq!(shop.published(), before, "and nothing was changed");
    let wrong = json!({"item_id": "no-such-dish", "delta": 5});
    assert_problem(&post(&shop, &wrong, Some("k3")).await, 422, "refused");
    assert_eq!(post(&shop, &five, Some("k3")).await.status, 202, "what is refused takes no key");
    assert_eq!(id(&five, Some("k1")).await, first, "the first one is still the same");
    let events = shop.log().read(&[Topic::StockChanges]);
    assert_eq!(events[0].header("ce_id"), events[1].header("ce_id"));
    assert_problem(&post(&shop, &five, Some("")).await, 400, "an empty key");
}

#[tokio::test]
async fn invalid_changes_are_refused_by_field() {
    let shop = Shop::open();
    let before = shop.published();
    let cases = [
        (json!({"item_id": "margherita"}), 422, "exactly one"),
        (json!({"item_id": "margherita", "delta": 1, "set": 2}), 422, "exactly one"),
        (json!({"item_id": "margherita", "set": 2, "unlimited": true}), 422, "exactly one"),
        (json!({"item_id": "margherita", "unlimited": false}), 422, "unlimited must be true"),
        (json!({"item_id": "margherita", "delta": 0}), 422, "must not be 0"),
        (json!({"item_id": "margherita", "delta": 5}), 422, "is not counted"),
        (json!({"item_id": "sushi", "set": 5}), 422, "is not on the menu"),
        (json!({"item_id": "Su shi", "set": 5}), 422, "item_id"),
        (json!({"item_id": "margherita", "set": 5, "reason": "a\u{0}b"}), 422, "reason"),
        (json!({"item_id": "margherita", "set": -1}), 400, "set"),
        (json!({"item_id": "margherita", "set": 1.5}), 400, "set"),
        (json!({"item_id": "margherita", "set": 5, "by": "me"}), 400, "by"),
    ];
    for (body, status, names) in cases {
        let answer = post(&shop, &body, None).await;
        assert_problem(&answer, status, names);
        assert!(answer.body.contains(names), "{names}: {}", answer.body);
    }
    let five = json!({"item_id": "margherita", "set": 5}).to_string();
    for unknown in ["nowhere", "Not%20A%20Slug"] {
        let path = format!("/api/restaurants/{unknown}/stock");
        assert_problem(&shop.staff(Method::POST, &path, five.clone()).await, 404, unknown);
        assert_problem(&shop.staff(Method::GET, &path, "").await, 404, unknown);
    }
    let stranger = shop.send(request(Method::POST, STOCK, &[], five)).await;
    assert_problem(&stranger, 401, "not staff");
    assert_problem(&shop.get(STOCK).await, 401, "not staff");
    assert_eq!(shop.published(), before);
}

#[tokio::test]
async fn staff_see_low_and_sold_out_dishes() {
    let shop = Shop::open();
    let supply = async |on_hand, version| {
        publish(&shop, "margherita", on_hand, version);
        let answer = shop.staff(Method::GET, STOCK, "").await.json();
        let item = answer["items"][0].clone();
        assert_eq!((&item["item_id"], &item["on_hand"]), (&json!("margherita"), &json!(on_hand)));
        item["supply"].as_str().unwrap().to_owned()
    };
    assert_eq!(supply(Some(50), 1).await, "enough");
    assert_eq!(supply(Some(5), 2).await, "low");
    assert_eq!(supply(Some(0), 3).await, "sold_out");
    assert_eq!(supply(None, 4).await, "unlimited");
}

async fn available(shop: &Shop) -> Value {
    let menu = shop.get("/api/restaurants/bella-napoli/menu").await.json();
    menu["categories"][0]["items"][0]["available"].clone()
}

#[tokio::test]
async fn the_highest_version_is_the_level() {
    let shop = Shop::open();
    assert_eq!(available(&shop).await, Value::Null);
    publish(&shop, "margherita", Some(7), 3);
    publish(&shop, "margherita", Some(9), 2);
    assert_eq!(available(&shop).await, 7);
    publish(&shop, "margherita", None, 4);
    assert_eq!(available(&shop).await, Value::Null);
}

#[tokio::test]
async fn an_order_beyond_the_stock_is_refused_with_the_reason() {
    let shop = Shop::open();
    for (left, version, told) in
        [(0, 1, "Margherita is sold out"), (1, 2, "there is only one Margherita left")]
    {
        publish(&shop, "margherita", Some(left), version);
        let before = shop.published();
        let answer = shop.order(good().to_string(), None).await;
        assert_problem(&answer, 422, told);
        let error = &answer.json()["errors"][0];
        assert_eq!(
            (&error["field"], &error["message"]),
            (&json!("lines[0].quantity"), &json!(told))
        );
        assert_eq!(shop.published(), before, "nothing is written");
    }
    publish(&shop, "margherita", Some(2), 3);
    let placed = shop.order(good().to_string(), Some("key")).await;
    assert_eq!(placed.status, StatusCode::ACCEPTED);
    publish(&shop, "margherita", Some(0), 4);
    let again = shop.order(good().to_string(), Some("key")).await;
    assert_eq!(again.body, placed.body, "a repeated request is the same order, sold out or not");
}

#[tokio::test]
async fn a_sold_out_dish_is_marked_and_cannot_be_added() {
    let shop = Shop::open();
    let page = shop.get("/r/bella-napoli").await.body;
    assert!(!page.contains("Sold out") && !page.contains("Only "));
    publish(&shop, "margherita", Some(0), 1);
    let page = shop.get("/r/bella-napoli").await.body;
    assert!(page.contains("Sold out today"));
    let foot = |id: &str| page.split(&format!("id=\"f-{id}\"")).nth(1).unwrap().to_owned();
    let has_button = |id: &str| foot(id).split("</dialog>").next().unwrap().contains("submit");
    assert!(!has_button("margherita") && has_button("calzone"));
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = "item_id=margherita&quantity=1";
    let add = request(Method::POST, "/r/bella-napoli/cart", &form, body);
    let answer = shop.send(add).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(start_paused = true)]
async fn open_pages_are_notified_only_of_low_stock() {
    let shop = Shop::open();
    publish(&shop, "margherita", Some(100), 1);
    let path = "/r/bella-napoli/events";
    let mut body = shop.stream(request(Method::GET, path, &[], "")).await.into_body();
    let mut rings = async || {
        let next = tokio::time::timeout(std::time::Duration::from_secs(5), body.frame()).await;
        next.is_ok_and(|frame| {
            let data = frame.unwrap().unwrap().into_data().unwrap();
            String::from_utf8(data.to_vec()).unwrap().contains("event: menu")
        })
    };
    publish(&shop, "margherita", Some(99), 2);
    assert!(!rings().await, "99 of 100 is nothing to tell");
    publish(&shop, "margherita", Some(3), 3);
    publish(&shop, "margherita", Some(2), 4);
    assert!(rings().await, "two are left");
    assert!(!rings().await, "a rush is one look");
    publish(&shop, "margherita", Some(50), 5);
    assert!(rings().await, "there are plenty again");
    let page = shop.get("/r/bella-napoli").await.body;
    assert!(!page.contains("Only "));
    publish(&shop, "margherita", Some(3), 6);
    assert!(shop.get("/r/bella-napoli").await.body.contains("Only 3 left"));
    assert_eq!(shop.get("/r/nowhere/events").await.status, StatusCode::NOT_FOUND);
}
