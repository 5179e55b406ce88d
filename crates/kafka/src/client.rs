//! How every client of the cluster is configured.

use std::collections::BTreeMap;

use rdkafka::config::{ClientConfig, RDKafkaLogLevel};

use super::names::Names;

/// A member with a name of its own that starts again takes its place at once; one without waits until
/// the session of the one before it has run out.
pub(super) const STATIC_NAME: &str = "group.instance.id";

/// Where the cluster is, and how to speak to it.
#[derive(Clone, Debug)]
pub struct KafkaConfig {
    /// `host:port`, comma separated.
    pub brokers: String,
    /// Put before the name of every topic and group, so that installations can share a cluster.
    pub prefix: String,
    /// Partitions of every topic; `None`: six where we create it, and any number where we find it.
    pub partitions: Option<i32>,
    /// Replicas of topics that this program creates; `None`: three, or one a broker.
    pub replication: Option<i32>,
    /// Replicas that must have a record before it is acknowledged, for topics that this program
    /// creates; `None`: two where there are three replicas, else one.
    pub min_insync_replicas: Option<i32>,
    /// Milliseconds for which an event waits for others to share its request. A request costs a
    /// cluster, which copies it to every replica, far more than this wait costs anybody.
    pub linger_ms: u32,
    /// Milliseconds after which a silent group member is replaced; Kafka allows no less than 6,000.
    pub session_timeout_ms: u32,
    /// Further librdkafka properties; they win over ours.
    pub properties: BTreeMap<String, String>,
    /// True if no other process can have the name of these members: one that is shut out was shut out by
    /// its own former self, whose request was answered too late, and joins anew.
    pub owns_name: bool,
}

impl KafkaConfig {
    /// The usual settings for a cluster at `brokers`.
    pub fn new(brokers: impl Into<String>) -> Self {
        Self {
            brokers: brokers.into(),
            prefix: String::new(),
            partitions: None,
            replication: None,
            min_insync_replicas: None,
            // As Apache Kafka's own clients do from version 4 on.
            linger_ms: 5,
            session_timeout_ms: 6_000,
            properties: BTreeMap::new(),
            owns_name: false,
        }
    }

    /// Names the members of this process, unless the properties do. No two processes may have the same
    /// name, and one that stops for good is missed as late as one that dies.
    pub fn name_members(&mut self, name: &str) {
        self.owns_name |= !self.properties.contains_key(STATIC_NAME);
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
            // A broker that comes back is found within half a second, not ten.
            .set("reconnect.backoff.max.ms", "500")
            // So is a topic that was not there yet when a group looked for it.
            .set("topic.metadata.refresh.interval.ms", "5000")
            .set_log_level(RDKafkaLogLevel::Warning);
        config
    }

    /// For looking at the cluster and creating topics.
    pub(super) fn admin(&self) -> ClientConfig {
        self.without_group(self.client())
    }

    pub(super) fn producer(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("acks", "all")
            .set("enable.idempotence", "true")
            // The Java default; librdkafka's own would put a key elsewhere than Java tools do.
            .set("partitioner", "murmur2_random")
            // Any client can read it: kafka-python, for one, has no lz4 of its own.
            .set("compression.type", "none")
            .set("linger.ms", self.linger_ms.to_string())
            .set("message.timeout.ms", "30000");
        self.without_group(config)
    }

    /// For a member of `group`, or for somebody who only reads.
    pub(super) fn consumer(&self, group: &str) -> ClientConfig {
        let mut config = self.client();
        config
            .set("group.id", self.names().on_cluster(group))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "earliest")
            // What a disk or a wire has altered must not be taken for what was written.
            .set("check.crcs", "true")
            .set("fetch.error.backoff.ms", "50")
            .set("fetch.queue.backoff.ms", "50")
            .set("queued.min.messages", "1000");
        // With the newer group protocol the brokers decide these, and clients may not.
        if self.properties.get("group.protocol").is_none_or(|protocol| protocol == "classic") {
            config
                .set("partition.assignment.strategy", "cooperative-sticky")
                .set("session.timeout.ms", self.session_timeout_ms.to_string())
                .set("heartbeat.interval.ms", "500");
        }
        self.with_overrides(config)
    }

    /// For looking closely at one offset after the other, as `group` would read them.
    pub(super) fn probe(&self, group: &str) -> ClientConfig {
        let mut config = self.consumer(group);
        config.remove(STATIC_NAME);
        config
            .set("enable.partition.eof", "true")
            .set("fetch.error.backoff.ms", "1")
            .set("fetch.queue.backoff.ms", "1")
            .set("fetch.wait.max.ms", "10")
            // A batch comes whole however large it is; what comes after it is of little use.
            .set("fetch.message.max.bytes", "65536")
            .set("queued.min.messages", "1");
        config
    }

    /// Clients that are members of nothing do not know the name of one.
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
    fn properties_of_the_settings_win_in_every_client() {
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
