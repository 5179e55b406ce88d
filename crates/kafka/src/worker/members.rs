//! The members of a worker in its group: one for each topic of its contract, and one for its retry
//! topics.
//!
//! The cooperative-sticky assignor balances the number of partitions per member over all topics, in
//! the order of names: with one member for all topics, an additional instance would get one topic
//! whole and nothing of the others. A member for one topic gets its share of that topic.

use std::{collections::HashSet, time::Duration};

use events::{Handler, retry};
use futures::{
    Stream, StreamExt,
    future::join_all,
    stream::{SelectAll, select_all},
};
use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    consumer::{Consumer, StreamConsumer},
    error::KafkaError as RdError,
    message::BorrowedMessage,
};

use super::super::{
    client::{KafkaConfig, STATIC_NAME},
    commit::{MemberContext, SharedTracker, run_blocking},
    error::KafkaError,
    tracker::Partition,
};

/// Timeout for a seek, which involves no broker.
const SEEK_WITHIN: Duration = Duration::from_millis(500);
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Messages, each with the index of the member that read it.
pub(super) trait Messages<'a>:
    Stream<Item = (usize, Result<BorrowedMessage<'a>, RdError>)> + Unpin
{
}

impl<'a, S> Messages<'a> for S where
    S: Stream<Item = (usize, Result<BorrowedMessage<'a>, RdError>)> + Unpin
{
}

/// The members of one worker.
pub(super) struct Members(Vec<MemberReader>);

/// A member and its topics, by their names on the cluster.
struct MemberReader {
    topics: Vec<String>,
    consumer: StreamConsumer<MemberContext>,
}

/// The topics of a handler's group by member: each topic of its contract alone, and all retry
/// topics, which have few records, together.
fn topics_by_member<H: Handler>() -> Vec<Vec<String>> {
    let contracts = H::TOPICS.iter().map(|topic| vec![topic.name().to_owned()]);
    let retries = retry::topics(H::GROUP, H::RETRY);
    contracts.chain((!retries.is_empty()).then_some(retries)).collect()
}

impl Members {
    /// Joins the handler's group.
    pub(super) fn join<H: Handler>(
        config: &KafkaConfig,
        tracker: &SharedTracker,
    ) -> Result<Self, KafkaError> {
        let names = config.names();
        let reader = |share: Vec<String>| {
            let member = MemberContext::new(H::GROUP, tracker.clone());
            let consumer =
                with_static_name(config.consumer(H::GROUP), &share).create_with_context(member)?;
            let topics = share.iter().map(|topic| names.on_cluster(topic)).collect();
            let reader = MemberReader { topics, consumer };
            reader.subscribe()?;
            Ok(reader)
        };
        let readers: Result<_, RdError> = topics_by_member::<H>().into_iter().map(reader).collect();
        readers.map(Self).map_err(KafkaError::Settings)
    }

    /// The messages of all members in turn, with the index of the member.
    pub(super) fn messages(&self) -> SelectAll<impl Messages<'_>> {
        select_all(self.0.iter().enumerate().map(|(index, reader)| reader.messages(index)))
    }

    /// Makes one member leave the group and join again.
    pub(super) fn rejoin(&self, index: usize) -> Result<(), RdError> {
        let Some(reader) = self.0.get(index) else { return Ok(()) };
        reader.consumer.unsubscribe();
        reader.subscribe()
    }

    /// Why a member was fenced, if one was.
    pub(super) fn fatal_error(&self) -> Option<String> {
        let error = |reader: &MemberReader| reader.consumer.client().fatal_error();
        self.0.iter().find_map(error).map(|(_, reason)| reason)
    }

    /// The topics of a member, by their names on the cluster.
    pub(super) fn topics(&self, index: usize) -> &[String] {
        self.0.get(index).map_or(&[], |reader| &reader.topics)
    }

    /// Moves reading of a partition to an offset. Blocks its thread briefly.
    pub(super) fn seek(&self, partition: &Partition, to: i64) -> Result<(), RdError> {
        let Some(reader) = self.0.iter().find(|reader| reader.has_topic(partition)) else {
            return Ok(());
        };
        let (topic, number) = partition;
        run_blocking(|| reader.consumer.seek(topic, *number, Offset::Offset(to), SEEK_WITHIN))
    }

    /// The committed offsets of partitions. Blocks its thread.
    pub(super) fn committed(
        &self,
        partitions: &[Partition],
    ) -> Result<Vec<(Partition, Option<i64>)>, RdError> {
        let Some(reader) = self.0.first() else { return Ok(Vec::new()) };
        let found =
            reader.consumer.committed_offsets(partition_list(partitions), RESPONSE_TIMEOUT)?;
        let offset = |offset| match offset {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        };
        let found = found.to_topic_map().into_iter();
        Ok(found.map(|(partition, at)| (partition, offset(at))).collect())
    }

    pub(super) fn pause(&self, partitions: &[Partition]) -> Result<(), RdError> {
        self.change_each(partitions, Consumer::pause)
    }

    pub(super) fn resume(&self, partitions: &[Partition]) -> Result<(), RdError> {
        self.change_each(partitions, Consumer::resume)
    }

    pub(super) fn pause_all(&self) -> Result<(), RdError> {
        self.0.iter().try_for_each(|reader| reader.consumer.pause(&reader.consumer.assignment()?))
    }

    pub(super) fn resume_all_but(&self, early: &HashSet<Partition>) -> Result<(), RdError> {
        self.0.iter().try_for_each(|reader| {
            let all = reader.consumer.assignment()?;
            let all = all.elements().into_iter().map(|p| (p.topic().to_owned(), p.partition()));
            let go_on: Vec<_> = all.filter(|partition| !early.contains(partition)).collect();
            reader.consumer.resume(&partition_list(&go_on))
        })
    }

    fn change_each(
        &self,
        partitions: &[Partition],
        change: impl Fn(&StreamConsumer<MemberContext>, &TopicPartitionList) -> Result<(), RdError>,
    ) -> Result<(), RdError> {
        self.0.iter().try_for_each(|reader| {
            let own: Vec<_> = partitions.iter().filter(|p| reader.has_topic(p)).cloned().collect();
            if own.is_empty() { Ok(()) } else { change(&reader.consumer, &partition_list(&own)) }
        })
    }

    /// The members that have something to commit.
    pub(super) fn with_commits(&self) -> impl Iterator<Item = usize> {
        let has = |reader: &MemberReader| {
            reader.consumer.context().tracker.with(|tracker| tracker.has_commits(&reader.topics))
        };
        self.0.iter().enumerate().filter(move |(_, reader)| has(reader)).map(|(n, _)| n)
    }

    /// Commits what one member has read and is done: brokers refuse a fenced member. Blocks its
    /// thread.
    pub(super) fn commit(&self, index: usize) {
        if let Some(reader) = self.0.get(index) {
            reader.consumer.context().commit_done(&reader.consumer, &reader.topics);
        }
    }

    /// Leaves the group. Each member blocks a thread briefly.
    pub(super) async fn leave(self) {
        let leave = |reader| tokio::task::spawn_blocking(move || drop::<MemberReader>(reader));
        join_all(self.0.into_iter().map(leave)).await;
    }
}

impl MemberReader {
    fn subscribe(&self) -> Result<(), RdError> {
        let topics: Vec<_> = self.topics.iter().map(String::as_str).collect();
        self.consumer.subscribe(&topics)
    }

    fn messages(&self, index: usize) -> impl Messages<'_> {
        self.consumer.stream().map(move |message| (index, message))
    }

    fn has_topic(&self, (topic, _): &Partition) -> bool {
        self.topics.contains(topic)
    }
}

