//! Creating topics, their settings, and topics that are not there.

use kafka_protocol::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::*;
use rdkafka::admin::{AdminOptions, ResourceSpecifier};
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use uuid::Uuid;

use crate::engine::{Engine, on_both};
use crate::member::text;
use crate::support::in_time;
use crate::wire::Wire;

on_both!(
    a_topic_is_created_once,
    names_are_checked,
    numbers_are_checked,
    settings_are_checked,
    a_try_creates_nothing,
    settings_are_told,
    an_unknown_topic_is_an_error_for_its_reader,
    an_unknown_topic_is_not_created_by_a_look,
    an_unknown_topic_id_is_an_error,
    an_empty_name_beside_an_id_is_no_name,
);

/// Error code and message of creating one topic.
async fn create(engine: &Engine, topic: CreatableTopic, only_try: bool) -> (i16, Option<String>) {
    let request = CreateTopicsRequest::default()
        .with_topics(vec![topic])
        .with_timeout_ms(30_000)
        .with_validate_only(only_try);
    let mut wire = Wire::connect(engine.address).await;
    let answer = wire.ask(&request, 7).await;
    let topic = &answer.topics[0];
    (topic.error_code, topic.error_message.as_ref().map(ToString::to_string))
}

fn new(name: &str) -> CreatableTopic {
    CreatableTopic::default()
        .with_name(TopicName(text(name)))
        .with_num_partitions(1)
        .with_replication_factor(-1)
}

fn with_setting(name: &str, key: &str, value: &str) -> CreatableTopic {
    let setting =
        CreatableTopicConfig::default().with_name(text(key)).with_value(Some(text(value)));
    new(name).with_configs(vec![setting])
}

async fn a_topic_is_created_once(engine: &Engine) {
    let name = engine.topic(2, &[]).await;
    let (error, message) = create(engine, new(&name), false).await;
    assert_eq!((error, message), (36, Some(format!("Topic '{name}' already exists."))));
}

async fn names_are_checked(engine: &Engine) {
    for name in ["", ".", "..", "a/b", "with space", "ünicode", &"x".repeat(250)] {
        assert_eq!(create(engine, new(name), false).await.0, 17, "{name:?}");
    }
    let longest = engine.name("");
    let longest = format!("{longest}{}", "x".repeat(249 - longest.len()));
    assert_eq!(create(engine, new(&longest), false).await.0, 0);
}

async fn numbers_are_checked(engine: &Engine) {
    let name = engine.name("numbers");
    for partitions in [0, -2] {
        let topic = new(&name).with_num_partitions(partitions);
        assert_eq!(create(engine, topic, false).await.0, 37, "{partitions} partitions");
    }
    for replicas in [0, -2, 99] {
        let topic = new(&name).with_replication_factor(replicas);
        assert_eq!(create(engine, topic, false).await.0, 38, "{replicas} replicas");
    }
    // Left open: as the broker is set up.
    assert_eq!(create(engine, new(&name).with_num_partitions(-1), false).await.0, 0);
}

async fn settings_are_checked(engine: &Engine) {
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

async fn a_try_creates_nothing(engine: &Engine) {
    let name = engine.name("tried");
    assert_eq!(create(engine, new(&name), true).await.0, 0);
    assert_eq!(create(engine, new(&name).with_num_partitions(0), true).await.0, 37);
    assert_eq!(create(engine, new(&name), false).await.0, 0);
    assert_eq!(create(engine, new(&name), true).await.0, 36);
}

async fn settings_are_told(engine: &Engine) {
    let given = [("cleanup.policy", "compact"), ("retention.ms", "86400000")];
    let name = engine.topic(1, &given).await;
    let admin = engine.admin();
    let (asked, options) = ([ResourceSpecifier::Topic(&name)], AdminOptions::new());
    let told = in_time("describe", admin.describe_configs(&asked, &options)).await.unwrap();
    let told = told[0].as_ref().unwrap();
    for (key, value) in given {
        assert_eq!(told.get(key).unwrap().value.as_deref(), Some(value));
        assert!(!told.get(key).unwrap().is_default);
    }
    for (key, value) in [
        ("delete.retention.ms", "86400000"),
        ("compression.type", "producer"),
        ("retention.bytes", "-1"),
    ] {
        assert_eq!(told.get(key).unwrap().value.as_deref(), Some(value), "{key}");
        assert!(told.get(key).unwrap().is_default, "{key}");
    }
}

async fn an_unknown_topic_is_an_error_for_its_reader(engine: &Engine) {
    let consumer: StreamConsumer = engine.member(&engine.name("lost")).create().unwrap();
    consumer.subscribe(&[&engine.name("nowhere")]).unwrap();
    let error = in_time("error", consumer.recv()).await.map(|_| ()).unwrap_err();
    let expected = RDKafkaErrorCode::UnknownTopicOrPartition;
    assert_eq!(error, KafkaError::MessageConsumption(expected));
    crate::support::close(consumer).await;
}

/// A topic to ask about.
pub fn named(name: &str) -> MetadataRequestTopic {
    MetadataRequestTopic::default().with_name(Some(TopicName(text(name))))
}

/// Error code of asking about one topic.
pub async fn look(engine: &Engine, topic: MetadataRequestTopic, create: bool, version: i16) -> i16 {
    let request = MetadataRequest::default()
        .with_topics(Some(vec![topic]))
        .with_allow_auto_topic_creation(create);
    let mut wire = Wire::connect(engine.address).await;
    wire.ask(&request, version).await.topics[0].error_code
}

async fn an_unknown_topic_is_not_created_by_a_look(engine: &Engine) {
    let name = engine.name("looked-at");
    let asked = || named(&name);
    for _ in 0..2 {
        assert_eq!(look(engine, asked(), false, 9).await, 3);
    }
    look(engine, asked(), true, 9).await;
    in_time("creation by use", async {
        while look(engine, asked(), false, 9).await != 0 {
            crate::engine::pause().await;
        }
    })
    .await;
    assert_eq!(look(engine, named("a/b"), true, 9).await, 17);
}

async fn an_unknown_topic_id_is_an_error(engine: &Engine) {
    let asked = MetadataRequestTopic::default().with_name(None).with_topic_id(Uuid::new_v4());
    assert_eq!(look(engine, asked, false, 12).await, 100);
}

async fn an_empty_name_beside_an_id_is_no_name(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    let request = MetadataRequest::default().with_topics(Some(vec![named(&topic)]));
    let mut wire = Wire::connect(engine.address).await;
    let id = wire.ask(&request, 12).await.topics[0].topic_id;
    for (id, code) in [(id, 0), (Uuid::new_v4(), 100)] {
        let asked = named("").with_topic_id(id);
        let request = MetadataRequest::default().with_topics(Some(vec![asked]));
        let found = wire.ask(&request, 12).await.topics.remove(0);
        assert_eq!((found.error_code, found.topic_id), (code, id));
        assert_eq!(found.name.is_some_and(|name| **name == *topic), code == 0);
    }
}
