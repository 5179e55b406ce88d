//! Invalid records: set aside with their reason, without a crash or a stall.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::common::{
    Engine, Kafka, Platform,
    kafka::CopiedRecord,
    on_both,
    orders::{paid_with, pizza},
};

/// The groups that read each topic.
const READERS: &[(&str, &[&str])] = &[
    ("order_details", &["orders", "transactions", "analytics"]),
    ("order_confirmed", &["orders", "email", "analytics"]),
    ("order_declined", &["orders", "email", "analytics"]),
    ("order_progress", &["orders", "transactions", "email", "analytics"]),
    ("order_payments", &["email"]),
    ("order_refunded", &["email", "analytics"]),
    ("order_requests", &["orders", "transactions"]),
];

/// An invalid record, and a part of the expected reason.
struct BadRecord {
    topic: &'static str,
    key: Vec<u8>,
    value: Vec<u8>,
    reason_part: &'static str,
}

/// Invalid records of every kind for a topic, made from a valid one.
fn spoil_record(topic: &'static str, right: &CopiedRecord) -> Vec<BadRecord> {
    let bad = |key: &[u8], value: &[u8], reason_part| BadRecord {
        topic,
        key: key.to_vec(),
        value: value.to_vec(),
        reason_part,
    };
    let mut all = vec![
        bad(b"\xff\xfe", b"\x00\xffgarbage\x80", "no valid"),
        bad(&right.key, br#"{"temperature": 21.5}"#, "missing field"),
        bad(&right.key, b"[1, 2, 3]", "no valid"),
        bad(&right.key, b"", "no valid"),
        bad(b"somebody-else", &right.value, "key is not its order_id"),
    ];
    if right.json()["total_minor"].is_i64() {
        let mut value: Value = right.json();
        value["total_minor"] = json!(value["total_minor"].as_i64().unwrap() + 1);
        all.push(bad(&right.key, value.to_string().as_bytes(), "total"));
    }
    all
}

/// Writes invalid records into every partition, so that every later order follows one.
async fn write_bad_records(kafka: &Kafka) -> Vec<BadRecord> {
    let mut all = Vec::new();
    for (topic, _) in READERS {
        let right = kafka.read_topic(topic).remove(0);
        for partition in 0..kafka.count_partitions(topic) {
            for bad in spoil_record(topic, &right) {
                kafka.produce(topic, Some(partition), &bad.key, &bad.value).await;
                all.push(bad);
            }
        }
    }
    all
}

fn check_letters(kafka: &Kafka, group: &str, bad: &[BadRecord]) -> usize {
    let reads = |topic: &str| {
        READERS.iter().any(|(name, groups)| *name == topic && groups.contains(&group))
    };
    let letters = kafka.read_topic(&format!("{group}.dead_letters"));
    let expected: Vec<_> = bad.iter().filter(|bad| reads(bad.topic)).collect();
    assert_eq!(letters.len(), expected.len(), "{group}");
    let mut origins = HashMap::new();
    for letter in &letters {
        let topic = letter.header("comanda_origin_topic");
        let offset: i64 = letter.header("comanda_origin_offset").parse().unwrap();
        let partition: i32 = letter.header("comanda_origin_partition").parse().unwrap();
        let origin = origins.entry(topic).or_insert_with(|| kafka.read_topic(topic));
        let origin = origin.iter().find(|r| (r.partition, r.offset) == (partition, offset));
        let origin = origin.expect("the origin names a record");
        assert_eq!((&letter.key, &letter.value), (&origin.key, &origin.value));
        assert_eq!(letter.header("from"), "a foreign writer", "its own headers are kept");
        assert_eq!(letter.header("comanda_attempts"), "1");
        let reason = letter.header("comanda_error");
        let same = |bad: &&&BadRecord| {
            (bad.topic, &bad.key, &bad.value) == (topic, &letter.key, &letter.value)
        };
        let bad = expected.iter().find(same).expect("it is one of ours");
        assert!(
            reason.contains(bad.reason_part),
            "{group}, {topic}: {reason:?} lacks {:?}",
            bad.reason_part
        );
    }
    letters.len()
}

async fn undecodable_records_are_set_aside_and_the_next_order_flows(engine: Engine) {
    let platform = Platform::start(engine).await;
    let (api, kafka) = (&platform.api, platform.kafka());
    let good = api.place_order(&pizza("ada@example.com")).await;
    let refused =
        api.place_order(&paid_with(pizza("bob@example.com"), "pm_card_chargeDeclined")).await;
    api.wait_for_status(&refused, "declined").await;
    api.wait_for_status(&good, "confirmed").await;
    assert_eq!(api.request_step(&good, "accept", &json!({})).await.status, 200);
    let off = api.place_order(&pizza("dora@example.com")).await;
    api.wait_for_status(&off, "confirmed").await;
    assert_eq!(api.request_step(&off, "accept", &json!({})).await.status, 200);
    api.wait_for_payment(&off, "captured").await;
    let reason = json!({"reason": "No oven"});
    assert_eq!(api.request_step(&off, "reject", &reason).await.status, 200);
    platform.wait_until_idle().await;

    let bad = write_bad_records(&kafka).await;
    let next = api.place_order(&pizza("cleo@example.com")).await;
    api.wait_for_status(&next, "confirmed").await;
    assert_eq!(api.request_step(&next, "accept", &json!({})).await.status, 200);
    platform.wait_until_idle().await;
    assert_eq!(api.mails_about(&next.id).await.len(), 2, "confirmed, and the receipt");
    assert_eq!(api.summary().await["orders"]["confirmed"], 3);

    let groups = ["orders", "transactions", "email", "analytics"];
    let letters = groups.map(|group| (group, check_letters(&kafka, group, &bad)));
    platform.finish_with_dead_letters(&letters).await;
}

/// A record in a retry topic that no group of ours wrote there has its origin there.
async fn a_foreign_record_in_a_retry_topic_has_its_origin_there(engine: Engine) {
    let platform = Platform::start(engine).await;
    let kafka = platform.kafka();
    kafka.produce("transactions.retry.5s", Some(3), b"evil", b"not an order").await;
    platform.wait_until_idle().await;
    let letters = kafka.read_topic("transactions.dead_letters");
    let origin = |letter: &CopiedRecord| {
        let header = |name: &str| letter.header(&format!("comanda_origin_{name}")).to_owned();
        (header("topic"), header("partition"), header("offset"))
    };
    let origins: Vec<_> = letters.iter().map(origin).collect();
    assert_eq!(origins, [("transactions.retry.5s".to_owned(), "3".to_owned(), "0".to_owned())]);
    platform.finish_with_dead_letters(&[("transactions", 1)]).await;
}

on_both!(
    a_foreign_record_in_a_retry_topic_has_its_origin_there,
    undecodable_records_are_set_aside_and_the_next_order_flows,
);
