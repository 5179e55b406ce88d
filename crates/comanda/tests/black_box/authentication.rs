//! Banks that want the customer to authenticate: on the test gateway's page of a bank.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;

use crate::common::{
    Engine, PlacedOrder, Platform,
    api::send,
    bank,
    kafka::CopiedRecord,
    on_both,
    orders::{paid_with, pizza},
};

/// Places an order whose bank wants the customer to authenticate, and waits until it says so.
async fn place_waiting(platform: &Platform) -> PlacedOrder {
    let order = paid_with(pizza("ada@example.com"), "pm_card_authenticationRequired");
    let placed = platform.api.place_order(&order).await;
    platform.api.wait_for_payment(&placed, "action_required").await;
    placed
}

async fn a_customer_authenticates_fails_or_leaves(engine: Engine) {
    let limit = [("COMANDA_AUTHENTICATION_LIMIT_S", "20")];
    let mut platform = Platform::start_with(engine, &limit).await;
    let [pays, fails, leaves] = [
        place_waiting(&platform).await,
        place_waiting(&platform).await,
        place_waiting(&platform).await,
    ];
    let link = platform.api.order(&pays).await["links"]["pay"].as_str().unwrap().to_owned();
    assert_eq!(platform.api.get(&link).await.status, 303, "a browser needs no more than the link");
    // The platform forgets nothing that it needs on the way back.
    platform.kill();
    platform.start_again().await;
    bank::answer(&platform, &pays, "complete").await;
    bank::answer(&platform, &fails, "fail").await;
    assert_eq!(platform.api.order(&pays).await["status"], "confirmed");
    assert_eq!(platform.api.order(&fails).await["reason"], "authentication_failed");

    let bank = bank::visit(&platform, &leaves, &format!("/orders/{}/pay", leaves.id)).await;
    let declined = platform.api.wait_for_status(&leaves, "declined").await;
    assert_eq!(declined["reason"], "authentication_timeout");
    // The bank's page is too late.
    bank::press(&platform, bank.header("location"), "complete").await;
    platform.wait_until_idle().await;
    let captures = platform.charges().await;
    assert_eq!(
        captures.into_iter().collect::<Vec<_>>(),
        [(pays.id.clone(), (1, pays.total_minor))]
    );
    let said = platform.kafka().read_topic("order_payments");
    // A record that was not committed before the kill is handled again.
    let orders: BTreeSet<_> = said.iter().map(CopiedRecord::key_text).collect();
    assert_eq!(orders, BTreeSet::from([&pays, &fails, &leaves].map(|placed| placed.id.clone())));
    assert!(said.iter().all(|record| !record.json().to_string().contains("secret")));
    platform.finish().await;
}

async fn a_waiting_order_can_be_cancelled(engine: Engine) {
    let platform = Platform::start(engine).await;
    let placed = place_waiting(&platform).await;
    let path = format!("/api/orders/{}/cancel", placed.id);
    let asked = platform.api.request(Method::POST, &path).bearer_auth(&placed.token);
    let answer = send(asked.json(&json!({}))).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    platform.api.wait_for_payment(&placed, "void").await;
    assert!(platform.charges().await.is_empty());
    platform.finish().await;
}

on_both!(a_customer_authenticates_fails_or_leaves, a_waiting_order_can_be_cancelled);
