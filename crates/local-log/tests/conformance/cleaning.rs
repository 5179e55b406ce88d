//! Retention and compaction.

use std::time::Duration;

use rdkafka::producer::{FutureProducer, FutureRecord};

use crate::{
    batches,
    engine::{Engine, on_both, pause},
    offsets,
    support::{HANG, in_time, read_topic, send},
    wire::batch,
};

on_both!(
    the_last_record_of_each_key_is_kept,
    a_tombstone_is_removed_last,
    a_compacted_topic_requires_keys,
    old_records_are_deleted,
);

/// Compacts as soon as possible: each record rolls a segment, at any dirty ratio.
const EAGER: &[(&str, &str)] = &[
    ("cleanup.policy", "compact"),
    ("segment.ms", "200"),
    ("min.cleanable.dirty.ratio", "0.0"),
    ("delete.retention.ms", "200"),
    ("max.compaction.lag.ms", "200"),
];

async fn tombstone(producer: &FutureProducer, topic: &str, key: &str) {
    let record: FutureRecord<'_, str, str> = FutureRecord::to(topic).key(key);
    in_time("send", producer.send(record, HANG)).await.unwrap();
}

/// Waits until the topic contains exactly these records, by offset. A segment is only sealed by a
/// later record, so each poll sends another one.
async fn wait_for_records(engine: &Engine, topic: &str, expected: &[(i64, &str)]) {
    let producer = engine.producer();
    in_time("cleaning", async {
        loop {
            tokio::time::sleep(Duration::from_millis(400)).await;
            send(&producer, topic, "clock", "tick").await;
            let found = read_topic(engine.address, topic).await;
            let found = found.iter().filter(|(_, value)| *value != "tick");
            let found: Vec<_> = found.map(|((_, offset), value)| (*offset, &**value)).collect();
            if found == expected {
                return;
            }
        }
    })
    .await;
}

async fn the_last_record_of_each_key_is_kept(engine: &Engine) {
    let topic = engine.topic(1, EAGER).await;
    let producer = engine.producer();
    for (key, value) in [("a", "1"), ("b", "2"), ("a", "3"), ("c", "4"), ("b", "5")] {
        send(&producer, &topic, key, value).await;
    }
    wait_for_records(engine, &topic, &[(2, "3"), (3, "4"), (4, "5")]).await;
    // Offsets and the start offset do not change.
    assert_eq!(offsets::list_offset_at_leader(engine, &topic, 0, -2).await, (0, 0, -1));
}

async fn a_tombstone_is_removed_last(engine: &Engine) {
    let topic = engine.topic(1, EAGER).await;
    let producer = engine.producer();
    send(&producer, &topic, "a", "1").await;
    send(&producer, &topic, "b", "2").await;
    tombstone(&producer, &topic, "a").await;
    wait_for_records(engine, &topic, &[(1, "2")]).await;
}

async fn a_compacted_topic_requires_keys(engine: &Engine) {
    let topic = engine.topic(1, EAGER).await;
    let mut wire = engine.leader(&topic, 0).await;
    // These records have no key.
    assert_eq!(batches::produce(&mut wire, &topic, -1, batch(1, (-1, -1, -1))).await.0, 87);
    assert_eq!(send(&engine.producer(), &topic, "k", "v").await, (0, 0));
}

async fn old_records_are_deleted(engine: &Engine) {
    let topic = engine.topic(1, &[("retention.ms", "1000"), ("segment.ms", "200")]).await;
    let producer = engine.producer();
    for n in 0..4 {
        send(&producer, &topic, "k", &n.to_string()).await;
    }
    in_time("retention", async {
        while offsets::list_offset_at_leader(engine, &topic, 0, -2).await != (0, 4, -1) {
            pause().await;
        }
    })
    .await;
    assert!(read_topic(engine.address, &topic).await.is_empty());
    assert_eq!(send(&producer, &topic, "k", "next").await, (0, 4));
}
