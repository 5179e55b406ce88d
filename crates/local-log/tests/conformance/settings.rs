//! Topic settings: all of Apache Kafka's, with the same bounds.

use kafka_protocol::messages::{
    AlterConfigsRequest, CreateTopicsRequest, IncrementalAlterConfigsRequest, TopicName,
    alter_configs_request::{AlterConfigsResource as Replaced, AlterableConfig as ReplacedConfig},
    create_topics_request::{CreatableTopic, CreatableTopicConfig},
    incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig},
};

use crate::{
    changes::wait_for_setting,
    engine::{Engine, on_both},
    member::text,
    wire::Wire,
};

on_both!(
    every_setting_is_accepted_and_described,
    invalid_values_are_refused_with_a_reason,
    alter_configs_replaces_all_settings,
);

/// Settings with valid non-default values.
const VALID: &[(&str, &str)] = &[
    ("cleanup.policy", "compact,delete"),
    ("compression.gzip.level", "9"),
    ("compression.lz4.level", "17"),
    ("compression.type", "zstd"),
    ("compression.zstd.level", "-5"),
    ("delete.retention.ms", "1"),
    ("file.delete.delay.ms", "5"),
    ("flush.messages", "7"),
    ("flush.ms", "1000"),
    ("follower.replication.throttled.replicas", "*"),
    ("index.interval.bytes", "0"),
    ("leader.replication.throttled.replicas", "0:1,1:1"),
    ("local.retention.bytes", "-2"),
    ("local.retention.ms", "-2"),
    ("max.compaction.lag.ms", "100000"),
    ("max.message.bytes", "2000000"),
    ("message.timestamp.after.max.ms", "5"),
    ("message.timestamp.before.max.ms", "5"),
    ("message.timestamp.type", "LogAppendTime"),
    ("min.cleanable.dirty.ratio", "0.1"),
    ("min.compaction.lag.ms", "6"),
    ("min.insync.replicas", "2"),
    ("preallocate", "true"),
    ("retention.bytes", "5000000"),
    ("retention.ms", "6000"),
    ("segment.bytes", "1048576"),
    ("segment.index.bytes", "4096"),
    ("segment.jitter.ms", "5"),
    ("segment.ms", "1"),
    ("unclean.leader.election.enable", "true"),
];

/// Settings with values out of bounds or malformed.
const INVALID: &[(&str, &str)] = &[
    ("cleanup.policy", "burn"),
    ("cleanup.policy", "compact,burn"),
    ("compression.gzip.level", "0"),
    ("compression.gzip.level", "10"),
    ("compression.lz4.level", "18"),
    ("compression.lz4.level", "0"),
    ("compression.type", "rar"),
    ("compression.zstd.level", "23"),
    ("delete.retention.ms", "-1"),
    ("file.delete.delay.ms", "-1"),
    ("flush.messages", "0"),
    ("flush.ms", "-1"),
    ("follower.replication.throttled.replicas", "all"),
    ("index.interval.bytes", "-1"),
    ("leader.replication.throttled.replicas", "0:1,x"),
    ("local.retention.bytes", "-3"),
    ("local.retention.ms", "-3"),
    ("max.compaction.lag.ms", "0"),
    ("max.message.bytes", "2147483648"),
    ("max.message.bytes", "-1"),
    ("message.timestamp.type", "Never"),
    ("min.cleanable.dirty.ratio", "-0.1"),
    ("min.compaction.lag.ms", "-1"),
    ("min.insync.replicas", "0"),
    ("preallocate", "perhaps"),
    ("remote.storage.enable", "true"),
    ("retention.ms", "-2"),
    ("retention.ms", ""),
    ("segment.bytes", "1048575"),
    ("segment.index.bytes", "3"),
    ("segment.jitter.ms", "-1"),
    ("segment.ms", "0"),
    ("unclean.leader.election.enable", "1"),
    ("message.format.version", "3.0"),
    ("no.such.setting", "1"),
];

/// Validates the creation of a topic with this setting; returns error code and message.
async fn validate_topic(wire: &mut Wire, name: &str, setting: (&str, &str)) -> (i16, String) {
    let config = CreatableTopicConfig::default().with_name(text(setting.0));
    let topic = CreatableTopic::default()
        .with_name(TopicName(text(name)))
        .with_num_partitions(1)
        .with_replication_factor(-1)
        .with_configs(vec![config.with_value(Some(text(setting.1)))]);
    let request = CreateTopicsRequest::default()
        .with_topics(vec![topic])
        .with_timeout_ms(30_000)
        .with_validate_only(true);
    let answer = wire.request(&request, 5).await.topics.remove(0);
    (answer.error_code, answer.error_message.unwrap_or_default().to_string())
}

/// Sets a setting of a topic; returns the error code.
async fn set_setting(wire: &mut Wire, topic: &str, setting: (&str, &str)) -> i16 {
    let config = AlterableConfig::default()
        .with_name(text(setting.0))
        .with_config_operation(0)
        .with_value(Some(text(setting.1)));
    let resource = AlterConfigsResource::default()
        .with_resource_type(2)
        .with_resource_name(text(topic))
        .with_configs(vec![config]);
    let request = IncrementalAlterConfigsRequest::default().with_resources(vec![resource]);
    wire.request(&request, 1).await.responses[0].error_code
}

async fn every_setting_is_accepted_and_described(engine: &Engine) {
    let (created, altered) = (engine.topic(1, VALID).await, engine.topic(1, &[]).await);
    let mut wire = Wire::connect(engine.address).await;
    for setting in VALID {
        assert_eq!(set_setting(&mut wire, &altered, *setting).await, 0, "{setting:?}");
    }
    for (name, value) in VALID {
        wait_for_setting(engine, &created, name, value).await;
        wait_for_setting(engine, &altered, name, value).await;
    }
}

async fn invalid_values_are_refused_with_a_reason(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    let mut wire = Wire::connect(engine.address).await;
    for setting in INVALID {
        let (code, reason) = validate_topic(&mut wire, &engine.name("new"), *setting).await;
        assert_eq!(code, 40, "{setting:?}: {reason}");
        assert!(!reason.is_empty(), "{setting:?}");
        assert_eq!(set_setting(&mut wire, &topic, *setting).await, 40, "{setting:?}");
    }
}

async fn alter_configs_replaces_all_settings(engine: &Engine) {
    let topic = engine.topic(1, &[("retention.ms", "60000"), ("flush.ms", "5000")]).await;
    let mut wire = Wire::connect(engine.address).await;
    for version in 0..=2 {
        let value = (7_000 + i32::from(version)).to_string();
        let config = ReplacedConfig::default().with_name(text("flush.ms"));
        let resource = Replaced::default()
            .with_resource_type(2)
            .with_resource_name(text(&topic))
            .with_configs(vec![config.with_value(Some(text(&value)))]);
        let request = AlterConfigsRequest::default().with_resources(vec![resource]);
        assert_eq!(wire.request(&request, version).await.responses[0].error_code, 0);
        wait_for_setting(engine, &topic, "flush.ms", &value).await;
        wait_for_setting(engine, &topic, "retention.ms", "604800000").await;
    }
}
