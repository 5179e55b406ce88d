//! The kitchen's steps of an order.

use rdkafka::{consumer::Consumer, topic_partition_list::TopicPartitionListElem};
use serde_json::json;
use uuid::Uuid;

use crate::common::{
    Engine, PlacedOrder, Platform, murmur2, on_both,
    orders::{delivered_pizza, dumplings, pizza},
    wait_until,
};

async fn an_order_walks_from_confirmed_to_completed(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    let placed = api.place_order(&delivered_pizza("ada@example.com")).await;
    api.wait_for_status(&placed, "confirmed").await;

    let early = api.request_step(&placed, "ready", &json!({})).await;
    assert_eq!((early.status, &early.json()["order_status"]), (409, &json!("confirmed")));
    assert_eq!(early.header("content-type"), "application/problem+json");

    let accepted = api.request_step(&placed, "accept", &json!({"minutes": 25})).await;
    assert_eq!((accepted.status, &accepted.json()["status"]), (200, &json!("accepted")));
    assert!(accepted.json()["ready_by"].is_string(), "{accepted:?}");
    let again = api.request_step(&placed, "accept", &json!({})).await;
    assert_eq!((again.status, &again.json()["order_status"]), (409, &json!("accepted")));

    let walk = [
        ("start", "preparing"),
        ("ready", "ready"),
        ("dispatch", "out_for_delivery"),
        ("complete", "completed"),
    ];
    for (action, status) in walk {
        let answer = api.request_step(&placed, action, &json!({})).await;
        assert_eq!((answer.status, &answer.json()["status"]), (200, &json!(status)));
    }
    let all =
        ["placed", "confirmed", "accepted", "preparing", "ready", "out_for_delivery", "completed"];
    api.wait_for_history(&placed, &all).await;
    platform.wait_until_idle().await;
    assert_eq!(api.summary().await["orders"]["completed"], 1);
    platform.finish().await;
}

async fn a_repeated_request_gets_its_first_response(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    let placed = api.place_order(&pizza("ada@example.com")).await;
    api.wait_for_status(&placed, "confirmed").await;
    let request = json!({"request_id": Uuid::new_v4()});
    for _ in 0..3 {
        let answer = api.request_step(&placed, "accept", &request).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let steps = platform.kafka().read_topic("order_progress");
    assert!(steps.iter().all(|step| step.header("ce_id") == steps[0].header("ce_id")));
    api.wait_for_history(&placed, &["placed", "confirmed", "accepted"]).await;
    platform.finish().await;
}

async fn an_automatic_restaurant_accepts_every_order(engine: Engine) {
    let platform = Platform::start(engine).await;
    let placed = platform.api.place_order(&dumplings("ada@example.com")).await;
    platform.api.wait_for_history(&placed, &["placed", "confirmed", "accepted"]).await;
    platform.wait_until_idle().await;
    let steps = platform.kafka().read_topic("order_progress");
    assert_eq!(steps[0].json()["by"], "restaurant");
    platform.finish().await;
}

async fn invalid_requests_are_refused(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    let placed = api.place_order(&pizza("ada@example.com")).await;
    api.wait_for_status(&placed, "confirmed").await;
    let unknown = PlacedOrder { id: Uuid::new_v4().to_string(), ..placed.clone() };
    assert_eq!(api.request_step(&unknown, "accept", &json!({})).await.status, 404);
    assert_eq!(api.request_step(&placed, "eat", &json!({})).await.status, 404);
    assert_eq!(api.request_step(&placed, "accept", &json!({"minutes": 601})).await.status, 422);
    assert_eq!(api.request_step(&placed, "accept", &json!({"minute": 5})).await.status, 400);
    api.wait_for_history(&placed, &["placed", "confirmed"]).await;
    assert!(platform.kafka().read_topic("order_requests").is_empty(), "nothing was asked");
    platform.finish().await;
}

/// A foreign member of the group takes the requests and decides none within the second, so the
/// response is 202. Once it has left, the request is decided.
async fn an_undecided_request_is_accepted_and_decided_later(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    let kafka = platform.kafka();
    let partitions = kafka.count_partitions("order_requests");
    let member = kafka.consumer("orders");
    member.subscribe(&[&kafka.name("order_requests")]).unwrap();
    let taken = wait_until("the foreign member has partitions", async || {
        let _ = member.poll(std::time::Duration::from_millis(100));
        let list = member.assignment().unwrap();
        let taken: Vec<_> = list.elements().iter().map(TopicPartitionListElem::partition).collect();
        if taken.is_empty() { Err("none".into()) } else { Ok(taken) }
    })
    .await;
    let placed = loop {
        let placed = api.place_order(&pizza("ada@example.com")).await;
        if taken.contains(&murmur2::partition(placed.id.as_bytes(), partitions)) {
            break placed;
        }
    };
    api.wait_for_status(&placed, "confirmed").await;
    let answer = api.request_step_once(&placed, "accept", &json!({"minutes": 10})).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.json()["order_id"], placed.id);
    api.wait_for_history(&placed, &["placed", "confirmed"]).await;
    drop(member);
    api.wait_for_status(&placed, "accepted").await;
    platform.finish().await;
}

on_both!(
    an_order_walks_from_confirmed_to_completed,
    a_repeated_request_gets_its_first_response,
    an_automatic_restaurant_accepts_every_order,
    invalid_requests_are_refused,
    an_undecided_request_is_accepted_and_decided_later,
);
