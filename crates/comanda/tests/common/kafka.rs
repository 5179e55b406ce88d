//! The log as a foreign Kafka client sees it.
//!
//! A `TopicPartitionList` that lives while its consumer is dropped blocks for ever, so every list
//! here is copied to plain offsets and dropped at once.

use std::time::{Duration, Instant};

use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions, NewPartitions},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
    message::{Header, Headers, OwnedHeaders},
    metadata::MetadataPartition,
    producer::{FutureProducer, FutureRecord, Producer},
};
use serde_json::Value;

use super::{ok_if, wait_until, wire};

/// Timeout for a broker; only a failure takes so long.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// A copied record.
#[derive(Clone, Debug)]
pub struct CopiedRecord {
    pub partition: i32,
    pub offset: i64,
    pub key: Vec<u8>,
    pub value: Vec<u8>,
    pub headers: Vec<(String, String)>,
}

impl CopiedRecord {
    pub fn key_text(&self) -> String {
        String::from_utf8(self.key.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.value).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

/// A client of the platform's log.
pub struct Kafka {
    brokers: String,
    prefix: String,
    producer: FutureProducer,
    /// A producer with Java's partitioner.
    java: FutureProducer,
}

impl Kafka {
    pub fn new(brokers: String, prefix: String) -> Self {
        let mut config = ClientConfig::new();
        // Foreign clients may have a greater limit than the brokers.
        config.set("bootstrap.servers", &brokers).set("message.max.bytes", "4000000");
        let producer = config.create().unwrap();
        let java = config.set("partitioner", "murmur2_random").create().unwrap();
        Self { brokers, prefix, producer, java }
    }

    /// The name of a topic or group with the prefix.
    pub fn name(&self, ours: &str) -> String {
        format!("{}{ours}", self.prefix)
    }

    /// A consumer without a subscription.
    pub fn consumer(&self, group: &str) -> BaseConsumer {
        ClientConfig::new()
            .set("bootstrap.servers", &self.brokers)
            .set("group.id", self.name(group))
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "earliest")
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", "6000")
            .create()
            .unwrap()
    }

    /// A static member of a group.
    pub fn join_group(&self, group: &str, name: &str, topics: &[&str]) -> BaseConsumer {
        let member: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", &self.brokers)
            .set("group.id", self.name(group))
            .set("group.instance.id", name)
            .set("enable.auto.commit", "false")
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", "6000")
            .create()
            .unwrap();
        let topics: Vec<_> = topics.iter().map(|topic| self.name(topic)).collect();
        let topics: Vec<_> = topics.iter().map(String::as_str).collect();
        member.subscribe(&topics).unwrap();
        member
    }

    /// Produces a record; without a partition, the key decides.
    pub async fn produce(&self, topic: &str, partition: Option<i32>, key: &[u8], value: &[u8]) {
        let about = Header { key: "from", value: Some("a foreign writer") };
        let headers = OwnedHeaders::new().insert(about);
        let topic = self.name(topic);
        let record = FutureRecord::to(&topic).key(key).payload(value).headers(headers);
        let record = FutureRecord { partition, ..record };
        self.producer.send(record, TIMEOUT).await.unwrap();
    }

    /// Produces a record of `order_details` with Java's partitioner, with headers and a timestamp
    /// in milliseconds since 1970; `None` is now.
    pub async fn produce_with(
        &self,
        key: &[u8],
        value: &[u8],
        headers: &[(&str, &str)],
        at_ms: Option<i64>,
    ) {
        let owned = OwnedHeaders::new_with_capacity(headers.len());
        let owned = headers
            .iter()
            .fold(owned, |owned, (key, value)| owned.insert(Header { key, value: Some(*value) }));
        let topic = self.name("order_details");
        let record = FutureRecord::to(&topic).key(key).payload(value).headers(owned);
        let record = FutureRecord { timestamp: at_ms, ..record };
        self.java.send(record, TIMEOUT).await.unwrap();
    }

    /// All records of a topic.
    pub fn read_topic(&self, topic: &str) -> Vec<CopiedRecord> {
        let consumer = self.consumer("a foreign reader");
        let mut open = Vec::new();
        let mut list = TopicPartitionList::new();
        let topic = &self.name(topic);
        for (partition, low, high) in watermarks(&consumer, topic) {
            if low < high {
                list.add_partition_offset(topic, partition, Offset::Offset(low)).unwrap();
                open.push((partition, high));
            }
        }
        consumer.assign(&list).unwrap();
        drop(list);
        let mut records = Vec::new();
        while !open.is_empty() {
            let message = match consumer.poll(TIMEOUT).expect("a record comes") {
                Ok(message) => message,
                // A broker is down or restarting; the client retries.
                Err(KafkaError::MessageConsumption(
                    RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::AllBrokersDown,
                )) => continue,
                Err(error) => panic!("{error}"),
            };
            let (partition, offset) = (message.partition(), message.offset());
            open.retain(|(p, high)| *p != partition || offset + 1 < *high);
            records.push(copy(&message));
        }
        records
    }

    /// The lag of a group, and the number of records in its topics. An error while the coordinator
    /// moves to another broker.
    pub fn lag(&self, group: &str, topics: &[&str]) -> Result<(i64, i64), KafkaError> {
        let consumer = self.consumer(group);
        let mut list = TopicPartitionList::new();
        let mut ends = Vec::new();
        for topic in topics {
            let topic = &self.name(topic);
            for (partition, low, high) in watermarks(&consumer, topic) {
                list.add_partition(topic, partition);
                ends.push(((topic.clone(), partition), low, high));
            }
        }
        let committed = consumer.committed_offsets(list, TIMEOUT)?.to_topic_map();
        let lags = ends.iter().map(|(partition, low, high)| match committed.get(partition) {
            Some(Offset::Offset(at)) => high - at,
            _ => high - low,
        });
        Ok((lags.sum(), ends.iter().map(|(_, low, high)| high - low).sum()))
    }

    /// The broker that leads the first partition of a topic.
    pub fn leader(&self, topic: &str) -> i32 {
        let consumer = self.consumer("a foreign reader");
        let metadata = consumer.fetch_metadata(Some(&self.name(topic)), TIMEOUT).unwrap();
        metadata.topics()[0].partitions()[0].leader()
    }

    /// Waits until every replica of a topic is in sync.
    pub async fn wait_for_replicas(&self, topic: &str) {
        let consumer = self.consumer("a foreign reader");
        wait_until(&format!("every replica of {topic} is in sync"), async || {
            let name = self.name(topic);
            let metadata = consumer.fetch_metadata(Some(&name), TIMEOUT).unwrap();
            let partitions = metadata.topics()[0].partitions();
            let lagging = partitions.iter().filter(|p| p.isr().len() < p.replicas().len()).count();
            ok_if(lagging == 0, lagging)
        })
        .await;
    }

    /// Produces a compressed record.
    pub async fn produce_compressed(&self, topic: &str, codec: &str, value: &[u8]) {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers).set("compression.type", codec);
        let producer: FutureProducer = config.create().unwrap();
        let topic = self.name(topic);
        let record = FutureRecord::to(&topic).key("k").payload(value);
        producer.send(record, TIMEOUT).await.unwrap();
    }

