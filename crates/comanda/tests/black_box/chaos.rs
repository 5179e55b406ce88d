//! Everything at once: all faults of the gateway, cancellations, and crashes, for orders by card
//! (captured at once, or held), in cash, and by cards whose bank asks. Afterwards the gateway's own
//! books, the ledger and the topics agree about each order.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::{
    Engine, PlacedOrder, Platform, View,
    api::send,
    bank, ok_if, on_both,
    orders::{dumplings, paid_with, pizza},
    rush::{Rush, run_local},
    wait_until,
};

/// Default number of orders; `COMANDA_CHAOS_ORDERS` overrides it.
const ORDERS: usize = 90;
const CRASHES: usize = 2;
/// Ends of which every run has some: a card captured at once and at acceptance, and cash.
const ENDS: &[&str] = &[
    "accepted captured",
    "confirmed authorized",
    "completed captured",
    "confirmed due",
    "completed collected",
];
/// Every kind of fault, one request in twenty. A hanging request exceeds every timeout.
const FAULTS: &[(&str, &str)] =
    &[("COMANDA_GATEWAY_FAULTS", "all=0.05,hang_ms=4000,latency_ms=0..60")];

fn order_count() -> usize {
    std::env::var("COMANDA_CHAOS_ORDERS").map_or(ORDERS, |text| text.parse().unwrap())
}

async fn money_is_right_whatever_breaks(engine: Engine) {
    run_local(run_chaos(engine, order_count())).await;
}

/// A third each by card at a restaurant that accepts automatically, by card and in cash at one
/// where people accept. The bank of one card in ten asks its holder.
fn order_of(n: usize) -> Value {
    let email = format!("customer{n}@example.com");
    let order = if n.is_multiple_of(3) { dumplings(&email) } else { pizza(&email) };
    match (n % 3, n % 10) {
        (2, _) => paid_with(order, "cash"),
        (_, 1) => paid_with(order, "pm_card_authenticationRequired"),
        _ => order,
    }
}

async fn run_chaos(engine: Engine, orders: usize) {
    let mut platform = Platform::start_with(engine, FAULTS).await;
    // Sufficient, but counted stock: the pieces held, sold and returned must add up.
    let stock = json!({"item_id": "margherita", "set": 2 * orders});
    let answer = platform.api.staff_post("/api/restaurants/bella-napoli/stock", &stock).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let rush = Rush::start_with(&platform.api, orders, order_of);
    let mut cancelled = 0;
    for crash in 0..=CRASHES {
        // In steps of 100, so that each wait is short for any number of orders.
        let next = orders / (CRASHES + 1) * (crash + 1) - 1;
        for some in (rush.accepted()..next).step_by(100).chain([next]) {
            rush.wait_for_accepted(some).await;
        }
        // These orders are in different states: just placed, being charged, confirmed.
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
    for (n, placed) in &accepted {
        settle_payment(&platform, *n, placed).await;
    }
    for placed in accepted.values().step_by(4) {
        deliver(&platform, placed).await;
    }
    let mut ends = BTreeMap::<String, usize>::new();
    for placed in accepted.values() {
        *ends.entry(wait_for_end(&platform, placed).await).or_default() += 1;
    }
    eprintln!("{ends:?}");
    assert_eq!(ends.values().sum::<usize>(), accepted.len());
    assert!(
        ends.keys().any(|end| end.starts_with("cancelled")),
        "no cancellation succeeded: {ends:?}"
    );
    for end in ENDS {
        assert!(ends.contains_key(*end), "no order is {end}: {ends:?}");
    }
    // The audit compares every row of the database with the gateway's books.
    platform.finish().await;
}

/// Cancels an order; the request may be late or meet a crash.
async fn cancel(view: &View, placed: &PlacedOrder) {
    let path = format!("/api/orders/{}/cancel?token={}", placed.id, placed.token);
    let body = json!({"request_id": Uuid::new_v4()});
    wait_until(&format!("{} is cancelled, or not", placed.id), async || {
        let answer = send(view.api.request(Method::POST, &path).json(&body)).await?;
        ok_if(matches!(answer.status, 200 | 409), answer)
    })
    .await;
}

/// Waits until the payment of the `n`th order is decided; its customer answers the bank, if it
/// asks, and fails every other time.
async fn settle_payment(view: &View, n: usize, placed: &PlacedOrder) {
    let outcome = if n.is_multiple_of(4) { "fail" } else { "complete" };
    wait_until(&format!("the payment of {} is decided", placed.id), async || {
        let order = view.api.order(placed).await;
        if order["payment"]["state"] == "action_required" {
            bank::try_answer(view, placed, outcome).await?;
        }
        ok_if(order["status"] != "placed", order)
    })
    .await;
}

/// The steps of the kitchen, as far as the order's status lets it.
async fn deliver(view: &View, placed: &PlacedOrder) {
    for action in ["accept", "start", "ready", "complete"] {
        view.api.request_step(placed, action, &json!({})).await;
    }
}

/// Waits until an order and its payment are settled; returns the status and the payment's state.
async fn wait_for_end(view: &View, placed: &PlacedOrder) -> String {
    let path = format!("/api/orders/{}?token={}", placed.id, placed.token);
    wait_until(&format!("{} has an end", placed.id), async || {
        let order: Value = view.api.try_get(&path).await?.json();
        let status = order["status"].as_str().unwrap_or_default().to_owned();
        let money = order["payment"]["state"].as_str().unwrap_or_default().to_owned();
        let settled = match status.as_str() {
            "confirmed" => matches!(money.as_str(), "authorized" | "due"),
            "accepted" => money == "captured",
            "completed" => matches!(money.as_str(), "captured" | "collected"),
            "declined" => money == "declined",
            "cancelled" => matches!(money.as_str(), "void" | "refunded"),
            _ => false,
        };
        ok_if(settled, format!("{status} {money}"))
    })
    .await
}

on_both!(money_is_right_whatever_breaks);
