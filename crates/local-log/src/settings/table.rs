//! The settings a topic may have, their defaults, and which values are possible.

use std::collections::BTreeMap;

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
    ("compression.gzip.level", Kind::Int, "-1"),
    ("compression.lz4.level", Kind::Int, "9"),
    ("compression.type", Kind::Text, "producer"),
    ("compression.zstd.level", Kind::Int, "3"),
    ("delete.retention.ms", Kind::Long, "86400000"),
    ("file.delete.delay.ms", Kind::Long, "60000"),
    ("flush.messages", Kind::Long, "9223372036854775807"),
    ("flush.ms", Kind::Long, "9223372036854775807"),
    ("follower.replication.throttled.replicas", Kind::List, ""),
    ("index.interval.bytes", Kind::Int, "131072"),
    ("leader.replication.throttled.replicas", Kind::List, ""),
    ("local.retention.bytes", Kind::Long, "-2"),
    ("local.retention.ms", Kind::Long, "-2"),
    ("max.compaction.lag.ms", Kind::Long, "9223372036854775807"),
    ("max.message.bytes", Kind::Int, "1048588"),
    ("message.timestamp.after.max.ms", Kind::Long, "3600000"),
    ("message.timestamp.before.max.ms", Kind::Long, "9223372036854775807"),
    ("message.timestamp.type", Kind::Text, "CreateTime"),
    ("min.cleanable.dirty.ratio", Kind::Double, "0.5"),
    ("min.compaction.lag.ms", Kind::Long, "0"),
    ("min.insync.replicas", Kind::Int, "1"),
    ("preallocate", Kind::Boolean, "false"),
    ("remote.log.copy.disable", Kind::Boolean, "false"),
    ("remote.log.delete.on.disable", Kind::Boolean, "false"),
    ("remote.storage.enable", Kind::Boolean, "false"),
    ("retention.bytes", Kind::Long, "-1"),
    ("retention.ms", Kind::Long, "604800000"),
    ("segment.bytes", Kind::Int, "268435456"),
    ("segment.index.bytes", Kind::Int, "10485760"),
    ("segment.jitter.ms", Kind::Long, "0"),
    ("segment.ms", Kind::Long, "604800000"),
    ("unclean.leader.election.enable", Kind::Boolean, "false"),
];

/// Goes before `segment.bytes`, for tests of small segments; Kafka has it and shows it nobody, too.
pub(super) const INTERNAL_SEGMENT_BYTES: &str = "internal.segment.bytes";
/// Smallest segment that tests may ask for: below it there would be more file than record.
const MIN_INTERNAL_SEGMENT_BYTES: i32 = 16 << 10;

/// Smallest value of a number, as Kafka has it.
const SMALLEST: &[(&str, i64)] = &[
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

/// Codecs, and what stands for none and for that of the producer.
const COMPRESSIONS: [&str; 6] = ["producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"];

/// Whether a topic may have these settings together, or a line that says why not.
pub(crate) fn check_all(given: &BTreeMap<String, String>) -> Result<(), String> {
    for (name, value) in given {
        check(name, value.trim())?;
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
    let is = |text: &str| value.eq_ignore_ascii_case(text);
    let well_formed = match kind {
        Kind::Boolean => is("true") || is("false"),
        Kind::Int => value.parse::<i32>().is_ok(),
        Kind::Long => value.parse::<i64>().is_ok(),
        Kind::Double => value.parse::<f64>().is_ok(),
        Kind::Text | Kind::List => true,
    };
    let smallest = SMALLEST.iter().find(|s| s.0 == name).map_or(i64::MIN, |s| s.1);
    let large_enough = value.parse::<i64>().is_ok_and(|v| v >= smallest);
    if well_formed && is_possible(name, value) && (smallest == i64::MIN || large_enough) {
        return Ok(());
    }
    Err(format!("{value} is not possible for the setting {name}"))
}

/// Whether a well-formed value is one of those the setting may have.
fn is_possible(name: &str, value: &str) -> bool {
    let within =
        |range: std::ops::RangeInclusive<i32>| value.parse().is_ok_and(|n| range.contains(&n));
    match name {
        "cleanup.policy" => words(value).all(|p| matches!(p, "delete" | "compact")),
        "compression.gzip.level" => within(1..=9) || value == "-1",
        "compression.lz4.level" => within(1..=17),
        "compression.zstd.level" => within(-131_072..=22),
        "compression.type" => COMPRESSIONS.contains(&value),
        "message.timestamp.type" => matches!(value, "CreateTime" | "LogAppendTime"),
        "min.cleanable.dirty.ratio" => value.parse().is_ok_and(|r: f64| (0.0..=1.0).contains(&r)),
        // There is no second place to store in.
        "remote.storage.enable" => value.eq_ignore_ascii_case("false"),
        "follower.replication.throttled.replicas" | "leader.replication.throttled.replicas" => {
            matches!(value, "" | "*") || words(value).all(is_replica)
        }
        _ => true,
    }
}

/// A partition and a node, with a colon between them.
fn is_replica(word: &str) -> bool {
    let number = |n: &str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit());
    word.split_once(':').is_some_and(|(partition, node)| number(partition) && number(node))
}

/// The value that a topic has, given or by default.
fn value<'a>(given: &'a BTreeMap<String, String>, name: &str) -> &'a str {
    let default = SETTINGS.iter().find(|s| s.0 == name).map_or("", |s| s.2);
    given.get(name).map_or(default, |value| value.trim())
}

/// Words between commas; none at all is a word, too, and not a policy.
pub(super) fn words(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim)
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
    fn what_is_unknown_or_impossible_is_refused_with_its_name() {
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
            let refused = check_all(&one(name, value)).unwrap_err();
            assert!(refused.contains(name), "{refused}");
        }
        let mut lags = one("min.compaction.lag.ms", "2");
        lags.insert("max.compaction.lag.ms".into(), "1".into());
        assert!(check_all(&lags).is_err());
    }
}
