//! What becomes of a record after its call: counted, and logged unless it is done.

use events::{Delay, Handler, Record, RecordPosition};

use super::{
    counters::{Counters, RecordOutcome},
    scopes,
};

/// Maximum number of characters of a key in logs; foreign keys may have any length.
const KEY_CHARS: usize = 100;

/// The result for a record after its events are published.
pub(super) enum Disposition {
    Done,
    Skipped,
    Aside {
        attempts: u32,
        reason: String,
        /// The delay before the retry; `None` for a dead letter.
        delay: Option<Delay>,
    },
}

impl Disposition {
    /// Counts the disposition on a record, and logs it unless the record is done.
    pub(super) fn count<H: Handler>(&self, record: &Record, counters: &Counters) {
        let outcome = match self {
            Self::Done => RecordOutcome::Done,
            Self::Skipped => RecordOutcome::Skipped,
            Self::Aside { delay: Some(_), .. } => RecordOutcome::Retried,
            Self::Aside { delay: None, .. } => RecordOutcome::Dead,
        };
        counters.count_outcome(record.topic, outcome);
        if !matches!(self, Self::Done) {
            scopes::log_in_scope(record, || self.log(H::GROUP, record));
        }
    }

    /// Logs the disposition with the origin of the record: a retried one is known by that.
    fn log(&self, group: &str, record: &Record) {
        let RecordPosition { topic, partition, offset } = record.origin();
        let key: String = String::from_utf8_lossy(&record.key).chars().take(KEY_CHARS).collect();
        match self {
            Self::Done => {}
            Self::Skipped => {
                let event_type = record.header("ce_type").unwrap_or_default();
                tracing::debug!(
                    group,
                    topic,
                    partition,
                    offset,
                    event_type,
                    "a type unknown to this release"
                );
            }
            Self::Aside { attempts, reason, delay: Some(delay) } => {
                tracing::info!(group, topic, partition, offset, key, attempts, %delay, error = reason, "waits for a retry");
            }
            Self::Aside { attempts, reason, delay: None } => {
                tracing::warn!(
                    group,
                    topic,
                    partition,
                    offset,
                    key,
                    attempts,
                    error = reason,
                    "dead letter"
                );
            }
        }
    }
}
