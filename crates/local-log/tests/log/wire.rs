//! Requests on the wire: retries, invalid batches, versions and waiting fetches.
use std::io::Write;

use bytes::Bytes;
use kafka_protocol::{
    messages::{
        produce_request::{PartitionProduceData, TopicProduceData},
        *,
    },
    protocol::StrBytes,
};
use support::{create, in_time, read_topic};
use tokio::io::AsyncWriteExt;
use wire::{BatchBuilder, Wire, batch, frame, record};

use crate::support::{self, wire};

fn text(s: &'static str) -> StrBytes {
    StrBytes::from_static_str(s)
}

fn produce(topic: &'static str, acks: i16, records: Bytes) -> ProduceRequest {
    let data = PartitionProduceData::default().with_index(0).with_records(Some(records));
    let topic = TopicProduceData::default()
        .with_name(TopicName(text(topic)))
        .with_partition_data(vec![data]);
    ProduceRequest::default().with_acks(acks).with_timeout_ms(1_000).with_topic_data(vec![topic])
}

fn new_producer() -> InitProducerIdRequest {
    InitProducerIdRequest::default().with_transactional_id(None)
}

/// Error code and base offset.
fn outcome(response: &ProduceResponse) -> (i16, i64) {
    let partition = &response.responses[0].partition_responses[0];
    (partition.error_code, partition.base_offset)
}

#[tokio::test(flavor = "multi_thread")]
async fn duplicates_are_acknowledged_and_not_stored() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "once", 1).await;
    let mut wire = Wire::connect(log.address()).await;
    let id = wire.request(&new_producer(), 4).await.producer_id.0;
    for n in 0..3 {
        let request = produce("once", -1, batch(2, (id, 0, n * 2)));
        for _ in 0..3 {
            let answer = outcome(&wire.request(&request, 9).await);
            assert_eq!(answer, (0, i64::from(n) * 2));
        }
    }
    let gap = outcome(&wire.request(&produce("once", -1, batch(1, (id, 0, 9))), 9).await);
    assert_eq!(gap.0, 45);
    drop(wire);
    log.shutdown().await;
    let log = support::start(folder.path()).await;
    let mut wire = Wire::connect(log.address()).await;
    let again = produce("once", -1, batch(2, (id, 0, 4)));
    assert_eq!(outcome(&wire.request(&again, 9).await), (0, 4));
    let other = wire.request(&new_producer(), 4).await.producer_id.0;
    assert_ne!(other, id);
    assert_eq!(read_topic(log.address(), "once").await.len(), 6);
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_batches_are_refused_and_not_stored() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "clean", 1).await;
    let mut wire = Wire::connect(log.address()).await;
    let good = batch(1, (-1, -1, -1));
    let changed = |at: usize| {
        let mut bytes = good.to_vec();
        bytes[at] ^= 1;
        Bytes::from(bytes)
    };
    let twice = Bytes::from([&good[..], &good[..]].concat());
    let cases = [
        (changed(65), 2),
        (changed(16), 2),
        (good.slice(..40), 87),
        (twice, 87),
        (Bytes::new(), 87),
    ];
    // Apache Kafka stores the first of these, and assigns new offsets to the second.
    let gaps: Vec<u8> = [0, 2, 5].into_iter().flat_map(|n| record(n, None, None)).collect();
    let gaps = BatchBuilder { records: gaps, ..BatchBuilder::new(3) };
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    encoder.write_all(&gaps.records).unwrap();
    let compressed =
        BatchBuilder { attributes: 3, records: encoder.finish().unwrap(), ..gaps.clone() };
    let gaps = [(gaps.build(), 87), (compressed.build(), 87)];
    for (records, error) in cases.into_iter().chain(gaps) {
        assert_eq!(outcome(&wire.request(&produce("clean", -1, records), 9).await).0, error);
    }
    assert_eq!(outcome(&wire.request(&produce("clean", 7, good.clone()), 9).await).0, 21);
    assert_eq!(outcome(&wire.request(&produce("nowhere", -1, good.clone()), 9).await).0, 3);
    assert_eq!(outcome(&wire.request(&produce("clean", 1, good), 9).await), (0, 0));
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_acknowledgement_there_is_no_response() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "silent", 1).await;
    let mut wire = Wire::connect(log.address()).await;
    wire.send(&produce("silent", 0, batch(1, (-1, -1, -1))), 9).await;
    let answer = wire.request(&produce("silent", -1, batch(1, (-1, -1, -1))), 9).await;
    assert_eq!(outcome(&answer), (0, 1));
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsupported_version_is_answered_with_the_supported_ones() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    let mut wire = Wire::connect(log.address()).await;
    let mut request = frame(&ApiVersionsRequest::default(), 4);
    request[7] = 9;
    wire.0.write_all(&request).await.unwrap();
    let answer = in_time("answer", wire.receive::<ApiVersionsRequest>(0)).await;
    assert_eq!(answer.error_code, 35);
    assert!(answer.api_keys.iter().any(|key| key.api_key == 18 && key.max_version == 4));
    // The same connection continues in a supported version.
    assert_eq!(wire.request(&ApiVersionsRequest::default(), 3).await.error_code, 0);
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_fetch_is_answered_when_a_record_is_produced() {
    use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "awaited", 1).await;
    let partition = FetchPartition::default().with_partition_max_bytes(1 << 20);
    let topic = FetchTopic::default()
        .with_topic(TopicName(text("awaited")))
        .with_partitions(vec![partition]);
    // Longer than the test timeout, so that only a wake-up can answer in time.
    let fetch = FetchRequest::default()
        .with_max_wait_ms(240_000)
        .with_min_bytes(1)
        .with_max_bytes(1 << 20)
        .with_topics(vec![topic]);
    let mut reader = Wire::connect(log.address()).await;
    reader.send(&fetch, 12).await;
    let mut writer = Wire::connect(log.address()).await;
    writer.request(&produce("awaited", -1, batch(3, (-1, -1, -1))), 9).await;
    let answer = in_time("wake-up", reader.receive::<FetchRequest>(12)).await;
    let data = &answer.responses[0].partitions[0];
    assert_eq!((data.error_code, data.high_watermark), (0, 3));
    assert!(data.records.as_ref().is_some_and(|records| !records.is_empty()));
    // A shutdown answers waiting fetches.
    let later = fetch.clone().with_topics(vec![
        FetchTopic::default().with_topic(TopicName(text("awaited"))).with_partitions(vec![
            FetchPartition::default().with_fetch_offset(3).with_partition_max_bytes(1 << 20),
        ]),
    ]);
    reader.send(&later, 12).await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    log.shutdown().await;
    let answer = in_time("answer", reader.receive::<FetchRequest>(12)).await;
    assert_eq!(answer.responses[0].partitions[0].error_code, 0);
}
