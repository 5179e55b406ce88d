//! Each fault has its effect, and the ledger shows the real state.

mod common;

use std::time::Duration;

use common::{PAID, start};
use tempfile::tempdir;

const CREATE: &str = "/v1/payment_intents";

#[tokio::test]
async fn an_error_before_the_charge_stores_only_its_key() {
    let folder = tempdir().unwrap();
    let (gateway, client) = start(folder.path()).await;
    client.set_faults(r#"{"error_before_charge":1}"#).await;
    assert_eq!(client.keyed("k", CREATE, PAID).await.status, 500);
    client.set_faults("{}").await;
    assert!(client.ledger().await.is_empty());
    let stored = client.keyed("k", CREATE, PAID).await;
    assert_eq!((stored.status, stored.replayed()), (500, true));
    gateway.shutdown().await;
    let (_gateway, client) = start(folder.path()).await;
    let stored = client.keyed("k", CREATE, PAID).await;
    assert_eq!((stored.status, stored.replayed()), (500, true));
    assert_eq!(client.keyed("other", CREATE, PAID).await.status, 200);
}

#[tokio::test]
async fn an_error_after_the_charge_hides_a_charge() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let id = client.create("amount=700&currency=eur").await;
    client.set_faults(r#"{"error_after_charge":1}"#).await;
    let path = format!("{CREATE}/{id}/confirm");
    let answer = client.keyed("k", &path, "payment_method=pm_card_visa").await;
    assert_eq!((answer.status, &answer.json()["error"]["type"]), (500, &"api_error".into()));
    let intent = client.get(&format!("{CREATE}/{id}")).await.json();
    assert_eq!(intent["status"], "succeeded");
    assert_eq!(client.ledger().await[0]["captured_minor"], 700);
}

#[tokio::test]
async fn a_reset_closes_the_connection_without_a_response() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    client.set_faults(r#"{"reset_before_charge":1}"#).await;
    assert!(client.send("POST", CREATE, Some("k"), PAID).await.is_err());
    assert!(client.ledger().await.is_empty());
    client.set_faults(r#"{"reset_after_charge":1}"#).await;
    assert!(client.send("POST", CREATE, Some("k"), PAID).await.is_err());
    assert_eq!(client.ledger().await.len(), 1);
    client.set_faults("{}").await;
    let answer = client.keyed("k", CREATE, PAID).await;
    assert_eq!((answer.status, answer.replayed()), (200, true));
}

#[tokio::test]
async fn a_hang_before_the_charge_delays_it_or_prevents_it() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    client.set_faults(r#"{"hang_before_charge":1,"hang_ms":86400000}"#).await;
    // A client that disconnects cancels its request; one that waits is charged.
    let impatient = Duration::from_millis(100);
    assert!(tokio::time::timeout(impatient, client.keyed("k", CREATE, PAID)).await.is_err());
    assert!(client.ledger().await.is_empty());
    client.set_faults(r#"{"hang_before_charge":1,"hang_ms":1}"#).await;
    let mut answer = client.keyed("k", CREATE, PAID).await;
    while answer.status == 409 {
        answer = client.keyed("k", CREATE, PAID).await;
    }
    assert_eq!((answer.status, answer.replayed()), (200, false));
    assert_eq!(client.ledger().await.len(), 1);
}

#[tokio::test]
async fn a_refund_fails_in_the_same_ways() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let id = client.create(PAID).await;
    let refund = format!("payment_intent={id}&amount=5");
    client.set_faults(r#"{"error_before_charge":1}"#).await;
    assert_eq!(client.keyed("a", "/v1/refunds", &refund).await.status, 500);
    client.set_faults(r#"{"error_after_charge":1}"#).await;
    assert_eq!(client.keyed("b", "/v1/refunds", &refund).await.status, 500);
    client.set_faults(r#"{"reset_after_charge":1}"#).await;
    assert!(client.send("POST", "/v1/refunds", Some("c"), &refund).await.is_err());
    client.set_faults("{}").await;
    for (key, status) in [("a", 500), ("b", 500), ("c", 200)] {
        let answer = client.keyed(key, "/v1/refunds", &refund).await;
        assert_eq!((answer.status, answer.replayed()), (status, true), "{key}");
    }
    assert_eq!(client.ledger().await[0]["refunded_minor"], 10);
}

#[tokio::test]
async fn faults_are_validated_and_shown() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    for bad in [r#"{"error_before_charge":1.5}"#, r#"{"errors":1}"#, r#"{"latency_ms":"x"}"#] {
        assert_eq!(client.send("PUT", "/_faults", None, bad).await.unwrap().status, 400, "{bad}");
    }
    for latency in ["2", r#"{"min":0,"max":3}"#, r#"{"p50":1,"p99":4}"#] {
        client.set_faults(&format!(r#"{{"latency_ms":{latency}}}"#)).await;
        let shown = client.get("/_faults").await.json();
        assert_eq!(
            shown["latency_ms"],
            serde_json::from_str::<serde_json::Value>(latency).unwrap()
        );
        assert_eq!(client.post(CREATE, PAID).await.status, 200);
    }
    client.set_faults(r#"{"error_on_read":1}"#).await;
    assert_eq!(client.get(CREATE).await.status, 500);
    assert_eq!(client.ledger().await.len(), 3);
}

#[tokio::test]
async fn shutdown_does_not_wait_for_a_hanging_request() {
    let folder = tempdir().unwrap();
    let (gateway, client) = start(folder.path()).await;
    client.set_faults(r#"{"hang_after_charge":1,"hang_ms":86400000}"#).await;
    let hanging = tokio::spawn(client.keyed("k", CREATE, PAID));
    while client.ledger().await.is_empty() {
        tokio::task::yield_now().await;
    }
    gateway.shutdown().await;
    let _ = hanging.await;
    let (_gateway, client) = start(folder.path()).await;
    assert_eq!(client.ledger().await.len(), 1);
}
