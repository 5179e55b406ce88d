//! What was not delivered is sent after a restart; what was, mostly not; the past never.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use common::receiver::Receiver;
use common::{Client, PAID, config, start};
use serde_json::json;
use tempfile::tempdir;
use test_gateway::{Config, Gateway, Retries, StartError, Webhooks};

/// A gateway that has the endpoint from its start.
fn with_webhooks(mut config: Config, receiver: &Receiver) -> Config {
    let retries = Retries { first_retry_ms: 1, longest_retry_ms: 4, ..Retries::default() };
    let webhooks = Webhooks::new(&receiver.url, ["whsec_1"]).unwrap().retried(retries).unwrap();
    config.webhooks = Some(webhooks);
    config
}

async fn begin(config: Config) -> (Gateway, Client) {
    let gateway = Gateway::start(config).await.unwrap();
    let client = Client(gateway.address());
    (gateway, client)
}

#[tokio::test]
async fn what_was_not_delivered_is_sent_after_a_restart_under_the_same_id() {
    let folder = tempdir().unwrap();
    let receiver = Receiver::start().await;
    let config = with_webhooks(config(folder.path()), &receiver);
    let (gateway, client) = begin(config.clone()).await;
    client.create(PAID).await;
    client.delivered().await;
    receiver.answer(503);
    let missing = client.create("amount=7&currency=eur").await;
    let tried = receiver.wait(4).await.pop().unwrap();
    gateway.shutdown().await;
    receiver.answer(200);
    let (gateway, client) = begin(config.clone()).await;
    assert_eq!(client.delivered().await["delivered"], 1, "only what was missing is sent again");
    let again = receiver.all().pop().unwrap();
    assert_eq!(again.json()["data"]["object"]["id"], missing);
    assert_eq!((again.id(), again.body), (tried.id(), tried.body));
    gateway.shutdown().await;
    let (_gateway, client) = begin(config).await;
    client.create("amount=8&currency=eur").await;
    assert_eq!(client.delivered().await["delivered"], 1);
    let paid =
        receiver.all().iter().filter(|w| w.json()["data"]["object"]["amount"] == 2450).count();
    assert_eq!(paid, 2, "what was delivered is not sent again after a good end");
}

#[tokio::test]
async fn a_gateway_that_just_ends_sends_again() {
    let folder = tempdir().unwrap();
    let receiver = Receiver::start().await;
    let config = with_webhooks(config(folder.path()), &receiver);
    receiver.answer(500);
    let (gateway, client) = begin(config.clone()).await;
    let intent = client.create(PAID).await;
    receiver.wait(2).await;
    drop(gateway);
    receiver.answer(200);
    // The lock on the ledger is free once everything of the other one is gone.
    let gateway = loop {
        match Gateway::start(config.clone()).await {
            Ok(gateway) => break gateway,
            Err(StartError::LedgerInUse(_)) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    };
    Client(gateway.address()).delivered().await;
    let came = receiver.all();
    let last = came.last().unwrap().json();
    assert_eq!(last["data"]["object"]["id"], intent);
}

#[tokio::test]
async fn an_endpoint_is_told_what_happens_from_then_on() {
    let folder = tempdir().unwrap();
    let (gateway, client) = start(folder.path()).await;
    let receiver = Receiver::start().await;
    client.create(PAID).await;
    client.set_webhooks(&receiver, json!({})).await;
    let first = client.create("amount=1&currency=eur").await;
    client.delivered().await;
    // None is wanted for a while, and nothing of that while is told later.
    assert_eq!(client.send("PUT", "/_webhooks", None, "{}").await.unwrap().status, 200);
    client.create("amount=2&currency=eur").await;
    assert_eq!(client.get("/_webhooks").await.json()["pending"], 0);
    client.set_webhooks(&receiver, json!({})).await;
    let second = client.create("amount=3&currency=eur").await;
    client.delivered().await;
    gateway.shutdown().await;
    // Once there is an endpoint, a gateway that is started without keeps what it is to be told.
    let (_gateway, client) = start(folder.path()).await;
    let third = client.create("amount=4&currency=eur").await;
    client.set_webhooks(&receiver, json!({})).await;
    client.delivered().await;
    let told: Vec<_> = receiver.all().iter().map(|w| w.json()["data"]["object"].clone()).collect();
    let ids: Vec<_> = told.iter().map(|object| object["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [first, second, third]);
}

#[tokio::test]
async fn a_mark_that_makes_no_sense_is_named() {
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("webhooks.json"), "garbage").unwrap();
    let error = Gateway::start(config(folder.path())).await.unwrap_err();
    assert!(matches!(error, StartError::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("webhooks.json"), "{error}");
}
