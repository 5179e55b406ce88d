//! `comanda dead-letters list`.

use std::process::ExitCode;

use events::{
    Range,
    dead_letter::{Letter, ORIGIN_OFFSET, ORIGIN_PARTITION, ORIGIN_TOPIC, REASON},
};
use kafka::{KafkaConfig, ScannedRecord};
use serde_json::{Value, json};

use super::ListArgs;
use crate::{fault::Fault, output, ranges::Ranges};

/// A dead letter.
struct Entry {
    group: &'static str,
    /// The range that was set aside; for a single record, the range of that record.
    origin: Range,
    is_range: bool,
    reason: String,
}

/// Prints all dead letters.
pub(super) async fn list_letters(kafka: KafkaConfig, args: &ListArgs) -> Result<ExitCode, Fault> {
    let letters = super::read_letters(kafka).await?;
    let mut ranges = Ranges::default();
    let mut entries = Vec::new();
    for (group, scanned) in &letters {
        match ranges.add_letter(group, scanned) {
            Letter::Drop(_) => {}
            Letter::Record => entries.push(entry_from_letter(group, scanned, None)),
            Letter::Range(range) => entries.push(entry_from_letter(group, scanned, Some(range))),
        }
    }
    if args.json {
        let entries: Vec<_> = entries.iter().map(|entry| entry_json(entry, &ranges)).collect();
        output::print_line(json!({ "dead_letters": entries }));
    } else if entries.is_empty() {
        output::print_line("No dead letters.");
    }
    for entry in entries.iter().filter(|_| !args.json) {
        output::print_line(entry_text(entry, &ranges));
    }
    Ok(ExitCode::SUCCESS)
}

fn entry_from_letter(group: &'static str, scanned: &ScannedRecord, range: Option<Range>) -> Entry {
    let header = |name: &str| {
        let found = scanned.headers.iter().rfind(|(key, _)| key == name);
        found.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
    };
    let (is_range, offset) = (range.is_some(), header(ORIGIN_OFFSET).parse().unwrap_or(-1));
    let origin = range.unwrap_or_else(|| Range {
        topic: header(ORIGIN_TOPIC),
        partition: header(ORIGIN_PARTITION).parse().unwrap_or(-1),
        first: offset,
        last: offset,
    });
    Entry { group, origin, is_range, reason: header(REASON) }
}

fn entry_text(entry: &Entry, ranges: &Ranges) -> String {
    let Entry { group, origin, reason, .. } = entry;
    let state = match (entry.is_range, ranges.drop_of(group, origin)) {
        (false, _) => String::new(),
        (true, None) => "  [not acknowledged]".to_owned(),
        (true, Some(drop)) => {
            format!("  [acknowledged by {} on {}: {}]", drop.by, drop.at, drop.because)
        }
    };
    format!("{group:<13} {origin}  {reason}{state}")
}

fn entry_json(entry: &Entry, ranges: &Ranges) -> Value {
    let Entry { group, origin, reason, .. } = entry;
    let mut json = json!({
        "group": group,
        "origin_topic": origin.topic,
        "origin_partition": origin.partition,
        "origin_offset": origin.first,
        "reason": reason,
        "range": entry.is_range,
    });
    if entry.is_range {
        let drop = ranges.drop_of(group, origin);
        json["origin_last_offset"] = json!(origin.last);
        json["acknowledged"] = json!(drop.is_some());
        if let Some(drop) = drop {
            json["by"] = json!(drop.by);
            json["because"] = json!(drop.because);
            json["at"] = json!(drop.at);
        }
    }
    json
}
