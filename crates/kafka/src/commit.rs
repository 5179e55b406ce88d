//! Rebalances: finished work is committed, open work is left to the new owner.

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

/// Maximum time a rebalance waits for running work.
const FINISH_WITHIN: Duration = Duration::from_secs(5);

/// The tracker, shared by the worker loop and librdkafka's callbacks.
#[derive(Clone, Default)]
pub(super) struct SharedTracker {
    tracker: Arc<Mutex<Tracker>>,
    /// Deadline of the current rebalance, shared by all members, since they revoke their partitions
    /// one after the other.
    deadline: Arc<Mutex<Option<Instant>>>,
}

impl SharedTracker {
    /// Runs `work` on the tracker. A panic elsewhere cannot leave it inconsistent.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Tracker) -> T) -> T {
        work(&mut locked(&self.tracker))
    }

    fn rebalance_deadline(&self) -> Instant {
        let (mut until, now) = (locked(&self.deadline), Instant::now());
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
pub(super) struct MemberContext {
    pub(super) group: &'static str,
    pub(super) tracker: SharedTracker,
    /// Held while offsets are taken and committed: a commit delayed past a revocation would move
    /// the group back.
    committing: Mutex<()>,
}

impl ClientContext for MemberContext {
    fn error(&self, error: RdError, reason: &str) {
        // Lost connections are restored by the client; no action is needed.
        tracing::debug!(group = self.group, %error, reason, "kafka client reported");
    }
}

impl MemberContext {
    pub(super) fn new(group: &'static str, tracker: SharedTracker) -> Self {
        Self { group, tracker, committing: Mutex::default() }
    }

    /// Waits until no record of these partitions is running, or until the rebalance's deadline.
    fn finish_running(&self, partitions: &[Partition]) {
        self.tracker.with(|tracker| tracker.begin_revocation(partitions));
        let deadline = self.tracker.rebalance_deadline();
        while self.tracker.with(|tracker| tracker.is_running(partitions)) {
            if Instant::now() > deadline {
                tracing::warn!(group = self.group, "partitions are revoked while work is running");
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Commits what is done on some topics; blocks its thread.
    pub(super) fn commit_done<C: ConsumerContext>(
        &self,
        consumer: &impl Consumer<C>,
        topics: &[String],
    ) {
        let _one_at_a_time = locked(&self.committing);
        let done = self.tracker.with(|tracker| tracker.take_commits(topics));
        commit(consumer, &self.tracker, &done);
    }

    /// Commits what is done on revoked partitions and stops tracking them.
    fn revoke(&self, consumer: &BaseConsumer<Self>, partitions: &[Partition]) {
        let _one_at_a_time = locked(&self.committing);
        let done = |p: &Partition| {
            self.tracker.with(|tracker| tracker.revoke(p)).map(|offset| (p.clone(), offset))
        };
        let done: Vec<_> = partitions.iter().filter_map(done).collect();
        commit(consumer, &self.tracker, &done);
    }
}

impl ConsumerContext for MemberContext {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Revoke(list) => {
                let partitions: Vec<Partition> =
                    list.elements().iter().map(|p| (p.topic().to_owned(), p.partition())).collect();
                // The new owner starts at our commit, so running work is finished first, or its
                // effects might occur twice. Lost partitions already have a new owner.
                if !consumer.assignment_lost() {
                    run_blocking(|| self.finish_running(&partitions));
                }
                tracing::info!(
                    group = self.group,
                    partitions = partitions.len(),
                    "partitions revoked"
                );
                run_blocking(|| self.revoke(consumer, &partitions));
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
                    "partitions assigned"
                );
            }
            Rebalance::Error(error) => {
                tracing::warn!(group = self.group, %error, "the group could not be rebalanced");
            }
        }
    }
}

/// Commits offsets and blocks its thread until the brokers acknowledge. Refused commits, usually
/// during a rebalance, are repeated later; nothing is lost by that, at worst records are handled
/// again.
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
    // The binding does not report failures of asynchronous commits.
    let Err(error) = consumer.commit(&list, CommitMode::Sync) else { return };
    if is_rebalance(&error) {
        tracing::debug!(%error, "offsets wait for the end of the rebalance");
    } else {
        tracing::warn!(%error, "offsets are not committed yet");
    }
    tracker.with(|tracker| {
        for (partition, offset) in offsets {
            tracker.repeat_commit(partition, *offset);
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

/// Blocks without blocking other tasks of this thread: the local log may be one of them, and could
/// then not respond.
pub(super) fn run_blocking<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
