//! The settings a topic may have, their defaults, and which values can be honoured.

use std::collections::BTreeMap;

use crate::config::Config;

/// Origin of a value that was given to the topic.
pub(crate) const FROM_TOPIC: i8 = 1;
/// Origin of a value that is the default.
pub(crate) const FROM_DEFAULT: i8 = 5;

/// Kind of value, as the protocol numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `true` or `false`.
    Boolean = 1,
    /// Any text.
    Text = 2,
    /// A number of 32 bits.
    Int = 3,
    /// A number of 64 bits.
    Long = 5,
    /// A fraction.
    Double = 6,
    /// Words separated by commas.
    List = 7,
}

/// Name, kind and default of every setting a topic may have.
pub(crate) const SETTINGS: &[(&str, Kind, &str)] = &[
    ("cleanup.policy", Kind::List, "delete"),
    ("compression.type", Kind::Text, "producer"),
    ("delete.retention.ms", Kind::Long, "86400000"),
    ("file.delete.delay.ms", Kind::Long, "60000"),
    ("flush.messages", Kind::Long, "9223372036854775807"),
    ("flush.ms", Kind::Long, "9223372036854775807"),
    ("index.interval.bytes", Kind::Int, "131072"),
    ("max.compaction.lag.ms", Kind::Long, "9223372036854775807"),
    ("max.message.bytes", Kind::Int, "1048588"),
    ("message.timestamp.after.max.ms", Kind::Long, "3600000"),
    ("message.timestamp.before.max.ms", Kind::Long, "9223372036854775807"),
    ("message.timestamp.type", Kind::Text, "CreateTime"),
    ("min.cleanable.dirty.ratio", Kind::Double, "0.5"),
    ("min.compaction.lag.ms", Kind::Long, "0"),
    ("min.insync.replicas", Kind::Int, "1"),
    ("preallocate", Kind::Boolean, "false"),
    ("retention.bytes", Kind::Long, "-1"),
    ("retention.ms", Kind::Long, "604800000"),
    ("segment.bytes", Kind::Int, "268435456"),
    ("segment.index.bytes", Kind::Int, "10485760"),
    ("segment.jitter.ms", Kind::Long, "0"),
    ("segment.ms", Kind::Long, "604800000"),
    ("unclean.leader.election.enable", Kind::Boolean, "false"),
];

/// Goes before `segment.bytes`, for tests of small segments; Kafka has it and shows it nobody, too.
const INTERNAL_SEGMENT_BYTES: &str = "internal.segment.bytes";
/// Smallest segment that tests may ask for: below it there would be more file than record.
const MIN_INTERNAL_SEGMENT_BYTES: i32 = 16 << 10;

/// Smallest value of a number, as Kafka has it.
const SMALLEST: &[(&str, i64)] = &[
    ("delete.retention.ms", 0),
    ("file.delete.delay.ms", 0),
    ("flush.messages", 1),
    ("flush.ms", 0),
    ("index.interval.bytes", 0),
    ("max.compaction.lag.ms", 1),
    ("max.message.bytes", 0),
    ("message.timestamp.after.max.ms", 0),
    ("message.timestamp.before.max.ms", 0),
    ("min.compaction.lag.ms", 0),
    ("retention.bytes", -1),
    ("retention.ms", -1),
    ("segment.bytes", 1 << 20),
    ("segment.index.bytes", 4),
    ("segment.jitter.ms", 0),
    ("segment.ms", 1),
];

/// Whether a topic may have these settings together, or a line that says why not.
pub(crate) fn check_all(given: &BTreeMap<String, String>) -> Result<(), String> {
    for (name, value) in given {
        check(name, value)?;
    }
    let number = |name| value(given, name).parse::<i64>().unwrap_or(0);
    if number("min.compaction.lag.ms") > number("max.compaction.lag.ms") {
        return Err("min.compaction.lag.ms is larger than max.compaction.lag.ms".into());
    }
    Ok(())
}

