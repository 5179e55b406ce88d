//! Slow peers, idle connections and few file handles affect no other connection.
use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::{
    messages::{
        produce_request::{PartitionProduceData, TopicProduceData},
        *,
    },
    protocol::StrBytes,
};
use local_log::{Config, LocalLog};
use support::*;
use tokio::io::AsyncWriteExt;

use crate::support::{
    self,
    child::Child,
    wire::{BatchBuilder, Wire, frame},
};

fn produce(topic: &str, partition: i32, records: Bytes) -> ProduceRequest {
    let data = PartitionProduceData::default().with_index(partition).with_records(Some(records));
    let topic = TopicProduceData::default()
        .with_name(TopicName(StrBytes::from_string(topic.to_owned())))
        .with_partition_data(vec![data]);
    ProduceRequest::default().with_acks(-1).with_timeout_ms(1_000).with_topic_data(vec![topic])
}

fn code(answer: &ProduceResponse) -> i16 {
    answer.responses[0].partition_responses[0].error_code
}

/// A batch of this size.
fn large_batch(bytes: usize) -> Bytes {
    let mut length = Vec::new();
    let mut raw = bytes * 2;
    while raw >= 0x80 {
        length.push(raw.to_le_bytes()[0] & 0x7f | 0x80);
        raw >>= 7;
    }
    length.push(raw.to_le_bytes()[0]);
    let value = [&[0, 0, 0, 1][..], &length, &vec![7; bytes], &[0]].concat();
    let mut records = Vec::new();
    let mut raw = value.len() * 2;
    while raw >= 0x80 {
        records.push(raw.to_le_bytes()[0] & 0x7f | 0x80);
        raw >>= 7;
    }
    records.push(raw.to_le_bytes()[0]);
    records.extend(value);
    BatchBuilder { records, ..BatchBuilder::new(1) }.build()
}

/// The start of a request with a length of 100 MiB.
fn start_of_a_large_request() -> Vec<u8> {
    let mut start = frame(&produce("t", 0, Bytes::new()), 9).to_vec();
    start[..4].copy_from_slice(&(100_u32 << 20).to_be_bytes());
    start
}