    /// Writes a batch as it is, and returns the broker's error code.
    pub fn produce_batch(&self, topic: &str, partition: i32, batch: &[u8]) -> i16 {
        wire::produce_batch(&self.brokers, &self.name(topic), partition, batch)
    }

    /// Writes a record in a transaction, which is committed or aborted.
    pub async fn produce_in_transaction(&self, topic: &str, value: &[u8], commits: bool) {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers);
        config.set("transactional.id", self.name("a foreign writer"));
        let producer: FutureProducer = config.create().unwrap();
        producer.init_transactions(TIMEOUT).unwrap();
        producer.begin_transaction().unwrap();
        let topic = self.name(topic);
        let record = FutureRecord::to(&topic).key("k").payload(value);
        producer.send(record, TIMEOUT).await.unwrap();
        if commits {
            producer.commit_transaction(TIMEOUT).unwrap();
        } else {
            producer.abort_transaction(TIMEOUT).unwrap();
        }
    }

    /// Increases the number of partitions of a topic to `count`.
    pub async fn add_partitions(&self, topic: &str, count: i32) {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers);
        let admin: AdminClient<DefaultClientContext> = config.create().unwrap();
        let name = self.name(topic);
        let more = NewPartitions::new(&name, usize::try_from(count).unwrap());
        let options = AdminOptions::new().operation_timeout(Some(TIMEOUT));
        for added in admin.create_partitions(&[more], &options).await.unwrap() {
            added.unwrap();
        }
    }

    /// The end offset of each partition of a topic.
    pub fn end_offsets(&self, topic: &str) -> Vec<(i32, i64)> {
        let marks = watermarks(&self.consumer("a foreign reader"), &self.name(topic));
        marks.into_iter().map(|(partition, _, high)| (partition, high)).collect()
    }

    /// The number of partitions of a topic.
    pub fn count_partitions(&self, topic: &str) -> i32 {
        let consumer = self.consumer("a foreign reader");
        i32::try_from(watermarks(&consumer, &self.name(topic)).len()).unwrap()
    }
}

fn watermarks(consumer: &BaseConsumer, topic: &str) -> Vec<(i32, i64, i64)> {
    let metadata = consumer.fetch_metadata(Some(topic), TIMEOUT).unwrap();
    let partitions = metadata.topics()[0].partitions().iter().map(MetadataPartition::id);
    let marks = |partition| {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            match consumer.fetch_watermarks(topic, partition, TIMEOUT) {
                Ok((low, high)) => return (partition, low, high),
                // A broker has died, and the partition gets another leader.
                Err(error) if Instant::now() > deadline => panic!("{topic}/{partition}: {error}"),
                Err(_) => std::thread::sleep(Duration::from_millis(200)),
            }
        }
    };
    partitions.map(marks).collect()
}

fn copy(message: &impl Message) -> CopiedRecord {
    let header = |header: Header<'_, &[u8]>| {
        let value = header.value.map(String::from_utf8_lossy).unwrap_or_default();
        (header.key.to_owned(), value.into_owned())
    };
    CopiedRecord {
        partition: message.partition(),
        offset: message.offset(),
        key: message.key().unwrap_or_default().to_vec(),
        value: message.payload().unwrap_or_default().to_vec(),
        headers: message.headers().map(|all| all.iter().map(header).collect()).unwrap_or_default(),
    }
}
