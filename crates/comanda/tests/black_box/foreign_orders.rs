//! Orders that a foreign client writes to `order_details`: charged if their prices are those of the
//! menu, else declined before any call of the gateway.

use futures::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::{
    Engine, PlacedOrder, Platform,
    kafka::CopiedRecord,
    ok_if, on_both,
    orders::{dumplings, pizza},
    wait_until,
};

/// Places an order; returns it with its record, a model for foreign ones.
async fn place_model_order(platform: &Platform, order: &Value) -> (PlacedOrder, Value) {
    // Its record is written before the request is answered.
    let placed = platform.api.place_order(order).await;
    let records = platform.kafka().read_topic("order_details");
    let record = records.iter().find(|record| record.key_text() == placed.id).unwrap().json();
    (placed, record)
}

/// Writes a changed copy of an order under a new id, without a seal.
async fn write_order(
    platform: &Platform,
    model: &Value,
    change: impl FnOnce(&mut Value),
) -> String {
    let (mut order, id) = (model.clone(), Uuid::new_v4().to_string());
    order["order_id"] = json!(id);
    change(&mut order);
    let value = order.to_string();
    platform.kafka().produce("order_details", None, id.as_bytes(), value.as_bytes()).await;
    id
}

async fn wait_for_outcome(platform: &Platform, id: &str) -> Value {
    wait_until(&format!("{id} is decided"), async || {
        let answer = platform.api.staff_get(&format!("/api/orders/{id}")).await;
        let decided = answer.status == 200 && answer.json()["status"] != "placed";
        ok_if(decided, answer.text)
    })
    .await;
    platform.api.staff_get(&format!("/api/orders/{id}")).await.json()
}

/// Sets the total of an order to one cent.
fn set_price_to_one_cent(order: &mut Value) {
    order["lines"][0]["quantity"] = json!(99);
    order["lines"][0]["unit_price_minor"] = json!(0);
    order["lines"][0]["options"] = json!([]);
    order["lines"][0]["total_minor"] = json!(0);
    order["subtotal_minor"] = json!(0);
    order["tip_minor"] = json!(1);
    order["total_minor"] = json!(1);
}

type Change = fn(&mut Value);

async fn an_order_with_a_wrong_price_is_declined(engine: Engine) {
    let platform = Platform::start(engine).await;
    let (_, model) = place_model_order(&platform, &pizza("ada@example.com")).await;
    let wrong: [Change; 6] = [
        set_price_to_one_cent,
        |order| order["currency"] = json!("JPY"),
        |order| order["auto_accept"] = json!(true),
        |order| order["placed_at"] = json!("9999-12-30T00:00:00Z"),
        |order| order["menu_version"] = json!(i64::MAX),
        |order| {
            set_price_to_one_cent(order);
            order["tip_minor"] = json!(0);
            order["total_minor"] = json!(0);
        },
    ];
    let wrong =
        join_all(wrong.into_iter().map(|change| write_order(&platform, &model, change))).await;
    let right = write_order(&platform, &model, |_| {}).await;
    for id in &wrong {
        let order = wait_for_outcome(&platform, id).await;
        assert_eq!(
            (&order["status"], &order["reason"]),
            (&json!("declined"), &json!("not_verified"))
        );
    }
    assert_eq!(wait_for_outcome(&platform, &right).await["status"], "confirmed");
    platform.wait_until_idle().await;
    let ledger = platform.api.get(&format!("{}/_ledger", platform.gateway)).await.text;
    assert!(ledger.contains(&right));
    assert!(!wrong.iter().any(|id| ledger.contains(id.as_str())), "{ledger}");
    let declined = platform.kafka().read_topic("order_declined");
    assert!(declined.iter().all(|record| record.json()["reason"] == "not_verified"));
    let mut keys: Vec<_> = declined.iter().map(CopiedRecord::key_text).collect();
    keys.sort();
    assert_eq!(platform.api.mails_about(&wrong[0]).await.len(), 1);
    let mut wrong = wrong;
    wrong.sort();
    assert_eq!(keys, wrong);
    let report = platform.finish().await;
    assert_eq!(report["totals"]["holds_at_gateway"], 2);
}

/// The restaurant accepts automatically, so a second order would be accepted at once.
async fn a_second_record_of_an_id_is_no_order(engine: Engine) {
    let mut platform = Platform::start(engine).await;
    let (placed, model) = place_model_order(&platform, &dumplings("ada@example.com")).await;
    platform.api.wait_for_status(&placed, "accepted").await;
    // Higher and lower prices, at another time and at the same one.
    for (tip, at) in [(500, None), (500, Some("2026-11-22T12:00:00Z")), (0, None)] {
        let mut order = model.clone();
        if tip == 0 {
            set_price_to_one_cent(&mut order);
        } else {
            order["tip_minor"] = json!(tip);
            order["total_minor"] = json!(placed.total_minor + tip);
        }
        if let Some(at) = at {
            order["placed_at"] = json!(at);
        }
        let (key, value) = (placed.id.as_bytes(), order.to_string());
        platform.kafka().produce("order_details", None, key, value.as_bytes()).await;
    }
    platform.wait_until_idle().await;
    // The same after a restart.
    platform.kill();
    platform.start_again().await;
    let order = platform.api.order(&placed).await;
    assert_eq!((&order["status"], &order["total_minor"]), (&json!("accepted"), &json!(1860)));
    platform.wait_until_idle().await;
    for topic in ["order_confirmed", "order_progress", "order_declined"] {
        for record in platform.kafka().read_topic(topic) {
            assert_eq!(record.json()["total_minor"], placed.total_minor, "{topic}");
        }
    }
    assert_eq!(platform.api.mails_about(&placed.id).await.len(), 1);
    let report = platform.finish().await;
    assert_eq!(report["totals"]["captures_at_gateway"], 1);
}

on_both!(an_order_with_a_wrong_price_is_declined, a_second_record_of_an_id_is_no_order);
