//! Stops and starts on the same folder.

use serde_json::json;

use crate::common::{Engine, Platform, on_both, orders::pizza};

async fn a_restart_goes_on_where_it_stopped(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    let before = platform.api.place_order(&pizza("ada@example.com")).await;
    platform.api.wait_for_status(&before, "confirmed").await;
    platform.api.request_step(&before, "accept", &json!({})).await;
    platform.wait_until_idle().await;
    let order = platform.api.wait_for_history(&before, &["placed", "confirmed", "accepted"]).await;
    let summary = platform.api.summary().await;
    let token = platform.api.staff_token();
    let menu = platform.api.get("/api/restaurants/bella-napoli/menu").await.json();

    platform.stop().await;
    platform.start_again().await;
    let api = &platform.api;
    assert_eq!(api.staff_token(), token);
    assert_eq!(api.get("/api/restaurants/bella-napoli/menu").await.json(), menu);
    assert_eq!(platform.kafka().read_topic("menu").len(), 8, "demo restaurants are published once");
    assert_eq!(api.order(&before).await, order, "the old token opens the same order");
    platform.wait_until_idle().await;
    assert_eq!(api.summary().await, summary);

    let after = api.place_order(&pizza("ada@example.com")).await;
    api.wait_for_status(&after, "confirmed").await;
    let answer = api.request_step(&before, "start", &json!({})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let steps = ["placed", "confirmed", "accepted", "preparing"];
    api.wait_for_history(&before, &steps).await;
    platform.wait_until_idle().await;
    assert_eq!(api.summary().await["customers"], json!({"unique": 1, "returning": 1}));
    // That it is confirmed, and the receipt.
    assert_eq!(api.mails_about(&before.id).await.len(), 2, "nothing is mailed again");
    platform.finish().await;
}

async fn orders_accepted_just_before_a_stop_are_processed_at_the_next_start(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    platform.set_faults(&json!({"latency_ms": 400})).await;
    let mut placed = Vec::new();
    for n in 0..20 {
        placed.push(platform.api.place_order(&pizza(&format!("c{n}@example.com"))).await);
    }
    platform.stop().await;
    platform.start_again().await;
    for order in &placed {
        platform.api.wait_for_status(order, "confirmed").await;
    }
    let captures = platform.charges().await;
    assert_eq!(captures.len(), placed.len());
    assert!(captures.values().all(|capture| *capture == (1, 2200)), "{captures:?}");
    platform.finish().await;
}

/// The session timeout is longer than the test, so waiting for one to end would hang.
async fn a_static_member_resumes_after_a_crash(engine: Engine) {
    let session = ("COMANDA_KAFKA_SESSION_TIMEOUT_MS", "300000");
    let name = ("COMANDA_KAFKA_GROUP_INSTANCE_ID", "one");
    let mut platform = match engine {
        Engine::Embedded => Platform::start_with(engine, &[session]).await,
        Engine::Real => Platform::start_with(engine, &[session, name]).await,
    };
    for customer in ["ada@example.com", "bob@example.com"] {
        let placed = platform.api.place_order(&pizza(customer)).await;
        platform.api.wait_for_status(&placed, "confirmed").await;
        platform.kill();
        platform.start_again().await;
    }
    platform.finish().await;
}

on_both!(
    a_static_member_resumes_after_a_crash,
    a_restart_goes_on_where_it_stopped,
    orders_accepted_just_before_a_stop_are_processed_at_the_next_start,
);
