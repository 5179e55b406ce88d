//! `comanda dead-letters drop`.

use std::process::ExitCode;

use clock::SystemClock;
use domain::ports::Clock;
use events::{
    Publisher, Range,
    dead_letter::{self, DropNotice},
};
use kafka::{KafkaConfig, Scanner};

use super::{DropArgs, person};
use crate::{
    audit::run_blocking,
    connect::publisher,
    fault::Fault,
    output,
    ranges::{Ranges, groups_lacking},
};

/// Publishes the acknowledgement to the dead letters of every group concerned that lacks it.
pub(super) async fn drop_range(kafka: KafkaConfig, args: &DropArgs) -> Result<ExitCode, Fault> {
    let letters = super::read_letters(kafka.clone()).await?;
    let mut ranges = Ranges::default();
    for (group, scanned) in &letters {
        ranges.add_letter(group, scanned);
    }
    let here = |ranges: &Ranges| ranges.ranges_with(&args.topic, args.partition, args.offset);
    let mut found = here(&ranges);
    if found.is_empty() {
        // A group that read the range before it was damaged has no dead letter of it.
        let (topic, from) = (args.topic.clone(), kafka.clone());
        let unreadable = run_blocking(move || {
            let mut scanner = Scanner::new(&from)?;
            scanner.scan(&topic, |_, _, _| {})?;
            Ok(scanner.unreadable().to_vec())
        });
        ranges.add_unreadable(&unreadable.await?);
        found = here(&ranges);
    }
    let position = format!("{}/{}@{}", args.topic, args.partition, args.offset);
    if found.is_empty() {
        return Err(Fault::usage(format!(
            "{position} is in no unreadable range; `comanda dead-letters list` and `comanda audit` \
             show them"
        )));
    }
    let (by, at) = (person::current_user(), SystemClock.now().to_string());
    let mut acknowledgements = Vec::new();
    for range in &found {
        for group in groups_to_acknowledge(args, &ranges, range)? {
            if ranges.drop_of(group, range).is_some() {
                output::print_line(format!("{range} is acknowledged for {group} already"));
                continue;
            }
            let (by, because, at) = (by.clone(), args.reason.clone(), at.clone());
            let drop = DropNotice { range: range.clone(), by, because, at };
            acknowledgements.push((
                format!("{range} is acknowledged for {group}"),
                dead_letter::encode_drop(group, &drop),
            ));
        }
    }
    let (lines, events): (Vec<_>, Vec<_>) = acknowledgements.into_iter().unzip();
    // Without idempotence the producer starts half a second sooner. A repeated record does no harm.
    let mut kafka = kafka;
    kafka.properties.entry("enable.idempotence".to_owned()).or_insert_with(|| "false".to_owned());
    let published = publisher(&kafka)?.publish(events).await;
    published.map_err(Fault::unavailable)?;
    lines.into_iter().for_each(output::print_line);
    Ok(ExitCode::SUCCESS)
}

/// The groups for which the range is to be acknowledged.
fn groups_to_acknowledge(
    args: &DropArgs,
    ranges: &Ranges,
    range: &Range,
) -> Result<Vec<&'static str>, Fault> {
    let mut all = ranges.groups_with_letter(range);
    all.extend(groups_lacking(&range.topic));
    all.sort_unstable();
    all.dedup();
    let Some(asked) = &args.group else { return Ok(all) };
    if let Some(group) = all.iter().find(|group| *group == asked) {
        return Ok(vec![group]);
    }
    let readers = all.join(", ");
    Err(Fault::usage(format!("{asked} does not read {}; {readers} do", range.topic)))
}