async fn start_with_little_memory(folder: &std::path::Path) -> LocalLog {
    let mut config = Config::new(any_port(), folder);
    (config.retention_ms, config.max_in_flight_bytes) = (-1, 4 << 20);
    LocalLog::start(config).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn announced_but_unsent_requests_block_no_other_connection() {
    let folder = tempfile::tempdir().unwrap();
    let log = start_with_little_memory(folder.path()).await;
    create(log.address(), "t", 1).await;
    let mut slow = Vec::new();
    for sent in [0, 10, 70_000, 100_000, 200_000, 0, 100] {
        let mut wire = Wire::connect(log.address()).await;
        wire.0.write_all(&start_of_a_large_request()).await.unwrap();
        wire.0.write_all(&vec![0; sent]).await.unwrap();
        slow.push(wire);
    }
    let mut wire = Wire::connect(log.address()).await;
    for _ in 0..5 {
        assert_eq!(code(&wire.request(&produce("t", 0, large_batch(900_000)), 9).await), 0);
    }
    let (got, _) = batches::fetch(&mut wire, "t", 0, 1 << 20).await;
    assert_eq!(got.len(), 1);
    drop(slow);
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_large_request_releases_its_memory_to_others() {
    let folder = tempfile::tempdir().unwrap();
    let log = start_with_little_memory(folder.path()).await;
    create(log.address(), "t", 1).await;
    let mut slow = Vec::new();
    for _ in 0..8 {
        let mut wire = Wire::connect(log.address()).await;
        wire.0.write_all(&start_of_a_large_request()).await.unwrap();
        // As much as the log accepts; the rest waits for memory.
        let sending = wire.0.write_all(&[0; 16_000]);
        sending.await.unwrap();
        for _ in 0..150 {
            let sent = tokio::time::timeout(Duration::from_millis(20), async {
                wire.0.write_all(&[0; 16_000]).await
            });
            if !matches!(sent.await, Ok(Ok(()))) {
                break;
            }
        }
        slow.push(wire);
    }
    let mut wire = Wire::connect(log.address()).await;
    for _ in 0..5 {
        assert_eq!(code(&wire.request(&produce("t", 0, large_batch(900_000)), 9).await), 0);
    }
    drop(slow);
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_are_closed_and_waiting_ones_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(any_port(), folder.path());
    config.max_idle = Duration::from_millis(300);
    let log = LocalLog::start(config).await.unwrap();
    create(log.address(), "t", 1).await;
    let mut idle = Wire::connect(log.address()).await;
    idle.request(&ApiVersionsRequest::default(), 3).await;
    // A fetch that waits for records, longer than the idle timeout.
    let partition = fetch_request::FetchPartition::default().with_partition_max_bytes(1 << 20);
    let topic = fetch_request::FetchTopic::default()
        .with_topic(TopicName(StrBytes::from_static_str("t")))
        .with_partitions(vec![partition]);
    let fetch = FetchRequest::default()
        .with_max_wait_ms(2_000)
        .with_min_bytes(1)
        .with_max_bytes(1 << 20)
        .with_topics(vec![topic]);
    let mut waiting = Wire::connect(log.address()).await;
    waiting.send(&fetch, 12).await;
    assert!(in_time("the end of the idle one", idle.frame()).await.is_none());
    assert_eq!(in_time("the answer", waiting.receive::<FetchRequest>(12)).await.error_code, 0);
    assert!(in_time("its end", waiting.frame()).await.is_none());
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_partitions_than_file_handles_are_written_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "t", 300).await;
    let mut wire = Wire::connect(log.address()).await;
    for partition in 0..300 {
        assert_eq!(code(&wire.request(&produce("t", partition, large_batch(10)), 9).await), 0);
    }
    log.shutdown().await;
    let child = Child::start_with_files(folder.path(), 100).await;
    let mut wire = Wire::connect(child.address).await;
    for partition in 0..300 {
        let answer = wire.request(&produce("t", partition, large_batch(10)), 9).await;
        assert_eq!(code(&answer), 0, "partition {partition}");
    }
    child.kill().await;
    let log = support::start(folder.path()).await;
    assert_eq!(read_topic(log.address(), "t").await.len(), 600);
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_partitions_are_written_at_once_with_fewer_file_handles() {
    let folder = tempfile::tempdir().unwrap();
    let child = Child::start_with_files(folder.path(), 45).await;
    create(child.address, "t", 200).await;
    let sender = producer(child.address);
    // All at once, so that all files have unsynced writes.
    let sending = (0..200).map(|partition| {
        let record = rdkafka::producer::FutureRecord::to("t").partition(partition);
        sender.send_result(record.key("k").payload("v")).map_err(|(error, _)| error).unwrap()
    });
    let sending: Vec<_> = sending.collect();
    for sent in sending {
        in_time("send", sent).await.unwrap().unwrap();
    }
    assert_eq!(read_topic(child.address, "t").await.len(), 200);
    child.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_file_handles_records_are_refused_and_the_log_continues() {
    let folder = tempfile::tempdir().unwrap();
    let child = Child::start_with_files(folder.path(), 100).await;
    create(child.address, "t", 30).await;
    let mut wire = Wire::connect(child.address).await;
    assert_eq!(code(&wire.request(&produce("t", 0, large_batch(10)), 9).await), 0);
    // Connections use all file handles.
    let mut others = Vec::new();
    for _ in 0..120 {
        others.push(Wire::connect(child.address).await);
    }
    in_time("all handles in use", async {
        while child.count_files() < 100 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let mut refused = 0;
    for partition in 1..30 {
        // The file of the first is open, until another partition needs its handle and a connection
        // takes that. So each may be refused, and what is not is stored.
        for partition in [0, partition] {
            let answer = wire.request(&produce("t", partition, large_batch(10)), 9).await;
            assert!([0, 56].contains(&code(&answer)), "{answer:?}");
            refused += usize::from(code(&answer) == 56);
        }
    }
    assert!(refused > 10, "{refused}");
    drop(others);
    for partition in 0..30 {
        in_time("a handle", async {
            while code(&wire.request(&produce("t", partition, large_batch(10)), 9).await) != 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }
    child.kill().await;
    let log = support::start(folder.path()).await;
    let stored = read_topic(log.address(), "t").await.len();
    assert_eq!(stored, 1 + (2 * 29 - refused) + 30);
    log.shutdown().await;
}
