//! One order is one trace, from the request that placed it through every topic; and log lines about
//! it have its id and its trace.

use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{
    Engine, PlacedOrder, Platform,
    api::send,
    on_both,
    orders::{paid_with, pizza},
    wait_until,
};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const STAFF: &str = "0af7651916cd43dd8448eb211c80319c";

fn traceparent(trace: &str) -> String {
    format!("00-{trace}-00f067aa0ba902b7-01")
}

/// Places an order with a `traceparent`.
async fn place_order(platform: &Platform, email: &str, traceparent: &str) -> PlacedOrder {
    let request = platform.api.request(Method::POST, "/api/orders").json(&pizza(email));
    PlacedOrder::of(&send(request.header("traceparent", traceparent)).await.unwrap())
}

/// The traces of an order's records in a topic.
fn traces(platform: &Platform, topic: &str, order: &PlacedOrder) -> Vec<String> {
    let records = platform.kafka().read_topic(topic).into_iter();
    let own = records.filter(|record| record.key_text() == order.id);
    own.map(|record| record.header("traceparent")[3..35].to_owned()).collect()
}

async fn an_order_is_in_the_trace_of_its_request(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    let placed = place_order(&platform, "ada@example.com", &traceparent(TRACE)).await;
    platform.api.wait_for_status(&placed, "confirmed").await;
    platform.stop().await;
    // The trace is stored with the order, so later records have it, also after a restart.
    platform.start_again().await;
    let path = format!("/api/kitchen/orders/{}/accept", placed.id);
    let request = platform.api.as_staff(Method::POST, &path).json(&json!({}));
    let request = request.header("traceparent", traceparent(STAFF));
    assert_eq!(send(request).await.unwrap().status, 200);
    let path = format!("/api/kitchen/orders/{}/reject", placed.id);
    let body = json!({"reason": "sold_out"});
    let rejected = platform.api.staff_post(&path, &body).await;
    assert_eq!(rejected.status, 200, "{rejected:?}");
    wait_until("the money is given back", async || {
        let traces_found = traces(&platform, "order_refunded", &placed);
        if traces_found.is_empty() { Err("not yet".to_owned()) } else { Ok(()) }
    })
    .await;
    for topic in ["order_details", "order_confirmed", "order_progress", "order_refunded"] {
        let traces = traces(&platform, topic, &placed);
        assert!(
            !traces.is_empty() && traces.iter().all(|trace| trace == TRACE),
            "{topic}: {traces:?}"
        );
    }
    let asked = traces(&platform, "order_requests", &placed);
    assert!(asked.contains(&STAFF.to_owned()), "staff have a trace of their own: {asked:?}");
    platform.finish().await;
}

async fn an_invalid_traceparent_begins_a_new_trace(engine: Engine) {
    let platform = Platform::start(engine).await;
    for wrong in ["rubbish", &traceparent(&"0".repeat(32)), &traceparent(&TRACE.to_uppercase())] {
        let placed = place_order(&platform, "ada@example.com", wrong).await;
        let traces_found = traces(&platform, "order_details", &placed);
        assert_eq!(traces_found, [placed.id.replace('-', "")], "{wrong}");
    }
    platform.finish().await;
}

/// The fields of the log lines with this message.
fn lines(platform: &Platform, message: &str) -> Vec<Value> {
    let log = platform.stderr();
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).expect("it is JSON"));
    lines.map(|line| line["fields"].clone()).filter(|fields| fields["message"] == message).collect()
}

async fn lines_about_an_order_have_its_id_and_trace(engine: Engine) {
    let platform = Platform::start_with(engine, &[("COMANDA_LOG", "info")]).await;
    let waits = place_order(&platform, "ada+451@example.com", &traceparent(TRACE)).await;
    let fields = wait_until("a mail waits", async || {
        lines(&platform, "waits for a retry").into_iter().next().ok_or_else(|| "no line".into())
    })
    .await;
    assert_eq!(fields["order.id"], waits.id.as_str(), "{fields}");
    assert_eq!(
        (&fields["trace_id"], &fields["key"]),
        (&json!(TRACE), &json!(waits.id)),
        "{fields}"
    );
    assert!(fields["error"].as_str().unwrap().starts_with("451 "), "{fields}");
    let names = ["group", "topic", "partition", "offset", "attempts", "delay"];
    assert!(names.iter().all(|name| !fields[name].is_null()), "{fields}");

    let token = &waits.token;
    platform.api.get(&format!("/api/orders/{}?token={token}", waits.id)).await;
    let gone = format!("/orders/{}?token=not-the-token", waits.id);
    platform.api.get(&gone).await;
    let log = wait_until("the access log has both", async || {
        let log = platform.stderr();
        let accesses = log.lines().filter(|line| line.contains(r#""target":"access""#));
        let of_order = accesses.filter(|line| line.contains("orders/{id}"));
        let of_order = of_order.filter(|line| line.contains(&waits.id)).count();
        if of_order >= 2 { Ok(log) } else { Err(log) }
    })
    .await;
    for secret in [token.as_str(), "not-the-token", "ada+451@example.com"] {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
    let line = log.lines().find(|line| line.contains(r#""/api/orders","#)).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    let fields = &line["fields"];
    assert_eq!((&fields["method"], &fields["status"]), (&json!("POST"), &json!(202)), "{line}");
    assert_eq!(fields["order.id"], waits.id.as_str(), "{line}");
    assert_eq!((&fields["trace_id"], &fields["client"]), (&json!(TRACE), &json!("127.0.0.1")));
    assert!(fields["bytes"].as_u64() > Some(100) && fields["duration_ms"].is_u64(), "{line}");

    let declined = paid_with(pizza("bob@example.com"), "pm_card_chargeDeclined");
    let declined = platform.api.place_order(&declined).await;
    platform.api.wait_for_status(&declined, "declined").await;
    platform.finish().await;
}

on_both!(
    an_order_is_in_the_trace_of_its_request,
    an_invalid_traceparent_begins_a_new_trace,
    lines_about_an_order_have_its_id_and_trace,
);
