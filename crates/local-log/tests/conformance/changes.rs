//! Changing partitions and settings of a topic, and leader epochs.

use kafka_protocol::messages::{
    create_partitions_request::CreatePartitionsTopic,
    incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig},
    offset_for_leader_epoch_request::{OffsetForLeaderPartition, OffsetForLeaderTopic},
    *,
};
use rdkafka::admin::{AdminOptions, ResourceSpecifier};

use crate::{
    engine::{Engine, on_both, pause},
    member::text,
    support::{in_time, send},
    wire::Wire,
};

on_both!(
    partitions_are_added,
    settings_are_set_and_deleted,
    invalid_settings_change_nothing,
    the_end_offset_of_an_epoch_is_found,
);

/// Increases the number of partitions; returns the error code.
async fn add_partitions(engine: &Engine, topic: &str, count: i32) -> i16 {
    let requested = CreatePartitionsTopic::default()
        .with_name(TopicName(text(topic)))
        .with_count(count)
        .with_assignments(None);
    let request =
        CreatePartitionsRequest::default().with_topics(vec![requested]).with_timeout_ms(30_000);
    let mut wire = Wire::connect(engine.address).await;
    wire.request(&request, 2).await.results[0].error_code
}

async fn partitions_are_added(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    send(&engine.producer(), &topic, "k", "v").await;
    assert_eq!(add_partitions(engine, &topic, 3).await, 0);
    for partition in 0..3 {
        engine.leader(&topic, partition).await;
    }
    for count in [3, 2, 0, -1] {
        assert_eq!(add_partitions(engine, &topic, count).await, 37, "{count} partitions");
    }
    assert_eq!(add_partitions(engine, &engine.name("nowhere"), 3).await, 3);
    assert_eq!(crate::support::read_topic(engine.address, &topic).await.len(), 1);
}

/// Sets (0) or deletes (1) a setting; returns the error code.
async fn alter_setting(
    engine: &Engine,
    topic: &str,
    operation: i8,
    name: &str,
    value: &str,
) -> i16 {
    let config = AlterableConfig::default()
        .with_name(text(name))
        .with_config_operation(operation)
        .with_value((operation == 0).then(|| text(value)));
    let resource = AlterConfigsResource::default()
        .with_resource_type(2)
        .with_resource_name(text(topic))
        .with_configs(vec![config]);
    let request = IncrementalAlterConfigsRequest::default().with_resources(vec![resource]);
    let mut wire = Wire::connect(engine.address).await;
    wire.request(&request, 1).await.responses[0].error_code
}

/// Waits until a setting is described with this value.
pub async fn wait_for_setting(engine: &Engine, topic: &str, name: &str, value: &str) {
    let admin = engine.admin();
    in_time("described", async {
        loop {
            let (requested, options) = ([ResourceSpecifier::Topic(topic)], AdminOptions::new());
            let described = admin.describe_configs(&requested, &options).await.unwrap();
            // The broker may not know the topic yet.
            let entry = described[0].as_ref().ok().and_then(|described| described.get(name));
            if entry.is_some_and(|entry| entry.value.as_deref() == Some(value)) {
                return;
            }
            pause().await;
        }
    })
    .await;
}

async fn settings_are_set_and_deleted(engine: &Engine) {
    let topic = engine.topic(1, &[("retention.ms", "60000")]).await;
    assert_eq!(alter_setting(engine, &topic, 0, "retention.ms", "70000").await, 0);
    wait_for_setting(engine, &topic, "retention.ms", "70000").await;
    assert_eq!(alter_setting(engine, &topic, 0, "cleanup.policy", "compact").await, 0);
    wait_for_setting(engine, &topic, "cleanup.policy", "compact").await;
    assert_eq!(alter_setting(engine, &topic, 1, "retention.ms", "").await, 0);
    wait_for_setting(engine, &topic, "retention.ms", "604800000").await;
    assert_eq!(alter_setting(engine, &topic, 0, "cleanup.policy", "delete").await, 0);
    wait_for_setting(engine, &topic, "cleanup.policy", "delete").await;
}

async fn invalid_settings_change_nothing(engine: &Engine) {
    let topic = engine.topic(1, &[("retention.ms", "60000")]).await;
    assert_eq!(alter_setting(engine, &topic, 0, "retention.ms", "a week").await, 40);
    assert_eq!(alter_setting(engine, &topic, 0, "no.such.setting", "1").await, 40);
    wait_for_setting(engine, &topic, "retention.ms", "60000").await;
    assert_eq!(alter_setting(engine, &engine.name("nowhere"), 0, "retention.ms", "1").await, 3);
}

/// Looks up an epoch; returns error code, epoch and end offset.
async fn epoch_end(engine: &Engine, topic: &str, epoch: i32, current: i32) -> (i16, i32, i64) {
    let partition = OffsetForLeaderPartition::default()
        .with_partition(0)
        .with_leader_epoch(epoch)
        .with_current_leader_epoch(current);
    let requested = OffsetForLeaderTopic::default()
        .with_topic(TopicName(text(topic)))
        .with_partitions(vec![partition]);
    let request = OffsetForLeaderEpochRequest::default()
        .with_replica_id(BrokerId(-1))
        .with_topics(vec![requested]);
    let answer = engine.leader(topic, 0).await.request(&request, 4).await;
    let found = &answer.topics[0].partitions[0];
    (found.error_code, found.leader_epoch, found.end_offset)
}

async fn the_end_offset_of_an_epoch_is_found(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    let producer = engine.producer();
    for n in 0..3 {
        send(&producer, &topic, "k", &n.to_string()).await;
    }
    assert_eq!(epoch_end(engine, &topic, 0, -1).await, (0, 0, 3));
    assert_eq!(epoch_end(engine, &topic, 0, 0).await, (0, 0, 3));
    // A later epoch is unknown.
    assert_eq!(epoch_end(engine, &topic, 9, -1).await, (0, -1, -1));
    assert_eq!(epoch_end(engine, &topic, 0, 9).await.0, 75);
}
