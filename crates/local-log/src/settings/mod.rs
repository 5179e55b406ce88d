//! What the settings of a topic come to.
//!
//! A topic takes every setting that Apache Kafka knows, and shows it again. Those of [`Policy`] are
//! acted on. The others mean nothing on a single node that stores batches as they come and syncs
//! each before it acknowledges it; they are kept for tools, and for a move to Apache Kafka.

mod table;

use std::collections::BTreeMap;

pub(crate) use self::table::{Kind, SETTINGS, check_all};
use crate::config::Config;

/// Origin of a value that was given to the topic.
pub(crate) const FROM_TOPIC: i8 = 1;
/// Origin of a value that is the default.
pub(crate) const FROM_DEFAULT: i8 = 5;

/// What a topic of this log has where nothing was given.
pub(crate) fn default(name: &str, config: &Config) -> Option<String> {
    let fixed = SETTINGS.iter().find(|setting| setting.0 == name)?.2;
    Some(match name {
        "max.message.bytes" => config.max_message_bytes.to_string(),
        "retention.ms" => config.retention_ms.to_string(),
        "segment.bytes" => config.segment_bytes.to_string(),
        _ => fixed.to_owned(),
    })
}

/// The settings that the log acts on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Policy {
    /// Whether old segments are deleted.
    pub(crate) delete: bool,
    /// Whether only the last record of a key is kept.
    pub(crate) compact: bool,
    /// Age at which a segment is deleted; negative: never.
    pub(crate) retention_ms: i64,
    /// Size from which the oldest segments are deleted; negative: never.
    pub(crate) retention_bytes: i64,
    /// Size at which a new segment is started.
    pub(crate) segment_bytes: u64,
    /// Time after which a new segment is started.
    pub(crate) segment_ms: i64,
    /// Largest batch.
    pub(crate) max_message_bytes: usize,
    /// Share of the partition that is new before it is compacted.
    pub(crate) min_dirty_ratio: f64,
    /// How long tombstones stay.
    pub(crate) delete_retention_ms: i64,
    /// Time for which a record is not compacted.
    pub(crate) min_compaction_lag_ms: i64,
    /// Time after which a record is compacted whatever the share.
    pub(crate) max_compaction_lag_ms: i64,
    /// Whether records are given the time at which they arrive.
    pub(crate) append_time: bool,
    /// How far in the past a timestamp may lie.
    pub(crate) max_past_ms: i64,
    /// How far in the future a timestamp may lie.
    pub(crate) max_future_ms: i64,
}

impl Policy {
    /// What these settings come to; they have been checked.
    pub(crate) fn of(given: &BTreeMap<String, String>, config: &Config) -> Self {
        let value = |name| given.get(name).cloned().or_else(|| default(name, config));
        let text = |name| value(name).unwrap_or_default().trim().to_owned();
        let number = |name| text(name).parse::<i64>().unwrap_or(i64::MAX);
        let internal =
            given.get(table::INTERNAL_SEGMENT_BYTES).and_then(|bytes| bytes.parse().ok());
        let cleanup = text("cleanup.policy");
        let has = |wanted| table::words(&cleanup).any(|policy| policy == wanted);
        Self {
            delete: has("delete"),
            compact: has("compact"),
            retention_ms: number("retention.ms"),
            retention_bytes: number("retention.bytes"),
            segment_bytes: internal.unwrap_or(number("segment.bytes")).unsigned_abs(),
            segment_ms: number("segment.ms"),
            max_message_bytes: usize::try_from(number("max.message.bytes")).unwrap_or(usize::MAX),
            min_dirty_ratio: text("min.cleanable.dirty.ratio").parse().unwrap_or(0.5),
            delete_retention_ms: number("delete.retention.ms"),
            min_compaction_lag_ms: number("min.compaction.lag.ms"),
            max_compaction_lag_ms: number("max.compaction.lag.ms"),
            append_time: text("message.timestamp.type") == "LogAppendTime",
            max_past_ms: number("message.timestamp.before.max.ms"),
            max_future_ms: number("message.timestamp.after.max.ms"),
        }
    }

    /// Age at which a new segment is started; what must be compacted soon must be sealed soon.
    pub(crate) fn segment_age_ms(&self) -> i64 {
        if self.compact { self.segment_ms.min(self.max_compaction_lag_ms) } else { self.segment_ms }
    }
}
