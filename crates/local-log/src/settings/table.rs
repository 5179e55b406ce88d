//! All topic settings, with their defaults and allowed values.

use std::collections::BTreeMap;

/// Type of a value, as numbered by the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConfigType {
    /// `true` or `false`.
    Boolean = 1,
    /// Any text.
    Text = 2,
    /// A 32-bit number.
    Int = 3,
    /// A 64-bit number.
    Long = 5,
    /// A floating-point number.
    Double = 6,
    /// Words separated by commas.
    List = 7,
}

/// Name, type and default of every topic setting.
pub(crate) const SETTINGS: &[(&str, ConfigType, &str)] = &[
    ("cleanup.policy", ConfigType::List, "delete"),
    ("compression.gzip.level", ConfigType::Int, "-1"),
    ("compression.lz4.level", ConfigType::Int, "9"),
    ("compression.type", ConfigType::Text, "producer"),
    ("compression.zstd.level", ConfigType::Int, "3"),
    ("delete.retention.ms", ConfigType::Long, "86400000"),
    ("file.delete.delay.ms", ConfigType::Long, "60000"),
    ("flush.messages", ConfigType::Long, "9223372036854775807"),
    ("flush.ms", ConfigType::Long, "9223372036854775807"),
    ("follower.replication.throttled.replicas", ConfigType::List, ""),
    ("index.interval.bytes", ConfigType::Int, "131072"),
    ("leader.replication.throttled.replicas", ConfigType::List, ""),
    ("local.retention.bytes", ConfigType::Long, "-2"),
    ("local.retention.ms", ConfigType::Long, "-2"),
    ("max.compaction.lag.ms", ConfigType::Long, "9223372036854775807"),
    ("max.message.bytes", ConfigType::Int, "1048588"),
    ("message.timestamp.after.max.ms", ConfigType::Long, "3600000"),
    ("message.timestamp.before.max.ms", ConfigType::Long, "9223372036854775807"),
    ("message.timestamp.type", ConfigType::Text, "CreateTime"),
    ("min.cleanable.dirty.ratio", ConfigType::Double, "0.5"),
    ("min.compaction.lag.ms", ConfigType::Long, "0"),
    ("min.insync.replicas", ConfigType::Int, "1"),
    ("preallocate", ConfigType::Boolean, "false"),
    ("remote.log.copy.disable", ConfigType::Boolean, "false"),
    ("remote.log.delete.on.disable", ConfigType::Boolean, "false"),
    ("remote.storage.enable", ConfigType::Boolean, "false"),
    ("retention.bytes", ConfigType::Long, "-1"),
    ("retention.ms", ConfigType::Long, "604800000"),
    ("segment.bytes", ConfigType::Int, "268435456"),
    ("segment.index.bytes", ConfigType::Int, "10485760"),
    ("segment.jitter.ms", ConfigType::Long, "0"),
    ("segment.ms", ConfigType::Long, "604800000"),
    ("unclean.leader.election.enable", ConfigType::Boolean, "false"),
];

/// Overrides `segment.bytes`, for tests with small segments; an undocumented setting in Kafka too.
pub(super) const INTERNAL_SEGMENT_BYTES: &str = "internal.segment.bytes";
/// Smallest value of [`INTERNAL_SEGMENT_BYTES`].
const MIN_INTERNAL_SEGMENT_BYTES: i32 = 16 << 10;

/// Minimum values, as in Kafka.
const MIN_VALUES: &[(&str, i64)] = &[
    ("compression.lz4.level", 1),
    ("compression.zstd.level", -131_072),
    ("delete.retention.ms", 0),
    ("file.delete.delay.ms", 0),
    ("flush.messages", 1),
    ("flush.ms", 0),
    ("index.interval.bytes", 0),
    ("local.retention.bytes", -2),
    ("local.retention.ms", -2),
    ("max.compaction.lag.ms", 1),
    ("max.message.bytes", 0),
    ("message.timestamp.after.max.ms", 0),
    ("message.timestamp.before.max.ms", 0),
    ("min.compaction.lag.ms", 0),
    ("min.insync.replicas", 1),
    ("retention.ms", -1),
    ("segment.bytes", 1 << 20),
    ("segment.index.bytes", 4),
    ("segment.jitter.ms", 0),
    ("segment.ms", 1),
];

/// Values of `compression.type`.
const COMPRESSION_TYPES: [&str; 6] = ["producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"];

