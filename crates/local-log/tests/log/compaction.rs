//! Compaction keeps the last record of every key at its offset.
use std::{collections::BTreeMap, path::Path};

use local_log::LocalLog;
use rdkafka::producer::{FutureProducer, FutureRecord};
use support::*;

use crate::support;

/// Settings that compact each full segment at once.
const EAGER: [(&str, &str); 4] = [
    ("cleanup.policy", "compact"),
    ("internal.segment.bytes", "16384"),
    ("min.cleanable.dirty.ratio", "0.01"),
    ("delete.retention.ms", "0"),
];

fn stored_bytes(folder: &Path, topic: &str) -> u64 {
    segments(folder, topic).iter().map(|file| file.metadata().map_or(0, |m| m.len())).sum()
}

/// All visible records: values by key, and offsets.
async fn read_keys(log: &LocalLog, topic: &str) -> (BTreeMap<String, String>, Vec<i64>) {
    let found = read_topic(log.address(), topic).await;
    let offsets = found.keys().map(|position| position.1).collect();
    let values = found.into_values().filter_map(|value| {
        let (key, rest) = value.split_once('/')?;
        Some((key.to_owned(), rest.to_owned()))
    });
    (values.collect(), offsets)
}

async fn send_keyed(producer: &FutureProducer, topic: &str, key: usize, n: usize) -> i64 {
    let value = format!("{key}/{n}-{}", "the same words ".repeat(20));
    send(producer, topic, &key.to_string(), &value).await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_record_of_each_key_is_kept_with_every_codec() {
    let folder = tempfile::tempdir().unwrap();
    let log = start_cleaning(folder.path()).await;
    for codec in ["none", "gzip", "lz4", "snappy"] {
        create_with(log.address(), codec, 1, &EAGER).await;
        let mut config = client(log.address());
        config.set("compression.codec", codec).set("linger.ms", "0");
        let producer: FutureProducer = config.create().unwrap();
        let mut expected = BTreeMap::new();
        for n in 0..1_010 {
            // Ten keys are sent once, so that they end up in a compacted segment.
            let key = if n < 10 { 100 + n } else { n * 7 % 10 };
            expected.insert(key.to_string(), send_keyed(&producer, codec, key, n).await);
        }
        // Only the last record of each key and a part of the active segment remain.
        wait_until("compaction", || stored_bytes(folder.path(), codec) < 60_000).await;
        let (found, offsets) = read_keys(&log, codec).await;
        assert_eq!(found.len(), 20, "{codec}");
        assert!(offsets.len() < 300 && offsets.is_sorted(), "{codec}: {offsets:?}");
        assert!(expected.values().all(|offset| offsets.contains(offset)), "{codec}");
        assert_eq!(watermarks(log.address(), codec).await, (0, 1_010));
    }
    let before = read_topic(log.address(), "gzip").await;
    log.shutdown().await;
    let log = support::start(folder.path()).await;
    assert_eq!(read_topic(log.address(), "gzip").await, before);
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn compacted_segments_are_recovered_without_checkpoints() {
    let folder = tempfile::tempdir().unwrap();
    let log = start_cleaning(folder.path()).await;
    create_with(log.address(), "t", 1, &EAGER).await;
    let producer = producer(log.address());
    for n in 0..400 {
        send_keyed(&producer, "t", n % 3, n).await;
    }
    wait_until("compaction", || stored_bytes(folder.path(), "t") < 40_000).await;
    drop(producer);
    log.shutdown().await;
    let log = support::start(folder.path()).await;
    let before = read_topic(log.address(), "t").await;
    log.shutdown().await;
    for entry in std::fs::read_dir(folder.path().join("topics/t/0")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "log") {
            std::fs::remove_file(path).unwrap();
        }
    }
    let log = support::start(folder.path()).await;
    assert_eq!(read_topic(log.address(), "t").await, before);
    assert_eq!(watermarks(log.address(), "t").await, (0, 400));
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tombstones_delete_their_key_and_are_removed_later() {
    let folder = tempfile::tempdir().unwrap();
    let log = start_cleaning(folder.path()).await;
    let mut lasting = EAGER;
    lasting[3] = ("delete.retention.ms", "86400000");
    create_with(log.address(), "soon", 1, &EAGER).await;
    create_with(log.address(), "later", 1, &lasting).await;
    let producer = producer(log.address());
    for topic in ["soon", "later"] {
        send_keyed(&producer, topic, 777, 0).await;
        let tombstone = FutureRecord::<str, str>::to(topic).key("777");
        in_time("send", producer.send(tombstone, HANG)).await.unwrap();
        // Several rounds: the first sets the delete horizon, a later one removes the tombstone.
        for n in 0..300 {
            send_keyed(&producer, topic, n % 3, n).await;
        }
        wait_until("compaction", || stored_bytes(folder.path(), topic) < 40_000).await;
        for n in 0..300 {
            send_keyed(&producer, topic, n % 3, n).await;
        }
        wait_until("compaction", || stored_bytes(folder.path(), topic) < 40_000).await;
        let found = read_topic(log.address(), topic).await;
        assert!(!found.contains_key(&(0, 0)), "the deleted value is still there");
        assert_eq!(found.contains_key(&(0, 1)), topic == "later", "{topic}: the tombstone");
    }
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_key_limit_takes_more_rounds_with_the_same_result() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = local_log::Config::new(any_port(), folder.path());
    config.cleaner_interval = std::time::Duration::from_millis(20);
    config.max_compaction_keys = 7;
    let log = LocalLog::start(config).await.unwrap();
    let mut always = EAGER;
    always[2] = ("min.cleanable.dirty.ratio", "0");
    create_with(log.address(), "t", 1, &always).await;
    let producer = producer(log.address());
    for n in 0..600 {
        send_keyed(&producer, "t", n % 20, n).await;
    }
    wait_until("compaction", || stored_bytes(folder.path(), "t") < 40_000).await;
    let (found, _) = read_keys(&log, "t").await;
    assert_eq!(found.len(), 20);
    assert!(found.iter().all(|(key, value)| {
        let last = 580 + key.parse::<usize>().unwrap();
        value.starts_with(&format!("{last}-"))
    }));
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_segments_are_merged_and_skipped_by_readers() {
    let folder = tempfile::tempdir().unwrap();
    let log = start(folder.path()).await;
    create_with(log.address(), "t", 1, &EAGER).await;
    let producer = producer(log.address());
    for n in 0..1_200 {
        send_keyed(&producer, "t", n % 10, n).await;
    }
    assert!(segments(folder.path(), "t").len() > 20);
    log.shutdown().await;
    let log = start_cleaning(folder.path()).await;
    wait_until("compaction", || segments(folder.path(), "t").len() <= 3).await;
    // A client that only receives empty batches gives up.
    let mut wire = wire::Wire::connect(log.address()).await;
    for max_bytes in [1, 100, 100_000] {
        let (batches, _) = batches::fetch(&mut wire, "t", 0, max_bytes).await;
        let counts =
            batches.iter().map(|b| i32::from_be_bytes(b.bytes[57..61].try_into().unwrap()));
        assert!(counts.clone().next().is_some_and(|count| count > 0), "{max_bytes}: {batches:?}");
    }
    let (found, offsets) = read_keys(&log, "t").await;
    assert_eq!(found.len(), 10);
    assert!((1_190..1_200).all(|offset| offsets.contains(&offset)));
    assert_eq!(watermarks(log.address(), "t").await, (0, 1_200));
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_without_a_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create_with(log.address(), "t", 1, &EAGER).await;
    let record = FutureRecord::<str, str>::to("t").payload("no key");
    let producer = producer(log.address());
    let refused = in_time("send", producer.send(record, HANG)).await.unwrap_err().0;
    let code = refused.rdkafka_error_code();
    assert_eq!(code, Some(rdkafka::error::RDKafkaErrorCode::InvalidRecord));
    log.shutdown().await;
}
