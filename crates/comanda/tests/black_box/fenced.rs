//! A name that somebody else takes in a group.

use std::time::Duration;

use serde_json::json;

use crate::common::{Engine, Platform, on_embedded, orders::pizza, seen, until};

/// Short of processor time, a member may be shut out by its own former self, whose request was answered
/// too late. Here a stranger takes its name for a moment.
async fn a_member_that_is_shut_out_joins_anew(engine: Engine) {
    let platform = Platform::start(engine).await;
    let kafka = platform.kafka();
    let stranger = kafka.member("orders", "up.order_requests", &["order_requests"]);
    until("the group is joined anew", async || {
        let _ = stranger.poll(Duration::from_millis(10));
        let log = platform.errors();
        seen(log.contains("the group is joined anew"), log)
    })
    .await;
    drop(stranger);
    let placed = platform.api.place_order(&pizza("ada@example.com")).await;
    platform.api.reaches(&placed, "confirmed").await;
    platform.api.kitchen(&placed, "accept", &json!({})).await;
    platform.api.reaches(&placed, "accepted").await;
    platform.finish().await;
}

on_embedded!(a_member_that_is_shut_out_joins_anew,);
