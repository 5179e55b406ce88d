//! Webhooks: content, signatures and delivery.

mod common;

use std::sync::atomic::{AtomicI64, Ordering};

use common::{
    Client, PAID, config,
    receiver::{Received, Receiver},
    start,
};
use serde_json::{Value, json};
use tempfile::tempdir;
use test_gateway::{Gateway, Retries, Webhooks};

const CREATE: &str = "/v1/payment_intents";

#[tokio::test]
async fn every_change_is_sent_in_the_format_of_the_api() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let receiver = Receiver::start().await;
    client.set_webhooks(&receiver, json!({})).await;
    let created = client.keyed("c", CREATE, "amount=700&currency=eur").await.json();
    let id = created["id"].as_str().unwrap();
    let confirm = format!("{CREATE}/{id}/confirm");
    let declined = client.post(&confirm, "payment_method=pm_card_chargeDeclined").await.json();
    let settings = client.post(&confirm, "payment_method=pm_card_authenticationRequired").await;
    let paid = client.keyed("p", &confirm, "payment_method=pm_card_visa").await.json();
    let refund = format!("payment_intent={id}&amount=300");
    let refunded = client.keyed("r", "/v1/refunds", &refund).await.json();
    let other = client.create("amount=5&currency=eur").await;
    let canceled = client.post(&format!("{CREATE}/{other}/cancel"), "").await.json();
    client.wait_until_delivered().await;
    let events: Vec<Value> = receiver.all().iter().map(Received::json).collect();
    let event_of = |kind: &str| {
        let of_kind = |event: &&Value| event["type"] == kind && event["data"]["object"] != other;
        let event = events.iter().find(of_kind).unwrap();
        assert_eq!((&event["object"], &event["livemode"]), (&json!("event"), &json!(false)));
        assert!(event["created"].is_i64() && event["api_version"].is_string());
        assert_eq!(event["request"]["id"], Value::Null);
        (event["data"]["object"].clone(), event["request"]["idempotency_key"].clone())
    };
    let unkeyed = Value::Null;
    let intent_of_error = declined["error"]["payment_intent"].clone();
    assert_eq!(event_of("payment_intent.payment_failed"), (intent_of_error, unkeyed.clone()));
    assert_eq!(event_of("payment_intent.requires_action"), (settings.json(), unkeyed.clone()));
    assert_eq!(event_of("payment_intent.succeeded"), (paid, json!("p")));
    assert_eq!(event_of("payment_intent.canceled"), (canceled, unkeyed));
    assert_eq!(event_of("refund.created"), (refunded, json!("r")));
    let (charge, _) = event_of("charge.refunded");
    assert_eq!((&charge["object"], &charge["amount_refunded"]), (&json!("charge"), &json!(300)));
    let of_first = events.iter().filter(|event| event["type"] == "payment_intent.created");
    assert!(of_first.clone().any(|event| event["data"]["object"] == created));
    assert_eq!((of_first.count(), events.len()), (2, 8));
}

#[tokio::test]
async fn a_webhook_has_one_signature_per_secret() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let receiver = Receiver::start().await;
    client.set_webhooks(&receiver, json!({ "secrets": ["whsec_old"] })).await;
    client.create("amount=5&currency=eur&metadata[note]=ü").await;
    client.wait_until_delivered().await;
    client.set_webhooks(&receiver, json!({ "secrets": ["whsec_old", "whsec_new"] })).await;
    client.create("amount=6&currency=eur").await;
    client.wait_until_delivered().await;
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
async fn a_webhook_is_retried_until_accepted_with_a_new_signature() {
    let folder = tempdir().unwrap();
    let mut config = config(folder.path());
    config.now_unix_ms = || NOW_MS.fetch_add(1_000, Ordering::SeqCst);
    let gateway = Gateway::start(config).await.unwrap();
    let client = Client(gateway.address());
    let receiver = Receiver::start().await;
    receiver.set_status(500);
    client.set_webhooks(&receiver, json!({})).await;
    client.create("amount=5&currency=eur").await;
    receiver.wait_for(4).await;
    // Redirects and 429 are failures too.
    receiver.set_status(302);
    client.wait_for_stats(|shown| shown["failed_attempts"].as_u64() > Some(8)).await;
    receiver.set_status(204);
    let shown = client.wait_until_delivered().await;
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
async fn a_webhook_given_up_does_not_block_others() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let receiver = Receiver::start().await;
    receiver.set_status(400);
    client.set_webhooks(&receiver, json!({ "attempts": 3 })).await;
    client.create("amount=5&currency=eur").await;
    let shown = client.wait_for_stats(|shown| shown["given_up"] == 1).await;
    assert_eq!((&shown["failed_attempts"], receiver.all().len()), (&json!(3), 3));
    receiver.set_status(200);
    client.create("amount=6&currency=eur").await;
    assert_eq!(client.wait_until_delivered().await["delivered"], 1);
    assert_eq!(receiver.all().len(), 4);
}

#[tokio::test]
async fn a_slow_receiver_gets_a_bounded_number_of_requests() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let receiver = Receiver::start().await;
    receiver.set_open(false);
    client.set_webhooks(&receiver, json!({})).await;
    for _ in 0..30 {
        client.create(PAID).await;
    }
    receiver.wait_for(16).await;
    assert_eq!(client.get("/_webhooks").await.json()["pending"], 60);
    receiver.set_open(true);
    assert_eq!(client.wait_until_delivered().await["delivered"], 60);
    assert_eq!(receiver.max_in_flight(), 16);
}

#[tokio::test]
async fn an_invalid_endpoint_is_refused_and_the_endpoint_can_be_removed() {
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
    assert!(error.with_retries(never).is_err());
}
