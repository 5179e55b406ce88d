//! Configuration of all clients of the cluster.

use std::collections::BTreeMap;

use rdkafka::config::{ClientConfig, RDKafkaLogLevel};

use super::names::Names;

/// The property for static membership. A restarted member with a name takes over at once; without
/// one, the group waits until the old session expires.
pub(super) const STATIC_NAME: &str = "group.instance.id";

/// How to reach and use the cluster.
#[derive(Clone, Debug)]
pub struct KafkaConfig {
    /// `host:port`, comma separated.
    pub brokers: String,
    /// Prefix of all topics and groups, so that installations can share a cluster.
    pub prefix: String,
    /// Partitions per topic; `None`: six when created, any number in existing topics.
    pub partitions: Option<i32>,
    /// Replicas of topics created here; `None`: three, or one per broker if there are fewer.
    pub replication: Option<i32>,
    /// Minimum in-sync replicas of topics created here; `None`: two with three replicas, else one.
    pub min_insync_replicas: Option<i32>,
    /// Milliseconds for which an event waits for others to share its request. Replicating a request
    /// costs a cluster far more than this wait.
    pub linger_ms: u32,
    /// Milliseconds after which a silent member is replaced; Kafka's minimum is 6,000.
    pub session_timeout_ms: u32,
    /// Further librdkafka properties; they override ours.
    pub properties: BTreeMap<String, String>,
    /// True if the member names of this process are unique: a member that is fenced was then fenced
    /// by its own former request, which was answered too late, and rejoins.
    pub has_unique_names: bool,
}

impl KafkaConfig {
    /// Default settings for a cluster at `brokers`.
    pub fn new(brokers: impl Into<String>) -> Self {
        Self {
            brokers: brokers.into(),
            prefix: String::new(),
            partitions: None,
            replication: None,
            min_insync_replicas: None,
            // The default of Apache Kafka's own clients since version 4.
            linger_ms: 5,
            session_timeout_ms: 6_000,
            properties: BTreeMap::new(),
            has_unique_names: false,
        }
    }

    /// Sets the static names of this process's members, unless the properties do. Names must be
    /// unique among processes; a member that leaves for good is noticed only when its session
    /// expires.
    pub fn name_members(&mut self, name: &str) {
        self.has_unique_names |= !self.properties.contains_key(STATIC_NAME);
        self.properties.entry(STATIC_NAME.to_owned()).or_insert_with(|| name.to_owned());
    }

    pub(super) fn names(&self) -> Names {
        Names::new(&self.prefix)
    }

    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "comanda")
            // A restarted broker is found within 500 ms instead of 10 s.
            .set("reconnect.backoff.max.ms", "500")
            // So is a topic that was created after a group subscribed to it.
            .set("topic.metadata.refresh.interval.ms", "5000")
            .set_log_level(RDKafkaLogLevel::Warning);
        config
    }

    /// For metadata and creating topics.
    pub(super) fn admin(&self) -> ClientConfig {
        self.without_group(self.client())
    }

    pub(super) fn producer(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("acks", "all")
            .set("enable.idempotence", "true")
            // The Java default, so that Java tools choose the same partition for a key.
            .set("partitioner", "murmur2_random")
            // Readable by any client: kafka-python, for example, has no lz4.
            .set("compression.type", "none")
            .set("linger.ms", self.linger_ms.to_string())
            .set("message.timeout.ms", "30000");
        self.without_group(config)
    }

    /// For a member of `group`, or for reading without membership.
    pub(super) fn consumer(&self, group: &str) -> ClientConfig {
        let mut config = self.client();
        config
            .set("group.id", self.names().on_cluster(group))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "earliest")
            // Data altered on disk or in transit must not be accepted.
            .set("check.crcs", "true")
            .set("fetch.error.backoff.ms", "50")
            .set("fetch.queue.backoff.ms", "50")
            .set("queued.min.messages", "1000");
        // In the newer group protocol, brokers set these and clients must not.
        if self.properties.get("group.protocol").is_none_or(|protocol| protocol == "classic") {
            config
                .set("partition.assignment.strategy", "cooperative-sticky")
                .set("session.timeout.ms", self.session_timeout_ms.to_string())
                .set("heartbeat.interval.ms", "500");
        }
        self.with_overrides(config)
    }

    /// For examining single offsets as `group` would read them.
    pub(super) fn probe(&self, group: &str) -> ClientConfig {
        let mut config = self.consumer(group);
        config.remove(STATIC_NAME);
        config
            .set("enable.partition.eof", "true")
            .set("fetch.error.backoff.ms", "1")
            .set("fetch.queue.backoff.ms", "1")
            .set("fetch.wait.max.ms", "10")
            // A batch is always returned whole; further data is of little use.
            .set("fetch.message.max.bytes", "65536")
            .set("queued.min.messages", "1");
        config
    }

    /// Clients without a group must not have a member's name.
    fn without_group(&self, config: ClientConfig) -> ClientConfig {
        let mut config = self.with_overrides(config);
        config.remove(STATIC_NAME);
        config
    }

    fn with_overrides(&self, mut config: ClientConfig) -> ClientConfig {
        for (name, value) in &self.properties {
            config.set(name, value);
        }
        config
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::{consumer::BaseConsumer, producer::FutureProducer};

    use super::*;

    #[test]
    fn configured_properties_override_ours_in_every_client() {
        let mut config = KafkaConfig::new("127.0.0.1:9092");
        config.properties.insert("client.id".into(), "mine".into());
        for client in [config.admin(), config.producer(), config.consumer("group")] {
            assert_eq!(client.get("client.id"), Some("mine"));
        }
    }

    #[test]
    fn librdkafka_takes_both_group_protocols() {
        for protocol in ["classic", "consumer"] {
            let mut config = KafkaConfig::new("127.0.0.1:9092");
            config.properties.insert("group.protocol".into(), protocol.into());
            let consumer: Result<BaseConsumer, _> = config.consumer("group").create();
            assert!(consumer.is_ok(), "{protocol}: {:?}", consumer.err());
        }
    }

    #[test]
    fn a_property_that_does_not_exist_is_named() {
        let mut config = KafkaConfig::new("127.0.0.1:9092");
        config.properties.insert("lingering.ms".into(), "5".into());
        let refused = config.producer().create::<FutureProducer>().err().unwrap();
        assert!(refused.to_string().contains("lingering.ms"), "{refused}");
    }
}
