//! `comanda dead-letters drop`.

use std::process::ExitCode;

use clock::SystemClock;
use domain::ports::Clock;
use events::{
    Publisher, Range,
    dead_letter::{self, Drop},
};
use kafka::{KafkaConfig, Scanner};

use super::{DropArgs, person};
use crate::{
    audit::run_blocking,
    connect::publisher,
    fault::Fault,
    ranges::{Ranges, groups_lacking},
    say,
};

/// Writes the word into the dead letters of every group that it is for, unless it is there.
pub(super) async fn drop(kafka: KafkaConfig, args: &DropArgs) -> Result<ExitCode, Fault> {
    let letters = super::read(kafka.clone()).await?;
    let mut ranges = Ranges::default();
    for (group, scanned) in &letters {
        ranges.add_letter(group, scanned);
    }
    let here = |ranges: &Ranges| ranges.ranges_with(&args.topic, args.partition, args.offset);
    let mut found = here(&ranges);
    if found.is_empty() {
        // A group that has read it before it went bad has no dead letter of it.
        let (topic, from) = (args.topic.clone(), kafka.clone());
        let met = run_blocking(move || {
            let mut scanner = Scanner::new(&from)?;
            scanner.scan(&topic, |_, _, _| {})?;
            Ok(scanner.unreadable().to_vec())
        });
        ranges.add_unreadable(&met.await?);
        found = here(&ranges);
    }
    let place = format!("{}/{}@{}", args.topic, args.partition, args.offset);
    if found.is_empty() {
        let told = format!(
            "{place} is in no range that nobody can read; `comanda dead-letters list` and \
             `comanda audit` tell which there are"
        );
        return Err(Fault::usage(told));
    }
    let (by, at) = (person::user(), SystemClock.now().to_string());
    let mut words = Vec::new();
    for range in &found {
        for group in groups(args, &ranges, range)? {
            if ranges.drop_of(group, range).is_some() {
                say::line(format!("{range} is acknowledged for {group} already"));
                continue;
            }
            let (by, because, at) = (by.clone(), args.reason.clone(), at.clone());
            let drop = Drop { range: range.clone(), by, because, at };
            words.push((
                format!("{range} is acknowledged for {group}"),
                dead_letter::dropped(group, &drop),
            ));
        }
    }
    let (lines, events): (Vec<_>, Vec<_>) = words.into_iter().unzip();
    // That no word comes twice is worth no half second: what is said twice is said.
    let mut kafka = kafka;
    kafka.properties.entry("enable.idempotence".to_owned()).or_insert_with(|| "false".to_owned());
    let published = publisher(&kafka)?.publish(events).await;
    published.map_err(|unavailable| Fault::unavailable(unavailable.to_string()))?;
    lines.into_iter().for_each(say::line);
    Ok(ExitCode::SUCCESS)
}

/// Whom it is for.
fn groups(args: &DropArgs, ranges: &Ranges, range: &Range) -> Result<Vec<&'static str>, Fault> {
    let mut all = ranges.groups_with_letter(range);
    all.extend(groups_lacking(&range.topic));
    all.sort_unstable();
    all.dedup();
    let Some(asked) = &args.group else { return Ok(all) };
    if let Some(group) = all.iter().find(|group| *group == asked) {
        return Ok(vec![group]);
    }
    let who = all.join(", ");
    Err(Fault::usage(format!("{asked} does not read {}; {who} do", range.topic)))
}
