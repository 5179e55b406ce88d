//! Creating topics, their settings, and unknown topics.

use kafka_protocol::messages::{
    create_topics_request::{CreatableTopic, CreatableTopicConfig},
    metadata_request::MetadataRequestTopic,
    *,
};
use rdkafka::{
    admin::{AdminOptions, ResourceSpecifier},
    consumer::{Consumer, StreamConsumer},
    error::{KafkaError, RDKafkaErrorCode},
};
use uuid::Uuid;

use crate::{
    engine::{Engine, on_both},
    member::text,
    support::in_time,
    wire::Wire,
};

on_both!(
    a_topic_is_created_once,
    topic_names_are_validated,
    partition_and_replica_counts_are_validated,
    settings_are_validated,
    validation_creates_nothing,
    settings_are_described,
    an_unknown_topic_is_an_error_for_a_consumer,
    an_unknown_topic_is_not_created_by_a_metadata_request,
    an_unknown_topic_id_is_an_error,
    an_empty_name_beside_an_id_is_ignored,
);

/// Creates a topic; returns error code and message.
async fn create(
    engine: &Engine,
    topic: CreatableTopic,
    validate_only: bool,
) -> (i16, Option<String>) {
    let request = CreateTopicsRequest::default()
        .with_topics(vec![topic])
        .with_timeout_ms(30_000)
        .with_validate_only(validate_only);
    let mut wire = Wire::connect(engine.address).await;
    let answer = wire.request(&request, 7).await;
    let topic = &answer.topics[0];
    (topic.error_code, topic.error_message.as_ref().map(ToString::to_string))
}

fn new_topic(name: &str) -> CreatableTopic {
    CreatableTopic::default()
        .with_name(TopicName(text(name)))
        .with_num_partitions(1)
        .with_replication_factor(-1)
}

fn with_setting(name: &str, key: &str, value: &str) -> CreatableTopic {
    let setting =
        CreatableTopicConfig::default().with_name(text(key)).with_value(Some(text(value)));
    new_topic(name).with_configs(vec![setting])
}

async fn a_topic_is_created_once(engine: &Engine) {
    let name = engine.topic(2, &[]).await;
    let (error, message) = create(engine, new_topic(&name), false).await;
    assert_eq!((error, message), (36, Some(format!("Topic '{name}' already exists."))));
}

async fn topic_names_are_validated(engine: &Engine) {
    for name in ["", ".", "..", "a/b", "with space", "ünicode", &"x".repeat(250)] {
        assert_eq!(create(engine, new_topic(name), false).await.0, 17, "{name:?}");
    }
    let longest = engine.name("");
    let longest = format!("{longest}{}", "x".repeat(249 - longest.len()));
    assert_eq!(create(engine, new_topic(&longest), false).await.0, 0);
}

async fn partition_and_replica_counts_are_validated(engine: &Engine) {
    let name = engine.name("numbers");
    for partitions in [0, -2] {
        let topic = new_topic(&name).with_num_partitions(partitions);
        assert_eq!(create(engine, topic, false).await.0, 37, "{partitions} partitions");
    }
    for replicas in [0, -2, 99] {
        let topic = new_topic(&name).with_replication_factor(replicas);
        assert_eq!(create(engine, topic, false).await.0, 38, "{replicas} replicas");
    }
    // Without a number, the default of the broker applies.
    assert_eq!(create(engine, new_topic(&name).with_num_partitions(-1), false).await.0, 0);
}

async fn settings_are_validated(engine: &Engine) {
    let name = engine.name("settings");
    for (key, value) in [
        ("no.such.setting", "1"),
        ("retention.ms", "a week"),
        ("cleanup.policy", "burn"),
        ("max.message.bytes", "-1"),
        ("segment.ms", "0"),
        ("min.cleanable.dirty.ratio", "1.5"),
    ] {
        assert_eq!(create(engine, with_setting(&name, key, value), false).await.0, 40, "{key}");
    }
    for (key, value) in [("retention.ms", "-1"), ("cleanup.policy", "compact,delete")] {
        let name = engine.name(key);
        assert_eq!(create(engine, with_setting(&name, key, value), false).await.0, 0, "{key}");
    }
}

