//! A look at the cluster: who answers, which topics there are, and why if nobody does.

use std::{
    collections::BTreeMap,
    sync::Arc,
    thread::sleep,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use rdkafka::{
    ClientContext,
    error::{KafkaError as RdError, RDKafkaErrorCode},
    metadata::{Metadata, MetadataTopic},
    producer::{BaseProducer, Producer, ProducerContext},
};

use super::{client::KafkaConfig, error::KafkaError, names::Names};

/// Brokers that are just starting get this long.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);
const ONE_TRY: Duration = Duration::from_secs(5);

/// Remembers what went wrong: a time-out alone tells nobody that the password is wrong.
#[derive(Clone, Default)]
struct Watching(Arc<Mutex<Told>>);

#[derive(Clone, Default)]
struct Told {
    last: Option<String>,
    /// Trying again will not help.
    is_final: bool,
}

impl ClientContext for Watching {
    fn error(&self, error: RdError, reason: &str) {
        tracing::debug!(%error, reason, "kafka client reported");
        let code = error.rdkafka_error_code();
        let is_final =
            matches!(code, Some(RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SSL));
        let mut told = self.0.lock();
        // What only follows from it (all brokers are down, the connection closed) says less.
        let follows = told.is_final || code == Some(RDKafkaErrorCode::AllBrokersDown);
        if is_final || !follows || told.last.is_none() {
            told.last = Some(reason.to_owned());
        }
        told.is_final |= is_final;
    }
}

impl ProducerContext for Watching {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &rdkafka::message::DeliveryResult<'_>, (): ()) {}
}

impl Watching {
    fn told(&self) -> Told {
        self.0.lock().clone()
    }
}

/// A topic as it is on the cluster.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) partitions: usize,
    /// Replicas of the partition that has fewest.
    pub(super) replication: usize,
}

/// What the brokers told.
pub(super) struct Cluster {
    pub(super) brokers: usize,
    /// By the name that we use.
    pub(super) topics: BTreeMap<String, Found>,
}

impl Cluster {
    /// Asks the brokers; blocks its thread.
    pub(super) fn ask(config: &KafkaConfig) -> Result<Self, KafkaError> {
        let watching = Watching::default();
        let client: BaseProducer<Watching> =
            config.admin().create_with_context(watching.clone()).map_err(KafkaError::Settings)?;
        let deadline = Instant::now() + ANSWER_WITHIN;
        loop {
            let error = match client.client().fetch_metadata(None, ONE_TRY) {
                Ok(metadata) => {
                    let topics = topics(&metadata, &config.names());
                    return Ok(Self { brokers: metadata.brokers().len(), topics });
                }
                Err(error) => error,
            };
            // What really happened is told here.
            client.poll(Duration::from_millis(100));
            let told = watching.told();
            if told.is_final || Instant::now() > deadline {
                let reason = told.last.unwrap_or_else(|| error.to_string());
                return Err(KafkaError::Unreachable { brokers: config.brokers.clone(), reason });
            }
            sleep(Duration::from_millis(100));
        }
    }
}

/// The topics that are ours; others on the same cluster are none of our business.
fn topics(metadata: &Metadata, names: &Names) -> BTreeMap<String, Found> {
    let found = |topic: &MetadataTopic| {
        let (name, partitions) = (names.ours(topic.name())?.to_owned(), topic.partitions());
        let replication = partitions.iter().map(|p| p.replicas().len()).min().unwrap_or(0);
        Some((name, Found { partitions: partitions.len(), replication }))
    };
    let there = metadata.topics().iter().filter(|topic| topic.error().is_none());
    there.filter_map(found).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(errors: &[(RDKafkaErrorCode, &str)]) -> Told {
        let watching = Watching::default();
        for (code, reason) in errors {
            watching.error(RdError::Global(*code), reason);
        }
        watching.told()
    }

    #[test]
    fn the_cause_is_told_and_not_what_follows_from_it() {
        use RDKafkaErrorCode::{AllBrokersDown, Authentication, BrokerTransportFailure};
        let away = told(&[(BrokerTransportFailure, "refused"), (AllBrokersDown, "all are down")]);
        assert_eq!((away.last.as_deref(), away.is_final), (Some("refused"), false));
        let followed_by = [(BrokerTransportFailure, "closed"), (AllBrokersDown, "all are down")];
        let wrong = told(&[&[(Authentication, "wrong password")], &followed_by[..]].concat());
        assert_eq!((wrong.last.as_deref(), wrong.is_final), (Some("wrong password"), true));
    }
}
