//! Limited stock: the last piece is sold once, no late order is charged, and restocking works.

use std::collections::BTreeSet;

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::{
    ApiResponse, Engine, Platform, View, api::send, kafka::CopiedRecord, ok_if, on_both,
    orders::PlacedOrder, orders::pizza, wait_until,
};

const MENU: &str = "/api/restaurants/cake-shop/menu";
const STOCK: &str = "/api/restaurants/cake-shop/stock";

fn cake(email: &str) -> Value {
    let mut order = pizza(email);
    order["restaurant_id"] = json!("cake-shop");
    order["lines"] = json!([{"item_id": "cake", "quantity": 1}]);
    order
}

/// A shop with five cakes.
async fn open_shop(view: &View) {
    let shop = json!({"name": "Cake Shop", "currency": "EUR", "time_zone": "Europe/Berlin"});
    let put = view.api.staff_put("/api/restaurants/cake-shop", &shop).await;
    assert_eq!(put.status, 200, "{put:?}");
    let menu = json!({"categories": [{"id": "sweet", "name": "Sweet", "items": [
        {"id": "cake", "name": "Cake", "price_minor": 400, "stock": 5},
        {"id": "tea", "name": "Tea", "price_minor": 200}]}]});
    assert_eq!(view.api.staff_put(MENU, &menu).await.status, 200);
    wait_until("the shop can be ordered from", async || {
        let shown = view.api.get(MENU).await;
        ok_if(shown.status == 200, shown.text)
    })
    .await;
}

/// Waits until the shop and the back office show `expected` cakes.
async fn wait_for_stock(view: &View, expected: u32) {
    wait_until(&format!("{expected} cakes are left"), async || {
        let menu = view.api.get(MENU).await;
        let shop = menu.json()["categories"][0]["items"][0]["available"].clone();
        let stock = view.api.staff_get(STOCK).await.json()["items"][0].clone();
        ok_if(shop == expected && stock["on_hand"] == expected, (menu.text, stock))
    })
    .await;
}

async fn change_stock(view: &View, body: &Value, key: &str) -> ApiResponse {
    let request = view.api.as_staff(Method::POST, STOCK).header("idempotency-key", key);
    send(request.json(body)).await.unwrap()
}

/// Writes an order like a storefront that does not know the stock.
async fn write_unchecked_order(view: &View, like: &Value) -> String {
    let (mut order, id) = (like.clone(), Uuid::new_v4().to_string());
    order["order_id"] = json!(id);
    let (key, value) = (id.as_bytes(), order.to_string());
    view.kafka().produce("order_details", None, key, value.as_bytes()).await;
    id
}