/// Validates the settings of a topic, alone and in combination; the error is a message.
pub(crate) fn validate_all(given: &BTreeMap<String, String>) -> Result<(), String> {
    for (name, value) in given {
        validate(name, value.trim())?;
    }
    let number = |name| effective_value(given, name).parse::<i64>().unwrap_or(0);
    if number("min.compaction.lag.ms") > number("max.compaction.lag.ms") {
        return Err("min.compaction.lag.ms is larger than max.compaction.lag.ms".into());
    }
    Ok(())
}

/// Validates one setting; the error is a message.
fn validate(name: &str, value: &str) -> Result<(), String> {
    let is_large = |bytes: i32| bytes >= MIN_INTERNAL_SEGMENT_BYTES;
    if name == INTERNAL_SEGMENT_BYTES && value.parse().is_ok_and(is_large) {
        return Ok(());
    }
    let Some((_, kind, _)) = SETTINGS.iter().find(|setting| setting.0 == name) else {
        return Err(format!("there is no topic setting {name}"));
    };
    let is = |text: &str| value.eq_ignore_ascii_case(text);
    let is_well_formed = match kind {
        ConfigType::Boolean => is("true") || is("false"),
        ConfigType::Int => value.parse::<i32>().is_ok(),
        ConfigType::Long => value.parse::<i64>().is_ok(),
        ConfigType::Double => value.parse::<f64>().is_ok(),
        ConfigType::Text | ConfigType::List => true,
    };
    let min = MIN_VALUES.iter().find(|s| s.0 == name).map_or(i64::MIN, |s| s.1);
    let is_large_enough = value.parse::<i64>().is_ok_and(|v| v >= min);
    if is_well_formed && is_allowed(name, value) && (min == i64::MIN || is_large_enough) {
        return Ok(());
    }
    Err(format!("{value} is not a valid value of the setting {name}"))
}

/// Whether a well-formed value is among the allowed ones.
fn is_allowed(name: &str, value: &str) -> bool {
    let within =
        |range: std::ops::RangeInclusive<i32>| value.parse().is_ok_and(|n| range.contains(&n));
    match name {
        "cleanup.policy" => split_list(value).all(|p| matches!(p, "delete" | "compact")),
        "compression.gzip.level" => within(1..=9) || value == "-1",
        "compression.lz4.level" => within(1..=17),
        "compression.zstd.level" => within(-131_072..=22),
        "compression.type" => COMPRESSION_TYPES.contains(&value),
        "message.timestamp.type" => matches!(value, "CreateTime" | "LogAppendTime"),
        "min.cleanable.dirty.ratio" => value.parse().is_ok_and(|r: f64| (0.0..=1.0).contains(&r)),
        // There is no remote storage.
        "remote.storage.enable" => value.eq_ignore_ascii_case("false"),
        "follower.replication.throttled.replicas" | "leader.replication.throttled.replicas" => {
            matches!(value, "" | "*") || split_list(value).all(is_replica)
        }
        _ => true,
    }
}

/// Whether a word has the form `partition:node`.
fn is_replica(word: &str) -> bool {
    let number = |n: &str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit());
    word.split_once(':').is_some_and(|(partition, node)| number(partition) && number(node))
}

/// The value set on a topic, or the default.
fn effective_value<'a>(given: &'a BTreeMap<String, String>, name: &str) -> &'a str {
    let default = SETTINGS.iter().find(|s| s.0 == name).map_or("", |s| s.2);
    given.get(name).map_or(default, |value| value.trim())
}

/// The comma-separated words of a list; an empty value is one empty word.
pub(super) fn split_list(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str, value: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn every_default_is_valid() {
        for (name, _, value) in SETTINGS {
            assert_eq!(validate_all(&one(name, value)), Ok(()));
        }
    }

    #[test]
    fn unknown_settings_and_invalid_values_are_refused_by_name() {
        for (name, value) in [
            ("cleanup.policy", "shred"),
            ("compression.type", "gzip2"),
            ("message.timestamp.type", "Never"),
            ("min.cleanable.dirty.ratio", "1.5"),
            ("min.compaction.lag.ms", "-1"),
            ("min.insync.replicas", "0"),
            ("retention.ms", "a week"),
            ("segment.bytes", "1048575"),
            ("internal.segment.bytes", "1"),
            ("segment.ms", "0"),
            ("remote.storage.enable", "true"),
            ("no.such.setting", "1"),
        ] {
            let refused = validate_all(&one(name, value)).unwrap_err();
            assert!(refused.contains(name), "{refused}");
        }
        let mut lags = one("min.compaction.lag.ms", "2");
        lags.insert("max.compaction.lag.ms".into(), "1".into());
        assert!(validate_all(&lags).is_err());
    }
}
