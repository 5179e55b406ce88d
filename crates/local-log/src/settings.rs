//! The settings a topic may have, their defaults, and which values can be honoured.

/// Origin of a value that was given when the topic was created.
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

/// Smallest segment: smaller ones would mean more files than records.
const MIN_SEGMENT_BYTES: i32 = 16 << 10;

/// Whether a topic may have this setting, or a line that says why not.
pub(crate) fn check(name: &str, value: &str) -> Result<(), String> {
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
    let possible = match name {
        "cleanup.policy" => value.split(',').all(|p| matches!(p.trim(), "delete" | "compact")),
        "compression.type" => value == "producer",
        "message.timestamp.type" => value == "CreateTime",
        "segment.bytes" => value.parse().is_ok_and(|bytes: i32| bytes >= MIN_SEGMENT_BYTES),
        "max.message.bytes" => value.parse().is_ok_and(|bytes: i32| bytes >= 0),
        "min.insync.replicas" => value == "1",
        _ => true,
    };
    if well_formed && possible {
        return Ok(());
    }
    Err(format!("{value} is not possible for the setting {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_possible() {
        for (name, _, value) in SETTINGS {
            assert_eq!(check(name, value), Ok(()));
        }
    }

    #[test]
    fn what_cannot_be_honoured_is_refused() {
        for (name, value) in [
            ("compression.type", "gzip"),
            ("message.timestamp.type", "LogAppendTime"),
            ("min.insync.replicas", "2"),
            ("segment.bytes", "1"),
            ("retention.ms", "a week"),
            ("no.such.setting", "1"),
        ] {
            assert!(check(name, value).is_err(), "{name}={value}");
        }
    }
}
