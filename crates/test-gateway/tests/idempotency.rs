//! Idempotency keys.

mod common;

use std::{
    collections::HashSet,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use common::{Client, PAID, config, start};
use tempfile::tempdir;
use test_gateway::Gateway;

const CREATE: &str = "/v1/payment_intents";

#[tokio::test]
async fn a_repeated_request_gets_the_stored_reply() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let first = client.keyed("k", CREATE, PAID).await;
    let again = client.keyed("k", CREATE, PAID).await;
    assert!(!first.replayed() && again.replayed());
    assert_eq!(first.json(), again.json());
    let id = first.json()["id"].as_str().unwrap().to_owned();
    let refund = format!("payment_intent={id}");
    assert_eq!(client.keyed("r", "/v1/refunds", &refund).await.status, 200);
    // The stored reply is unchanged, although the intent has changed.
    assert_eq!(client.keyed("k", CREATE, PAID).await.json(), first.json());
    assert_eq!(client.ledger().await.len(), 2);
}

#[tokio::test]
async fn a_refund_with_one_key_is_made_once() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let id = client.create(PAID).await;
    let refund = format!("payment_intent={id}&amount=1000");
    let first = client.keyed("r", "/v1/refunds", &refund).await;
    let again = client.keyed("r", "/v1/refunds", &refund).await;
    assert!(again.replayed());
    assert_eq!(again.json(), first.json());
    let other = client.keyed("r", "/v1/refunds", &format!("payment_intent={id}&amount=1001")).await;
    assert_eq!((other.status, &other.json()["error"]["type"]), (400, &"idempotency_error".into()));
    // A refusal is stored with its key, even if the refund would be possible by now.
    let too_much = format!("payment_intent={id}&amount=1451");
    assert_eq!(client.keyed("t", "/v1/refunds", &too_much).await.status, 400);
    assert!(client.keyed("t", "/v1/refunds", &too_much).await.replayed());
    let list = client.get(&format!("/v1/refunds?payment_intent={id}")).await.json();
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert_eq!(client.ledger().await[0]["refunded_minor"], 1000);
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let id = client.create("amount=5&currency=eur").await;
    assert_eq!(client.keyed("k", CREATE, PAID).await.status, 200);
    let other_body = client.keyed("k", CREATE, "amount=5&currency=eur").await;
    let other_path = client.keyed("k", &format!("{CREATE}/{id}/cancel"), "").await;
    for refused in [other_body, other_path] {
        assert_eq!(refused.status, 400);
        assert_eq!(refused.json()["error"]["type"], "idempotency_error");
    }
}

#[tokio::test]
async fn a_decline_is_stored_and_an_invalid_parameter_is_not() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let id = client.create("amount=5&currency=eur").await;
    let path = format!("{CREATE}/{id}/confirm");
    let declined = client.keyed("d", &path, "payment_method=pm_card_chargeDeclined").await;
    let again = client.keyed("d", &path, "payment_method=pm_card_chargeDeclined").await;
    assert_eq!((again.status, again.replayed()), (402, true));
    assert_eq!(declined.json(), again.json());
    assert_eq!(client.keyed("w", CREATE, "amount=0&currency=eur").await.status, 400);
    assert_eq!(client.keyed("w", CREATE, PAID).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_concurrent_requests_with_one_key_charge_once() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let calls: Vec<_> = (0..50).map(|_| tokio::spawn(client.keyed("k", CREATE, PAID))).collect();
    let (mut ids, mut made) = (HashSet::new(), 0);
    for call in calls {
        let answer = call.await.unwrap();
        if answer.status == 409 {
            assert_eq!(answer.json()["error"]["code"], "idempotency_key_in_use");
            continue;
        }
        assert_eq!(answer.status, 200);
        made += u32::from(!answer.replayed());
        ids.insert(answer.json()["id"].as_str().unwrap().to_owned());
    }
    assert_eq!((made, ids.len()), (1, 1));
    assert_eq!(client.ledger().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_confirmations_with_different_keys_charge_once() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let id = client.create("amount=700&currency=eur").await;
    let calls: Vec<_> = (0..50)
        .map(|n| {
            let (key, path) = (n.to_string(), format!("{CREATE}/{id}/confirm"));
            tokio::spawn(async move {
                client.keyed(&key, &path, "payment_method=pm_card_visa").await.status
            })
        })
        .collect();
    let mut paid = 0;
    for call in calls {
        paid += u32::from(call.await.unwrap() == 200);
    }
    assert_eq!(paid, 1);
    let ledger = client.ledger().await;
    assert_eq!(ledger[0]["captured_minor"], 700);
}

#[tokio::test]
async fn a_request_in_progress_holds_its_key_until_its_client_disconnects() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    client.set_faults(r#"{"hang_after_charge":1,"hang_ms":600000}"#).await;
    let hanging = tokio::spawn(client.keyed("k", CREATE, PAID));
    while client.ledger().await.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(client.keyed("k", CREATE, PAID).await.status, 409);
    hanging.abort();
    let _ = hanging.await;
    client.set_faults("{}").await;
    let mut answer = client.keyed("k", CREATE, PAID).await;
    while answer.status == 409 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        answer = client.keyed("k", CREATE, PAID).await;
    }
    assert_eq!((answer.status, answer.replayed()), (200, true));
    assert_eq!(client.ledger().await.len(), 1);
}

static NOW_MS: AtomicI64 = AtomicI64::new(1_000_000);

#[tokio::test]
async fn keys_expire() {
    let folder = tempdir().unwrap();
    let mut config = config(folder.path());
    config.now_unix_ms = || NOW_MS.load(Ordering::SeqCst);
    config.key_lifetime = Duration::from_mins(1);
    let gateway = Gateway::start(config.clone()).await.unwrap();
    let client = Client(gateway.address());
    assert!(!client.keyed("k", CREATE, PAID).await.replayed());
    NOW_MS.fetch_add(59_999, Ordering::SeqCst);
    assert!(client.keyed("k", CREATE, PAID).await.replayed());
    gateway.shutdown().await;
    let gateway = Gateway::start(config).await.unwrap();
    let client = Client(gateway.address());
    assert!(client.keyed("k", CREATE, PAID).await.replayed());
    NOW_MS.fetch_add(1, Ordering::SeqCst);
    assert!(!client.keyed("k", CREATE, PAID).await.replayed());
    assert_eq!(client.ledger().await.len(), 2);
}
