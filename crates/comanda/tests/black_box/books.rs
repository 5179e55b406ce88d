//! The closing report of a day, over HTTP and by `comanda day`, which compares it with the gateway.

use std::process::Output;

use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{
    Engine, PlacedOrder, Platform, api::send, ok_if, on_both, orders::dumplings, platform::comanda,
    wait_until,
};

async fn run_day(platform: &Platform, args: &[&str]) -> Output {
    let args = [&["day", "golden-wok", "today"], args].concat();
    let mut day = comanda(&platform.data(), &args);
    let output = tokio::task::spawn_blocking(move || day.output().unwrap());
    output.await.unwrap()
}

async fn read_day(platform: &Platform) -> (Option<i32>, Value) {
    let output = run_day(platform, &["--json"]).await;
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code(), report)
}

/// A call of the gateway, as somebody makes it at its dashboard.
async fn call_gateway(platform: &Platform, path: &str, form: &[(&str, &str)]) -> Value {
    let address = format!("{}{path}", platform.endpoint("gateway"));
    let request = platform.api.request(Method::POST, &address).form(form);
    let answer = send(request.bearer_auth("sk_test_comanda")).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// The charge and the intent of an order.
async fn charge_of(platform: &Platform, order: &PlacedOrder) -> (String, String) {
    let address = format!("{}/v1/payment_intents?limit=100", platform.endpoint("gateway"));
    let request = platform.api.request(Method::GET, &address).bearer_auth("sk_test_comanda");
    let listed = send(request).await.unwrap().json();
    let intents = listed["data"].as_array().unwrap();
    let intent = intents.iter().find(|i| i["metadata"]["order_id"] == order.id.as_str()).unwrap();
    let text = |name: &str| intent[name].as_str().unwrap().to_owned();
    (text("latest_charge"), text("id"))
}

async fn a_day_of_the_ledger_is_a_day_at_the_gateway(engine: Engine) {
    let platform = Platform::start(engine).await;
    let kept = platform.api.place_order(&dumplings("ada@example.com")).await;
    let lost = platform.api.place_order(&dumplings("bob@example.com")).await;
    for order in [&kept, &lost] {
        platform.api.wait_for_status(order, "accepted").await;
    }
    let reason = json!({"reason": "No oven"});
    assert_eq!(platform.api.request_step(&lost, "reject", &reason).await.status, 200);
    wait_until("the money is back", async || {
        let order = platform.api.order(&lost).await;
        ok_if(order["payment"]["state"] == "refunded", order.to_string())
    })
    .await;
    platform.wait_until_idle().await;

    let (code, report) = read_day(&platform).await;
    assert_eq!(code, Some(0), "{report:#}");
    let books = &report["books"][0];
    assert_eq!(books["sales"]["total_minor"], kept.total_minor + lost.total_minor);
    assert_eq!(books["refunds"]["total_minor"], -lost.total_minor);
    let gateway = &report["gateway"];
    for (n, movement) in ["sale", "refund"].into_iter().enumerate() {
        let both = &gateway["movements"][n];
        assert_eq!(both["movement"], movement, "{report:#}");
        assert_eq!(both["ledger"], both["gateway"], "{report:#}");
    }
    assert!(gateway["fees"][0]["amount_minor"].as_i64().unwrap() > 0, "{report:#}");
    // The API has the same books.
    let path = format!("/api/restaurants/golden-wok/days/{}", report["date"].as_str().unwrap());
    let same = platform.api.staff_get(&path).await;
    assert_eq!(same.json()["books"], report["books"], "{same:?}");

    // Somebody refunds at the dashboard, and a bank takes money back.
    let (charge, intent) = charge_of(&platform, &kept).await;
    call_gateway(&platform, "/v1/refunds", &[("payment_intent", &intent), ("amount", "100")]).await;
    let address = format!("{}/_disputes", platform.endpoint("gateway"));
    let body = json!({"charge": charge, "amount": 500});
    let disputed = send(platform.api.request(Method::POST, &address).json(&body)).await.unwrap();
    assert_eq!(disputed.status, 200, "{disputed:?}");
    let (code, report) = read_day(&platform).await;
    let gateway = &report["gateway"];
    assert_eq!(code, Some(1), "{report:#}");
    let different = &gateway["differences"][0];
    assert_eq!(different["order_id"], kept.id.as_str(), "{report:#}");
    assert_eq!(different["amount_minor"], -100);
    assert_eq!(gateway["disputes"][0]["amount_minor"], -500, "{report:#}");
    let text = String::from_utf8(run_day(&platform, &[]).await.stdout).unwrap();
    assert!(text.contains("not in the ledger") && text.contains("disputes"), "{text}");
    let alone = run_day(&platform, &["--without-gateway"]).await;
    assert_eq!(alone.status.code(), Some(0));
    assert!(String::from_utf8(alone.stdout).unwrap().contains("Not compared"));
    let table = String::from_utf8(run_day(&platform, &["--csv"]).await.stdout).unwrap();
    assert!(table.contains(",sale,") && table.contains(",refund,"), "{table}");
}

on_both!(a_day_of_the_ledger_is_a_day_at_the_gateway);
