//! The contract for foreign programs: flat fields, headers, keys and their partitions.

use serde::Deserialize;
use serde_json::json;

use crate::common::{
    Engine, Platform,
    murmur2::{murmur2, partition},
    on_both,
    orders::{delivered_pizza, paid_with, pizza},
};

/// The two fields that a plain consumer reads.
#[derive(Debug, PartialEq, Deserialize)]
struct PlainRecord {
    customer_email: String,
    total_cost: f64,
}

async fn a_plain_consumer_reads_two_flat_fields(engine: Engine) {
    let platform = Platform::start(engine).await;
    platform.api.place_order(&delivered_pizza("ada@example.com")).await;
    let refused = paid_with(pizza("bob@example.com"), "pm_card_chargeDeclined");
    let refused = platform.api.place_order(&refused).await;
    platform.api.wait_for_status(&refused, "declined").await;
    platform.wait_until_idle().await;
    let records = platform.kafka().read_topic("order_confirmed");
    let plain: Vec<PlainRecord> =
        records.iter().map(|r| serde_json::from_slice(&r.value).unwrap()).collect();
    let expected = PlainRecord { customer_email: "ada@example.com".into(), total_cost: 24.5 };
    assert_eq!(plain, [expected]);
    let text = String::from_utf8(records[0].value.clone()).unwrap();
    assert!(text.contains(r#""total_cost":24.50"#), "an exact decimal number: {text}");
    assert_eq!(records[0].json()["customer_id"], "ada@example.com");
    assert!(!text.contains("4242"), "no card number");
    platform.finish().await;
}

async fn every_event_is_a_cloud_event(engine: Engine) {
    let platform = Platform::start(engine).await;
    let api = &platform.api;
    let placed = api.place_order(&pizza("ada@example.com")).await;
    api.wait_for_status(&placed, "confirmed").await;
    api.request_step(&placed, "accept", &json!({})).await;
    let refused = paid_with(pizza("bob@example.com"), "pm_card_chargeDeclined");
    let refused = api.place_order(&refused).await;
    api.wait_for_status(&refused, "declined").await;
    platform.wait_until_idle().await;
    let kafka = platform.kafka();
    let expected = [
        ("order_details", "/comanda/storefront", "comanda.order.placed.v1"),
        ("order_confirmed", "/comanda/transactions", "comanda.order.confirmed.v1"),
        ("order_declined", "/comanda/transactions", "comanda.order.declined.v1"),
        ("order_progress", "/comanda/orders", "comanda.order.progressed.v1"),
        ("order_requests", "/comanda/orders", "comanda.order.requested.v1"),
    ];
    for (topic, source, kind) in expected {
        let records = kafka.read_topic(topic);
        assert!(!records.is_empty(), "{topic}");
        for record in records {
            assert_eq!(record.header("ce_specversion"), "1.0");
            assert_eq!(record.header("ce_source"), source);
            assert_eq!(record.header("ce_type"), kind);
            assert_eq!(record.header("content-type"), "application/json");
            assert_eq!(record.header("ce_subject"), record.key_text());
            assert_eq!(record.json()["order_id"], record.key_text());
            let id: uuid::Uuid = record.header("ce_id").parse().unwrap();
            assert_eq!(id.get_version_num(), 5);
            assert!(record.header("ce_time").parse::<jiff::Timestamp>().is_ok());
            let trace = record.key_text().replace('-', "");
            assert!(record.header("traceparent").starts_with(&format!("00-{trace}-")), "{topic}");
        }
    }
    let digest = kafka.read_topic("order_details")[0].header("comanda_request").to_owned();
    assert_eq!(digest.len(), 64, "the digest of the request: {digest}");
    platform.finish().await;
}

/// The table of Apache Kafka's own test of its partitioner (`UtilsTest.testMurmur2`).
#[test]
fn murmur2_agrees_with_java() {
    let table = [
        ("21", -973_932_308),
        ("foobar", -790_332_482),
        ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
        ("abc", 479_470_107),
    ];
    for (key, hash) in table {
        assert_eq!(murmur2(key.as_bytes()), hash, "{key}");
    }
}

async fn keys_have_the_partitions_of_javas_partitioner(engine: Engine) {
    let platform = Platform::start(engine).await;
    for n in 0..30 {
        platform.api.place_order(&pizza(&format!("c{n}@example.com"))).await;
    }
    platform.wait_until_idle().await;
    let kafka = platform.kafka();
    for topic in ["order_details", "order_confirmed", "menu"] {
        let partitions = kafka.count_partitions(topic);
        assert_eq!(partitions, 6);
        for record in kafka.read_topic(topic) {
            let expected = partition(&record.key, partitions);
            assert_eq!(record.partition, expected, "{topic}: {}", record.key_text());
        }
    }
    platform.finish().await;
}

on_both!(
    a_plain_consumer_reads_two_flat_fields,
    every_event_is_a_cloud_event,
    keys_have_the_partitions_of_javas_partitioner,
);
