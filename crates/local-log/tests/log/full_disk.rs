//! A full disk is reported to producers, and no acknowledged record is lost.
use std::{collections::BTreeMap, time::Duration};

use child::Child;
use kafka_protocol::{
    messages::{
        ProduceRequest, ProduceResponse, TopicName,
        produce_request::{PartitionProduceData, TopicProduceData},
    },
    protocol::StrBytes,
};
use rdkafka::{
    consumer::{CommitMode, Consumer},
    producer::FutureRecord,
};
use support::{HANG, consumer, create, in_time, producer, read_topic, send};
use wire::{Wire, batch};

use crate::support::{self, child, wire};

/// Error code `KAFKA_STORAGE_ERROR`.
const STORAGE_ERROR: i16 = 56;

fn produce(topic: &'static str) -> ProduceRequest {
    let data = PartitionProduceData::default().with_records(Some(batch(1, (-1, -1, -1))));
    let topic = TopicProduceData::default()
        .with_name(TopicName(StrBytes::from_static_str(topic)))
        .with_partition_data(vec![data]);
    ProduceRequest::default().with_acks(-1).with_topic_data(vec![topic])
}

fn outcome(response: &ProduceResponse) -> (i16, String) {
    let partition = &response.responses[0].partition_responses[0];
    (partition.error_code, partition.error_message.clone().unwrap_or_default().to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_records_without_losing_any() {
    let folder = tempfile::tempdir().unwrap();
    let child = Child::start_limited(folder.path(), 64 << 10).await;
    create(child.address, "t", 1).await;
    create(child.address, "small", 1).await;
    let sender = producer(child.address);
    let mut acked = BTreeMap::new();
    for n in 0.. {
        let value = format!("{n} {}", "words ".repeat(100));
        let record = FutureRecord::to("t").key("k").payload(&value);
        match in_time("send", sender.send(record, Duration::ZERO)).await {
            Ok(sent) => drop(acked.insert((sent.partition, sent.offset), value)),
            Err(_) => break,
        }
        if acked.len() == 90 {
            break;
        }
    }
    drop(sender);
    // From here on the file is full for records of any size.
    let mut wire = Wire::connect(child.address).await;
    let refused = loop {
        let answer = outcome(&wire.request(&produce("t"), 9).await);
        if answer.0 != 0 {
            break answer;
        }
    };
    assert_eq!(refused.0, STORAGE_ERROR);
    assert!(refused.1.contains("free some space"), "{}", refused.1);
    // Other files can grow, and reads work.
    assert_eq!(outcome(&wire.request(&produce("small"), 9).await).0, 0);
    let found = read_topic(child.address, "t").await;
    assert!(acked.len() > 50 && acked.iter().all(|(place, value)| found.get(place) == Some(value)));
    drop(wire);
    child.kill().await;
    let log = support::start(folder.path()).await;
    let again = read_topic(log.address(), "t").await;
    assert_eq!(again, found);
    let next = i64::try_from(again.len()).unwrap();
    assert_eq!(send(&producer(log.address()), "t", "k", "there is room").await, (0, next));
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_commits_without_losing_any() {
    let folder = tempfile::tempdir().unwrap();
    let child = Child::start_limited(folder.path(), 16 << 10).await;
    create(child.address, "t", 1).await;
    let reader = consumer(child.address, "readers");
    let mut reached = 0;
    for offset in 1..10_000 {
        let mut list = rdkafka::TopicPartitionList::new();
        list.add_partition_offset("t", 0, rdkafka::Offset::Offset(offset)).unwrap();
        if reader.commit(&list, CommitMode::Sync).is_err() {
            break;
        }
        reached = offset;
    }
    assert!(reached > 10 && reached < 9_999, "{reached}");
    support::close(reader).await;
    child.kill().await;
    let log = support::start(folder.path()).await;
    let reader = consumer(log.address(), "readers");
    {
        let mut list = rdkafka::TopicPartitionList::new();
        list.add_partition("t", 0);
        let found = reader.committed_offsets(list, HANG).unwrap();
        assert_eq!(found.elements()[0].offset(), rdkafka::Offset::Offset(reached));
        let mut list = rdkafka::TopicPartitionList::new();
        list.add_partition_offset("t", 0, rdkafka::Offset::Offset(reached + 1)).unwrap();
        reader.commit(&list, CommitMode::Sync).unwrap();
    }
    support::close(reader).await;
    log.shutdown().await;
}
