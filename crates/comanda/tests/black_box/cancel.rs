//! Cancelled orders: by the customer, by the restaurant, or for lack of an answer.

use std::collections::BTreeMap;

use futures::future::{join, join_all};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::{
    ApiResponse, Engine, PlacedOrder, Platform,
    api::send,
    ok_if, on_both,
    orders::{dumplings, pizza},
    wait_until,
};

const CUSTOMER: &str = "The customer cancelled the order";

/// The steps after the payment of each order in the log, each event once.
fn steps_by_order(platform: &Platform) -> BTreeMap<String, Vec<Value>> {
    let mut ids = std::collections::BTreeSet::new();
    let mut steps = BTreeMap::<_, Vec<_>>::new();
    for record in platform.kafka().read_topic("order_progress") {
        if ids.insert(record.header("ce_id").to_owned()) {
            steps.entry(record.key_text()).or_default().push(record.json());
        }
    }
    steps
}

async fn place_paid_order(platform: &Platform, n: usize) -> PlacedOrder {
    let placed = platform.api.place_order(&pizza(&format!("ada{n}@example.com"))).await;
    platform.api.wait_for_status(&placed, "confirmed").await;
    placed
}

/// Asserts that one request succeeded, and that the other got the status. Returns the status.
fn assert_one_won(one: &ApiResponse, other: &ApiResponse) -> String {
    let (winner, loser) = if one.status == 200 { (one, other) } else { (other, one) };
    assert_eq!((winner.status, loser.status), (200, 409), "{one:?} {other:?}");
    let stands = winner.json()["status"].as_str().unwrap().to_owned();
    assert_eq!(loser.json()["order_status"], stands);
    stands
}

async fn one_of_concurrent_accept_and_cancel_wins(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    let orders = join_all((0..30).map(|n| place_paid_order(&platform, n))).await;
    let races = orders.iter().enumerate().map(async |(n, placed)| {
        let (nothing, cancel) = (json!({}), api.cancel(placed));
        let accept = api.request_step(placed, "accept", &nothing);
        // Which request is sent first alternates.
        let (one, other) = if n.is_multiple_of(2) {
            join(accept, cancel).await
        } else {
            join(cancel, accept).await
        };
        assert_one_won(&one, &other)
    });
    let ends = join_all(races).await;
    platform.wait_until_idle().await;
    let steps = steps_by_order(&platform);
    for (placed, end) in orders.iter().zip(&ends) {
        let statuses: Vec<_> = steps[&placed.id].iter().map(|step| &step["status"]).collect();
        assert_eq!(statuses, [end], "exactly one outcome, and never both");
        api.wait_for_history(placed, &["placed", "confirmed", end]).await;
    }
    let cancelled = ends.iter().filter(|end| *end == "cancelled").count();
    assert_eq!(api.summary().await["orders"]["cancelled"], cancelled);
    platform.finish().await;
}

async fn a_repeated_cancellation_has_no_effect(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    let placed = place_paid_order(&platform, 1).await;
    let (first, second) = join(api.cancel(&placed), api.cancel(&placed)).await;
    assert_eq!(assert_one_won(&first, &second), "cancelled");
    let again = Uuid::new_v4();
    assert_eq!(api.cancel_with_id(&placed, again).await.status, 409);
    assert_eq!(api.cancel_with_id(&placed, again).await.status, 409, "its first answer");
    platform.wait_until_idle().await;
    let steps = &steps_by_order(&platform)[&placed.id];
    assert_eq!(steps.len(), 1);
    assert_eq!((&steps[0]["by"], &steps[0]["reason"]), (&json!("customer"), &json!(CUSTOMER)));
    platform.finish().await;
}

