//! Retention by age and by size, and deletion of records on request.
use std::fs;

use local_log::{Config, LocalLog, StartError};
use rdkafka::{
    Message,
    consumer::{Consumer, StreamConsumer},
    error::{KafkaError, RDKafkaErrorCode},
    producer::FutureRecord,
};
use support::*;

use crate::support;

/// Sends records of this age.
async fn send_aged(log: &LocalLog, topic: &str, count: i64, age_ms: i64) {
    let now = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    let producer = producer(log.address());
    for n in 0..count {
        let value = format!("{n}-{}", "x".repeat(400));
        let record = FutureRecord::to(topic).key("k").payload(&value).timestamp(now - age_ms);
        in_time("send", producer.send(record, HANG)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_deleted_by_size_and_the_start_offset_advances() {
    let folder = tempfile::tempdir().unwrap();
    let log = start_cleaning(folder.path()).await;
    let settings = [("retention.bytes", "50000"), ("internal.segment.bytes", "16384")];
    create_with(log.address(), "t", 1, &settings).await;
    send_aged(&log, "t", 300, 0).await;
    wait_until("old segments go", || segments(folder.path(), "t").len() <= 5).await;
    let (start, end) = watermarks(log.address(), "t").await;
    assert!(start > 0 && end == 300, "from {start} to {end}");
    let found = read_topic(log.address(), "t").await;
    assert!(found.keys().copied().eq((start..300).map(|n| (0, n))));
    // The same after a restart, also without a checkpoint.
    log.shutdown().await;
    for lost in ["none", "checkpoint"] {
        let _ = fs::remove_file(folder.path().join("topics/t/0").join(lost));
        let log = support::start(folder.path()).await;
        assert_eq!(watermarks(log.address(), "t").await, (start, 300));
        assert_eq!(read_topic(log.address(), "t").await, found);
        log.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_deleted_by_age_even_in_the_active_segment() {
    let folder = tempfile::tempdir().unwrap();
    let log = start_cleaning(folder.path()).await;
    create_with(log.address(), "t", 1, &[("retention.ms", "3600000")]).await;
    create_with(log.address(), "kept", 1, &[("retention.ms", "-1")]).await;
    send_aged(&log, "kept", 5, 7_200_000).await;
    send_aged(&log, "t", 20, 7_200_000).await;
    let emptied = || segments(folder.path(), "t")[0].ends_with("00000000000000000020.log");
    wait_until("all segments go", emptied).await;
    assert_eq!(watermarks(log.address(), "t").await, (20, 20));
    send_aged(&log, "t", 5, 0).await;
    assert_eq!(read_topic(log.address(), "t").await.len(), 5);
    assert_eq!(watermarks(log.address(), "kept").await, (0, 5));
    log.shutdown().await;
    let log = support::start(folder.path()).await;
    assert_eq!(watermarks(log.address(), "t").await, (20, 25));
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_before_the_start_offset_is_out_of_range() {
    let folder = tempfile::tempdir().unwrap();
    let log = start_cleaning(folder.path()).await;
    create_with(log.address(), "t", 1, &[("retention.ms", "3600000")]).await;
    send_aged(&log, "t", 10, 7_200_000).await;
    let emptied = || segments(folder.path(), "t")[0].ends_with("00000000000000000010.log");
    wait_until("all segments go", emptied).await;
    let mut config = client(log.address());
    config.set("group.id", "behind").set("auto.offset.reset", "error");
    let consumer: StreamConsumer = config.create().unwrap();
    {
        let mut list = rdkafka::TopicPartitionList::new();
        list.add_partition_offset("t", 0, rdkafka::Offset::Offset(3)).unwrap();
        consumer.assign(&list).unwrap();
    }
    let error = in_time("error", consumer.recv()).await.map(|m| m.offset()).unwrap_err();
    let reset = RDKafkaErrorCode::AutoOffsetReset;
    let out = RDKafkaErrorCode::OffsetOutOfRange;
    assert!(
        matches!(error, KafkaError::MessageConsumption(c) if c == reset || c == out),
        "{error}"
    );
    close(consumer).await;
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_can_be_deleted_up_to_an_offset() {
    use rdkafka::admin::{AdminClient, AdminOptions};
    let folder = tempfile::tempdir().unwrap();
    let log = start_cleaning(folder.path()).await;
    create(log.address(), "t", 1).await;
    send_aged(&log, "t", 20, 0).await;
    let admin: AdminClient<rdkafka::client::DefaultClientContext> =
        client(log.address()).create().unwrap();
    let delete_before = async |offset| {
        let mut list = rdkafka::TopicPartitionList::new();
        list.add_partition_offset("t", 0, rdkafka::Offset::Offset(offset)).unwrap();
        let deleted = in_time("delete", admin.delete_records(&list, &AdminOptions::new())).await;
        drop(list);
        deleted.unwrap().elements()[0].error()
    };
    assert_eq!(delete_before(7).await, Ok(()));
    assert_eq!(watermarks(log.address(), "t").await, (7, 20));
    assert!(delete_before(21).await.is_err());
    assert!(read_topic(log.address(), "t").await.keys().copied().eq((7..20).map(|n| (0, n))));
    log.shutdown().await;
    let log = support::start(folder.path()).await;
    assert_eq!(watermarks(log.address(), "t").await, (7, 20));
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_segment_fails_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let log = start_cleaning(folder.path()).await;
    create_with(log.address(), "t", 1, &[("retention.bytes", "3000")]).await;
    send_aged(&log, "t", 50, 0).await;
    wait_until("old segments go", || segments(folder.path(), "t").len() <= 5).await;
    log.shutdown().await;
    let files = segments(folder.path(), "t");
    assert!(files.len() >= 4);
    let away = folder.path().join("away");
    for file in &files {
        fs::rename(file, &away).unwrap();
        let started = LocalLog::start(Config::new(any_port(), folder.path())).await;
        let Err(StartError::Corrupt { reason, .. }) = started else {
            panic!("started without {}", file.display());
        };
        assert!(reason.contains("missing"), "{reason}");
        fs::rename(&away, file).unwrap();
    }
    let log = support::start(folder.path()).await;
    log.shutdown().await;
}
