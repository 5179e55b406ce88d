//! Menus: the shop sells the menu that its owner put.

use serde_json::{Value, json};

use crate::common::{Engine, Platform, ok_if, on_both, orders::pizza, wait_until};

fn menu(price_minor: i64) -> Value {
    json!({"categories": [{"id": "soup", "name": "Soup", "items": [
        {"id": "ramen", "name": "Ramen", "price_minor": price_minor}]}]})
}

fn ramen() -> Value {
    let mut order = pizza("ada@example.com");
    order["restaurant_id"] = json!("ramen-bar");
    order["lines"] = json!([{"item_id": "ramen", "quantity": 1}]);
    order
}

async fn wait_for_price(platform: &Platform, price_minor: i64) {
    wait_until("the shop shows the menu", async || {
        let shown = platform.api.get("/api/restaurants/ramen-bar/menu").await;
        let price = shown.status == 200
            && shown.json()["categories"][0]["items"][0]["price_minor"] == price_minor;
        ok_if(price, shown.text)
    })
    .await;
}

async fn an_invalid_foreign_record_is_skipped(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    let (api, kafka) = (platform.api.clone(), platform.kafka());
    let restaurant = json!({"name": "Ramen Bar", "currency": "EUR", "time_zone": "Europe/Berlin"});
    let put = api.staff_put("/api/restaurants/ramen-bar", &restaurant).await;
    assert_eq!(put.status, 200, "{put:?}");
    assert_eq!(api.staff_put("/api/restaurants/ramen-bar/menu", &menu(1250)).await.status, 200);
    wait_for_price(&platform, 1250).await;

    let foreign: &[(&[u8], &[u8])] = &[
        (b"menu/ramen-bar", b"\x00\xff"),
        (b"menu/ramen-bar", br#"{"categories": "none"}"#),
        (b"menu/ramen-bar", br#"{"categories":[{"id":"x","name":"X","items":[{"id":"y"}]}]}"#),
        (b"restaurant/ramen-bar", br#"{"name": "Ramen Bar", "currency": "Taler"}"#),
        (b"menu/Not A Slug", br#"{"categories": []}"#),
        (b"something/else", b"{}"),
        (b"\xff", b"{}"),
    ];
    for (key, value) in foreign {
        for partition in 0..kafka.count_partitions("menu") {
            kafka.produce("menu", Some(partition), key, value).await;
        }
    }
    let put = api.staff_put("/api/restaurants/ramen-bar/menu", &menu(1300)).await;
    assert_eq!(put.status, 200, "{put:?}");
    wait_for_price(&platform, 1300).await;
    assert_eq!(api.place_order(&ramen()).await.total_minor, 1300);
    assert_eq!(api.place_order(&pizza("bob@example.com")).await.total_minor, 2200);

    platform.stop().await;
    platform.start_again().await;
    wait_for_price(&platform, 1300).await;
    let foreign =
        foreign.len() * usize::try_from(platform.kafka().count_partitions("menu")).unwrap();
    let dead = [("transactions", foreign), ("backoffice", foreign)];
    platform.finish_with_dead_letters(&dead).await;
}

async fn an_invalid_menu_is_refused_without_effect(engine: Engine) {
    let platform = Platform::start(engine).await;
    let before = platform.kafka().read_topic("menu").len();
    let api = &platform.api;
    let put = api.staff_put("/api/restaurants/bella-napoli/menu", &menu(-1)).await;
    assert_eq!(put.status, 422, "{put:?}");
    assert!(put.text.contains("price_minor"), "the field is named: {put:?}");
    let wrong = json!({"name": "X", "currency": "Taler", "time_zone": "Mars/Olympus"});
    let put = api.staff_put("/api/restaurants/ramen-bar", &wrong).await;
    assert_eq!(put.status, 422);
    assert!(put.text.contains("currency") && put.text.contains("time_zone"), "{put:?}");
    assert_eq!(platform.kafka().read_topic("menu").len(), before);
    platform.finish().await;
}

async fn no_orders_are_taken_during_a_break(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    let put = async |more: Value| {
        let mut body = json!({"name": "Ramen Bar", "currency": "EUR", "time_zone": "Asia/Tokyo"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(api.staff_put("/api/restaurants/ramen-bar", &body).await.status, 200);
    };
    let is_open = async |open: bool| {
        wait_until("the shop shows the restaurant so", async || {
            let list = api.get("/api/restaurants").await.json();
            let all = list["restaurants"].as_array().unwrap();
            let here = all.iter().find(|restaurant| restaurant["id"] == "ramen-bar").cloned();
            ok_if(here.as_ref().is_some_and(|here| here["open"] == open), here)
        })
        .await;
    };
    put(json!({})).await;
    assert_eq!(api.staff_put("/api/restaurants/ramen-bar/menu", &menu(1250)).await.status, 200);
    wait_for_price(&platform, 1250).await;
    put(json!({"paused": true})).await;
    is_open(false).await;
    let refused = api.post_order(&ramen(), None).await.unwrap();
    assert_eq!(refused.status, 422, "{refused:?}");
    assert!(refused.json()["type"].as_str().unwrap().ends_with("/closed"), "{refused:?}");
    assert!(api.get("/r/ramen-bar").await.text.contains("Taking a short break"));
    put(json!({"paused": true, "paused_until": "2020-01-01T00:00:00Z"})).await;
    is_open(true).await;
    api.place_order(&ramen()).await;
    platform.finish().await;
}

on_both!(
    no_orders_are_taken_during_a_break,
    an_invalid_foreign_record_is_skipped,
    an_invalid_menu_is_refused_without_effect,
);
