//! Why the cluster cannot be used, in words for whoever set it up.

use rdkafka::{error::KafkaError as RdError, types::RDKafkaErrorCode};

/// The cluster cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KafkaError {
    /// A client cannot be made of the settings.
    #[error("the Kafka settings are not usable: {0}{hint}", hint = tls_hint(.0))]
    Settings(#[source] RdError),
    /// No broker answers, or none lets us in.
    #[error("no Kafka broker answers at {brokers}: {reason}")]
    Unreachable {
        /// Where we asked.
        brokers: String,
        /// The last thing that went wrong.
        reason: String,
    },
    /// Brokers answer, and not for every partition.
    #[error("not every partition is served: {0}; are all brokers up?")]
    Unserved(String),
    /// The brokers know us, and do not let us do it.
    #[error(
        "Kafka does not allow {what}: grant it to this user (kafka-acls), or use another \
         (sasl.username)"
    )]
    Denied {
        /// What was tried.
        what: String,
    },
    /// A topic could not be created.
    #[error("the topic {topic} cannot be created with {replication} replicas: {reason}{hint}",
        hint = replication_hint(*.reason))]
    Topic {
        /// Which topic.
        topic: String,
        /// How many replicas were asked for.
        replication: i32,
        /// What the broker said.
        #[source]
        reason: RDKafkaErrorCode,
    },
    /// A topic has another number of partitions than the settings ask for.
    #[error(
        "the topic {topic} has {found} partitions, not {asked}: ask for {found} (--partitions), \
         or leave the number open to take topics as they are"
    )]
    Partitions {
        /// Which topic.
        topic: String,
        /// How many it has.
        found: usize,
        /// How many the settings ask for.
        asked: i32,
    },
    /// A read failed in the middle.
    #[error("reading from Kafka failed: {0}")]
    Read(#[source] RdError),
}

/// A client that is built without TLS says so in its own words; ours tell what to do.
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
