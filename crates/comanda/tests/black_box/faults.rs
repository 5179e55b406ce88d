//! A payment gateway that fails: every order ends, and every card is charged once at most.

use serde_json::{Value, json};

use crate::common::{
    Engine, Platform, on_both,
    orders::{paid_with, pizza},
};

const ORDERS: usize = 60;

/// Places orders while the gateway has `faults`; every tenth card is refused.
async fn check_orders_with_faults(engine: Engine, faults: &Value) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    platform.set_faults(faults).await;
    let mut placed = Vec::new();
    for n in 0..ORDERS {
        let order = pizza(&format!("c{n}@example.com"));
        let refused = n % 10 == 9;
        let card = if refused { "pm_card_chargeDeclined" } else { "pm_card_visa" };
        placed.push((api.place_order(&paid_with(order, card)).await, refused));
    }
    for (order, refused) in &placed {
        let status = if *refused { "declined" } else { "confirmed" };
        api.wait_for_status(order, status).await;
    }
    let captures = platform.charges().await;
    for (order, refused) in &placed {
        let expected = if *refused { None } else { Some(&(1, 2200)) };
        assert_eq!(captures.get(&order.id), expected, "{order:?} with {faults}");
    }
    platform.set_faults(&json!({})).await;
    platform.finish().await;
}

async fn errors_before_the_charge(engine: Engine) {
    check_orders_with_faults(engine, &json!({"error_before_charge": 0.2})).await;
}

async fn errors_after_the_charge(engine: Engine) {
    check_orders_with_faults(engine, &json!({"error_after_charge": 0.2})).await;
}

async fn hanging_requests(engine: Engine) {
    check_orders_with_faults(
        engine,
        &json!({"hang_before_charge": 0.3, "hang_after_charge": 0.3, "hang_ms": 600}),
    )
    .await;
}

async fn broken_connections(engine: Engine) {
    check_orders_with_faults(
        engine,
        &json!({"reset_before_charge": 0.15, "reset_after_charge": 0.15}),
    )
    .await;
}

async fn everything_at_once(engine: Engine) {
    check_orders_with_faults(
        engine,
        &json!({
            "error_before_charge": 0.15, "error_after_charge": 0.15, "error_on_read": 0.15,
            "reset_before_charge": 0.1, "reset_after_charge": 0.1,
            "hang_after_charge": 0.1, "hang_ms": 300, "latency_ms": {"min": 0, "max": 20},
        }),
    )
    .await;
}

/// While the gateway is down, orders are accepted and wait; afterwards they are charged.
async fn orders_wait_for_the_end_of_an_outage(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    platform.set_faults(&json!({"error_before_charge": 1.0, "error_on_read": 1.0})).await;
    let placed = platform.api.place_order(&pizza("ada@example.com")).await;
    let record = async |platform: &Platform| platform.api.order(&placed).await["status"].clone();
    assert_eq!(record(&platform).await, "placed");
    // A restart only resets the faults.
    platform.stop().await;
    platform.start_again().await;
    platform.api.wait_for_status(&placed, "confirmed").await;
    assert_eq!(platform.charges().await[&placed.id], (1, 2200));
    platform.finish().await;
}

on_both!(
    errors_before_the_charge,
    errors_after_the_charge,
    hanging_requests,
    broken_connections,
    everything_at_once,
    orders_wait_for_the_end_of_an_outage,
);
