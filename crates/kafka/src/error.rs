//! Why the cluster cannot be used, in words for operators.

use rdkafka::{error::KafkaError as RdError, types::RDKafkaErrorCode};

/// The cluster cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KafkaError {
    /// A client cannot be created with these settings.
    #[error("the Kafka settings are not usable: {0}{hint}", hint = tls_hint(.0))]
    Settings(#[source] RdError),
    /// No broker responds, or none accepts the connection.
    #[error("no Kafka broker answers at {brokers}: {reason}")]
    Unreachable {
        /// The addresses.
        brokers: String,
        /// The last error.
        reason: String,
    },
    /// Brokers respond, but not for every partition.
    #[error("not every partition is served: {0}; are all brokers up?")]
    Unserved(String),
    /// The brokers deny the operation.
    #[error(
        "Kafka does not allow {what}: grant it to this user (kafka-acls), or use another \
         (sasl.username)"
    )]
    Denied {
        /// The operation.
        what: String,
    },
    /// A topic could not be created.
    #[error("the topic {topic} cannot be created with {replication} replicas: {reason}{hint}",
        hint = replication_hint(*.reason))]
    Topic {
        /// The topic.
        topic: String,
        /// Requested number of replicas.
        replication: i32,
        /// The broker's error.
        #[source]
        reason: RDKafkaErrorCode,
    },
    /// A topic has another number of partitions than configured.
    #[error(
        "the topic {topic} has {found} partitions, not {asked}: ask for {found} (--partitions), \
         or leave the number open to take topics as they are"
    )]
    Partitions {
        /// The topic.
        topic: String,
        /// Its number of partitions.
        found: usize,
        /// The configured number.
        asked: i32,
    },
    /// Reading failed.
    #[error("reading from Kafka failed: {0}")]
    Read(#[source] RdError),
}

/// A hint for builds without TLS, whose error text does not say what to do.
fn tls_hint(error: &RdError) -> &'static str {
    let text = error.to_string();
    let asks_for_tls = ["OpenSSL", "SASL_SSL", "SCRAM", "\"ssl"].iter().any(|w| text.contains(w));
    match cfg!(feature = "tls") || !asks_for_tls {
        true => "",
        false => "; this binary was built without TLS: build with `--features kafka-tls`",
    }
}

fn replication_hint(reason: RDKafkaErrorCode) -> &'static str {
    match reason {
        RDKafkaErrorCode::InvalidReplicationFactor => {
            "; are all brokers up? (--replication asks for fewer)"
        }
        _ => "",
    }
}