/// Whether a topic may have this setting, or a line that says why not.
fn check(name: &str, value: &str) -> Result<(), String> {
    let large = |bytes: i32| bytes >= MIN_INTERNAL_SEGMENT_BYTES;
    if name == INTERNAL_SEGMENT_BYTES && value.parse().is_ok_and(large) {
        return Ok(());
    }
    let Some((_, kind, _)) = SETTINGS.iter().find(|setting| setting.0 == name) else {
        return Err(format!("there is no setting {name}"));
    };
    let well_formed = match kind {
        Kind::Boolean => value.parse::<bool>().is_ok(),
        Kind::Int => value.parse::<i32>().is_ok(),
        Kind::Long => value.parse::<i64>().is_ok(),
        Kind::Double => value.parse::<f64>().is_ok(),
        Kind::Text | Kind::List => true,
    };
    let smallest = SMALLEST.iter().find(|s| s.0 == name).map_or(i64::MIN, |s| s.1);
    let large_enough = value.parse::<i64>().is_ok_and(|v| v >= smallest);
    let possible = match name {
        "cleanup.policy" => policies(value).all(|p| matches!(p, "delete" | "compact")),
        "compression.type" => value == "producer",
        "message.timestamp.type" => value == "CreateTime",
        "min.cleanable.dirty.ratio" => value.parse().is_ok_and(|r: f64| (0.0..=1.0).contains(&r)),
        "min.insync.replicas" => value == "1",
        _ => true,
    };
    if well_formed && possible && (smallest == i64::MIN || large_enough) {
        return Ok(());
    }
    Err(format!("{value} is not possible for the setting {name}"))
}

/// The value that a topic has, given or by default.
fn value<'a>(given: &'a BTreeMap<String, String>, name: &str) -> &'a str {
    let default = SETTINGS.iter().find(|s| s.0 == name).map_or("", |s| s.2);
    given.get(name).map_or(default, String::as_str)
}

/// What a topic of this log has where nothing was given.
pub(crate) fn default(name: &str, config: &Config) -> Option<String> {
    let fixed = SETTINGS.iter().find(|s| s.0 == name)?.2;
    Some(match name {
        "max.message.bytes" => config.max_message_bytes.to_string(),
        "retention.ms" => config.retention_ms.to_string(),
        "segment.bytes" => config.segment_bytes.to_string(),
        _ => fixed.to_owned(),
    })
}

/// Words between commas; none at all is a word, too, and not a policy.
fn policies(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim)
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
    /// How far in the past a timestamp may lie.
    pub(crate) max_past_ms: i64,
    /// How far in the future a timestamp may lie.
    pub(crate) max_future_ms: i64,
}

impl Policy {
    /// What these settings come to; they have been checked.
    pub(crate) fn of(given: &BTreeMap<String, String>, config: &Config) -> Self {
        let value = |name| given.get(name).cloned().or_else(|| default(name, config));
        let text = |name| value(name).unwrap_or_default();
        let number = |name| text(name).parse::<i64>().unwrap_or(i64::MAX);
        let internal = given.get(INTERNAL_SEGMENT_BYTES).and_then(|bytes| bytes.parse().ok());
        let cleanup = text("cleanup.policy");
        let has = |wanted| policies(&cleanup).any(|policy| policy == wanted);
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
            max_past_ms: number("message.timestamp.before.max.ms"),
            max_future_ms: number("message.timestamp.after.max.ms"),
        }
    }

    /// Age at which a new segment is started; what must be compacted soon must be sealed soon.
    pub(crate) fn segment_age_ms(&self) -> i64 {
        if self.compact { self.segment_ms.min(self.max_compaction_lag_ms) } else { self.segment_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str, value: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn every_default_is_possible() {
        for (name, _, value) in SETTINGS {
            assert_eq!(check_all(&one(name, value)), Ok(()));
        }
    }

    #[test]
    fn what_cannot_be_honoured_is_refused() {
        for (name, value) in [
            ("cleanup.policy", "shred"),
            ("cleanup.policy", ""),
            ("compression.type", "gzip"),
            ("message.timestamp.type", "LogAppendTime"),
            ("min.cleanable.dirty.ratio", "1.5"),
            ("min.compaction.lag.ms", "-1"),
            ("min.insync.replicas", "2"),
            ("retention.ms", "a week"),
            ("retention.ms", "-2"),
            ("segment.bytes", "1048575"),
            ("internal.segment.bytes", "1"),
            ("segment.ms", "0"),
            ("no.such.setting", "1"),
        ] {
            assert!(check_all(&one(name, value)).is_err(), "{name}={value}");
        }
        let mut lags = one("min.compaction.lag.ms", "2");
        lags.insert("max.compaction.lag.ms".into(), "1".into());
        assert!(check_all(&lags).is_err());
    }
}