async fn the_last_piece_is_sold_once(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    open_shop(&platform).await;
    // Twenty orders for five pieces. Some may be refused when they are placed.
    let emails: Vec<_> = (0..20).map(|n| cake(&format!("guest{n}@example.com"))).collect();
    let answers = join_all(emails.iter().map(|order| api.post_order(order, None))).await;
    let mut accepted = Vec::new();
    for answer in answers.into_iter().map(Result::unwrap) {
        match answer.status {
            202 => accepted.push(PlacedOrder::of(&answer)),
            422 => assert!(answer.text.contains("Cake is sold out"), "{answer:?}"),
            _ => panic!("{answer:?}"),
        }
    }
    wait_for_stock(&platform, 0).await;
    // Fifteen more are written to the topic directly, without the storefront's check.
    let kafka = platform.kafka();
    let like = kafka.read_topic("order_details")[0].json();
    let blind = join_all((0..15).map(|_| write_unchecked_order(&platform, &like))).await;
    platform.wait_until_idle().await;
    let confirmed: BTreeSet<_> =
        kafka.read_topic("order_confirmed").iter().map(CopiedRecord::key_text).collect();
    let all: BTreeSet<_> =
        accepted.iter().map(|placed| placed.id.clone()).chain(blind.iter().cloned()).collect();
    assert_eq!(confirmed.len(), 5);
    assert!(confirmed.iter().all(|id| accepted.iter().any(|placed| placed.id == *id)));
    let declined = kafka.read_topic("order_declined");
    assert!(declined.iter().all(|record| record.json()["reason"] == "out_of_stock"));
    let declined: BTreeSet<_> = declined.iter().map(CopiedRecord::key_text).collect();
    assert_eq!(declined, &all - &confirmed);
    assert!(declined.len() >= 15);
    // Late orders caused no call of the gateway.
    let ledger = api.get(&format!("{}/_ledger", platform.gateway)).await.text;
    assert!(confirmed.iter().all(|id| ledger.contains(id.as_str())));
    assert!(!declined.iter().any(|id| ledger.contains(id.as_str())), "{ledger}");
    // The API and the page of the shop show the same stock.
    let refused = api.post_order(&cake("late@example.com"), None).await.unwrap();
    assert_eq!((refused.status, refused.text.contains("Cake is sold out")), (422, true));
    assert!(api.get("/r/cake-shop").await.text.contains("Sold out today"));

    // Restocked, by a change that is sent twice.
    for _ in 0..2 {
        let answer = change_stock(&platform, &json!({"item_id": "cake", "delta": 2}), "oven").await;
        assert_eq!(answer.status, 202, "{answer:?}");
    }
    wait_for_stock(&platform, 2).await;
    let placed = api.place_order(&cake("late@example.com")).await;
    api.wait_for_status(&placed, "confirmed").await;
    wait_for_stock(&platform, 1).await;
    platform.finish().await;
}

/// The levels and their publication survive a crash at any moment.
async fn stock_survives_a_crash(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    open_shop(&platform).await;
    let party = json!({"item_id": "cake", "set": 30, "reason": "party"});
    assert_eq!(change_stock(&platform, &party, "party").await.status, 202);
    wait_for_stock(&platform, 30).await;
    for round in 0..3 {
        let orders: Vec<_> = (0..5).map(|n| cake(&format!("g{round}-{n}@example.com"))).collect();
        let placed = join_all(orders.iter().map(|order| platform.api.place_order(order))).await;
        platform.kill();
        platform.start_again().await;
        for placed in &placed {
            platform.api.wait_for_status(placed, "confirmed").await;
        }
        wait_for_stock(&platform, 30 - 5 * (round + 1)).await;
    }
    // The cakes of declined orders are released.
    let mut broke = cake("broke@example.com");
    broke["payment_method"] = json!("pm_card_chargeDeclined");
    let placed = platform.api.place_order(&broke).await;
    platform.api.wait_for_status(&placed, "declined").await;
    wait_for_stock(&platform, 15).await;
    platform.finish().await;
}

/// Invalid records are set aside, and the next valid one counts.
async fn foreign_stock_records_are_set_aside(engine: Engine) {
    let platform = Platform::start(engine).await;
    open_shop(&platform).await;
    let kafka = platform.kafka();
    let good = json!({"change_id": Uuid::new_v4(), "restaurant_id": "cake-shop", "item_id": "cake",
        "set": 3, "by": "a foreign tool", "at": "2026-11-22T12:00:00Z"});
    let (mut both, mut other) = (good.clone(), good.clone());
    both["delta"] = json!(1);
    other["item_id"] = json!("tea");
    for value in ["", "hello", "{}", &both.to_string(), &other.to_string(), &good.to_string()] {
        let key = b"cake-shop/cake";
        kafka.produce("stock_changes", None, key, value.as_bytes()).await;
    }
    wait_for_stock(&platform, 3).await;
    platform.finish_with_dead_letters(&[("transactions", 5), ("analytics", 5)]).await;
}

on_both!(the_last_piece_is_sold_once, stock_survives_a_crash, foreign_stock_records_are_set_aside,);
