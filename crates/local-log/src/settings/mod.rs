//! Topic settings and their effect.
//!
//! A topic accepts, stores and describes every setting of Apache Kafka. Those in [`Policy`] take
//! effect. The others have no meaning on a single node that stores batches as received and syncs
//! each before acknowledging it; they are kept for tools and for a migration to Apache Kafka.

mod table;

use std::collections::BTreeMap;

pub(crate) use self::table::{ConfigType, SETTINGS, validate_all};
use crate::config::Config;

/// Config source of a value set on the topic (`DYNAMIC_TOPIC_CONFIG`).
pub(crate) const SOURCE_TOPIC: i8 = 1;
/// Config source of a default (`DEFAULT_CONFIG`).
pub(crate) const SOURCE_DEFAULT: i8 = 5;

/// The default value of a topic setting in this log.
pub(crate) fn default_value(name: &str, config: &Config) -> Option<String> {
    let fixed = SETTINGS.iter().find(|setting| setting.0 == name)?.2;
    Some(match name {
        "max.message.bytes" => config.max_message_bytes.to_string(),
        "retention.ms" => config.retention_ms.to_string(),
        "segment.bytes" => config.segment_bytes.to_string(),
        _ => fixed.to_owned(),
    })
}

/// The settings that take effect.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Policy {
    /// Whether old segments are deleted.
    pub(crate) may_delete: bool,
    /// Whether only the last record of each key is kept.
    pub(crate) may_compact: bool,
    /// Age at which a segment is deleted; negative: never.
    pub(crate) retention_ms: i64,
    /// Partition size above which the oldest segments are deleted; negative: never.
    pub(crate) retention_bytes: i64,
    /// Size at which a new segment is rolled.
    pub(crate) segment_bytes: u64,
    /// Age at which a new segment is rolled.
    pub(crate) segment_ms: i64,
    /// Maximum size of a batch.
    pub(crate) max_message_bytes: usize,
    /// Minimum share of uncompacted bytes before a compaction.
    pub(crate) min_dirty_ratio: f64,
    /// How long tombstones are kept.
    pub(crate) delete_retention_ms: i64,
    /// Minimum age of a record before it is compacted.
    pub(crate) min_compaction_lag_ms: i64,
    /// Age at which a record is compacted regardless of the dirty ratio.
    pub(crate) max_compaction_lag_ms: i64,
    /// Whether records get their time of arrival as timestamp (`LogAppendTime`).
    pub(crate) has_append_time: bool,
    /// Maximum distance of a timestamp into the past.
    pub(crate) max_past_ms: i64,
    /// Maximum distance of a timestamp into the future.
    pub(crate) max_future_ms: i64,
}

impl Policy {
    /// The policy that follows from validated settings.
    pub(crate) fn from_configs(given: &BTreeMap<String, String>, config: &Config) -> Self {
        let value = |name| given.get(name).cloned().or_else(|| default_value(name, config));
        let text = |name| value(name).unwrap_or_default().trim().to_owned();
        let number = |name| text(name).parse::<i64>().unwrap_or(i64::MAX);
        let internal =
            given.get(table::INTERNAL_SEGMENT_BYTES).and_then(|bytes| bytes.parse().ok());
        let cleanup = text("cleanup.policy");
        let has = |name| table::split_list(&cleanup).any(|policy| policy == name);
        Self {
            may_delete: has("delete"),
            may_compact: has("compact"),
            retention_ms: number("retention.ms"),
            retention_bytes: number("retention.bytes"),
            segment_bytes: internal.unwrap_or(number("segment.bytes")).unsigned_abs(),
            segment_ms: number("segment.ms"),
            max_message_bytes: usize::try_from(number("max.message.bytes")).unwrap_or(usize::MAX),
            min_dirty_ratio: text("min.cleanable.dirty.ratio").parse().unwrap_or(0.5),
            delete_retention_ms: number("delete.retention.ms"),
            min_compaction_lag_ms: number("min.compaction.lag.ms"),
            max_compaction_lag_ms: number("max.compaction.lag.ms"),
            has_append_time: text("message.timestamp.type") == "LogAppendTime",
            max_past_ms: number("message.timestamp.before.max.ms"),
            max_future_ms: number("message.timestamp.after.max.ms"),
        }
    }

    /// Age at which a new segment is rolled; only sealed segments can be compacted, so the maximum
    /// compaction lag bounds it.
    pub(crate) fn segment_age_ms(&self) -> i64 {
        if self.may_compact {
            self.segment_ms.min(self.max_compaction_lag_ms)
        } else {
            self.segment_ms
        }
    }
}
