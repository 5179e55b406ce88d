//! What happens at a rebalance: what is done is committed, what is open is left to the new owner.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::{Mutex, MutexGuard};

use rdkafka::{
    ClientContext, Offset, TopicPartitionList,
    consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance},
    error::{KafkaError as RdError, RDKafkaErrorCode},
};

use tokio::runtime::{Handle, RuntimeFlavor};

use super::tracker::{Partition, Tracker};

/// How long a rebalance may wait for work under way.
const FINISH_WITHIN: Duration = Duration::from_secs(5);

/// The tracker, shared by the worker loop and librdkafka's callbacks.
#[derive(Clone, Default)]
pub(super) struct SharedTracker {
    tracker: Arc<Mutex<Tracker>>,
    /// Until when the rebalance waits that began last: its members give up what they have one after
    /// the other.
    patience: Arc<Mutex<Option<Instant>>>,
}

impl SharedTracker {
    /// Works on the tracker. A panic elsewhere cannot leave it half changed: it has no such steps.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Tracker) -> T) -> T {
        work(&mut locked(&self.tracker))
    }

    fn patient_until(&self) -> Instant {
        let (mut until, now) = (locked(&self.patience), Instant::now());
        match *until {
            Some(until) if now < until + FINISH_WITHIN => until,
            _ => *until.insert(now + FINISH_WITHIN),
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock()
}

/// The context of a group member.
pub(super) struct Member {
    pub(super) group: &'static str,
    pub(super) tracker: SharedTracker,
    /// Held while offsets are taken and committed: one that waited while its partition was given up
    /// would move the group back.
    committing: Mutex<()>,
}

impl ClientContext for Member {
    fn error(&self, error: RdError, reason: &str) {
        // Lost connections come back by themselves; nobody has to act on one.
        tracing::debug!(group = self.group, %error, reason, "kafka client reported");
    }
}

impl Member {
    pub(super) fn new(group: &'static str, tracker: SharedTracker) -> Self {
        Self { group, tracker, committing: Mutex::default() }
    }

    /// Waits until nothing of these partitions runs any more, or for as long as the others of the
    /// group can wait.
    fn finish_running(&self, partitions: &[Partition]) {
        self.tracker.with(|tracker| tracker.leave(partitions));
        let deadline = self.tracker.patient_until();
        while self.tracker.with(|tracker| tracker.is_running(partitions)) {
            if Instant::now() > deadline {
                tracing::warn!(group = self.group, "partitions are given up with work under way");
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Commits what is done of some topics, and blocks its thread meanwhile.
    pub(super) fn commit_done<C: ConsumerContext>(
        &self,
        consumer: &impl Consumer<C>,
        topics: &[String],
    ) {
        let _one_at_a_time = locked(&self.committing);
        let done = self.tracker.with(|tracker| tracker.take_commits(topics));
        commit(consumer, &self.tracker, &done);
    }

    /// Commits what is done of partitions that are given up, and forgets them.
    fn give_up(&self, consumer: &BaseConsumer<Self>, partitions: &[Partition]) {
        let _one_at_a_time = locked(&self.committing);
        let done = |p: &Partition| {
            self.tracker.with(|tracker| tracker.revoke(p)).map(|offset| (p.clone(), offset))
        };
        let done: Vec<_> = partitions.iter().filter_map(done).collect();
        commit(consumer, &self.tracker, &done);
    }
}

impl ConsumerContext for Member {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Revoke(list) => {
                let partitions: Vec<Partition> =
                    list.elements().iter().map(|p| (p.topic().to_owned(), p.partition())).collect();
                // Whoever gets them next starts where we commit: what runs is finished first,
                // or its effects might be seen twice. Lost ones have their next owner already.
                if !consumer.assignment_lost() {
                    blocking(|| self.finish_running(&partitions));
                }
                tracing::info!(
                    group = self.group,
                    partitions = partitions.len(),
                    "partitions given up"
                );
                blocking(|| self.give_up(consumer, &partitions));
            }
            Rebalance::Assign(list) => {
                self.tracker.with(|tracker| {
                    for partition in list.elements() {
                        tracker.assign(&(partition.topic().to_owned(), partition.partition()));
                    }
                });
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

/// Commits offsets, and blocks its thread until the brokers have them. What they refuse, in the
/// middle of a rebalance usually, is noted to be tried again; nothing is lost by that, at worst
/// the records are handled once more.
fn commit<C: ConsumerContext>(
    consumer: &impl Consumer<C>,
    tracker: &SharedTracker,
    offsets: &[(Partition, i64)],
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
    // Asynchronous commits would not tell whether they failed: the binding does not pass it on.
    let Err(error) = consumer.commit(&list, CommitMode::Sync) else { return };
    if is_rebalance(&error) {
        tracing::debug!(%error, "offsets wait for the end of the rebalance");
    } else {
        tracing::warn!(%error, "offsets are not committed yet");
    }
    tracker.with(|tracker| {
        for (partition, offset) in offsets {
            tracker.commit_again(partition, *offset);
        }
    });
}

fn is_rebalance(error: &RdError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::RebalanceInProgress
                | RDKafkaErrorCode::IllegalGeneration
                | RDKafkaErrorCode::UnknownMemberId
        )
    )
}

/// Waits for the broker without holding up the tasks of this thread: the local log may be one of
/// them, and then nobody would be left to answer.
pub(super) fn blocking<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