async fn validation_creates_nothing(engine: &Engine) {
    let name = engine.name("tried");
    assert_eq!(create(engine, new_topic(&name), true).await.0, 0);
    assert_eq!(create(engine, new_topic(&name).with_num_partitions(0), true).await.0, 37);
    assert_eq!(create(engine, new_topic(&name), false).await.0, 0);
    assert_eq!(create(engine, new_topic(&name), true).await.0, 36);
}

async fn settings_are_described(engine: &Engine) {
    let given = [("cleanup.policy", "compact"), ("retention.ms", "86400000")];
    let name = engine.topic(1, &given).await;
    let admin = engine.admin();
    let (requested, options) = ([ResourceSpecifier::Topic(&name)], AdminOptions::new());
    let described =
        in_time("describe", admin.describe_configs(&requested, &options)).await.unwrap();
    let described = described[0].as_ref().unwrap();
    for (key, value) in given {
        assert_eq!(described.get(key).unwrap().value.as_deref(), Some(value));
        assert!(!described.get(key).unwrap().is_default);
    }
    for (key, value) in [
        ("delete.retention.ms", "86400000"),
        ("compression.type", "producer"),
        ("retention.bytes", "-1"),
    ] {
        assert_eq!(described.get(key).unwrap().value.as_deref(), Some(value), "{key}");
        assert!(described.get(key).unwrap().is_default, "{key}");
    }
}

async fn an_unknown_topic_is_an_error_for_a_consumer(engine: &Engine) {
    let consumer: StreamConsumer = engine.member(&engine.name("lost")).create().unwrap();
    consumer.subscribe(&[&engine.name("nowhere")]).unwrap();
    let error = in_time("error", consumer.recv()).await.map(|_| ()).unwrap_err();
    let expected = RDKafkaErrorCode::UnknownTopicOrPartition;
    assert_eq!(error, KafkaError::MessageConsumption(expected));
    crate::support::close(consumer).await;
}

/// A topic in a metadata request.
pub fn topic_by_name(name: &str) -> MetadataRequestTopic {
    MetadataRequestTopic::default().with_name(Some(TopicName(text(name))))
}

/// Requests the metadata of a topic; returns the error code.
pub async fn request_metadata(
    engine: &Engine,
    topic: MetadataRequestTopic,
    create: bool,
    version: i16,
) -> i16 {
    let request = MetadataRequest::default()
        .with_topics(Some(vec![topic]))
        .with_allow_auto_topic_creation(create);
    let mut wire = Wire::connect(engine.address).await;
    wire.request(&request, version).await.topics[0].error_code
}

async fn an_unknown_topic_is_not_created_by_a_metadata_request(engine: &Engine) {
    let name = engine.name("looked-at");
    let requested = || topic_by_name(&name);
    for _ in 0..2 {
        assert_eq!(request_metadata(engine, requested(), false, 9).await, 3);
    }
    request_metadata(engine, requested(), true, 9).await;
    in_time("creation by use", async {
        while request_metadata(engine, requested(), false, 9).await != 0 {
            crate::engine::pause().await;
        }
    })
    .await;
    assert_eq!(request_metadata(engine, topic_by_name("a/b"), true, 9).await, 17);
}

async fn an_unknown_topic_id_is_an_error(engine: &Engine) {
    let requested = MetadataRequestTopic::default().with_name(None).with_topic_id(Uuid::new_v4());
    assert_eq!(request_metadata(engine, requested, false, 12).await, 100);
}

async fn an_empty_name_beside_an_id_is_ignored(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    let request = MetadataRequest::default().with_topics(Some(vec![topic_by_name(&topic)]));
    let mut wire = Wire::connect(engine.address).await;
    let id = wire.request(&request, 12).await.topics[0].topic_id;
    for (id, code) in [(id, 0), (Uuid::new_v4(), 100)] {
        let requested = topic_by_name("").with_topic_id(id);
        let request = MetadataRequest::default().with_topics(Some(vec![requested]));
        let found = wire.request(&request, 12).await.topics.remove(0);
        assert_eq!((found.error_code, found.topic_id), (code, id));
        assert_eq!(found.name.is_some_and(|name| **name == *topic), code == 0);
    }
}
