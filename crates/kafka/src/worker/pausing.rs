//! Paused partitions: all of them while the queue is full, and those of retry topics whose next
//! record is not due.

use events::Handler;
use rdkafka::{error::KafkaError as RdError, message::BorrowedMessage};
use tokio::time::{Instant, sleep_until};

use super::Worker;

impl<H: Handler, P> Worker<H, P> {
    /// Pauses or resumes all partitions.
    pub(super) fn set_paused(&mut self, pause: bool) {
        if pause == self.is_paused {
            return;
        }
        let changed = match pause {
            true => self.members.pause_all(),
            false => self.members.resume_all_but(&self.intake.early_partitions()),
        };
        match changed {
            Ok(()) => self.is_paused = pause,
            Err(error) => {
                tracing::warn!(group = H::GROUP, %error, pause, "partitions cannot be paused or resumed");
            }
        }
    }

    /// Accepts a message, and pauses its partition if it is not due yet.
    pub(super) fn accept(&mut self, message: &BorrowedMessage<'_>) -> Result<(), RdError> {
        match self.intake.accept(message) {
            Some(partition) => self.members.pause(&[partition]),
            None => Ok(()),
        }
    }

    /// Queues retries that are due, and resumes their partitions.
    pub(super) fn take_due(&mut self) -> Result<(), RdError> {
        let mut go_on = self.intake.take_due();
        let still_early = self.intake.early_partitions();
        go_on.retain(|partition| !still_early.contains(partition));
        // While all partitions are paused, these stay paused, too.
        if self.is_paused { Ok(()) } else { self.members.resume(&go_on) }
    }
}

/// Sleeps until a time; for ever without one.
pub(super) async fn sleep_until_due(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}
