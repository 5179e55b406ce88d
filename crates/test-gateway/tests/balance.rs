//! Disputes, and the movements of the balance with their fees.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::sync::atomic::{AtomicI64, Ordering};

use common::{Client, HttpResponse, PAID, config, start};
use serde_json::{Value, json};
use tempfile::tempdir;
use test_gateway::Gateway;

async fn charge_of(client: Client, intent: &str) -> Value {
    let intent = client.get(&format!("/v1/payment_intents/{intent}")).await.json();
    let charge = intent["latest_charge"].as_str().unwrap().to_owned();
    client.get(&format!("/v1/charges/{charge}")).await.json()
}

async fn dispute(client: Client, body: &Value) -> HttpResponse {
    client.post("/_disputes", &body.to_string()).await
}

/// Type, amount, fee, net and source of each movement, newest first.
fn moves(list: &Value) -> Vec<(String, i64, i64, i64, String)> {
    let text = |item: &Value, field: &str| item[field].as_str().unwrap().to_owned();
    let number = |item: &Value, field: &str| item[field].as_i64().unwrap();
    let data = list["data"].as_array().unwrap().iter();
    data.map(|item| {
        let (amount, fee, net) = (number(item, "amount"), number(item, "fee"), number(item, "net"));
        (text(item, "type"), amount, fee, net, text(item, "source"))
    })
    .collect()
}

#[tokio::test]
async fn every_movement_has_its_fee_and_its_source() {
    let folder = tempdir().unwrap();
    let (gateway, client) = start(folder.path()).await;
    let id = client.create(PAID).await;
    let charge = charge_of(client, &id).await;
    let charge_id = charge["id"].as_str().unwrap();
    let body = format!("payment_intent={id}&amount=450");
    let refund = client.post("/v1/refunds", &body).await.json();
    let disputed = dispute(client, &json!({"charge": charge_id, "amount": 1000})).await;
    assert_eq!(disputed.status, 200, "{}", disputed.text());
    let disputed = disputed.json();
    let held = client.create(
        "amount=1000&currency=usd&capture_method=manual&confirm=true&payment_method=pm_card_visa",
    );
    let held = held.await;
    let list = client.get("/v1/balance_transactions").await.json();
    let source = |object: &Value| object["id"].as_str().unwrap().to_owned();
    let expected = vec![
        ("adjustment".to_owned(), -1000, 2000, -3000, source(&disputed)),
        ("refund".to_owned(), -450, 0, -450, source(&refund)),
        ("charge".to_owned(), 2450, 62, 2388, source(&charge)),
    ];
    assert_eq!(moves(&list), expected, "a hold moves nothing");
    for (object, index) in [(&charge, 2), (&refund, 1), (&disputed["balance_transactions"][0], 0)] {
        let named = object.get("balance_transaction").unwrap_or(&object["id"]);
        assert_eq!(named, &list["data"][index]["id"]);
    }
    let expanded = client.get("/v1/balance_transactions?expand[]=data.source").await.json();
    let sources = expanded["data"].as_array().unwrap().iter().map(|item| &item["source"]);
    for (found, object) in sources.zip([&disputed, &refund, &charge]) {
        assert_eq!((&found["id"], &found["object"]), (&object["id"], &object["object"]));
        assert_eq!(found["payment_intent"], id.as_str());
    }
    client.post(&format!("/v1/payment_intents/{held}/capture"), "amount_to_capture=400").await;
    let usd = client.get("/v1/balance_transactions?currency=USD").await.json();
    let captured = charge_of(client, &held).await;
    assert_eq!(moves(&usd), [("charge".to_owned(), 400, 31, 369, source(&captured))]);
    for (query, expected) in [
        ("type=refund".to_owned(), &expected[1..2]),
        (format!("source={charge_id}"), &expected[2..]),
        ("type=payout".to_owned(), &[]),
    ] {
        let some = client.get(&format!("/v1/balance_transactions?{query}")).await.json();
        assert_eq!(moves(&some), expected, "{query}");
    }
    let one =
        format!("/v1/balance_transactions/{}", charge["balance_transaction"].as_str().unwrap());
    assert_eq!(client.get(&one).await.json(), list["data"][2]);
    assert_eq!(client.get("/v1/balance_transactions/txn_x").await.status, 404);
    let before = client.get("/v1/balance_transactions").await.json();
    gateway.shutdown().await;
    let (_gateway, client) = start(folder.path()).await;
    assert_eq!(client.get("/v1/balance_transactions").await.json(), before);
}

#[tokio::test]
async fn a_dispute_takes_the_money_and_forbids_refunds() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let (id, other) = (client.create(PAID).await, client.create(PAID).await);
    let charge = charge_of(client, &id).await["id"].as_str().unwrap().to_owned();
    let large = dispute(client, &json!({"charge": charge, "amount": 2451})).await;
    assert_eq!((large.status, &large.json()["error"]["param"]), (400, &json!("amount")));
    let body = json!({"charge": charge, "reason": "product_not_received"});
    let made = dispute(client, &body).await.json();
    assert_eq!((&made["amount"], &made["status"]), (&json!(2450), &json!("needs_response")));
    assert_eq!(
        (&made["reason"], &made["payment_intent"]),
        (&json!("product_not_received"), &json!(id))
    );
    assert_eq!(charge_of(client, &id).await["disputed"], true);
    assert_eq!(dispute(client, &body).await.json()["error"]["code"], "charge_disputed");
    let refused = client.post("/v1/refunds", &format!("charge={charge}")).await.json();
    assert_eq!(refused["error"]["code"], "charge_disputed");
    let ids = |list: Value| list["data"].as_array().unwrap().len();
    assert_eq!(ids(client.get(&format!("/v1/disputes?charge={charge}")).await.json()), 1);
    assert_eq!(ids(client.get(&format!("/v1/disputes?payment_intent={other}")).await.json()), 0);
    assert_eq!(ids(client.get("/v1/disputes?created[gte]=1").await.json()), 1);
    let path = format!("/v1/disputes/{}", made["id"].as_str().unwrap());
    assert_eq!(client.get(&path).await.json(), made);
    let events = client.get("/v1/events?type=charge.dispute.created").await.json();
    assert_eq!(events["data"][0]["data"]["object"], made);
    for bad in [json!({}), json!({"charge": "ch_x"}), json!({"charge": charge, "reason": "late"})] {
        assert_eq!(dispute(client, &bad).await.status, 400, "{bad}");
    }
}

static NOW_MS: AtomicI64 = AtomicI64::new(1_700_000_000_000);

#[tokio::test]
async fn money_becomes_available_at_the_start_of_a_day() {
    let folder = tempdir().unwrap();
    let mut config = config(folder.path());
    config.now_unix_ms = || NOW_MS.load(Ordering::SeqCst);
    let gateway = Gateway::start(config).await.unwrap();
    let client = Client(gateway.address());
    client.create(PAID).await;
    let newest = async || client.get("/v1/balance_transactions").await.json()["data"][0].clone();
    let made = newest().await;
    let available_s = made["available_on"].as_i64().unwrap();
    assert_eq!((available_s % 86_400, &made["status"]), (0, &json!("pending")));
    assert!((86_400..=2 * 86_400).contains(&(available_s - 1_700_000_000)));
    NOW_MS.store(available_s * 1_000, Ordering::SeqCst);
    assert_eq!(newest().await["status"], "available");
}
