//! The result, as JSON and as a table.

use std::fmt::Write as _;

use domain::status::Status;
use serde_json::{Map, Value, json};

use super::{
    evidence::{Evidence, Order},
    finding::{Lag, Verdict},
    letters::DeadLetter,
};
use crate::{ranges::LostRange, register::groups};

/// Maximum number of lines in a list of the table; JSON has all.
const MAX_LINES: usize = 50;
/// Maximum number of open orders in the table, the oldest first.
const MAX_OPEN_LINES: usize = 10;

/// The totals of an audit.
fn totals(evidence: &Evidence) -> Vec<(&'static str, u64)> {
    let count = |of: fn(&Order) -> bool| {
        u64::try_from(evidence.orders.values().filter(|order| of(order)).count()).unwrap_or(0)
    };
    let mut totals = vec![
        ("orders_placed", count(|o| o.placed.is_some())),
        ("orders_confirmed", count(|o| o.reached.has(Status::Confirmed))),
        ("orders_declined", count(|o| o.reached.has(Status::Declined))),
        ("orders_in_database", count(|o| o.book.is_some() || o.paid.is_some())),
        ("duplicate_records", evidence.duplicates.values().sum()),
        ("unreadable_records", evidence.unreadable.len() as u64),
        ("unreadable_ranges", lost_ranges(evidence).len() as u64),
        ("offsets_unexplained", evidence.unexplained),
        ("dead_letters", evidence.dead_letters.len() as u64),
    ];
    if !evidence.scope.without_gateway {
        let of_gateway =
            [("captures_at_gateway", evidence.captures), ("holds_at_gateway", evidence.holds)];
        totals.splice(4..4, of_gateway);
    }
    totals
}

/// The result as JSON.
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
        "since": evidence.scope.since,
        "left_out": evidence.scope.left_out(),
        "totals": numbers(totals(evidence)),
        "lag": numbers(lag.iter().map(|(group, records)| (group.name(), *records)).collect()),
        "duplicates": numbers(evidence.duplicates.iter().map(|(t, n)| (*t, *n)).collect()),
        "differences": differences.collect::<Vec<_>>(),
        "open": open.collect::<Vec<_>>(),
        "unsettled": verdict.unsettled,
        "unreadable": lost_ranges(evidence).iter().map(LostRange::json).collect::<Vec<_>>(),
        "dead_letters": evidence.dead_letters.iter().map(letter_json).collect::<Vec<_>>(),
    })
}

/// The unreadable ranges.
fn lost_ranges(evidence: &Evidence) -> Vec<LostRange> {
    evidence.ranges.lost(&groups().collect::<Vec<_>>())
}

fn letter_json(letter: &DeadLetter) -> Value {
    let mut json = json!({
        "topic": events::dead_letter::topic(letter.group),
        "group": letter.group,
        "origin": origin_text(letter),
        "origin_topic": letter.origin.topic,
        "origin_partition": letter.origin.partition,
        "origin_offset": letter.origin.offset,
        "key": letter.key,
        "error": letter.reason,
    });
    if let Some(last) = letter.last {
        json["origin_last_offset"] = json!(last);
    }
    json
}

fn origin_text(letter: &DeadLetter) -> String {
    let origin = &letter.origin;
    let last = letter.last.map(|last| format!("–{last}")).unwrap_or_default();
    format!("{}/{}@{}{last}", origin.topic, origin.partition, origin.offset)
}

/// The result as a table.
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
    let letters =
        letters.map(|l| format!("{}, set aside by {}: {}", origin_text(l), l.group, l.reason));
    write_list(&mut text, "dead letters", &letters.collect::<Vec<_>>(), MAX_LINES);
    let open = verdict.open.iter().map(|(id, open)| {
        let waits: Vec<_> = open.waits_for.iter().map(|group| group.name()).collect();
        format!("{id}  open for {} s, waits for {}", open.for_s, waits.join(" and "))
    });
    write_list(&mut text, "open orders", &open.collect::<Vec<_>>(), MAX_OPEN_LINES);
    let differences = verdict.differences.iter();
    let lines = differences.map(|d| format!("{}  {}", d.subject, d.problem));
    write_list(&mut text, "differences", &lines.collect::<Vec<_>>(), MAX_LINES);
    let left_out = evidence.scope.left_out();
    write_list(&mut text, "parts left out", &left_out, MAX_LINES);
    if verdict.differences.is_empty() {
        text.push_str(match left_out.is_empty() {
            true => "\nClean: topics, database, gateway, stock, mails and figures agree",
            false => "\nClean: what was looked at agrees",
        });
        let open = !verdict.open.is_empty() || verdict.unsettled > 0;
        text.push_str(if open { ", as far as work is done.\n" } else { ".\n" });
    }
    text
}

fn write_list(text: &mut String, what: &str, lines: &[String], most: usize) {
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
