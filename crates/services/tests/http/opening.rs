//! Opening hours and pauses.

use axum::http::{Method, StatusCode};
use events::Topic;
use serde_json::{Value, json};

use super::shop::{Shop, assert_problem, good, request};

async fn put(shop: &Shop, more: Value) -> StatusCode {
    let mut body = json!({"name": "Bella Napoli", "currency": "EUR", "time_zone": "Europe/Rome"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    shop.staff(Method::PUT, "/api/restaurants/bella-napoli", body.to_string()).await.status
}

async fn listed(shop: &Shop) -> Value {
    let all = shop.get("/api/restaurants").await.json();
    let all = all["restaurants"].as_array().unwrap().clone();
    all.into_iter().find(|r| r["id"] == "bella-napoli").unwrap()
}

#[tokio::test]
async fn a_closed_restaurant_refuses_orders() {
    let shop = Shop::open();
    assert_eq!(listed(&shop).await["open"], true);
    // Open for a single minute in 2099.
    let hours = json!({"opening_hours": {"exceptions": [
        {"date": "2099-01-01", "spans": [{"from": "11:30", "until": "11:31"}]},
    ]}});
    assert_eq!(put(&shop, hours).await, StatusCode::OK);
    let listed = listed(&shop).await;
    assert_eq!((&listed["open"], &listed["closes_at"]), (&json!(false), &Value::Null));
    let answer = shop.order(good().to_string(), Some("k")).await;
    assert_problem(&answer, 422, "closed");
    let problem = answer.json();
    assert!(problem["type"].as_str().unwrap().ends_with("/closed"), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("Bella Napoli"), "{problem}");
    assert_eq!(problem["errors"][0]["field"], "restaurant_id");
    assert!(shop.log().read(&[Topic::OrderDetails]).is_empty());
}

#[tokio::test]
async fn a_repeated_order_is_recognised_after_closing() {
    let shop = Shop::open();
    let first = shop.order(good().to_string(), Some("k")).await;
    assert_eq!(first.status, StatusCode::ACCEPTED);
    assert_eq!(put(&shop, json!({"paused": true})).await, StatusCode::OK);
    assert_eq!(shop.order(good().to_string(), Some("k")).await, first, "the same request");
    assert_problem(&shop.order(good().to_string(), Some("l")).await, 422, "a new one");
    assert_eq!(put(&shop, json!({})).await, StatusCode::OK);
    assert_eq!(shop.order(good().to_string(), Some("l")).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn invalid_hours_are_refused_by_field() {
    let shop = Shop::open();
    let cases = [
        (json!({"monday": [{"from": "9", "until": "10:00"}]}), "opening_hours.monday[0].from"),
        (
            json!({"friday": [{"from": "18:00", "until": "02:00"}, {"from": "20:00", "until": "21:00"}]}),
            "opening_hours.friday[1].from",
        ),
        (json!({"exceptions": [{"date": "Christmas"}]}), "opening_hours.exceptions[0].date"),
    ];
    for (hours, field) in cases {
        let body =
            json!({"name": "A", "currency": "EUR", "time_zone": "UTC", "opening_hours": hours});
        let answer =
            shop.staff(Method::PUT, "/api/restaurants/bella-napoli", body.to_string()).await;
        assert_problem(&answer, 422, field);
        assert_eq!(answer.json()["errors"][0]["field"], field);
    }
    assert_eq!(put(&shop, json!({"paused_until": "2026-11-22T12:00:00Z"})).await.as_u16(), 422);
}

#[tokio::test]
async fn pages_of_a_closed_restaurant_say_so_and_offer_no_payment() {
    let shop = Shop::open();
    assert_eq!(put(&shop, json!({"paused": true})).await, StatusCode::OK);
    for path in ["/", "/r/bella-napoli"] {
        assert!(shop.get(path).await.body.contains("Taking a short break"), "{path}");
    }
    let cookie = [("cookie", "comanda_cart_bella-napoli=margherita*1**")];
    let menu = shop.send(request(Method::GET, "/r/bella-napoli", &cookie, "")).await.body;
    assert!(!menu.contains("/checkout?") && menu.contains("We keep yours"), "{menu}");
    let path = "/checkout?restaurant=bella-napoli";
    let checkout = shop.send(request(Method::GET, path, &cookie, "")).await.body;
    assert!(checkout.contains("takes no orders at the moment"), "{checkout}");
    assert!(checkout.contains("type=\"submit\" disabled"), "{checkout}");
}
