//! A look at the cluster: who answers, which topics there are, and why if nobody does.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rdkafka::{
    ClientContext,
    admin::AdminClient,
    error::{KafkaError as RdError, RDKafkaErrorCode},
    metadata::{Metadata, MetadataTopic},
};

use super::{client::KafkaConfig, error::KafkaError, names::Names};

const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// Remembers the last thing that went wrong: a time-out alone tells nobody that the password is
/// wrong.
#[derive(Clone, Default)]
pub(super) struct Watching(Arc<Mutex<Option<String>>>);

impl ClientContext for Watching {
    fn error(&self, error: RdError, reason: &str) {
        tracing::debug!(%error, reason, "kafka client reported");
        let is_summary = error.rdkafka_error_code() == Some(RDKafkaErrorCode::AllBrokersDown);
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_summary || last.is_none() {
            *last = Some(reason.to_owned());
        }
    }
}

impl Watching {
    fn last(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
    pub(super) admin: AdminClient<Watching>,
    pub(super) brokers: usize,
    /// By the name that we use.
    pub(super) topics: BTreeMap<String, Found>,
}

impl Cluster {
    /// Asks the brokers; blocks its thread.
    pub(super) fn ask(config: &KafkaConfig) -> Result<Self, KafkaError> {
        let watching = Watching::default();
        let admin: AdminClient<Watching> =
            config.admin().create_with_context(watching.clone()).map_err(KafkaError::Settings)?;
        let metadata = admin.inner().fetch_metadata(None, ANSWER_WITHIN).map_err(|error| {
            let brokers = config.brokers.clone();
            let reason = watching.last().unwrap_or_else(|| error.to_string());
            KafkaError::Unreachable { brokers, reason }
        })?;
        let topics = topics(&metadata, &config.names());
        Ok(Self { admin, brokers: metadata.brokers().len(), topics })
    }
}

fn topics(metadata: &Metadata, names: &Names) -> BTreeMap<String, Found> {
    let found = |topic: &MetadataTopic| {
        let partitions = topic.partitions();
        let replication = partitions.iter().map(|p| p.replicas().len()).min().unwrap_or(0);
        (names.ours(topic.name()).to_owned(), Found { partitions: partitions.len(), replication })
    };
    let there = metadata.topics().iter().filter(|topic| topic.error().is_none());
    there.map(found).collect()
}
