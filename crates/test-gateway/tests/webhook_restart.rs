//! Webhooks across restarts: undelivered events are sent, earlier ones are not.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use common::{Client, PAID, config, receiver::Receiver, start};
use serde_json::json;
use tempfile::tempdir;
use test_gateway::{Config, Gateway, Retries, StartError, Webhooks};

/// A configuration with the receiver as endpoint.
fn with_webhooks(mut config: Config, receiver: &Receiver) -> Config {
    let retries = Retries { first_retry_ms: 1, longest_retry_ms: 4, ..Retries::default() };
    let webhooks =
        Webhooks::new(&receiver.url, ["whsec_1"]).unwrap().with_retries(retries).unwrap();
    config.webhooks = Some(webhooks);
    config
}

async fn start_with(config: Config) -> (Gateway, Client) {
    let gateway = Gateway::start(config).await.unwrap();
    let client = Client(gateway.address());
    (gateway, client)
}

#[tokio::test]
async fn undelivered_events_are_sent_after_a_restart_with_the_same_id() {
    let folder = tempdir().unwrap();
    let receiver = Receiver::start().await;
    let config = with_webhooks(config(folder.path()), &receiver);
    let (gateway, client) = start_with(config.clone()).await;
    client.create(PAID).await;
    client.wait_until_delivered().await;
    receiver.set_status(503);
    let missing = client.create("amount=7&currency=eur").await;
    let tried = receiver.wait_for(4).await.pop().unwrap();
    gateway.shutdown().await;
    receiver.set_status(200);
    let (gateway, client) = start_with(config.clone()).await;
    assert_eq!(
        client.wait_until_delivered().await["delivered"],
        1,
        "only what was missing is sent again"
    );
    let again = receiver.all().pop().unwrap();
    assert_eq!(again.json()["data"]["object"]["id"], missing);
    assert_eq!((again.id(), again.body), (tried.id(), tried.body));
    gateway.shutdown().await;
    let (_gateway, client) = start_with(config).await;
    client.create("amount=8&currency=eur").await;
    assert_eq!(client.wait_until_delivered().await["delivered"], 1);
    let paid =
        receiver.all().iter().filter(|w| w.json()["data"]["object"]["amount"] == 2450).count();
    assert_eq!(paid, 2, "what was delivered is not sent again after a good end");
}

#[tokio::test]
async fn events_are_sent_again_after_a_stop_without_shutdown() {
    let folder = tempdir().unwrap();
    let receiver = Receiver::start().await;
    let config = with_webhooks(config(folder.path()), &receiver);
    receiver.set_status(500);
    let (gateway, client) = start_with(config.clone()).await;
    let intent = client.create(PAID).await;
    receiver.wait_for(2).await;
    drop(gateway);
    receiver.set_status(200);
    // The lock on the ledger is released once the old gateway is completely dropped.
    let gateway = loop {
        match Gateway::start(config.clone()).await {
            Ok(gateway) => break gateway,
            Err(StartError::InUse(_)) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    };
    Client(gateway.address()).wait_until_delivered().await;
    let came = receiver.all();
    let last = came.last().unwrap().json();
    assert_eq!(last["data"]["object"]["id"], intent);
}

#[tokio::test]
async fn an_endpoint_receives_events_from_its_setting_on() {
    let folder = tempdir().unwrap();
    let (gateway, client) = start(folder.path()).await;
    let receiver = Receiver::start().await;
    client.create(PAID).await;
    client.set_webhooks(&receiver, json!({})).await;
    let first = client.create("amount=1&currency=eur").await;
    client.wait_until_delivered().await;
    // Events without an endpoint are never sent.
    assert_eq!(client.send("PUT", "/_webhooks", None, "{}").await.unwrap().status, 200);
    client.create("amount=2&currency=eur").await;
    assert_eq!(client.get("/_webhooks").await.json()["pending"], 0);
    client.set_webhooks(&receiver, json!({})).await;
    let second = client.create("amount=3&currency=eur").await;
    client.wait_until_delivered().await;
    gateway.shutdown().await;
    // After an endpoint was set, a gateway started without one keeps the events for it.
    let (_gateway, client) = start(folder.path()).await;
    let third = client.create("amount=4&currency=eur").await;
    client.set_webhooks(&receiver, json!({})).await;
    client.wait_until_delivered().await;
    let event_of: Vec<_> =
        receiver.all().iter().map(|w| w.json()["data"]["object"].clone()).collect();
    let ids: Vec<_> = event_of.iter().map(|object| object["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [first, second, third]);
}

#[tokio::test]
async fn a_malformed_checkpoint_is_reported() {
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("webhooks.json"), "garbage").unwrap();
    let error = Gateway::start(config(folder.path())).await.unwrap_err();
    assert!(matches!(error, StartError::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("webhooks.json"), "{error}");
}
