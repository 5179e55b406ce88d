//! Ends of partitions, fetched regularly, once for all groups and followers of a process.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError as RdError,
    message::{BorrowedMessage, Message},
};
use tokio::{sync::watch, task::JoinError};
use tokio_util::sync::CancellationToken;

use super::{client::KafkaConfig, error::KafkaError};

/// Interval between fetches.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// Timeout; working brokers respond within milliseconds.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(3);
/// After this time without response, brokers count as silent.
const SILENT_AFTER: Duration = Duration::from_secs(5);
/// A partition grows by fewer records than this between two fetches.
const GROWTH: i64 = 1_000_000;

/// The latest response of the brokers.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownEnds {
    /// By topic (name on the cluster) and partition: the offset of the next record.
    pub(super) ends: HashMap<(String, i32), i64>,
    /// Since when the brokers have not responded, and why.
    pub(super) silent: Option<(Instant, String)>,
}

impl KnownEnds {
    /// Since when and why the brokers are silent, if for longer than [`SILENT_AFTER`].
    pub(super) fn silence(&self) -> Option<(Instant, &str)> {
        let (since, reason) = self.silent.as_ref()?;
        (since.elapsed() > SILENT_AFTER).then_some((*since, reason))
    }

    /// True for a message with an offset that its partition cannot have reached since the last
    /// fetch. Brokers store records with any claimed offset; a forged one would move reading and
    /// commits there.
    pub(super) fn is_forged(&self, message: &BorrowedMessage<'_>) -> bool {
        // Ends that could not be fetched again may be old.
        if message.offset() < GROWTH || self.silent.is_some() {
            return false;
        }
        let end = self.ends.get(&(message.topic().to_owned(), message.partition()));
        end.is_some_and(|end| message.offset() >= end.saturating_add(GROWTH))
    }

    fn updated(
        &self,
        asked: Instant,
        answer: Result<HashMap<(String, i32), i64>, RdError>,
    ) -> Self {
        match answer {
            Ok(ends) => Self { ends, silent: None },
            Err(error) => {
                let since = self.silent.as_ref().map_or(asked, |(since, _)| *since);
                Self { ends: self.ends.clone(), silent: Some((since, error.to_string())) }
            }
        }
    }
}

/// The known ends of partitions. Clones share them.
#[derive(Clone, Debug)]
pub struct Ends(watch::Receiver<Arc<KnownEnds>>);

impl Ends {
    /// Ends that are never fetched.
    pub fn unknown() -> Self {
        Self(watch::channel(Arc::default()).1)
    }

    /// Fetches the ends of `topics` until `stop`, by running the returned future.
    pub fn watch(
        config: &KafkaConfig,
        topics: &[String],
        stop: CancellationToken,
    ) -> Result<(Self, impl Future<Output = ()> + Send + 'static), KafkaError> {
        let consumer: BaseConsumer =
            config.probe("comanda.watch").create().map_err(KafkaError::Settings)?;
        let names = config.names();
        let topics: Arc<[String]> = topics.iter().map(|topic| names.on_cluster(topic)).collect();
        let (sender, receiver) = watch::channel(Arc::<KnownEnds>::default());
        let asking = async move {
            let consumer = Arc::new(consumer);
            while !stop.is_cancelled() {
                let (consumer, topics) = (consumer.clone(), topics.clone());
                let asked = Instant::now();
                let answer = tokio::task::spawn_blocking(move || fetch_ends(&consumer, &topics));
                // A panic of the request is one of this task, which ends the process.
                let answer = answer.await.unwrap_or_else(resume_panic);
                sender.send_modify(|known| *known = Arc::new(known.updated(asked, answer)));
                let _ = tokio::time::timeout(ASK_EVERY, stop.cancelled()).await;
            }
            let _ = tokio::task::spawn_blocking(move || drop(consumer)).await;
        };
        Ok((Self(receiver), asking))
    }

    pub(super) fn known(&self) -> Arc<KnownEnds> {
        self.0.borrow().clone()
    }
}

/// Continues the panic of a task; a cancelled one has no result.
fn resume_panic<T>(lost: JoinError) -> Result<T, RdError> {
    match lost.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => Err(RdError::Canceled),
    }
}

/// One request per broker, for any number of partitions.
fn fetch_ends(
    consumer: &BaseConsumer,
    topics: &[String],
) -> Result<HashMap<(String, i32), i64>, RdError> {
    let metadata = consumer.fetch_metadata(None, RESPONSE_TIMEOUT)?;
    let ours = metadata.topics().iter().filter(|found| topics.iter().any(|t| t == found.name()));
    let mut list = TopicPartitionList::new();
    for topic in ours.filter(|topic| topic.error().is_none()) {
        // The end of a partition without a leader is unknown; the others are fetched.
        for partition in topic.partitions().iter().filter(|partition| partition.leader() >= 0) {
            list.add_partition_offset(topic.name(), partition.id(), Offset::End)?;
        }
    }
    if list.count() == 0 {
        return Ok(HashMap::new());
    }
    let found = consumer.offsets_for_times(list, RESPONSE_TIMEOUT)?;
    let end = |partition: rdkafka::topic_partition_list::TopicPartitionListElem<'_>| match (
        partition.error(),
        partition.offset(),
    ) {
        (Ok(()), Offset::Offset(end)) => {
            Some(((partition.topic().to_owned(), partition.partition()), end))
        }
        _ => None,
    };
    Ok(found.elements().into_iter().filter_map(end).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_starts_with_the_first_request_without_response() {
        let long_ago = Instant::now().checked_sub(Duration::from_secs(6)).unwrap();
        let away = || Err(RdError::Canceled);
        let ends = HashMap::from([(("t".to_owned(), 0), 7)]);
        let known = KnownEnds::default().updated(Instant::now(), Ok(ends.clone()));
        let known = known.updated(long_ago, away()).updated(Instant::now(), away());
        assert!(known.silence().is_some());
        assert_eq!(known.ends, ends, "known ends stay");
        assert!(known.updated(Instant::now(), Ok(ends)).silence().is_none());
        assert!(
            KnownEnds::default().updated(Instant::now(), away()).silence().is_none(),
            "not yet"
        );
    }
}
