//! Webhooks: what is told, how it is signed, and that it arrives.

mod common;

use std::sync::atomic::{AtomicI64, Ordering};

use common::receiver::{Received, Receiver};
use common::{Client, PAID, config, start};
use serde_json::{Value, json};
use tempfile::tempdir;
use test_gateway::{Gateway, Retries, Webhooks};

const CREATE: &str = "/v1/payment_intents";

#[tokio::test]
async fn every_change_is_told_as_the_api_shows_it() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let receiver = Receiver::start().await;
    client.set_webhooks(&receiver, json!({})).await;
    let created = client.keyed("c", CREATE, "amount=700&currency=eur").await.json();
    let id = created["id"].as_str().unwrap();
    let confirm = format!("{CREATE}/{id}/confirm");
    let declined = client.post(&confirm, "payment_method=pm_card_chargeDeclined").await.json();
    let asked = client.post(&confirm, "payment_method=pm_card_authenticationRequired").await;
    let paid = client.keyed("p", &confirm, "payment_method=pm_card_visa").await.json();
    let refund = format!("payment_intent={id}&amount=300");
    let refunded = client.keyed("r", "/v1/refunds", &refund).await.json();
    let other = client.create("amount=5&currency=eur").await;
    let canceled = client.post(&format!("{CREATE}/{other}/cancel"), "").await.json();
    client.delivered().await;
    let events: Vec<Value> = receiver.all().iter().map(Received::json).collect();
    let told = |kind: &str| {
        let of_kind = |event: &&Value| event["type"] == kind && event["data"]["object"] != other;
        let event = events.iter().find(of_kind).unwrap();
        assert_eq!((&event["object"], &event["livemode"]), (&json!("event"), &json!(false)));
        assert!(event["created"].is_i64() && event["api_version"].is_string());
        assert_eq!(event["request"]["id"], Value::Null);
        (event["data"]["object"].clone(), event["request"]["idempotency_key"].clone())
    };
    let unkeyed = Value::Null;
    let intent_of_error = declined["error"]["payment_intent"].clone();
    assert_eq!(told("payment_intent.payment_failed"), (intent_of_error, unkeyed.clone()));
    assert_eq!(told("payment_intent.requires_action"), (asked.json(), unkeyed.clone()));
    assert_eq!(told("payment_intent.succeeded"), (paid, json!("p")));
    assert_eq!(told("payment_intent.canceled"), (canceled, unkeyed));
    assert_eq!(told("refund.created"), (refunded, json!("r")));
    let (charge, _) = told("charge.refunded");
    assert_eq!((&charge["object"], &charge["amount_refunded"]), (&json!("charge"), &json!(300)));
    let of_first = events.iter().filter(|event| event["type"] == "payment_intent.created");
    assert!(of_first.clone().any(|event| event["data"]["object"] == created));
    assert_eq!((of_first.count(), events.len()), (2, 8));
}

#[tokio::test]
async fn one_signature_for_each_secret() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let receiver = Receiver::start().await;
    client.set_webhooks(&receiver, json!({ "secrets": ["whsec_old"] })).await;
    client.create("amount=5&currency=eur&metadata[note]=ü").await;
    client.delivered().await;
    client.set_webhooks(&receiver, json!({ "secrets": ["whsec_old", "whsec_new"] })).await;
    client.create("amount=6&currency=eur").await;
    client.delivered().await;
    let came = receiver.all();
    assert!(came[0].is_signed_with(&["whsec_old"]));
    assert!(came[1].is_signed_with(&["whsec_old", "whsec_new"]));
    assert!(!came[1].is_signed_with(&["whsec_new", "whsec_old"]));
    let shown = client.get("/_webhooks").await;
    assert!(!shown.text().contains("whsec"), "secrets are not shown");
    assert_eq!((&shown.json()["secrets"], &shown.json()["delivered"]), (&json!(2), &json!(2)));
}

static NOW_MS: AtomicI64 = AtomicI64::new(1_700_000_000_000);

#[tokio::test]
async fn tried_again_until_taken_and_signed_anew() {
    let folder = tempdir().unwrap();
    let mut config = config(folder.path());
    config.now_unix_ms = || NOW_MS.fetch_add(1_000, Ordering::SeqCst);
    let gateway = Gateway::start(config).await.unwrap();
    let client = Client(gateway.address());
    let receiver = Receiver::start().await;
    receiver.answer(500);
    client.set_webhooks(&receiver, json!({})).await;
    client.create("amount=5&currency=eur").await;
    receiver.wait(4).await;
    // A redirect is a failure too, and so is an answer that says to wait.
    receiver.answer(302);
    client.webhooks_until(|shown| shown["failed_attempts"].as_u64() > Some(8)).await;
    receiver.answer(204);
    let shown = client.delivered().await;
    let came = receiver.all();
    assert_eq!(shown["failed_attempts"], came.len() - 1);
    assert_eq!(shown["delivered"], 1);
    let mut times: Vec<i64> = came.iter().map(|webhook| webhook.parts().0).collect();
    assert!(came.iter().all(|webhook| webhook.is_signed_with(&["whsec_1"])));
    assert!(came.iter().all(|webhook| webhook.body == came[0].body));
    times.dedup();
    assert_eq!(times.len(), came.len(), "every attempt has a time of its own");
}

#[tokio::test]
async fn given_up_at_last_which_holds_up_nothing() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let receiver = Receiver::start().await;
    receiver.answer(400);
    client.set_webhooks(&receiver, json!({ "attempts": 3 })).await;
    client.create("amount=5&currency=eur").await;
    let shown = client.webhooks_until(|shown| shown["given_up"] == 1).await;
    assert_eq!((&shown["failed_attempts"], receiver.all().len()), (&json!(3), 3));
    receiver.answer(200);
    client.create("amount=6&currency=eur").await;
    assert_eq!(client.delivered().await["delivered"], 1);
    assert_eq!(receiver.all().len(), 4);
}

#[tokio::test]
async fn a_slow_receiver_has_a_bounded_number_to_serve() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let receiver = Receiver::start().await;
    receiver.open(false);
    client.set_webhooks(&receiver, json!({})).await;
    for _ in 0..30 {
        client.create(PAID).await;
    }
    receiver.wait(16).await;
    assert_eq!(client.get("/_webhooks").await.json()["pending"], 60);
    receiver.open(true);
    assert_eq!(client.delivered().await["delivered"], 60);
    assert_eq!(receiver.most_at_once(), 16);
}

#[tokio::test]
async fn a_wrong_endpoint_is_refused_and_no_endpoint_is_none() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    for bad in [
        r#"{"url":"ftp://h/","secrets":["s"]}"#,
        r#"{"url":"http://h/","secrets":[]}"#,
        r#"{"url":"http://h/","secrets":[""]}"#,
        r#"{"url":"http://h/","secrets":["s"],"attempts":0}"#,
        r#"{"url":"http://h/","secrets":["s"],"attempts":-1}"#,
        r#"{"url":"http://h/","secret":"s"}"#,
        r#"{"secrets":["s"]}"#,
        "x",
    ] {
        let answer = client.send("PUT", "/_webhooks", None, bad).await.unwrap();
        assert_eq!(answer.status, 400, "{bad}");
        assert_eq!(answer.json()["error"]["type"], "invalid_request_error", "{bad}");
    }
    let shown = client.get("/_webhooks").await.json();
    assert_eq!((&shown["url"], &shown["pending"]), (&Value::Null, &json!(0)));
    let error = Webhooks::new("http://h/", ["s"]).unwrap();
    let never = Retries { attempts: 0, ..Retries::default() };
    assert!(error.retried(never).is_err());
}
