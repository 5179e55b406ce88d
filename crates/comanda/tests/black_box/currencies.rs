//! Amounts reach the gateway as it writes them, which is not always in the currency's minor units.

use serde_json::{Value, json};

use crate::common::{Engine, PlacedOrder, Platform, ok_if, on_both, orders::pizza, wait_until};

/// A price in minor units of ISO 4217, and the amount that the gateway charges for it.
const CASES: [(&str, i64, i64); 6] = [
    ("ISK", 2_500, 250_000),
    ("UGX", 30_000, 3_000_000),
    ("MGA", 2_500_000, 25_000),
    ("KWD", 1_250, 1_250),
    ("HUF", 120_000, 120_000),
    ("TWD", 8_000, 8_000),
];

/// Opens a restaurant with one dish, and orders it.
async fn place_order_in(platform: &Platform, currency: &str, price_minor: i64) -> PlacedOrder {
    let (api, id) = (&platform.api, format!("in-{}", currency.to_lowercase()));
    // Money that is held until acceptance would be released, not refunded.
    let restaurant = json!({
        "name": currency, "currency": currency, "time_zone": "Etc/UTC", "capture": "at_order",
    });
    let dish = json!({"id": "ramen", "name": "Ramen", "price_minor": price_minor});
    let menu = json!({"categories": [{"id": "soup", "name": "Soup", "items": [dish]}]});
    for (path, body) in [("", &restaurant), ("/menu", &menu)] {
        let put = api.staff_put(&format!("/api/restaurants/{id}{path}"), body).await;
        assert_eq!(put.status, 200, "{put:?}");
    }
    wait_until("the shop shows the menu", async || {
        let shown = api.get(&format!("/api/restaurants/{id}/menu")).await;
        ok_if(shown.status == 200, shown.text)
    })
    .await;
    let mut order: Value = pizza("ada@example.com");
    order["restaurant_id"] = json!(id);
    order["lines"] = json!([{"item_id": "ramen", "quantity": 1}]);
    order["expected_total_minor"] = json!(price_minor);
    api.place_order(&order).await
}

async fn special_amounts_are_charged_and_refunded_exactly(engine: Engine) {
    let platform = Platform::start(engine).await;
    let mut all = Vec::new();
    for (currency, price_minor, amount) in CASES {
        all.push((place_order_in(&platform, currency, price_minor).await, amount));
    }
    for (placed, amount) in &all {
        platform.api.wait_for_history(placed, &["placed", "confirmed"]).await;
        assert_eq!(platform.charges().await[&placed.id], (1, *amount), "{placed:?}");
    }
    for (placed, _) in &all {
        let reason = json!({"reason": "No oven"});
        assert_eq!(platform.api.request_step(placed, "reject", &reason).await.status, 200);
    }
    for (placed, _) in &all {
        wait_until("the money is back", async || {
            let order = platform.api.order(placed).await;
            ok_if(order["payment"]["state"] == "refunded", order.to_string())
        })
        .await;
    }
    platform.finish().await;
}

on_both!(special_amounts_are_charged_and_refunded_exactly);
