//! Any storefront serves any order: streams and repeated requests.

use serde_json::json;

use crate::common::{Engine, Fleet, PlacedOrder, api::send, on_real, orders::pizza};

async fn each_serves_the_streams_and_retries_of_the_other(_: Engine) {
    let fleet = Fleet::start(2).await;
    let shops: Vec<_> = fleet.instances.iter().filter(|i| i.service == "storefront").collect();
    let order = async |shop: usize, body: &serde_json::Value| {
        let address = format!("{}/api/orders", shops[shop].address);
        let request = fleet.api.request(reqwest::Method::POST, &address).json(body);
        send(request.header("idempotency-key", "supper")).await.unwrap()
    };
    let body = pizza("ada@example.com");
    let first = PlacedOrder::of(&order(0, &body).await);
    let again = PlacedOrder::of(&order(1, &body).await);
    assert_eq!((&first.id, &first.token), (&again.id, &again.token));
    let mut other = body.clone();
    other["tip_minor"] = json!(100);
    assert_eq!(order(1, &other).await.status, 422, "the key belongs to another order");

    let path = format!("/api/orders/{}/events?token={}", first.id, first.token);
    let mut streams = Vec::new();
    for shop in &shops {
        streams.push(fleet.api.stream(&format!("{}{path}", shop.address), None).await);
    }
    fleet.api.wait_for_status(&first, "confirmed").await;
    for action in ["accept", "start", "ready", "complete"] {
        let answer = fleet.api.request_step(&first, action, &json!({})).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    for stream in &mut streams {
        let seen = stream.ids_until("completed").await;
        let walk = ["placed", "confirmed", "accepted", "preparing", "ready", "completed"];
        let in_order: Vec<_> = walk.iter().filter(|step| seen.iter().any(|s| s == *step)).collect();
        assert_eq!(seen.iter().collect::<Vec<_>>(), in_order, "each step once, and forward");
    }
    assert_eq!(fleet.charges().await[&first.id], (1, 2200));
    fleet.finish().await;
}

async fn the_same_request_at_both_at_once_is_one_order(_: Engine) {
    let fleet = Fleet::start(2).await;
    let body = pizza("ada@example.com");
    for key in ["lunch", "tea", "supper"] {
        let requests = (0..8).map(|_| fleet.api.post_order(&body, Some(key)));
        let answers = futures::future::join_all(requests).await;
        let ids: Vec<_> = answers.iter().map(|a| PlacedOrder::of(a.as_ref().unwrap()).id).collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }
    fleet.wait_until_idle().await;
    assert_eq!(fleet.charges().await.len(), 3);
    fleet.finish().await;
}

on_real!(
    each_serves_the_streams_and_retries_of_the_other,
    the_same_request_at_both_at_once_is_one_order,
);
