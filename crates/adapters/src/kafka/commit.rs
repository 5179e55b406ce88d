//! What happens at a rebalance: what is done is committed, what is open is left to the new owner.

use std::sync::{Arc, Mutex, PoisonError};

use rdkafka::{
    ClientContext, Offset, TopicPartitionList,
    consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance},
    error::KafkaError as RdError,
};

use tokio::runtime::{Handle, RuntimeFlavor};

use super::tracker::{Partition, Tracker};

/// The tracker, shared by the worker loop and librdkafka's callbacks.
#[derive(Clone, Default)]
pub(super) struct SharedTracker(Arc<Mutex<Tracker>>);

impl SharedTracker {
    /// Works on the tracker. A panic elsewhere cannot leave it half changed: it has no such steps.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Tracker) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The context of a group member.
pub(super) struct Member {
    pub(super) group: &'static str,
    pub(super) tracker: SharedTracker,
}

impl ClientContext for Member {
    fn error(&self, error: RdError, reason: &str) {
        // Lost connections come back by themselves; nobody has to act on one.
        tracing::debug!(group = self.group, %error, reason, "kafka client reported");
    }
}

impl ConsumerContext for Member {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Revoke(list) => {
                let partitions: Vec<Partition> =
                    list.elements().iter().map(|p| (p.topic().to_owned(), p.partition())).collect();
                let commits = self.tracker.with(|tracker| {
                    let done = |p: &Partition| tracker.revoke(p).map(|offset| (p.clone(), offset));
                    partitions.iter().filter_map(done).collect::<Vec<_>>()
                });
                tracing::info!(
                    group = self.group,
                    partitions = partitions.len(),
                    "partitions given up"
                );
                commit(consumer, &commits, CommitMode::Sync);
            }
            Rebalance::Assign(list) => {
                tracing::info!(
                    group = self.group,
                    partitions = list.count(),
                    "partitions received"
                );
            }
            Rebalance::Error(error) => {
                tracing::warn!(group = self.group, %error, "the group could not be rebalanced");
            }
        }
    }
}

/// Commits offsets. A failed commit loses nothing: the records are handled once more.
pub(super) fn commit<C: ConsumerContext>(
    consumer: &impl Consumer<C>,
    offsets: &[(Partition, i64)],
    mode: CommitMode,
) {
    if offsets.is_empty() {
        return;
    }
    let mut list = TopicPartitionList::with_capacity(offsets.len());
    for ((topic, partition), offset) in offsets {
        if let Err(error) = list.add_partition_offset(topic, *partition, Offset::Offset(*offset)) {
            tracing::warn!(topic, partition, offset, %error, "an offset cannot be committed");
        }
    }
    let committed = match mode {
        CommitMode::Sync => blocking(|| consumer.commit(&list, mode)),
        CommitMode::Async => consumer.commit(&list, mode),
    };
    if let Err(error) = committed {
        tracing::warn!(%error, "offsets were not committed; their records will be handled again");
    }
}

/// Waits for the broker without holding up the tasks of this thread: the local log may be one of
/// them, and then nobody would be left to answer.
fn blocking<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
