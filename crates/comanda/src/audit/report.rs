//! The result, as JSON and as a table.

use std::fmt::Write as _;

use domain::status::Status;
use serde_json::{Map, Value, json};

use super::{
    evidence::{Evidence, Order},
    finding::{Lag, Verdict},
    letters::DeadLetter,
};
use crate::{ranges::Lost, register::groups};

/// Lines of a list on a terminal; JSON has all.
const SHOWN: usize = 50;
/// The same of orders on their way: the oldest tell enough.
const OPEN_SHOWN: usize = 10;

/// The numbers of an audit.
fn totals(evidence: &Evidence) -> Vec<(&'static str, u64)> {
    let count = |of: fn(&Order) -> bool| {
        u64::try_from(evidence.orders.values().filter(|order| of(order)).count()).unwrap_or(0)
    };
    vec![
        ("orders_placed", count(|o| o.placed.is_some())),
        ("orders_confirmed", count(|o| o.told.has(Status::Confirmed))),
        ("orders_declined", count(|o| o.told.has(Status::Declined))),
        ("orders_in_database", count(|o| o.book.is_some() || o.paid.is_some())),
        ("captures_at_gateway", evidence.captures),
        ("duplicate_records", evidence.duplicates.values().sum()),
        ("unreadable_records", evidence.unreadable.len() as u64),
        ("unreadable_ranges", told(evidence).len() as u64),
        ("offsets_unexplained", evidence.unexplained),
        ("dead_letters", evidence.dead_letters.len() as u64),
    ]
}

/// The result for programs.
pub(super) fn json(evidence: &Evidence, lag: &Lag, verdict: &Verdict) -> Value {
    let numbers = |of: Vec<(&str, u64)>| -> Map<String, Value> {
        of.into_iter().map(|(name, n)| (name.to_owned(), json!(n))).collect()
    };
    let differences = verdict.differences.iter();
    let differences = differences.map(|d| json!({"order_id": d.subject, "problem": d.problem}));
    let open = verdict.open.iter().map(|(id, open)| {
        let waits: Vec<_> = open.waits_for.iter().map(|group| group.name()).collect();
        json!({"order_id": id, "for_s": open.for_s, "waits_for": waits})
    });
    json!({
        "clean": verdict.differences.is_empty(),
        "totals": numbers(totals(evidence)),
        "lag": numbers(lag.iter().map(|(group, records)| (group.name(), *records)).collect()),
        "duplicates": numbers(evidence.duplicates.iter().map(|(t, n)| (*t, *n)).collect()),
        "differences": differences.collect::<Vec<_>>(),
        "open": open.collect::<Vec<_>>(),
        "unsettled": verdict.unsettled,
        "unreadable": told(evidence).iter().map(Lost::json).collect::<Vec<_>>(),
        "dead_letters": evidence.dead_letters.iter().map(letter_json).collect::<Vec<_>>(),
    })
}

/// What nobody can read.
fn told(evidence: &Evidence) -> Vec<Lost> {
    evidence.ranges.told(&groups().collect::<Vec<_>>())
}

fn letter_json(letter: &DeadLetter) -> Value {
    let mut told = json!({
        "topic": events::dead_letter::topic(letter.group),
        "group": letter.group,
        "origin": origin(letter),
        "origin_topic": letter.origin.topic,
        "origin_partition": letter.origin.partition,
        "origin_offset": letter.origin.offset,
        "key": letter.key,
        "error": letter.reason,
    });
    if let Some(last) = letter.last {
        told["origin_last_offset"] = json!(last);
    }
    told
}

fn origin(letter: &DeadLetter) -> String {
    let origin = &letter.origin;
    let last = letter.last.map(|last| format!("–{last}")).unwrap_or_default();
    format!("{}/{}@{}{last}", origin.topic, origin.partition, origin.offset)
}

/// The result for people.
pub(super) fn table(evidence: &Evidence, lag: &Lag, verdict: &Verdict) -> String {
    let mut text = String::new();
    for (name, count) in totals(evidence) {
        let _ = writeln!(text, "{:<22}{count:>10}", name.replace('_', " "));
    }
    let behind = lag.iter().filter(|(_, records)| **records > 0);
    let behind: Vec<_> = behind.map(|(group, n)| format!("{group} by {n} records")).collect();
    if !behind.is_empty() {
        let _ = writeln!(text, "\nStill at work: {}.", behind.join(", "));
    }
    let letters = evidence.dead_letters.iter();
    let letters = letters.map(|l| format!("{}, set aside by {}: {}", origin(l), l.group, l.reason));
    list(&mut text, "dead letters", &letters.collect::<Vec<_>>(), SHOWN);
    let open = verdict.open.iter().map(|(id, open)| {
        let waits: Vec<_> = open.waits_for.iter().map(|group| group.name()).collect();
        format!("{id}  open for {} s, waits for {}", open.for_s, waits.join(" and "))
    });
    list(&mut text, "orders on their way", &open.collect::<Vec<_>>(), OPEN_SHOWN);
    let differences = verdict.differences.iter();
    let lines = differences.map(|d| format!("{}  {}", d.subject, d.problem));
    list(&mut text, "differences", &lines.collect::<Vec<_>>(), SHOWN);
    if verdict.differences.is_empty() {
        text.push_str("\nClean: topics, database, gateway, stock, mails and figures agree");
        let open = !verdict.open.is_empty() || verdict.unsettled > 0;
        text.push_str(if open { ", as far as work is done.\n" } else { ".\n" });
    }
    text
}

fn list(text: &mut String, what: &str, lines: &[String], most: usize) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{} {what}:", lines.len());
    for line in lines.iter().take(most) {
        let _ = writeln!(text, "  {line}");
    }
    if lines.len() > most {
        let _ = writeln!(text, "  … and {} more; --json has all of them", lines.len() - most);
    }
}
