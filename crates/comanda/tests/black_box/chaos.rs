//! Everything at once: a gateway that fails in every way it knows, customers who change their minds,
//! and a process that dies. Whatever comes of it, the gateway's own books show one capture for each
//! order that kept its money, and every capture given back of those that were cancelled.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::{
    Engine, Placed, Platform, View,
    api::send,
    on_both,
    rush::{Rush, locally},
    seen, until,
};

/// How many orders, unless `COMANDA_CHAOS_ORDERS` says another number.
const ORDERS: usize = 90;
const CRASHES: usize = 2;
/// Every kind of fault, one request in twenty. Hanging is longer than anybody waits.
const FAULTS: &[(&str, &str)] =
    &[("COMANDA_GATEWAY_FAULTS", "all=0.05,hang_ms=4000,latency_ms=0..60")];

fn orders() -> usize {
    std::env::var("COMANDA_CHAOS_ORDERS").map_or(ORDERS, |text| text.parse().unwrap())
}

async fn money_is_right_whatever_breaks(engine: Engine) {
    locally(chaos(engine, orders())).await;
}

async fn chaos(engine: Engine, orders: usize) {
    let mut platform = Platform::start_with(engine, FAULTS).await;
    // Enough for everybody, and counted: what is taken, sold and given back has to add up.
    let stock = json!({"item_id": "margherita", "set": 2 * orders});
    let answer = platform.api.staff_post("/api/restaurants/bella-napoli/stock", &stock).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let rush = Rush::start(&platform.api, orders);
    let mut cancelled = 0;
    for crash in 0..=CRASHES {
        // Step by step: however many there are, some come in good time.
        let next = orders / (CRASHES + 1) * (crash + 1) - 1;
        for some in (rush.accepted()..next).step_by(100).chain([next]) {
            rush.reaches(some).await;
        }
        // Some were placed a moment ago, some are being charged, some are confirmed.
        for placed in rush.accepted_orders().iter().skip(cancelled).step_by(7) {
            cancel(&platform, placed).await;
        }
        cancelled = rush.accepted();
        if crash < CRASHES {
            platform.kill();
            platform.start_again().await;
        }
    }
    let accepted = rush.finish().await.accepted;
    let mut ends = BTreeMap::<String, usize>::new();
    for placed in accepted.values() {
        *ends.entry(ended(&platform, placed).await).or_default() += 1;
    }
    eprintln!("{ends:?}");
    assert_eq!(ends.values().sum::<usize>(), accepted.len());
    assert!(ends.keys().any(|end| end.starts_with("cancelled")), "nobody could cancel: {ends:?}");
    assert!(ends.contains_key("accepted captured"), "nobody got anything: {ends:?}");
    // The audit holds every row of the database against the gateway's books, order by order.
    platform.finish().await;
}

/// A customer changes their mind; too late, perhaps, or in the very moment of a crash.
async fn cancel(view: &View, placed: &Placed) {
    let path = format!("/api/orders/{}/cancel?token={}", placed.id, placed.token);
    let body = json!({"request_id": Uuid::new_v4()});
    until(&format!("{} is cancelled, or not", placed.id), async || {
        let answer = send(view.api.request(Method::POST, &path).json(&body)).await?;
        seen(matches!(answer.status, 200 | 409), answer)
    })
    .await;
}

/// Where an order ended, with its money, once neither moves any more.
async fn ended(view: &View, placed: &Placed) -> String {
    let path = format!("/api/orders/{}?token={}", placed.id, placed.token);
    until(&format!("{} has an end", placed.id), async || {
        let order: Value = view.api.try_get(&path).await?.json();
        let status = order["status"].as_str().unwrap_or_default().to_owned();
        let money = order["payment"]["state"].as_str().unwrap_or_default().to_owned();
        let settled = match status.as_str() {
            "confirmed" | "accepted" => money == "captured",
            "cancelled" => matches!(money.as_str(), "void" | "refunded"),
            _ => false,
        };
        seen(settled, format!("{status} {money}"))
    })
    .await
}

on_both!(money_is_right_whatever_breaks);