/// The cancellation meets the order in a random state, and cancels it in any state.
async fn a_customer_can_cancel_right_after_ordering(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    let customers = (0..20).map(async |n| {
        let placed = api.place_order(&pizza(&format!("ada{n}@example.com"))).await;
        let answer = api.cancel(&placed).await;
        assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("cancelled")));
        placed
    });
    let orders = join_all(customers).await;
    platform.wait_until_idle().await;
    let steps = steps_by_order(&platform);
    for placed in &orders {
        assert_eq!(steps[&placed.id].len(), 1);
        let order = api.order(placed).await;
        assert_eq!((&order["status"], &order["reason"]), (&json!("cancelled"), &json!(CUSTOMER)));
    }
    platform.finish().await;
}

async fn the_customer_learns_the_reason_of_a_rejection(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    let placed = place_paid_order(&platform, 1).await;
    let path = format!("/api/orders/{}/events?token={}", placed.id, placed.token);
    let mut stream = api.stream(&path, Some("confirmed")).await;
    let silent = api.request_step(&placed, "reject", &json!({})).await;
    assert_eq!((silent.status, &silent.json()["errors"][0]["field"]), (422, &json!("reason")));
    let reason = "The oven is broken, sorry 🙏";
    let answer = api.request_step(&placed, "reject", &json!({"reason": reason})).await;
    assert_eq!((answer.status, &answer.json()["reason"]), (200, &json!(reason)));
    let event = stream.next_status().await;
    assert_eq!((event.id.as_str(), &event.json()["reason"]), ("cancelled", &json!(reason)));
    let page = api.request(Method::GET, &format!("/orders/{}", placed.id));
    let page = send(page.bearer_auth(&placed.token)).await.unwrap();
    assert!(page.text.contains("Bella Napoli had to cancel your order."), "{}", page.text);
    assert!(page.text.contains(reason), "{}", page.text);
    let late = api.cancel(&placed).await;
    assert_eq!((late.status, &late.json()["order_status"]), (409, &json!("cancelled")));
    let step = &steps_by_order(&platform)[&placed.id][0];
    assert_eq!((&step["by"], &step["reason"]), (&json!("kitchen"), &json!(reason)));
    drop(stream);
    platform.finish().await;
}

/// The restaurant must answer within a second in this test.
async fn an_order_without_an_answer_is_cancelled(engine: Engine) {
    let platform = Platform::start_with(engine, &[("COMANDA_TIMERS_AFTER_S", "0")]).await;
    let api = &platform.api;
    let patient = place_paid_order(&platform, 1).await;
    let automatic = api.place_order(&dumplings("bob@example.com")).await;
    api.wait_for_status(&automatic, "accepted").await;
    let kafka = platform.kafka();
    let record = kafka.read_topic("order_details").remove(0);
    let (id, mut order) = (Uuid::new_v4().to_string(), record.json());
    for (field, value) in
        [("order_id", json!(id)), ("auto_accept", json!(false)), ("accept_within_s", json!(1))]
    {
        order[field] = value;
    }
    let (key, value) = (id.as_bytes(), order.to_string());
    let seal = platform.secret().seal(key, value.as_bytes());
    kafka.produce_with(key, value.as_bytes(), &[("comanda_seal", &seal)], None).await;
    let ended = wait_until("the order is timed out", async || {
        let answer = api.staff_get(&format!("/api/orders/{id}")).await;
        ok_if(answer.status == 200 && answer.json()["status"] == "cancelled", answer.text)
    });
    let order: Value = {
        ended.await;
        api.staff_get(&format!("/api/orders/{id}")).await.json()
    };
    assert_eq!(order["reason"], "The restaurant did not answer in time");
    platform.wait_until_idle().await;
    let steps = steps_by_order(&platform);
    assert_eq!((steps[&id].len(), &steps[&id][0]["by"]), (1, &json!("timer")));
    assert_eq!(api.order(&patient).await["status"], "confirmed", "its time is not over");
    assert_eq!(api.order(&automatic).await["status"], "accepted");
    platform.finish().await;
}

on_both!(
    one_of_concurrent_accept_and_cancel_wins,
    a_repeated_cancellation_has_no_effect,
    a_customer_can_cancel_right_after_ordering,
    the_customer_learns_the_reason_of_a_rejection,
    an_order_without_an_answer_is_cancelled,
);
