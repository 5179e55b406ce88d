//! Cards that are refused.

use serde_json::json;

use crate::common::{
    Engine, Platform, on_both,
    orders::{paid_with, pizza},
};

async fn check_decline(engine: Engine, card: &str, reason: &str) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    let placed = api.place_order(&paid_with(pizza("ada@example.com"), card)).await;
    let good = api.place_order(&pizza("bob@example.com")).await;
    let order = api.wait_for_status(&placed, "declined").await;
    assert_eq!(order["reason"], reason);
    assert_eq!(order["payment"]["state"], "declined");
    api.wait_for_status(&good, "confirmed").await;
    platform.wait_until_idle().await;

    let kafka = platform.kafka();
    let declined = kafka.read_topic("order_declined");
    assert_eq!(declined.len(), 1);
    assert_eq!(declined[0].key_text(), placed.id);
    assert_eq!(declined[0].json()["reason"], reason);
    let confirmed = kafka.read_topic("order_confirmed");
    assert_eq!(confirmed.len(), 1, "order_confirmed carries verified orders and nothing else");
    assert_eq!(confirmed[0].key_text(), good.id);

    let captures = platform.charges().await;
    assert_eq!(captures.into_iter().collect::<Vec<_>>(), [(good.id.clone(), (1, 2200))]);
    let mails = api.mails_about(&placed.id).await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].page.contains("Bella Napoli: your order was not placed"));
    assert!(mails[0].page.contains("No money was taken"));

    let summary = api.summary().await;
    assert_eq!(summary["orders"]["declined"], 1);
    assert_eq!(summary["orders"]["confirmed"], 1);
    assert_eq!(summary["revenue_minor"], json!({"EUR": 2200}));
    let late = api.request_step(&placed, "accept", &json!({})).await;
    assert_eq!((late.status, &late.json()["order_status"]), (409, &json!("declined")));
    platform.finish().await;
}

async fn a_declined_card_costs_nothing(engine: Engine) {
    check_decline(engine, "pm_card_chargeDeclined", "card_declined").await;
}

async fn a_card_without_funds_costs_nothing(engine: Engine) {
    check_decline(engine, "pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds").await;
}

on_both!(a_declined_card_costs_nothing, a_card_without_funds_costs_nothing);
