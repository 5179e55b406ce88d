//! Manual capture: an amount is authorised first, and captured, released or left to lapse later.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::sync::atomic::{AtomicI64, Ordering};

use common::{
    Client, config,
    receiver::{Received, Receiver},
    start,
};
use serde_json::{Value, json};
use tempfile::tempdir;
use test_gateway::Gateway;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Creates and authorises an intent, and returns its path.
async fn authorize(client: Client) -> String {
    let body = "amount=1000&currency=eur&capture_method=manual&metadata[order_id]=o-1";
    let id = client.create(body).await;
    let path = format!("/v1/payment_intents/{id}");
    let held = client.post(&format!("{path}/confirm"), "payment_method=pm_card_visa").await;
    assert_eq!(held.status, 200, "{}", held.text());
    assert_eq!(held.json()["status"], "requires_capture");
    path
}

async fn charge_of(client: Client, path: &str) -> Value {
    let id = path.rsplit('/').next().unwrap();
    let list = client.get(&format!("/v1/charges?payment_intent={id}")).await.json();
    list["data"][0].clone()
}

async fn event_types(client: Client) -> Vec<String> {
    let events = client.get("/v1/events?limit=100").await.json();
    let types = events["data"].as_array().unwrap().iter().rev();
    types.map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_authorised_amount_is_held_until_it_is_captured() {
    let folder = tempdir().unwrap();
    let (gateway, client) = start(folder.path()).await;
    let path = authorize(client).await;
    let held = client.get(&path).await.json();
    assert_eq!(
        (&held["capture_method"], &held["amount_capturable"]),
        (&json!("manual"), &json!(1000))
    );
    assert_eq!(held["amount_received"], 0);
    let charge = charge_of(client, &path).await;
    assert_eq!((&charge["captured"], &charge["paid"]), (&json!(false), &json!(true)));
    assert_eq!((&charge["amount_captured"], &charge["refunded"]), (&json!(0), &json!(false)));
    let card = &charge["payment_method_details"]["card"];
    assert_eq!((&card["brand"], &card["last4"]), (&json!("visa"), &json!("4242")));
    let lifetime_s = card["capture_before"].as_i64().unwrap() - charge["created"].as_i64().unwrap();
    assert_eq!(lifetime_s, 7 * DAY_MS / 1_000);
    // A hold is no payment: nothing to refund.
    let id = path.rsplit('/').next().unwrap();
    assert_eq!(client.post("/v1/refunds", &format!("payment_intent={id}")).await.status, 400);
    gateway.shutdown().await;

    let (_gateway, client) = start(folder.path()).await;
    assert_eq!(client.get(&path).await.json(), held, "a restart keeps the hold");
    let captured = client.keyed("c", &format!("{path}/capture"), "").await;
    let again = client.keyed("c", &format!("{path}/capture"), "").await;
    assert!(again.replayed());
    assert_eq!(again.json(), captured.json());
    let intent = captured.json();
    assert_eq!(
        (&intent["status"], &intent["amount_received"]),
        (&json!("succeeded"), &json!(1000))
    );
    assert_eq!(intent["amount_capturable"], 0);
    assert_eq!(charge_of(client, &path).await["captured"], true);
    assert_eq!(client.ledger().await[0]["captured_minor"], 1000);
    let expected = [
        "payment_intent.created",
        "payment_intent.amount_capturable_updated",
        "charge.captured",
        "payment_intent.succeeded",
    ];
    assert_eq!(event_types(client).await, expected);
}

#[tokio::test]
async fn a_partial_capture_releases_the_rest() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let path = authorize(client).await;
    let capture = format!("{path}/capture");
    let too_large = client.post(&capture, "amount_to_capture=1001").await.json();
    let error = &too_large["error"];
    assert_eq!(
        (&error["code"], &error["param"]),
        (&json!("amount_too_large"), &json!("amount_to_capture"))
    );
    assert_eq!(error["payment_intent"]["status"], "requires_capture");
    for bad in ["amount_to_capture=0", "amount_to_capture=x", "amount=5", "final_capture=false"] {
        assert_eq!(client.post(&capture, bad).await.status, 400, "{bad}");
    }
    let captured = client.post(&capture, "amount_to_capture=750").await.json();
    assert_eq!((&captured["amount_received"], &captured["amount"]), (&json!(750), &json!(1000)));
    let charge = charge_of(client, &path).await;
    assert_eq!(
        (&charge["amount_captured"], &charge["amount_refunded"]),
        (&json!(750), &json!(250))
    );
    let again = client.post(&capture, "").await.json();
    assert_eq!(again["error"]["code"], "payment_intent_unexpected_state");
    // Only what was captured can be refunded.
    let id = path.rsplit('/').next().unwrap();
    let refund = |amount| format!("payment_intent={id}&amount={amount}");
    assert_eq!(client.post("/v1/refunds", &refund(751)).await.status, 400);
    assert_eq!(client.post("/v1/refunds", &refund(750)).await.status, 200);
    assert_eq!(charge_of(client, &path).await["refunded"], true);
}

