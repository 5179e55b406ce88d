//! Fetch on the wire: limits, waiting, and offsets out of range.

use std::time::Duration;

use kafka_protocol::{
    messages::{
        fetch_request::{FetchPartition, FetchTopic},
        *,
    },
    protocol::StrBytes,
};

use crate::{
    engine::{Engine, on_both},
    member::text,
    support::{in_time, send},
    wire::Wire,
};

on_both!(
    an_offset_beyond_the_end_is_an_error,
    a_fetch_at_the_end_is_empty,
    one_record_is_returned_despite_the_limits,
    a_waiting_fetch_is_answered_when_a_record_is_produced,
    an_unknown_topic_is_an_error,
    an_unsupported_version_is_answered_with_the_supported_ones,
);

pub fn request(topic: &str, partition: i32, offset: i64) -> FetchRequest {
    let partition = FetchPartition::default()
        .with_partition(partition)
        .with_fetch_offset(offset)
        .with_current_leader_epoch(-1)
        .with_partition_max_bytes(1 << 20);
    let topic =
        FetchTopic::default().with_topic(TopicName(text(topic))).with_partitions(vec![partition]);
    FetchRequest::default()
        .with_replica_id(BrokerId(-1))
        .with_max_wait_ms(0)
        .with_min_bytes(1)
        .with_max_bytes(50 << 20)
        .with_session_epoch(-1)
        .with_topics(vec![topic])
}

/// Error code, bytes of records, high watermark.
pub async fn fetch(wire: &mut Wire, request: &FetchRequest) -> (i16, usize, i64) {
    let answer = wire.request(request, 12).await;
    let partition = &answer.responses[0].partitions[0];
    let bytes = partition.records.as_ref().map_or(0, bytes::Bytes::len);
    (partition.error_code, bytes, partition.high_watermark)
}

async fn an_offset_beyond_the_end_is_an_error(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    send(&engine.producer(), &topic, "k", "v").await;
    let mut wire = engine.leader(&topic, 0).await;
    assert_eq!(fetch(&mut wire, &request(&topic, 0, 2)).await, (1, 0, -1));
    assert_eq!(fetch(&mut wire, &request(&topic, 0, -7)).await, (1, 0, -1));
    assert_eq!(fetch(&mut wire, &request(&topic, 5, 0)).await, (3, 0, -1));
}

async fn a_fetch_at_the_end_is_empty(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    let mut wire = engine.leader(&topic, 0).await;
    assert_eq!(fetch(&mut wire, &request(&topic, 0, 0)).await, (0, 0, 0));
    send(&engine.producer(), &topic, "k", "v").await;
    assert_eq!(fetch(&mut wire, &request(&topic, 0, 1)).await, (0, 0, 1));
}

async fn one_record_is_returned_despite_the_limits(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    let producer = engine.producer();
    for _ in 0..3 {
        send(&producer, &topic, "k", &"x".repeat(10_000)).await;
    }
    let mut wire = engine.leader(&topic, 0).await;
    let (error, everything, end) = fetch(&mut wire, &request(&topic, 0, 0)).await;
    assert_eq!((error, end), (0, 3));
    let (_, one, _) = fetch(&mut wire, &request(&topic, 0, 2)).await;
    assert_eq!(everything, one * 3);
    let tight = request(&topic, 0, 0).with_max_bytes(100);
    assert_eq!(fetch(&mut wire, &tight).await, (0, one, 3));
    let mut tight = request(&topic, 0, 0);
    tight.topics[0].partitions[0].partition_max_bytes = 100;
    assert_eq!(fetch(&mut wire, &tight).await, (0, one, 3));
}

async fn a_waiting_fetch_is_answered_when_a_record_is_produced(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    let mut wire = engine.leader(&topic, 0).await;
    // Longer than the test timeout, so that only a record can end the wait in time.
    let long_request = request(&topic, 0, 0).with_max_wait_ms(300_000);
    let waiting = tokio::spawn(async move { fetch(&mut wire, &long_request).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!waiting.is_finished());
    send(&engine.producer(), &topic, "k", "v").await;
    let (error, bytes, end) = in_time("woken", waiting).await.unwrap();
    assert_eq!((error, end), (0, 1));
    assert!(bytes > 0);
}

async fn an_unknown_topic_is_an_error(engine: &Engine) {
    let mut wire = Wire::connect(engine.address).await;
    let nowhere = engine.name("nowhere");
    assert_eq!(fetch(&mut wire, &request(&nowhere, 0, 0)).await, (3, 0, -1));
}

async fn an_unsupported_version_is_answered_with_the_supported_ones(engine: &Engine) {
    use tokio::io::AsyncWriteExt;
    let mut wire = Wire::connect(engine.address).await;
    // ApiVersions, version 99: length, key, version, correlation id, client id, no tags.
    let bytes: &[u8] = &[0, 0, 0, 11, 0, 18, 0, 99, 0, 0, 0, 7, 0, 0, 0];
    in_time("write", wire.0.write_all(bytes)).await.unwrap();
    let answer: ApiVersionsResponse = in_time("read", wire.receive::<ApiVersionsRequest>(0)).await;
    assert_eq!(answer.error_code, 35);
    assert!(answer.api_keys.iter().any(|key| key.api_key == ApiKey::ApiVersions as i16));
    let again = ApiVersionsRequest::default()
        .with_client_software_name(StrBytes::from_static_str("wire"))
        .with_client_software_version(StrBytes::from_static_str("1"));
    assert_eq!(wire.request(&again, 3).await.error_code, 0);
}
