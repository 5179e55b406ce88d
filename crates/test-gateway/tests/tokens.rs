//! Confirmation tokens: cards entered in a page, for one confirmation.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::sync::atomic::{AtomicI64, Ordering};

use common::{Client, HttpResponse, config, start};
use serde_json::{Value, json};
use tempfile::tempdir;
use test_gateway::Gateway;

const TOKENS: &str = "/v1/confirmation_tokens";
const ELEMENTS: &str = "client_context[mode]=payment&client_context[currency]=eur";

/// Makes a token with the publishable key, as the script in a page does.
async fn make(client: Client, number: &str, elements: &str) -> HttpResponse {
    let card = format!(
        "payment_method_data[type]=card&payment_method_data[card][number]={number}\
         &payment_method_data[card][exp_month]=11&payment_method_data[card][exp_year]=31\
         &payment_method_data[card][cvc]=123&{elements}"
    );
    client.send_as("pk_test_1", "POST", TOKENS, None, &card).await.unwrap()
}

async fn token(client: Client, number: &str, elements: &str) -> String {
    let made = make(client, number, elements).await;
    assert_eq!(made.status, 200, "{}", made.text());
    made.json()["id"].as_str().unwrap().to_owned()
}

async fn confirm(client: Client, intent: &str, token: &str) -> HttpResponse {
    let path = format!("/v1/payment_intents/{intent}/confirm");
    client.post(&path, &format!("confirmation_token={token}")).await
}

#[tokio::test]
async fn every_test_card_ends_as_stripe_documents() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    for (number, status, code, decline_code) in [
        ("4242424242424242", "succeeded", None, None),
        (
            "4000000000000002",
            "requires_payment_method",
            Some("card_declined"),
            Some("generic_decline"),
        ),
        (
            "4000000000009995",
            "requires_payment_method",
            Some("card_declined"),
            Some("insufficient_funds"),
        ),
        ("4000000000000069", "requires_payment_method", Some("expired_card"), Some("expired_card")),
        (
            "4000000000000127",
            "requires_payment_method",
            Some("incorrect_cvc"),
            Some("incorrect_cvc"),
        ),
        ("4000002760003184", "requires_action", None, None),
        ("4000002500003155", "requires_action", None, None),
        ("4000000000003220", "requires_action", None, None),
    ] {
        let id = client.create("amount=500&currency=eur").await;
        let answer = confirm(client, &id, &token(client, number, ELEMENTS).await).await;
        assert_eq!(answer.status, if code.is_some() { 402 } else { 200 }, "{number}");
        let error = &answer.json()["error"];
        assert_eq!((error["code"].as_str(), error["decline_code"].as_str()), (code, decline_code));
        let intent = client.get(&format!("/v1/payment_intents/{id}")).await.json();
        assert_eq!(intent["status"], status, "{number}");
    }
}

#[tokio::test]
async fn a_token_shows_its_card_and_serves_one_intent() {
    let folder = tempdir().unwrap();
    let (gateway, client) = start(folder.path()).await;
    let return_url = format!("{ELEMENTS}&return_url=https://shop.test/back");
    let made = make(client, "4242 4242 4242 4242", &return_url).await.json();
    let id = made["id"].as_str().unwrap();
    assert!(id.starts_with("ctoken_"));
    let card = &made["payment_method_preview"]["card"];
    assert_eq!((&card["brand"], &card["last4"]), (&json!("visa"), &json!("4242")));
    assert_eq!((&card["exp_month"], &card["exp_year"]), (&json!(11), &json!(2031)));
    assert_eq!(
        (&made["return_url"], &made["use_stripe_sdk"]),
        (&json!("https://shop.test/back"), &json!(true))
    );
    let lifetime_s = made["expires_at"].as_i64().unwrap() - made["created"].as_i64().unwrap();
    assert_eq!(lifetime_s, 12 * 60 * 60);
    gateway.shutdown().await;

    let (_gateway, client) = start(folder.path()).await;
    let path = format!("{TOKENS}/{id}");
    assert_eq!(client.get(&path).await.json(), made, "a restart keeps the token");
    let intent = client.create("amount=500&currency=eur").await;
    let confirm_path = format!("/v1/payment_intents/{intent}/confirm");
    let body = format!("confirmation_token={id}");
    let paid = client.keyed("k", &confirm_path, &body).await;
    assert_eq!(paid.json()["status"], "succeeded");
    assert_eq!(client.keyed("k", &confirm_path, &body).await.json(), paid.json());
    let used = client.get(&path).await.json();
    assert_eq!((&used["payment_intent"], &used["expires_at"]), (&json!(intent), &Value::Null));
    for other in [intent, client.create("amount=500&currency=eur").await] {
        let refused = confirm(client, &other, id).await;
        assert_eq!(refused.status, 400);
        let error = &refused.json()["error"];
        assert_eq!(error["type"], "invalid_request_error");
        assert_eq!(error["param"], "confirmation_token");
        assert!(error["message"].as_str().unwrap().contains("already been used"));
    }
}

