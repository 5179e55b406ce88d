//! Validation and automatic creation of topics.
use local_log::{Config, LocalLog};
use rdkafka::{
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    consumer::Consumer,
    error::RDKafkaErrorCode,
};
use support::{HANG, client, close, consumer, in_time, producer, send};

use crate::support;

#[tokio::test(flavor = "multi_thread")]
async fn topics_are_validated_before_they_are_created() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    let admin: AdminClient<DefaultClientContext> = client(log.address()).create().unwrap();
    let topic = |name, n, r| NewTopic::new(name, n, TopicReplication::Fixed(r));
    let requested = [
        topic("good", 3, 1).set("cleanup.policy", "compact"),
        topic("bad/name", 1, 1),
        topic("replicated", 1, 3),
        topic("odd", 1, 1).set("no.such.setting", "1"),
    ];
    let validate_only = AdminOptions::new().validate_only(true);
    let validated =
        in_time("create", admin.create_topics(&requested[..1], &validate_only)).await.unwrap();
    assert!(validated[0].is_ok());
    let results = in_time("create", admin.create_topics(&requested, &AdminOptions::new())).await;
    let errors: Vec<_> = results.unwrap().into_iter().map(|r| r.err().map(|e| e.1)).collect();
    let expected = [
        None,
        Some(RDKafkaErrorCode::InvalidTopic),
        Some(RDKafkaErrorCode::InvalidReplicationFactor),
        Some(RDKafkaErrorCode::InvalidConfig),
    ];
    assert_eq!(errors, expected);
    let again = in_time("create", admin.create_topics(&requested[..1], &AdminOptions::new())).await;
    let again = again.unwrap().remove(0).unwrap_err();
    assert_eq!(again.1, RDKafkaErrorCode::TopicAlreadyExists);
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_topic_is_an_error_and_not_created() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    let consumer = consumer(log.address(), "curious");
    let metadata = consumer.fetch_metadata(None, HANG).unwrap();
    assert!(metadata.topics().is_empty());
    let metadata = consumer.fetch_metadata(Some("nowhere"), HANG).unwrap();
    assert!(metadata.topics()[0].error().is_some());
    close(consumer).await;
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_is_created_on_first_use_if_configured() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(support::any_port(), folder.path());
    config.auto_create_topics = true;
    config.default_partitions = 3;
    let log = LocalLog::start(config).await.unwrap();
    send(&producer(log.address()), "by-use", "k", "v").await;
    let consumer = consumer(log.address(), "curious");
    let metadata = consumer.fetch_metadata(Some("by-use"), HANG).unwrap();
    assert_eq!(metadata.topics()[0].partitions().len(), 3);
    drop(metadata);
    close(consumer).await;
    log.shutdown().await;
}
