//! Partitions that pause: all of them while the intake is full, and those of retries whose next
//! record is not due.

use events::{Handler, retry};
use rdkafka::{
    TopicPartitionList,
    consumer::{Consumer, StreamConsumer},
    error::KafkaError as RdError,
    message::BorrowedMessage,
};
use tokio::time::{Instant, sleep_until};

use super::{super::commit::Member, super::tracker::Partition, Worker, intake::Intake};

impl<H: Handler, P> Worker<H, P> {
    /// Pauses all partitions, or lets them go on.
    pub(super) fn set_paused(&mut self, pause: bool) {
        if pause == self.paused {
            return;
        }
        let changed = self.consumer.assignment().and_then(|all| {
            if pause {
                self.consumer.pause(&all)
            } else {
                let early = self.intake.early();
                let all = all.elements().into_iter().map(|p| (p.topic().to_owned(), p.partition()));
                let go_on: Vec<_> = all.filter(|partition| !early.contains(partition)).collect();
                self.consumer.resume(&list(&go_on))
            }
        });
        match changed {
            Ok(()) => self.paused = pause,
            Err(error) => {
                tracing::warn!(group = H::GROUP, %error, pause, "cannot change the intake");
            }
        }
    }

    /// Retries that are due have their turn, and their partitions go on.
    pub(super) fn take_due(&mut self) -> Result<(), RdError> {
        let mut go_on = self.intake.take_due();
        let still_early = self.intake.early();
        go_on.retain(|partition| !still_early.contains(partition));
        // While nothing is taken in, they stay paused with all others.
        if self.paused { Ok(()) } else { self.consumer.resume(&list(&go_on)) }
    }
}

/// The topics that a handler's group reads, as we call them: those of its contract, and those of
/// its retries.
pub fn group_topics<H: Handler>() -> Vec<String> {
    let contracts = H::TOPICS.iter().map(|topic| topic.name().to_owned());
    contracts.chain(retry::topics(H::GROUP, H::RETRY)).collect()
}

/// Takes a message in, and pauses its partition if it is not due yet.
pub(super) fn accept(
    intake: &mut Intake,
    consumer: &StreamConsumer<Member>,
    message: &BorrowedMessage<'_>,
) -> Result<(), RdError> {
    match intake.accept(message) {
        Some(partition) => consumer.pause(&list(&[partition])),
        None => Ok(()),
    }
}

fn list(partitions: &[Partition]) -> TopicPartitionList {
    let mut list = TopicPartitionList::with_capacity(partitions.len());
    for (topic, partition) in partitions {
        list.add_partition(topic, *partition);
    }
    list
}

/// Waits for a time, if there is one.
pub(super) async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}