#[tokio::test]
async fn a_decline_uses_the_token_and_a_refusal_does_not() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let declined = token(client, "4000000000000002", ELEMENTS).await;
    let id = client.create("amount=500&currency=eur").await;
    assert_eq!(confirm(client, &id, &declined).await.status, 402);
    assert_eq!(confirm(client, &id, &declined).await.status, 400);
    let good = token(client, "4242424242424242", ELEMENTS).await;
    let canceled = client.create("amount=500&currency=eur").await;
    client.post(&format!("/v1/payment_intents/{canceled}/cancel"), "").await;
    assert_eq!(confirm(client, &canceled, &good).await.status, 400);
    assert_eq!(confirm(client, &id, &good).await.status, 200);
    assert_eq!(confirm(client, &id, "ctoken_x").await.json()["error"]["code"], "resource_missing");
}

#[tokio::test]
async fn an_intent_asks_for_what_the_fields_asked_for() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let automatic = client.create("amount=500&currency=eur").await;
    let manual = client.create("amount=500&currency=eur&capture_method=manual").await;
    let with = |more: &str| format!("{ELEMENTS}&{more}");
    for (intent, elements, message) in [
        (
            &automatic,
            "client_context[currency]=usd".to_owned(),
            "The provided currency (eur) does not match the expected currency (usd).",
        ),
        (
            &manual,
            ELEMENTS.to_owned(),
            "The provided capture_method (manual) does not match the expected capture_method \
             (automatic).",
        ),
        (
            &automatic,
            with(
                "client_context[payment_method_types][]=card\
                 &client_context[payment_method_types][]=link",
            ),
            "The provided payment_method_types (card) does not match the expected \
             payment_method_types (card, link).",
        ),
    ] {
        let made = token(client, "4242424242424242", &elements).await;
        let refused = confirm(client, intent, &made).await;
        assert_eq!(refused.status, 400);
        let refused = refused.json();
        let text = refused["error"]["message"].as_str().unwrap();
        assert!(text.starts_with(message), "{text}");
    }
    let same = with(
        "client_context[capture_method]=manual&client_context[amount]=500\
                     &client_context[payment_method_types][0]=card",
    );
    let made = token(client, "4242424242424242", &same).await;
    assert_eq!(confirm(client, &manual, &made).await.json()["status"], "requires_capture");
}

#[tokio::test]
async fn wrong_cards_and_parameters_are_refused() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let wrong = make(client, "4242424242424241", ELEMENTS).await;
    assert_eq!((wrong.status, &wrong.json()["error"]["code"]), (402, &json!("incorrect_number")));
    for elements in [
        "",
        "client_context[currency]=e",
        "client_context[currency]=eur&client_context[mode]=setup",
        "client_context[currency]=eur&return_url=javascript:alert(1)",
        "client_context[currency]=eur&x=1",
    ] {
        assert_eq!(make(client, "4242424242424242", elements).await.status, 400, "{elements}");
    }
    let not_confirmed = "amount=5&currency=eur&confirmation_token=ctoken_0000000000000000000000";
    assert_eq!(client.post("/v1/payment_intents", not_confirmed).await.status, 400);
}

#[tokio::test]
async fn a_publishable_key_only_makes_tokens() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let made = token(client, "4242424242424242", ELEMENTS).await;
    for (method, path) in [
        ("GET", format!("{TOKENS}/{made}")),
        ("POST", "/v1/test_helpers/confirmation_tokens".to_owned()),
        ("POST", "/v1/payment_intents".to_owned()),
        ("GET", "/v1/refunds".to_owned()),
    ] {
        let refused = client.send_as("pk_test_1", method, &path, None, "").await.unwrap();
        assert_eq!(refused.status, 401, "{method} {path}");
        assert_eq!(refused.json()["error"]["code"], "secret_key_required");
    }
    let test = "payment_method=pm_card_visa";
    let made = client.post("/v1/test_helpers/confirmation_tokens", test).await.json();
    let body = format!(
        "amount=5&currency=eur&confirm=true&confirmation_token={}",
        made["id"].as_str().unwrap()
    );
    assert_eq!(client.post("/v1/payment_intents", &body).await.json()["status"], "succeeded");
}

static NOW_MS: AtomicI64 = AtomicI64::new(1_700_000_000_000);

#[tokio::test]
async fn a_token_lapses_after_twelve_hours() {
    let folder = tempdir().unwrap();
    let mut config = config(folder.path());
    config.now_unix_ms = || NOW_MS.load(Ordering::SeqCst);
    let gateway = Gateway::start(config).await.unwrap();
    let client = Client(gateway.address());
    let (early, late) = (
        token(client, "4242424242424242", ELEMENTS).await,
        token(client, "4242424242424242", ELEMENTS).await,
    );
    let (one, other) = (
        client.create("amount=5&currency=eur").await,
        client.create("amount=5&currency=eur").await,
    );
    NOW_MS.fetch_add(12 * 60 * 60 * 1_000 - 1, Ordering::SeqCst);
    assert_eq!(confirm(client, &one, &early).await.status, 200);
    NOW_MS.fetch_add(1, Ordering::SeqCst);
    let refused = confirm(client, &other, &late).await;
    assert_eq!(
        (refused.status, &refused.json()["error"]["param"]),
        (400, &json!("confirmation_token"))
    );
}

#[tokio::test]
async fn no_card_number_is_kept() {
    let folder = tempdir().unwrap();
    let (gateway, client) = start(folder.path()).await;
    token(client, "4242424242424242", ELEMENTS).await;
    gateway.shutdown().await;
    let journal = std::fs::read_to_string(folder.path().join("ledger.jsonl")).unwrap();
    assert!(journal.contains("ctoken_") && !journal.contains("42424242"), "{journal}");
}
