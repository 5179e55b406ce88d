//! Deleted topics and groups stay deleted, and interrupted deletions are finished.
use std::fs;

use kafka_protocol::{
    messages::{
        DeleteTopicsRequest, FetchRequest, MetadataRequest, OffsetFetchRequest, TopicName,
        delete_topics_request::DeleteTopicState,
        fetch_request::{FetchPartition, FetchTopic},
        metadata_request::MetadataRequestTopic,
    },
    protocol::StrBytes,
};
use local_log::{Config, LocalLog, StartError};
use rdkafka::{
    admin::{AdminClient, AdminOptions},
    client::DefaultClientContext,
    consumer::{CommitMode, Consumer},
    error::RDKafkaErrorCode,
};
use support::*;
use wire::Wire;

use crate::support::{self, wire};

fn name(topic: &'static str) -> TopicName {
    TopicName(StrBytes::from_static_str(topic))
}

fn admin(log: &LocalLog) -> AdminClient<DefaultClientContext> {
    client(log.address()).create().unwrap()
}

async fn topic_id(wire: &mut Wire, topic: &'static str) -> uuid::Uuid {
    let requested = vec![MetadataRequestTopic::default().with_name(Some(name(topic)))];
    wire.request(&MetadataRequest::default().with_topics(Some(requested)), 12).await.topics[0]
        .topic_id
}

/// Number of committed offsets of a group, over all topics.
async fn count_committed(wire: &mut Wire, group: &'static str) -> usize {
    let group = StrBytes::from_static_str(group).into();
    let request = OffsetFetchRequest::default().with_group_id(group).with_topics(None);
    wire.request(&request, 7).await.topics.iter().map(|t| t.partitions.len()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_is_deleted_with_its_offsets_and_can_be_created_again() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    let sender = producer(log.address());
    for topic in ["gone", "kept"] {
        create(log.address(), topic, 1).await;
        send(&sender, topic, "k", "before").await;
    }
    let consumer = consumer(log.address(), "readers");
    consumer.subscribe(&["gone", "kept"]).unwrap();
    read(&consumer, 2).await;
    consumer.commit_consumer_state(CommitMode::Sync).unwrap();
    close(consumer).await;
    let mut wire = Wire::connect(log.address()).await;
    assert_eq!(count_committed(&mut wire, "readers").await, 2);
    let old = topic_id(&mut wire, "gone").await;
    let admin = admin(&log);
    let deleted = in_time("delete", admin.delete_topics(&["gone"], &AdminOptions::new())).await;
    assert!(deleted.unwrap()[0].is_ok());
    let again = in_time("delete", admin.delete_topics(&["gone"], &AdminOptions::new())).await;
    let unknown = RDKafkaErrorCode::UnknownTopicOrPartition;
    assert_eq!(again.unwrap()[0].as_ref().unwrap_err().1, unknown);
    assert!(!folder.path().join("topics/gone").exists());
    assert_eq!(count_committed(&mut wire, "readers").await, 1);
    create(log.address(), "gone", 1).await;
    assert_ne!(topic_id(&mut wire, "gone").await, old);
    assert!(read_topic(log.address(), "gone").await.is_empty());
    let sender = producer(log.address());
    assert_eq!(send(&sender, "gone", "k", "after").await, (0, 0));
    log.shutdown().await;
    let log = support::start(folder.path()).await;
    let found = read_topic(log.address(), "gone").await;
    assert_eq!(found.into_values().collect::<Vec<_>>(), ["after"]);
    assert_eq!(read_topic(log.address(), "kept").await.len(), 1);
    let mut wire = Wire::connect(log.address()).await;
    assert_eq!(count_committed(&mut wire, "readers").await, 1);
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_is_deleted_by_id_and_waiting_fetches_fail() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "t", 1).await;
    let mut wire = Wire::connect(log.address()).await;
    let id = topic_id(&mut wire, "t").await;
    let partition = FetchPartition::default().with_partition_max_bytes(1 << 20);
    let fetch = FetchTopic::default().with_topic_id(id).with_partitions(vec![partition]);
    let fetch = FetchRequest::default()
        .with_max_wait_ms(240_000)
        .with_min_bytes(1)
        .with_max_bytes(1 << 20)
        .with_topics(vec![fetch]);
    let mut reader = Wire::connect(log.address()).await;
    reader.send(&fetch, 13).await;
    let delete = |id| {
        let topic = DeleteTopicState::default().with_name(None).with_topic_id(id);
        DeleteTopicsRequest::default().with_topics(vec![topic])
    };
    assert_eq!(wire.request(&delete(uuid::Uuid::max()), 6).await.responses[0].error_code, 100);
    let deleted = wire.request(&delete(id), 6).await;
    assert_eq!(deleted.responses[0].error_code, 0);
    assert_eq!(deleted.responses[0].name.as_ref().unwrap(), &name("t"));
    let woken = in_time("wake-up", reader.receive::<FetchRequest>(13)).await;
    assert_eq!(woken.responses[0].partitions[0].error_code, 100);
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_deletion_is_finished_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "t", 1).await;
    send(&producer(log.address()), "t", "k", "v").await;
    let id = topic_id(&mut Wire::connect(log.address()).await, "t").await;
    log.shutdown().await;
    // As after a crash right after the folder was moved.
    let deleted = folder.path().join("deleted");
    fs::rename(folder.path().join("topics/t"), deleted.join(id.to_string())).unwrap();
    let log = support::start(folder.path()).await;
    assert_eq!(fs::read_dir(&deleted).unwrap().count(), 0);
    create(log.address(), "t", 1).await;
    assert!(read_topic(log.address(), "t").await.is_empty());
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_an_unknown_topic_fail_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "t", 1).await;
    send(&producer(log.address()), "t", "k", "v").await;
    log.shutdown().await;
    fs::remove_file(folder.path().join("topics.json")).unwrap();
    let started = LocalLog::start(Config::new(any_port(), folder.path())).await;
    let Err(error @ StartError::Corrupt { .. }) = started else { panic!("it started") };
    assert!(error.to_string().contains("topics/t"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_empty_group_can_be_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "t", 1).await;
    send(&producer(log.address()), "t", "k", "v").await;
    let member = consumer(log.address(), "short-lived");
    member.subscribe(&["t"]).unwrap();
    read(&member, 1).await;
    member.commit_consumer_state(CommitMode::Sync).unwrap();
    let admin = admin(&log);
    let delete = || admin.delete_groups(&["short-lived"], &AdminOptions::new());
    let refused = in_time("delete", delete()).await.unwrap();
    assert_eq!(refused[0].as_ref().unwrap_err().1, RDKafkaErrorCode::NonEmptyGroup);
    close(member).await;
    let deleted = in_time("delete", delete()).await.unwrap();
    assert!(deleted[0].is_ok());
    log.shutdown().await;
    let log = support::start(folder.path()).await;
    let mut wire = Wire::connect(log.address()).await;
    assert_eq!(count_committed(&mut wire, "short-lived").await, 0);
    log.shutdown().await;
}
