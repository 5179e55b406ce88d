//! A group member whose name another client takes.

use std::time::Duration;

use serde_json::json;

use crate::common::{Engine, Platform, ok_if, on_embedded, orders::pizza, wait_until};

/// On a busy machine, a member may be fenced by its own former request, which was answered too
/// late. Here a foreign client takes its name for a moment.
async fn a_fenced_member_rejoins(engine: Engine) {
    let platform = Platform::start(engine).await;
    let kafka = platform.kafka();
    let stranger = kafka.join_group("orders", "up.order_requests", &["order_requests"]);
    wait_until("the worker rejoins the group", async || {
        let _ = stranger.poll(Duration::from_millis(10));
        let log = platform.stderr();
        ok_if(log.contains("the worker rejoins the group"), log)
    })
    .await;
    drop(stranger);
    let placed = platform.api.place_order(&pizza("ada@example.com")).await;
    platform.api.wait_for_status(&placed, "confirmed").await;
    platform.api.request_step(&placed, "accept", &json!({})).await;
    platform.api.wait_for_status(&placed, "accepted").await;
    platform.finish().await;
}

on_embedded!(a_fenced_member_rejoins,);
