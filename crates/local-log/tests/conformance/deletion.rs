//! Deletion on request: topics, records, groups, offsets.

use kafka_protocol::messages::{
    delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic},
    offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic},
    *,
};

use crate::{
    engine::{Engine, on_both, pause},
    fetching,
    member::{Member, text},
    offsets,
    support::{in_time, read_topic, send},
    topics::{request_metadata, topic_by_name},
    wire::Wire,
};

on_both!(
    a_deleted_topic_is_unknown,
    a_topic_recreated_with_the_same_name_has_another_id,
    records_are_deleted_up_to_an_offset,
    records_of_a_compacted_topic_are_not_deleted,
    only_an_empty_group_can_be_deleted,
    offsets_in_use_are_not_deleted,
);

/// Deletes a topic; returns the error code.
async fn delete_topic(engine: &Engine, topic: &str) -> i16 {
    let request = DeleteTopicsRequest::default()
        .with_topic_names(vec![TopicName(text(topic))])
        .with_timeout_ms(30_000);
    let mut wire = Wire::connect(engine.address).await;
    wire.request(&request, 5).await.responses[0].error_code
}

/// Waits until the bootstrap broker no longer knows the topic.
async fn wait_until_deleted(engine: &Engine, topic: &str) {
    in_time("deleted", async {
        while request_metadata(engine, topic_by_name(topic), false, 9).await != 3 {
            pause().await;
        }
    })
    .await;
}

async fn a_deleted_topic_is_unknown(engine: &Engine) {
    let topic = engine.topic(2, &[]).await;
    send(&engine.producer(), &topic, "k", "v").await;
    let mut leader = engine.leader(&topic, 0).await;
    assert_eq!(delete_topic(engine, &topic).await, 0);
    wait_until_deleted(engine, &topic).await;
    in_time("refusal", async {
        while fetching::fetch(&mut leader, &fetching::request(&topic, 0, 0)).await.0 != 3 {
            pause().await;
        }
    })
    .await;
    assert_eq!(delete_topic(engine, &topic).await, 3);
    assert_eq!(delete_topic(engine, &engine.name("nowhere")).await, 3);
}

async fn a_topic_recreated_with_the_same_name_has_another_id(engine: &Engine) {
    let topic = engine.named_topic(&engine.name("phoenix"), 1, &[]).await;
    let producer = engine.producer();
    for n in 0..3 {
        send(&producer, &topic, "k", &n.to_string()).await;
    }
    assert_eq!(delete_topic(engine, &topic).await, 0);
    wait_until_deleted(engine, &topic).await;
    engine.named_topic(&topic, 2, &[]).await;
    let stored = read_topic(engine.address, &topic).await;
    assert!(stored.is_empty(), "{stored:?}");
    assert_eq!(send(&engine.producer(), &topic, "k", "new").await.1, 0);
}

/// Deletes records; returns error code and low watermark.
async fn delete_records(engine: &Engine, topic: &str, to: i64) -> (i16, i64) {
    let partition = DeleteRecordsPartition::default().with_partition_index(0).with_offset(to);
    let requested = DeleteRecordsTopic::default()
        .with_name(TopicName(text(topic)))
        .with_partitions(vec![partition]);
    let request =
        DeleteRecordsRequest::default().with_topics(vec![requested]).with_timeout_ms(30_000);
    let answer = engine.leader(topic, 0).await.request(&request, 2).await;
    let partition = &answer.topics[0].partitions[0];
    (partition.error_code, partition.low_watermark)
}

async fn records_are_deleted_up_to_an_offset(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    let producer = engine.producer();
    for n in 0..6 {
        send(&producer, &topic, "k", &n.to_string()).await;
    }
    assert_eq!(delete_records(engine, &topic, 2).await, (0, 2));
    assert_eq!(offsets::list_offset_at_leader(engine, &topic, 0, -2).await, (0, 2, -1));
    let mut leader = engine.leader(&topic, 0).await;
    assert_eq!(fetching::fetch(&mut leader, &fetching::request(&topic, 0, 1)).await.0, 1);
    let left: Vec<_> = read_topic(engine.address, &topic).await.into_values().collect();
    assert_eq!(left, ["2", "3", "4", "5"]);
    // A lower offset is no error and changes nothing.
    assert_eq!(delete_records(engine, &topic, 1).await, (0, 2));
    assert_eq!(delete_records(engine, &topic, 7).await, (1, -1));
    assert_eq!(delete_records(engine, &topic, -1).await, (0, 6));
    assert_eq!(send(&producer, &topic, "k", "next").await, (0, 6));
}

async fn records_of_a_compacted_topic_are_not_deleted(engine: &Engine) {
    let topic = engine.topic(1, &[("cleanup.policy", "compact")]).await;
    send(&engine.producer(), &topic, "k", "v").await;
    assert_eq!(delete_records(engine, &topic, 1).await, (44, -1));
}

/// Deletes a group; returns the error code.
async fn delete_group(member: &mut Member) -> i16 {
    let request = DeleteGroupsRequest::default().with_groups_names(vec![member.group.clone()]);
    member.wire.request(&request, 2).await.results[0].error_code
}

async fn only_an_empty_group_can_be_deleted(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    let group = engine.name("deleted");
    let mut member = Member::lead(engine, &group).await;
    assert_eq!(member.commit(&topic, 7).await, 0);
    assert_eq!(delete_group(&mut member).await, 68);
    member.leave().await;
    assert_eq!(member.committed(&topic).await.1, 7);
    assert_eq!(delete_group(&mut member).await, 0);
    assert_eq!(member.committed(&topic).await.1, -1);
    assert_eq!(delete_group(&mut member).await, 69);
    assert_eq!(member.describe().await.0, "Dead");
}

/// Deletes an offset; returns the error codes of the request and of the partition.
async fn delete_offset(member: &mut Member, topic: &str) -> (i16, Option<i16>) {
    let partition = OffsetDeleteRequestPartition::default().with_partition_index(0);
    let topic = OffsetDeleteRequestTopic::default()
        .with_name(TopicName(text(topic)))
        .with_partitions(vec![partition]);
    let request =
        OffsetDeleteRequest::default().with_group_id(member.group.clone()).with_topics(vec![topic]);
    let answer = member.wire.request(&request, 0).await;
    let partition = answer.topics.first().map(|topic| topic.partitions[0].error_code);
    (answer.error_code, partition)
}

async fn offsets_in_use_are_not_deleted(engine: &Engine) {
    let (read, unread) = (engine.topic(1, &[]).await, engine.topic(1, &[]).await);
    let mut member = Member::new(engine, &engine.name("forgets")).await;
    assert_eq!(delete_offset(&mut member, &read).await, (69, None));
    member.reads.clone_from(&read);
    member.join_with_id().await;
    let id = member.id.clone();
    assert_eq!(member.sync(&[(&id, b"all")]).await.error_code, 0);
    for topic in [&read, &unread] {
        assert_eq!(member.commit(topic, 3).await, 0);
    }
    assert_eq!(delete_offset(&mut member, &read).await, (0, Some(86)));
    assert_eq!(delete_offset(&mut member, &unread).await, (0, Some(0)));
    assert_eq!(member.committed(&read).await.1, 3);
    assert_eq!(member.committed(&unread).await.1, -1);
}
