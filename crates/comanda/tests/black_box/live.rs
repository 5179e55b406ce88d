//! The live page of an order: server-sent events.

use serde_json::json;

use crate::common::{
    Engine, Platform, ok_if, on_both,
    orders::{delivered_pizza, dumplings},
    wait_until,
};

async fn each_step_is_pushed_once_and_in_order(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    let placed = api.place_order(&delivered_pizza("ada@example.com")).await;
    let path = format!("/api/orders/{}/events?token={}", placed.id, placed.token);
    let mut stream = api.stream(&path, None).await;
    let early = stream.ids_until("confirmed").await;
    assert!(early == ["placed", "confirmed"] || early == ["confirmed"], "forward, once: {early:?}");
    let mut payments = Vec::new();
    let steps = ["accepted", "preparing", "ready", "out_for_delivery", "completed"];
    for (action, status) in ["accept", "start", "ready", "dispatch", "complete"].iter().zip(&steps)
    {
        let answer = api.request_step(&placed, action, &json!({})).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let mut event = stream.next().await;
        while event.name == "payment" {
            payments.push(event.json()["state"].clone());
            event = stream.next().await;
        }
        assert_eq!((event.name.as_str(), event.id.as_str()), ("status", *status));
        let data = event.json();
        assert_eq!((&data["order_id"], &data["status"]), (&json!(placed.id), &json!(status)));
        assert!(data["at"].is_string());
    }
    if payments.is_empty() {
        payments.push(stream.next().await.json()["state"].clone());
    }
    assert_eq!(payments, ["captured"], "held money is captured once");
    // A new connection resumes after the last event that was received.
    let mut late = api.stream(&path, Some("accepted")).await;
    assert_eq!(late.ids(4).await, ["preparing", "ready", "out_for_delivery", "completed"]);
    let mut from_the_start = api.stream(&path, None).await;
    let all = from_the_start.ids(7).await;
    assert_eq!(all[..2], ["placed", "confirmed"]);
    assert_eq!(all[2..], steps);
    drop((stream, late, from_the_start));
    platform.finish().await;
}

async fn a_stream_resumes_after_a_restart(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    let placed = platform.api.place_order(&dumplings("ada@example.com")).await;
    platform.api.wait_for_status(&placed, "accepted").await;
    platform.stop().await;
    platform.start_again().await;
    let path = format!("/api/orders/{}/events?token={}", placed.id, placed.token);
    let mut stream = platform.api.stream(&path, Some("placed")).await;
    assert_eq!(stream.ids(2).await, ["confirmed", "accepted"]);
    let answer = platform.api.request_step(&placed, "start", &json!({})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(stream.ids(1).await, ["preparing"]);
    // The new process also knows the events before its start.
    wait_until("the page tells how the order travelled", async || {
        let page = platform.api.staff_get(&format!("/orders/{}", placed.id)).await.text;
        let way = page.split("id=\"travel\"").nth(1).unwrap_or_default().to_owned();
        let topics = ["order_details", "order_confirmed", "order_progress"];
        ok_if(topics.iter().all(|topic| way.contains(&format!("<code>{topic}</code>"))), way)
    })
    .await;
    drop(stream);
    platform.finish().await;
}

async fn a_decline_is_pushed_with_its_reason(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    let order = crate::common::orders::paid_with(
        delivered_pizza("ada@example.com"),
        "pm_card_chargeDeclined",
    );
    let placed = api.place_order(&order).await;
    let path = format!("/api/orders/{}/events?token={}", placed.id, placed.token);
    let mut stream = api.stream(&path, None).await;
    let refused = loop {
        let event = stream.next().await;
        if event.id != "placed" {
            break event;
        }
    };
    assert_eq!(refused.id, "declined");
    assert_eq!(refused.json()["reason"], "card_declined");
    drop(stream);
    platform.finish().await;
}

on_both!(
    each_step_is_pushed_once_and_in_order,
    a_stream_resumes_after_a_restart,
    a_decline_is_pushed_with_its_reason,
);