/// Members with the same static name fence each other: each gets the name of the process and its
/// topic.
fn with_static_name(mut client: ClientConfig, share: &[String]) -> ClientConfig {
    let process = client.get(STATIC_NAME).map(str::to_owned);
    if let (Some(process), Some(topic)) = (process, share.first()) {
        client.set(STATIC_NAME, format!("{process}.{topic}"));
    }
    client
}

fn partition_list(partitions: &[Partition]) -> TopicPartitionList {
    let mut list = TopicPartitionList::with_capacity(partitions.len());
    for (topic, partition) in partitions {
        list.add_partition(topic, *partition);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(config: &KafkaConfig, topic: &str) -> Option<String> {
        with_static_name(config.consumer("group"), &[topic.to_owned()])
            .get(STATIC_NAME)
            .map(str::to_owned)
    }

    #[test]
    fn each_member_of_a_named_process_has_its_own_name() {
        let mut config = KafkaConfig::new("127.0.0.1:9092");
        assert_eq!(name(&config, "menu"), None);
        config.name_members("up");
        assert_eq!(name(&config, "menu").as_deref(), Some("up.menu"));
        assert_eq!(name(&config, "order_details").as_deref(), Some("up.order_details"));
        let mut config = KafkaConfig::new("127.0.0.1:9092");
        config.properties.insert(STATIC_NAME.into(), "pod-1".into());
        config.name_members("up");
        assert_eq!(name(&config, "menu").as_deref(), Some("pod-1.menu"), "settings override it");
    }
}
