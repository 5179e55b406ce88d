//! Messages of members, and reading errors.

use std::time::Duration;

use events::{Handler, Publisher};
use futures::{FutureExt, StreamExt, stream::SelectAll};
use rdkafka::{
    error::{KafkaError as RdError, RDKafkaErrorCode},
    message::{BorrowedMessage, Message},
};
use tokio::time::Instant;

use super::{super::unreadable::Defect, Worker, members::Messages};

/// Minimum duration of a membership: each join interrupts the whole group.
const REJOIN_AFTER: Duration = Duration::from_secs(2);

impl<H: Handler, P: Publisher> Worker<H, P> {
    /// Accepts what a member has read.
    pub(super) fn accept_result(
        &mut self,
        index: usize,
        message: Result<BorrowedMessage<'_>, RdError>,
    ) -> Result<(), RdError> {
        match message {
            Ok(message) => {
                self.logged_errors.clear();
                if self.ends.known().is_forged(&message) {
                    let (partition, offset) = (message.partition(), message.offset());
                    tracing::error!(
                        group = H::GROUP,
                        topic = message.topic(),
                        partition,
                        offset,
                        "skipped a record with an offset far beyond the end of its partition"
                    );
                    return Ok(());
                }
                self.accept(&message)
            }
            Err(error) => {
                // A partition that its broker did not know is not read any more until it is
                // assigned again.
                if error.rdkafka_error_code() == Some(RDKafkaErrorCode::UnknownTopicOrPartition) {
                    self.must_rejoin.insert(index);
                }
                if Defect::from_error(&error).is_some() {
                    self.hold_member(index);
                }
                Err(error)
            }
        }
    }

    /// Waits a moment; the client recovers. An `Err` has the reason if it cannot.
    pub(super) async fn handle_reading_error(&mut self, error: RdError) -> Result<(), String> {
        if let Some(reason) = self.members.fatal_error() {
            return Err(format!("the group {} has fenced this member: {reason}", H::GROUP));
        }
        // Unreadable data is reported when it is skipped.
        if Defect::from_error(&error).is_none() && !self.logged_errors.contains(&error) {
            tracing::warn!(group = H::GROUP, %error, "reading is interrupted");
            self.logged_errors.push(error);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok(())
    }

    pub(super) fn rejoin(&mut self) {
        if self.must_rejoin.is_empty() || self.joined.elapsed() < REJOIN_AFTER {
            return;
        }
        self.joined = Instant::now();
        for index in std::mem::take(&mut self.must_rejoin) {
            if let Err(error) = self.members.rejoin(index) {
                tracing::error!(group = H::GROUP, %error, "a member cannot rejoin the group");
            }
        }
    }

    /// Accepts messages that are already available, so that a batch has all that has queued up.
    pub(super) fn accept_ready<'m>(
        &mut self,
        messages: &mut SelectAll<impl Messages<'m>>,
    ) -> Result<(), RdError> {
        while self.intake.len() < Self::room() {
            let Some(Some((index, next))) = messages.next().now_or_never() else { break };
            self.accept_result(index, next)?;
        }
        Ok(())
    }
}