#[tokio::test]
async fn only_an_authorised_intent_is_captured() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let open = client.create("amount=5&currency=eur&capture_method=manual").await;
    let path = format!("/v1/payment_intents/{open}");
    let refused = client.post(&format!("{path}/capture"), "").await;
    assert_eq!(refused.status, 400);
    let error = &refused.json()["error"];
    assert_eq!(error["code"], "payment_intent_unexpected_state");
    assert!(error["message"].as_str().unwrap().contains("a status of requires_payment_method."));
    let declined = "payment_method=pm_card_chargeDeclined";
    assert_eq!(client.post(&format!("{path}/confirm"), declined).await.status, 402);
    let held = authorize(client).await;
    let confirmed = client.post(&format!("{held}/confirm"), "payment_method=pm_card_visa").await;
    assert_eq!(confirmed.json()["error"]["code"], "payment_intent_unexpected_state");
    assert_eq!(client.post("/v1/payment_intents/pi_x/capture", "").await.status, 404);
}

#[tokio::test]
async fn a_request_may_expand_the_charge() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let path = authorize(client).await;
    let charge = charge_of(client, &path).await;
    let shown = client.get(&format!("{path}?expand[]=latest_charge")).await.json();
    assert_eq!(shown["latest_charge"], charge);
    let captured = client.post(&format!("{path}/capture"), "expand[]=latest_charge").await.json();
    assert_eq!(captured["latest_charge"]["amount_captured"], 1000);
    let plain = client.get(&path).await.json();
    assert_eq!(plain["latest_charge"], charge["id"]);
}

#[tokio::test]
async fn a_cancellation_releases_the_hold() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let path = authorize(client).await;
    let automatic = client.post(&format!("{path}/cancel"), "cancellation_reason=automatic").await;
    assert_eq!(automatic.status, 400, "only Stripe gives that reason");
    let canceled = client.post(&format!("{path}/cancel"), "").await.json();
    assert_eq!(
        (&canceled["status"], &canceled["amount_capturable"]),
        (&json!("canceled"), &json!(0))
    );
    let charge = charge_of(client, &path).await;
    assert_eq!((&charge["captured"], &charge["refunded"]), (&json!(false), &json!(true)));
    assert_eq!(client.post(&format!("{path}/capture"), "").await.status, 400);
    assert_eq!(client.ledger().await[0]["captured_minor"], 0);
    let types = event_types(client).await;
    assert_eq!(types[2..], ["charge.refunded", "payment_intent.canceled"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_captures_and_a_cancellation_have_one_winner() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let path = authorize(client).await;
    let calls: Vec<_> = (0..20)
        .map(|n| {
            let step = if n % 2 == 0 { "capture" } else { "cancel" };
            let (key, path) = (n.to_string(), format!("{path}/{step}"));
            tokio::spawn(async move { client.keyed(&key, &path, "").await.status })
        })
        .collect();
    let mut done = 0;
    for call in calls {
        done += u32::from(call.await.unwrap() == 200);
    }
    assert_eq!(done, 1);
}

static NOW_MS: AtomicI64 = AtomicI64::new(1_700_000_000_000);

#[tokio::test]
async fn a_hold_lapses_without_any_request() {
    let folder = tempdir().unwrap();
    let mut config = config(folder.path());
    config.now_unix_ms = || NOW_MS.load(Ordering::SeqCst);
    let gateway = Gateway::start(config).await.unwrap();
    let client = Client(gateway.address());
    let path = authorize(client).await;
    let captured = authorize(client).await;
    assert_eq!(client.post(&format!("{captured}/capture"), "").await.status, 200);
    NOW_MS.fetch_add(7 * DAY_MS - 1, Ordering::SeqCst);
    assert_eq!(client.get(&path).await.json()["status"], "requires_capture");
    let receiver = Receiver::start().await;
    client.set_webhooks(&receiver, json!({})).await;
    NOW_MS.fetch_add(1, Ordering::SeqCst);
    let types: Vec<_> = receiver.wait_for(2).await.iter().map(Received::kind).collect();
    assert!(types.contains(&"payment_intent.canceled".to_owned()), "{types:?}");
    assert!(types.contains(&"charge.expired".to_owned()), "{types:?}");
    let lapsed = client.get(&path).await.json();
    assert_eq!(lapsed["cancellation_reason"], "automatic");
    assert_eq!(lapsed["canceled_at"], 1_700_000_000 + 7 * DAY_MS / 1_000);
    let late = client.post(&format!("{path}/capture"), "").await.json();
    assert_eq!(late["error"]["code"], "payment_intent_unexpected_state");
    assert_eq!(client.get(&captured).await.json()["status"], "succeeded");
}
