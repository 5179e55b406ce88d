//! Metadata of the cluster: brokers and topics, or why it cannot be reached.

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

/// Timeout for brokers that are starting.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(15);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

/// Records the cause of failures: a timeout alone would hide a wrong password.
#[derive(Clone, Default)]
struct ErrorRecorder(Arc<Mutex<RecordedError>>);

#[derive(Clone, Default)]
struct RecordedError {
    last: Option<String>,
    /// True if retrying cannot help.
    is_final: bool,
}

impl ClientContext for ErrorRecorder {
    fn error(&self, error: RdError, reason: &str) {
        tracing::debug!(%error, reason, "kafka client reported");
        let code = error.rdkafka_error_code();
        let is_final =
            matches!(code, Some(RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SSL));
        let mut recorded = self.0.lock();
        // Errors that follow from the cause (all brokers down, connection closed) say less.
        let follows = recorded.is_final || code == Some(RDKafkaErrorCode::AllBrokersDown);
        if is_final || !follows || recorded.last.is_none() {
            recorded.last = Some(reason.to_owned());
        }
        recorded.is_final |= is_final;
    }
}

impl ProducerContext for ErrorRecorder {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &rdkafka::message::DeliveryResult<'_>, (): ()) {}
}

impl ErrorRecorder {
    fn recorded(&self) -> RecordedError {
        self.0.lock().clone()
    }
}

/// A topic on the cluster.
#[derive(Clone, Debug)]
pub(super) struct FoundTopic {
    pub(super) partitions: usize,
    /// Replicas of the partition with the fewest.
    pub(super) replication: usize,
}

/// Metadata from the brokers.
pub(super) struct Cluster {
    pub(super) brokers: usize,
    /// By our name.
    pub(super) topics: BTreeMap<String, FoundTopic>,
}

impl Cluster {
    /// Asks the brokers; blocks its thread.
    pub(super) fn fetch(config: &KafkaConfig) -> Result<Self, KafkaError> {
        let recorder = ErrorRecorder::default();
        let client: BaseProducer<ErrorRecorder> =
            config.admin().create_with_context(recorder.clone()).map_err(KafkaError::Settings)?;
        let deadline = Instant::now() + RESPONSE_TIMEOUT;
        loop {
            let error = match client.client().fetch_metadata(None, ATTEMPT_TIMEOUT) {
                Ok(metadata) => {
                    let topics = topics(&metadata, &config.names());
                    return Ok(Self { brokers: metadata.brokers().len(), topics });
                }
                Err(error) => error,
            };
            // Polling delivers the errors to the context.
            client.poll(Duration::from_millis(100));
            let cause = recorder.recorded();
            if cause.is_final || Instant::now() > deadline {
                let reason = cause.last.unwrap_or_else(|| error.to_string());
                return Err(KafkaError::Unreachable { brokers: config.brokers.clone(), reason });
            }
            sleep(Duration::from_millis(100));
        }
    }
}

/// Our topics; others on the cluster are ignored.
fn topics(metadata: &Metadata, names: &Names) -> BTreeMap<String, FoundTopic> {
    let found = |topic: &MetadataTopic| {
        let (name, partitions) = (names.ours(topic.name())?.to_owned(), topic.partitions());
        let replication = partitions.iter().map(|p| p.replicas().len()).min().unwrap_or(0);
        Some((name, FoundTopic { partitions: partitions.len(), replication }))
    };
    let there = metadata.topics().iter().filter(|topic| topic.error().is_none());
    there.filter_map(found).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(errors: &[(RDKafkaErrorCode, &str)]) -> RecordedError {
        let recorder = ErrorRecorder::default();
        for (code, reason) in errors {
            recorder.error(RdError::Global(*code), reason);
        }
        recorder.recorded()
    }

    #[test]
    fn the_cause_is_reported_and_not_its_consequences() {
        use RDKafkaErrorCode::{AllBrokersDown, Authentication, BrokerTransportFailure};
        let away =
            recorded(&[(BrokerTransportFailure, "refused"), (AllBrokersDown, "all are down")]);
        assert_eq!((away.last.as_deref(), away.is_final), (Some("refused"), false));
        let followed_by = [(BrokerTransportFailure, "closed"), (AllBrokersDown, "all are down")];
        let wrong = recorded(&[&[(Authentication, "wrong password")], &followed_by[..]].concat());
        assert_eq!((wrong.last.as_deref(), wrong.is_final), (Some("wrong password"), true));
    }
}
