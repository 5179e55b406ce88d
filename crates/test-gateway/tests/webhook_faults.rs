//! Duplicated, late, reordered and lost webhooks.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use common::{Client, receiver::Receiver, start};
use serde_json::json;
use tempfile::{TempDir, tempdir};
use test_gateway::Gateway;

async fn start_with(faults: &str) -> (TempDir, Gateway, Client, Receiver) {
    let folder = tempdir().unwrap();
    let (gateway, client) = start(folder.path()).await;
    let receiver = Receiver::start().await;
    client.set_webhooks(&receiver, json!({})).await;
    client.set_faults(faults).await;
    (folder, gateway, client, receiver)
}

fn intents(receiver: &Receiver) -> Vec<String> {
    let id = |webhook: &common::receiver::Received| {
        webhook.json()["data"]["object"]["id"].as_str().unwrap().to_owned()
    };
    receiver.all().iter().map(id).collect()
}

#[tokio::test]
async fn a_duplicate_is_the_same_event_twice() {
    let (_folder, _gateway, client, receiver) = start_with(r#"{"webhook_duplicate":1}"#).await;
    let id = client.create("amount=1&currency=eur").await;
    let shown = client.wait_until_delivered().await;
    assert_eq!((&shown["delivered"], intents(&receiver)), (&json!(2), vec![id.clone(), id]));
    let came = receiver.all();
    assert_eq!(came[0].id(), came[1].id());
    assert_eq!(came[0].body, came[1].body);
}

#[tokio::test]
async fn a_lost_webhook_is_never_sent() {
    let (_folder, _gateway, client, receiver) = start_with(r#"{"webhook_lost":1}"#).await;
    client.create("amount=1&currency=eur").await;
    assert_eq!(client.wait_until_delivered().await["lost"], 1);
    client.set_faults("{}").await;
    let second = client.create("amount=2&currency=eur").await;
    client.wait_until_delivered().await;
    assert_eq!(intents(&receiver), [second]);
    // The event is listed all the same.
    assert_eq!(client.get("/v1/events").await.json()["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_late_webhook_is_overtaken() {
    let faults = r#"{"webhook_late":1,"webhook_late_ms":{"min":86400000,"max":86400001}}"#;
    let (folder, gateway, client, receiver) = start_with(faults).await;
    let late = client.create("amount=1&currency=eur").await;
    // Faults are drawn when an event is scheduled.
    client.wait_for_stats(|shown| shown["under_way"] == 1).await;
    client.set_faults("{}").await;
    let second = client.create("amount=2&currency=eur").await;
    receiver.wait_for(1).await;
    assert_eq!(intents(&receiver), [second]);
    gateway.shutdown().await;
    // A late webhook survives a restart; a later event may be sent again.
    let (_gateway, client) = start(folder.path()).await;
    client.set_webhooks(&receiver, json!({})).await;
    client.wait_until_delivered().await;
    assert!(intents(&receiver).contains(&late));
}

#[tokio::test]
async fn a_held_webhook_arrives_after_a_later_one() {
    let (_folder, _gateway, client, receiver) = start_with(r#"{"webhook_out_of_order":1}"#).await;
    let mut made = Vec::new();
    for amount in 1..=4 {
        made.push(client.create(&format!("amount={amount}&currency=eur")).await);
        if amount % 2 == 0 {
            client.wait_until_delivered().await;
        }
    }
    let expected = [1, 0, 3, 2].map(|place| made[place].clone());
    assert_eq!(intents(&receiver), expected);
}

#[tokio::test]
async fn a_seed_makes_the_same_webhooks_fail() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let faults = r#"{"webhook_lost":0.5,"seed":7}"#;
        let (_folder, _gateway, client, receiver) = start_with(faults).await;
        for amount in 1..=20 {
            client.create(&format!("amount={amount}&currency=eur")).await;
        }
        client.wait_until_delivered().await;
        let amount = |w: &common::receiver::Received| w.json()["data"]["object"]["amount"].clone();
        let mut amounts: Vec<_> = receiver.all().iter().map(amount).collect();
        amounts.sort_by_key(serde_json::Value::as_u64);
        runs.push(amounts);
    }
    assert_eq!(runs[0], runs[1]);
    assert!((1..20).contains(&runs[0].len()));
}
