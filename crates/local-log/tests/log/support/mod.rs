//! Shared by the tests: a log in a temporary folder, and clients with timeouts.

pub mod batches;
pub mod child;
pub mod wire;

use std::{
    collections::BTreeMap,
    future::Future,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use local_log::{Config, LocalLog};
use rdkafka::{
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    config::ClientConfig,
    consumer::{Consumer, StreamConsumer},
    message::{Message, OwnedMessage},
    producer::{FutureProducer, FutureRecord},
};

/// Reached only by a hang.
pub const HANG: Duration = Duration::from_mins(1);

/// Fails instead of hanging.
pub async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    let Ok(value) = tokio::time::timeout(HANG, future).await else { panic!("hangs: {what}") };
    value
}

pub fn any_port() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

pub async fn start(folder: &Path) -> LocalLog {
    let mut config = Config::new(any_port(), folder);
    // Tests use records of any age.
    config.retention_ms = -1;
    LocalLog::start(config).await.unwrap()
}

/// Starts a log with a continuously running cleaner.
pub async fn start_cleaning(folder: &Path) -> LocalLog {
    let mut config = Config::new(any_port(), folder);
    config.segment_bytes = 1_000;
    config.cleaner_interval = Duration::from_millis(20);
    LocalLog::start(config).await.unwrap()
}

/// Waits for a condition.
pub async fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    in_time(what, waiting).await;
}

pub fn client(address: SocketAddr) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", address.to_string());
    config
}

pub fn producer(address: SocketAddr) -> FutureProducer {
    let mut config = client(address);
    config.set("enable.idempotence", "true").set("linger.ms", "0").set("acks", "all");
    config.set("partitioner", "murmur2_random");
    config.create().unwrap()
}

pub fn consumer(address: SocketAddr, group: &str) -> StreamConsumer {
    let mut config = client(address);
    config.set("group.id", group).set("auto.offset.reset", "earliest");
    config.set("enable.auto.commit", "false").set("session.timeout.ms", "6000");
    config.set("heartbeat.interval.ms", "500");
    config.set("partition.assignment.strategy", "cooperative-sticky");
    config.create().unwrap()
}

/// Drops a consumer off the runtime: leaving its group blocks.
pub async fn close(consumer: StreamConsumer) {
    in_time("drop of a consumer", tokio::task::spawn_blocking(move || drop(consumer)))
        .await
        .unwrap();
}

pub async fn create(address: SocketAddr, topic: &str, partitions: i32) {
    create_with(address, topic, partitions, &[]).await;
}

pub async fn create_with(
    address: SocketAddr,
    topic: &str,
    partitions: i32,
    settings: &[(&str, &str)],
) {
    let admin: AdminClient<DefaultClientContext> = client(address).create().unwrap();
    let mut new = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
    for (name, value) in settings {
        new = new.set(name, value);
    }
    let results = in_time("create", admin.create_topics(&[new], &AdminOptions::new())).await;
    results.unwrap().into_iter().for_each(|result| assert!(result.is_ok(), "{result:?}"));
}

/// Sends and waits for the acknowledgement: partition and offset.
pub async fn send(producer: &FutureProducer, topic: &str, key: &str, value: &str) -> (i32, i64) {
    let record = FutureRecord::to(topic).key(key).payload(value);
    let delivery = in_time("send", producer.send(record, HANG)).await.unwrap();
    (delivery.partition, delivery.offset)
}

/// Segment files of the first partition of a topic, oldest first.
pub fn segments(folder: &Path, topic: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.join("topics").join(topic).join("0")).unwrap();
    let mut files: Vec<_> = entries.map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "log"));
    files.sort();
    files
}

/// Offsets of the first record and after the last one.
pub async fn watermarks(address: SocketAddr, topic: &str) -> (i64, i64) {
    let consumer: rdkafka::consumer::BaseConsumer = client(address).create().unwrap();
    let topic = topic.to_owned();
    tokio::task::spawn_blocking(move || consumer.fetch_watermarks(&topic, 0, HANG).unwrap())
        .await
        .unwrap()
}

/// Reads `count` messages.
pub async fn read(consumer: &StreamConsumer, count: usize) -> Vec<OwnedMessage> {
    let mut messages = Vec::new();
    while messages.len() < count {
        let message = in_time("read", consumer.recv()).await;
        match message {
            Ok(message) => messages.push(message.detach()),
            Err(error) => eprintln!("while reading: {error}"),
        }
    }
    messages
}

/// Reads a whole topic without a group: values by (partition, offset).
pub async fn read_topic(address: SocketAddr, topic: &str) -> BTreeMap<(i32, i64), String> {
    let consumer: StreamConsumer = client(address)
        .set("group.id", "reads-all")
        .set("enable.partition.eof", "true")
        .create()
        .unwrap();
    let metadata = consumer.fetch_metadata(Some(topic), HANG).unwrap();
    let partitions = metadata.topics()[0].partitions().len();
    {
        let mut list = rdkafka::TopicPartitionList::new();
        for partition in 0..i32::try_from(partitions).unwrap() {
            list.add_partition_offset(topic, partition, rdkafka::Offset::Beginning).unwrap();
        }
        consumer.assign(&list).unwrap();
    }
    let (mut found, mut ended) = (BTreeMap::new(), 0);
    while ended < partitions {
        match in_time("read all", consumer.recv()).await {
            Ok(m) => {
                let value = m.payload().map(|p| String::from_utf8_lossy(p).into_owned());
                found.insert((m.partition(), m.offset()), value.unwrap_or_default());
            }
            Err(rdkafka::error::KafkaError::PartitionEOF(_)) => ended += 1,
            Err(error) => eprintln!("while reading: {error}"),
        }
    }
    close(consumer).await;
    found
}
