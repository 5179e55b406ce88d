//! What members read, and what becomes of reads that fail.

use std::time::Duration;

use events::{Handler, Publisher};
use futures::{FutureExt, StreamExt, stream::SelectAll};
use rdkafka::{
    error::{KafkaError as RdError, RDKafkaErrorCode},
    message::BorrowedMessage,
};
use tokio::time::Instant;

use super::{super::unreadable::Defect, Worker, members::Messages};

/// How long a membership lasts at least: joining holds the whole group up.
const JOIN_AGAIN_AFTER: Duration = Duration::from_secs(2);

impl<H: Handler, P: Publisher> Worker<H, P> {
    /// Takes in what a member has read.
    pub(super) fn take(
        &mut self,
        which: usize,
        message: Result<BorrowedMessage<'_>, RdError>,
    ) -> Result<(), RdError> {
        match message {
            Ok(message) => {
                self.complaints.clear();
                self.accept(&message)
            }
            Err(error) => {
                // A partition that its broker did not know is not read any more until it is
                // assigned anew.
                if error.rdkafka_error_code() == Some(RDKafkaErrorCode::UnknownTopicOrPartition) {
                    self.must_join_again.insert(which);
                }
                if Defect::of(&error).is_some() {
                    self.suspect(which);
                }
                Err(error)
            }
        }
    }

    /// Waits a moment; the client goes on by itself. `Err` with the reason if it never will.
    pub(super) async fn reading_failed(&mut self, error: RdError) -> Result<(), String> {
        if let Some(reason) = self.members.fatal_error() {
            return Err(format!("the group {} shuts us out: {reason}", H::GROUP));
        }
        // What cannot be read is told when it is passed over.
        if Defect::of(&error).is_none() && !self.complaints.contains(&error) {
            tracing::warn!(group = H::GROUP, %error, "reading waits");
            self.complaints.push(error);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok(())
    }

    pub(super) fn join_again(&mut self) {
        if self.must_join_again.is_empty() || self.joined.elapsed() < JOIN_AGAIN_AFTER {
            return;
        }
        self.joined = Instant::now();
        for which in std::mem::take(&mut self.must_join_again) {
            if let Err(error) = self.members.join_again(which) {
                tracing::error!(group = H::GROUP, %error, "the group cannot be joined again");
            }
        }
    }

    /// Takes the messages that are here already, so that a batch is what has queued up.
    pub(super) fn take_ready<'m>(
        &mut self,
        messages: &mut SelectAll<impl Messages<'m>>,
    ) -> Result<(), RdError> {
        while self.intake.len() < Self::room() {
            let Some(Some((which, next))) = messages.next().now_or_never() else { break };
            self.take(which, next)?;
        }
        Ok(())
    }
}
