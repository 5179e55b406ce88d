//! Banks that want the customer to authenticate: on the test gateway's page of a bank.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;

use crate::common::{
    ApiResponse, Engine, PlacedOrder, Platform,
    api::send,
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

/// What the customer's browser gets.
async fn visit(platform: &Platform, placed: &PlacedOrder, path: &str) -> ApiResponse {
    send(platform.api.request(Method::GET, path).bearer_auth(&placed.token)).await.unwrap()
}

/// Presses a button on the bank's page. The gateway may listen at another port since it showed the
/// address.
async fn press(platform: &Platform, bank: &str, outcome: &str) -> ApiResponse {
    let (_, challenge) = bank.split_once("/3d_secure/").unwrap();
    let address = format!("{}/3d_secure/{challenge}", platform.gateway);
    let pressed = platform.api.request(Method::POST, &address).form(&[("outcome", outcome)]);
    send(pressed).await.unwrap()
}

/// Goes to the bank, presses a button there, and comes back.
async fn answer_bank(platform: &Platform, placed: &PlacedOrder, outcome: &str) {
    let way = visit(platform, placed, &format!("/orders/{}/pay", placed.id)).await;
    assert_eq!(way.status, 303, "{way:?}");
    let back = press(platform, way.header("location"), outcome).await;
    // So may the platform.
    let (_, query) = back.header("location").split_once("/pay/return").unwrap();
    let path = format!("/orders/{}/pay/return{query}", placed.id);
    let order = visit(platform, placed, &path).await;
    assert_eq!((order.status, order.header("location")), (303, &*format!("/orders/{}", placed.id)));
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
    answer_bank(&platform, &pays, "complete").await;
    answer_bank(&platform, &fails, "fail").await;
    assert_eq!(platform.api.order(&pays).await["status"], "confirmed");
    assert_eq!(platform.api.order(&fails).await["reason"], "authentication_failed");

    let bank = visit(&platform, &leaves, &format!("/orders/{}/pay", leaves.id)).await;
    let declined = platform.api.wait_for_status(&leaves, "declined").await;
    assert_eq!(declined["reason"], "authentication_timeout");
    // The bank's page is too late.
    press(&platform, bank.header("location"), "complete").await;
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
