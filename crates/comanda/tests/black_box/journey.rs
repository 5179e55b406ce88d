//! One order, all the way.

use reqwest::Method;
use serde_json::json;

use crate::common::{
    Engine, Platform,
    api::send,
    on_both,
    orders::{delivered_pizza, pizza},
};

async fn an_order_is_confirmed_mailed_and_counted(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    let answer = api.post_order(&delivered_pizza("Ada@example.com"), None).await.unwrap();
    let body = answer.json();
    let placed = crate::common::PlacedOrder::of(&answer);
    assert_eq!(answer.header("location"), format!("/api/orders/{}", placed.id));
    assert_eq!((placed.total_minor, &body["currency"]), (2450, &json!("EUR")));
    assert_eq!(body["status"], "placed");

    let order = api.wait_for_history(&placed, &["placed", "confirmed"]).await;
    assert_eq!(order["restaurant_id"], "bella-napoli");
    let payment = json!({
        "method": "card", "state": "authorized", "amount_minor": 2450, "currency": "EUR",
    });
    assert_eq!(order["payment"], payment);
    assert_eq!(order["lines"][0]["options"][0]["name"], "Extra cheese");
    assert_eq!((&order["subtotal_minor"], &order["total_minor"]), (&json!(2200), &json!(2450)));

    platform.wait_until_idle().await;
    let captured = platform.charges().await;
    assert_eq!(captured[&placed.id], (1, 2450));
    let summary = api.summary().await;
    assert_eq!(summary["orders"]["placed"], 1);
    assert_eq!(summary["orders"]["confirmed"], 1);
    assert_eq!(summary["revenue_minor"], json!({"EUR": 2450}));
    assert_eq!(summary["average_order_minor"], json!({"EUR": 2450}));
    assert_eq!(summary["items_sold"], 2);
    assert_eq!(summary["customers"], json!({"unique": 1, "returning": 0}));
    let top = json!([{"item_id": "margherita", "name": "Margherita", "quantity": 2,
                      "revenue_minor": 2200}]);
    assert_eq!(summary["top_items"], top);
    let elsewhere = api.staff_get("/api/analytics/summary?restaurant_id=golden-wok").await.json();
    assert_eq!(elsewhere["orders"]["placed"], 0);
    platform.finish().await;
}

async fn the_mail_lists_the_order_and_links_to_it(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    let placed = api.place_order(&delivered_pizza("ada@example.com")).await;
    let mails = api.mails_about(&placed.id).await;
    assert_eq!(mails.len(), 1);
    let page = &mails[0].page;
    let list = api.staff_get("/mailbox").await.text;
    for part in ["Bella Napoli: your order is confirmed", "ada@example.com"] {
        assert!(page.contains(part) && list.contains(part), "{part}: {page}");
    }
    let html = api.staff_get(&format!("/mailbox/{}/html", mails[0].id)).await;
    assert!(html.header("content-security-policy").starts_with("sandbox"));
    for part in ["2 × Margherita", "Extra cheese +€1.50", "24.50", "12 Via Roma", "Delivery"] {
        assert!(page.contains(part), "{part} in the text: {page}");
        assert!(html.text.contains(part), "{part} in the page: {}", html.text);
    }
    let link = format!("{}/orders/{}?token={}", api.base(), placed.id, placed.token);
    assert!(page.contains(&link) && html.text.contains(&format!("href=\"{link}\"")), "{page}");

    let opened = api.get(&link).await;
    assert_eq!(opened.status, 303, "the token leaves the address: {opened:?}");
    assert_eq!(opened.header("location"), format!("/orders/{}", placed.id));
    let cookie = opened.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    let path = opened.header("location");
    let shown = send(api.request(Method::GET, path).header("cookie", cookie)).await.unwrap();
    assert_eq!(shown.status, 200);
    assert!(shown.text.contains("Margherita") && shown.text.contains("24.50"), "{}", shown.text);
    assert_eq!(api.get(path).await.status, 404, "without the cookie there is nothing to see");
    platform.finish().await;
}

async fn figures_add_up_over_restaurants_and_customers(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    for email in ["ada@example.com", "ADA@example.com", "bob@example.com"] {
        api.place_order(&pizza(email)).await;
        api.place_order(&crate::common::orders::dumplings(email)).await;
    }
    platform.wait_until_idle().await;
    let summary = api.summary().await;
    assert_eq!(summary["orders"]["confirmed"], 6);
    assert_eq!(summary["revenue_minor"], json!({"EUR": 6600, "GBP": 5580}));
    assert_eq!(summary["average_order_minor"], json!({"EUR": 2200, "GBP": 1860}));
    assert_eq!(summary["items_sold"], 15);
    assert_eq!(summary["customers"], json!({"unique": 2, "returning": 2}));
    let top = summary["top_items"].as_array().unwrap();
    let top: Vec<_> = top.iter().map(|item| (&item["item_id"], &item["quantity"])).collect();
    assert_eq!(top, [(&json!("har-gow"), &json!(9)), (&json!("margherita"), &json!(6))]);
    platform.finish().await;
}

on_both!(
    an_order_is_confirmed_mailed_and_counted,
    the_mail_lists_the_order_and_links_to_it,
    figures_add_up_over_restaurants_and_customers,
);
