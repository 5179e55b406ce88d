//! How every client of the cluster is configured.

use std::collections::BTreeMap;

use rdkafka::config::{ClientConfig, RDKafkaLogLevel};

/// Where the cluster is, and how to speak to it.
#[derive(Clone, Debug)]
pub struct KafkaConfig {
    /// `host:port`, comma separated.
    pub brokers: String,
    /// Partitions of topics that this program creates.
    pub partitions: i32,
    /// Replicas of topics that this program creates.
    pub replication: i32,
    /// Milliseconds after which a silent group member is replaced; Kafka allows no less than 6,000.
    pub session_timeout_ms: u32,
    /// Further librdkafka properties; they win over ours.
    pub properties: BTreeMap<String, String>,
}

impl KafkaConfig {
    /// The usual settings for a cluster at `brokers`.
    pub fn new(brokers: impl Into<String>) -> Self {
        Self {
            brokers: brokers.into(),
            partitions: 6,
            replication: 1,
            session_timeout_ms: 6_000,
            properties: BTreeMap::new(),
        }
    }

    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "comanda")
            // A broker that comes back is found within half a second, not ten.
            .set("reconnect.backoff.max.ms", "500")
            .set("topic.metadata.refresh.interval.ms", "30000")
            .set_log_level(RDKafkaLogLevel::Warning);
        config
    }

    /// For creating topics.
    pub(super) fn admin(&self) -> ClientConfig {
        self.with_overrides(self.client())
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
            .set("linger.ms", "1")
            .set("message.timeout.ms", "30000");
        self.with_overrides(config)
    }

    pub(super) fn consumer(&self, group: &str) -> ClientConfig {
        let mut config = self.client();
        config
            .set("group.id", group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "earliest")
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", self.session_timeout_ms.to_string())
            .set("heartbeat.interval.ms", "500")
            .set("fetch.error.backoff.ms", "50")
            .set("fetch.queue.backoff.ms", "50")
            .set("queued.min.messages", "1000");
        self.with_overrides(config)
    }

    fn with_overrides(&self, mut config: ClientConfig) -> ClientConfig {
        for (name, value) in &self.properties {
            config.set(name, value);
        }
        config
    }
}

/// The cluster cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KafkaError {
    /// A client cannot be made of the settings.
    #[error("the Kafka settings are not usable: {0}")]
    Settings(rdkafka::error::KafkaError),
    /// No broker answers.
    #[error("no Kafka broker answers at {brokers}: {reason}")]
    Unreachable {
        /// Where we asked.
        brokers: String,
        /// What librdkafka said.
        reason: rdkafka::error::KafkaError,
    },
    /// A topic could not be created.
    #[error("the topic {topic} cannot be created: {reason}")]
    Topic {
        /// Which topic.
        topic: String,
        /// What the broker said.
        reason: rdkafka::types::RDKafkaErrorCode,
    },
    /// A read failed in the middle.
    #[error("reading from Kafka failed: {0}")]
    Read(rdkafka::error::KafkaError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_of_the_settings_win_in_every_client() {
        let mut config = KafkaConfig::new("127.0.0.1:9092");
        config.properties.insert("client.id".into(), "mine".into());
        for client in [config.admin(), config.producer(), config.consumer("group")] {
            assert_eq!(client.get("client.id"), Some("mine"));
        }
    }
}
