//! Partial refunds: several for one charge, never more than was captured.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::sync::atomic::{AtomicI64, Ordering};

use common::{Client, PAID, config, start};
use serde_json::{Value, json};
use tempfile::tempdir;
use test_gateway::Gateway;

async fn charge_of(client: Client, intent: &str) -> Value {
    let intent = client.get(&format!("/v1/payment_intents/{intent}")).await.json();
    let charge = intent["latest_charge"].as_str().unwrap().to_owned();
    client.get(&format!("/v1/charges/{charge}")).await.json()
}

fn ids(list: &Value) -> Vec<&str> {
    let data = list["data"].as_array().unwrap();
    data.iter().map(|refund| refund["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn several_parts_of_a_charge_are_refunded() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let id = client.create(PAID).await;
    let charge = charge_of(client, &id).await["id"].as_str().unwrap().to_owned();
    let body = format!("payment_intent={id}&amount=1000&reason=duplicate&metadata[refund_id]=r-1");
    let first = client.post("/v1/refunds", &body).await.json();
    assert_eq!(
        (&first["reason"], &first["metadata"]),
        (&json!("duplicate"), &json!({"refund_id": "r-1"}))
    );
    assert_eq!(first["charge"], charge.as_str());
    let shown = charge_of(client, &id).await;
    assert_eq!((&shown["amount_refunded"], &shown["refunded"]), (&json!(1000), &json!(false)));
    let second = client.post("/v1/refunds", &format!("charge={charge}&amount=450")).await.json();
    assert_eq!(second["payment_intent"], id.as_str());
    let too_much = client.post("/v1/refunds", &format!("charge={charge}&amount=1001")).await;
    assert_eq!((too_much.status, &too_much.json()["error"]["param"]), (400, &json!("amount")));
    let rest = client.post("/v1/refunds", &format!("charge={charge}")).await.json();
    assert_eq!(rest["amount"], 1000);
    let shown = charge_of(client, &id).await;
    assert_eq!((&shown["amount_refunded"], &shown["refunded"]), (&json!(2450), &json!(true)));
    assert_eq!((&shown["amount_captured"], &shown["captured"]), (&json!(2450), &json!(true)));
}

#[tokio::test]
async fn a_refund_names_one_thing_that_was_paid() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let id = client.create(PAID).await;
    let charge = charge_of(client, &id).await["id"].as_str().unwrap().to_owned();
    let open = client.create("amount=5&currency=eur").await;
    let confirm = format!("/v1/payment_intents/{open}/confirm");
    client.post(&confirm, "payment_method=pm_card_chargeDeclined").await;
    let declined = charge_of(client, &open).await["id"].as_str().unwrap().to_owned();
    for (body, status, code) in [
        (String::new(), 400, Some("parameter_missing")),
        (format!("charge={charge}&payment_intent={id}"), 400, None),
        (format!("charge={declined}"), 400, Some("charge_not_refundable")),
        ("charge=ch_x".to_owned(), 404, Some("resource_missing")),
        (format!("charge={charge}&reason=late"), 400, None),
    ] {
        let refused = client.post("/v1/refunds", &body).await;
        assert_eq!(refused.status, status, "{body}");
        assert_eq!(refused.json()["error"]["code"].as_str(), code, "{body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_refunds_never_exceed_the_capture() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let id = client.create(PAID).await;
    let calls: Vec<_> = (0..40)
        .map(|n| {
            let (key, body) = (n.to_string(), format!("payment_intent={id}&amount=100"));
            tokio::spawn(async move { client.keyed(&key, "/v1/refunds", &body).await.status })
        })
        .collect();
    let mut made = 0;
    for call in calls {
        made += u32::from(call.await.unwrap() == 200);
    }
    assert_eq!(made, 24);
    assert_eq!(charge_of(client, &id).await["amount_refunded"], 2400);
    assert_eq!(client.ledger().await[0]["refunded_minor"], 2400);
    let list = client.get(&format!("/v1/refunds?payment_intent={id}&limit=100")).await.json();
    assert_eq!(ids(&list).len(), 24);
}

static NOW_MS: AtomicI64 = AtomicI64::new(1_700_000_000_000);

#[tokio::test]
async fn refunds_are_listed_by_intent_charge_and_time() {
    let folder = tempdir().unwrap();
    let mut config = config(folder.path());
    config.now_unix_ms = || NOW_MS.fetch_add(1_000, Ordering::SeqCst);
    let gateway = Gateway::start(config).await.unwrap();
    let client = Client(gateway.address());
    let (one, other) = (client.create(PAID).await, client.create(PAID).await);
    let mut made = Vec::new();
    for intent in [&one, &other, &one] {
        let body = format!("payment_intent={intent}&amount=1");
        made.insert(0, client.post("/v1/refunds", &body).await.json());
    }
    let charge = charge_of(client, &one).await["id"].as_str().unwrap().to_owned();
    let id = |n: usize| made[n]["id"].as_str().unwrap();
    let middle = made[1]["created"].as_i64().unwrap();
    for (query, expected) in [
        (String::new(), vec![id(0), id(1), id(2)]),
        (format!("payment_intent={one}"), vec![id(0), id(2)]),
        (format!("charge={charge}"), vec![id(0), id(2)]),
        (format!("created[gte]={middle}"), vec![id(0), id(1)]),
        (format!("created[gt]={middle}&charge={charge}"), vec![id(0)]),
        (format!("created[lt]={middle}"), vec![id(2)]),
        (format!("charge={charge}&payment_intent={other}"), vec![]),
    ] {
        let list = client.get(&format!("/v1/refunds?{query}")).await.json();
        assert_eq!(ids(&list), expected, "{query}");
    }
    let page = client.get(&format!("/v1/refunds?charge={charge}&limit=1")).await.json();
    assert_eq!((ids(&page), &page["has_more"]), (vec![id(0)], &json!(true)));
    let after = format!("/v1/refunds?charge={charge}&limit=1&starting_after={}", id(0));
    let page = client.get(&after).await.json();
    assert_eq!((ids(&page), &page["has_more"]), (vec![id(2)], &json!(false)));
    assert_eq!(client.get("/v1/refunds?created[gte]=x").await.status, 400);
}

#[tokio::test]
async fn a_refund_made_at_the_dashboard_is_an_event() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let id = client.create(PAID).await;
    // The dashboard gives neither a key nor metadata.
    let refund = client.post("/v1/refunds", &format!("payment_intent={id}&amount=50")).await.json();
    assert_eq!((&refund["metadata"], &refund["reason"]), (&json!({}), &Value::Null));
    let events = client.get("/v1/events?limit=2").await.json();
    let (made, charge) = (&events["data"][0], &events["data"][1]);
    assert_eq!((&made["type"], &made["data"]["object"]), (&json!("refund.created"), &refund));
    assert_eq!(charge["type"], "charge.refunded");
    assert_eq!(charge["data"]["object"]["amount_refunded"], 50);
}
