//! Records of a later release: unknown types are skipped, unknown versions are set aside.

use serde_json::json;
use uuid::Uuid;

use crate::common::{
    Engine, Platform, kafka::CopiedRecord, ok_if, on_both, orders::pizza, wait_until,
};

/// The groups that read orders.
const READERS: [&str; 3] = ["orders", "transactions", "analytics"];

/// Produces a copy of an order with another event type; returns its id.
async fn produce_order(platform: &Platform, like: &CopiedRecord, event_type: &str) -> String {
    let (id, mut order) = (Uuid::new_v4().to_string(), like.json());
    order["order_id"] = json!(id);
    let (key, value) = (id.as_bytes(), order.to_string());
    let seal = platform.secret().seal(key, value.as_bytes());
    let headers = [("ce_type", event_type), ("comanda_seal", &seal)];
    platform.kafka().produce_with(key, value.as_bytes(), &headers, None).await;
    id
}

async fn other_types_are_skipped_and_other_versions_set_aside(engine: Engine) {
    let platform = Platform::start(engine).await;
    let (api, kafka) = (&platform.api, platform.kafka());
    let first = api.place_order(&pizza("ada@example.com")).await;
    api.wait_for_status(&first, "confirmed").await;
    let like = kafka.read_topic("order_details").remove(0);
    let amended = produce_order(&platform, &like, "comanda.order.amended.v1").await;
    let later = produce_order(&platform, &like, "comanda.order.placed.v9").await;
    let unversioned = produce_order(&platform, &like, "comanda.order.placed").await;
    wait_until("an order without a version is one of the first", async || {
        let answer = api.staff_get(&format!("/api/orders/{unversioned}")).await;
        ok_if(answer.status == 200 && answer.json()["status"] == "confirmed", answer.text)
    })
    .await;
    platform.wait_until_idle().await;
    for id in [amended, later] {
        assert_eq!(api.staff_get(&format!("/api/orders/{id}")).await.status, 404);
    }
    let metrics = api.get("/metrics").await.text;
    for group in READERS {
        let skipped = format!(
            "comanda_records_total{{group=\"{group}\",topic=\"order_details\",outcome=\"skipped\"}} 1"
        );
        assert!(metrics.contains(&skipped), "{skipped}: {metrics}");
        let letters = kafka.read_topic(&format!("{group}.dead_letters"));
        assert_eq!(letters.len(), 1, "{group}");
        let reason = letters[0].header("comanda_error");
        assert_eq!(
            reason,
            "comanda.order.placed.v9 is not known here: this release reads comanda.order.placed up to v1"
        );
    }
    platform.finish_with_dead_letters(&READERS.map(|group| (group, 1))).await;
}

on_both!(other_types_are_skipped_and_other_versions_set_aside,);
