//! Events are listed newest first, with stable ids.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use common::{PAID, start};
use serde_json::Value;
use tempfile::tempdir;

fn texts(page: &Value, field: &str) -> Vec<String> {
    let data = page["data"].as_array().unwrap().iter();
    data.map(|event| event[field].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn events_are_listed_filtered_and_retrieved() {
    let folder = tempdir().unwrap();
    let (gateway, client) = start(folder.path()).await;
    let id = client.create(PAID).await;
    client.post("/v1/refunds", &format!("payment_intent={id}&amount=1")).await;
    let all = client.get("/v1/events").await.json();
    assert_eq!((&all["object"], &all["url"]), (&"list".into(), &"/v1/events".into()));
    let newest_first =
        ["refund.created", "charge.refunded", "payment_intent.succeeded", "payment_intent.created"];
    assert_eq!(texts(&all, "type"), newest_first);
    let ids = texts(&all, "id");
    let page = client.get(&format!("/v1/events?limit=2&starting_after={}", ids[0])).await.json();
    assert_eq!((texts(&page, "id"), &page["has_more"]), (ids[1..3].to_vec(), &true.into()));
    let page = client.get("/v1/events?type=payment_intent.succeeded").await.json();
    assert_eq!((texts(&page, "id"), &page["has_more"]), (ids[2..3].to_vec(), &false.into()));
    let one = client.get(&format!("/v1/events/{}", ids[3])).await.json();
    assert_eq!(one, all["data"][3]);
    // The object is shown as it was at the time of the event.
    assert_eq!(one["data"]["object"]["status"], "requires_confirmation");
    let refund = client.get("/v1/refunds").await.json()["data"][0].clone();
    assert_eq!(all["data"][0]["data"]["object"], refund);
    gateway.shutdown().await;
    let (_gateway, client) = start(folder.path()).await;
    client.create(PAID).await;
    let again = client.get(&format!("/v1/events?starting_after={}", "")).await.json();
    assert_eq!(texts(&again, "id")[2..], ids);
}

#[tokio::test]
async fn event_ids_are_unique_across_ledgers() {
    let mut seen = std::collections::HashSet::new();
    for _ in 0..2 {
        let folder = tempdir().unwrap();
        let (_gateway, client) = start(folder.path()).await;
        client.create(PAID).await;
        client.create(PAID).await;
        for id in texts(&client.get("/v1/events").await.json(), "id") {
            assert!(seen.insert(id.clone()), "{id} came twice");
        }
    }
}

#[tokio::test]
async fn an_unknown_event_is_not_found() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let id = client.create(PAID).await;
    let event = texts(&client.get("/v1/events").await.json(), "id").remove(0);
    let other =
        format!("{}{}", &event[..event.len() - 1], if event.ends_with('a') { 'b' } else { 'a' });
    for wrong in [id.as_str(), "evt_", "evt_0000000000000000000000", &other, "%ff", "x"] {
        let answer = client.get(&format!("/v1/events/{wrong}")).await;
        assert_eq!(answer.status, 404, "{wrong}");
        assert_eq!(answer.json()["error"]["type"], "invalid_request_error", "{wrong}");
    }
    for wrong in ["limit=0", "limit=x", "starting_after=evt_x", "typ=x"] {
        assert_eq!(client.get(&format!("/v1/events?{wrong}")).await.status, 400, "{wrong}");
    }
}
