//! `comanda dead-letters`: what groups have set aside, and the word that a lost range is known.

mod drop;
mod list;
mod person;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use events::dead_letter;
use kafka::{KafkaConfig, Scanned, Scanner};

use crate::{
    audit::{kafka_config, run_blocking},
    config::Settings,
    fault::Fault,
    register::groups,
};

#[derive(Debug, Args)]
pub(crate) struct DeadLettersArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// What lies in the dead letters; ranges that nobody can read, and whether they are acknowledged
    #[command(after_help = LIST_EXAMPLES)]
    List(ListArgs),
    /// Acknowledge that a range that nobody can read is lost: the audit is red until then
    #[command(after_help = DROP_EXAMPLES)]
    Drop(DropArgs),
}

const LIST_EXAMPLES: &str = "Examples:
  comanda dead-letters list
  comanda dead-letters list --json | jq '.dead_letters[] | select(.acknowledged == false)'

It ends with 0 whatever it finds (`comanda audit` ends with 1 while something is wrong), with 69 if the
brokers do not answer.";

const DROP_EXAMPLES: &str = "Examples:
  comanda dead-letters drop --group orders --topic order_details --partition 3 --offset 42 \\
    --reason \"the supplier's client wrote gzip that is none; he sends them again\"
  comanda dead-letters drop --all-groups --topic menu --partition 0 --offset 7 --reason \"bad disk\"

The offset is any one of the range, as `comanda audit` and `comanda dead-letters list` tell it. What
is said here is a record of the group's dead letters, with who said it and when. It ends with 0 once
it is said, also if it was said before, with 64 if there is no such range or the group does not read
it, with 69 if the brokers do not answer.";

#[derive(Debug, Args)]
struct ListArgs {
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct DropArgs {
    /// The group that misses the records
    #[arg(long, required_unless_present = "all_groups", conflicts_with = "all_groups")]
    group: Option<String>,
    /// Every group that misses them
    #[arg(long)]
    all_groups: bool,
    /// The topic with the range
    #[arg(long)]
    topic: String,
    /// Its partition
    #[arg(long)]
    partition: i32,
    /// Any offset of the range
    #[arg(long)]
    offset: i64,
    /// Why nobody has to look at it any more; it is kept
    #[arg(long, value_parser = person::reason)]
    reason: String,
}

/// Does what was asked.
pub(crate) async fn dead_letters(
    settings: Settings,
    args: DeadLettersArgs,
) -> Result<ExitCode, Fault> {
    let kafka = kafka_config(&settings)?;
    match args.what {
        What::List(args) => list::list(kafka, &args).await,
        What::Drop(args) => drop::drop(kafka, &args).await,
    }
}

/// Reads the dead letters of every group, in the order in which they were written.
async fn read(kafka: KafkaConfig) -> Result<Vec<(&'static str, Scanned)>, Fault> {
    run_blocking(move || {
        let mut scanner = Scanner::new(&kafka)?;
        let mut all = Vec::new();
        for group in groups() {
            scanner.scan(&dead_letter::topic(group.name), |scanned, _, _| {
                all.push((group.name, scanned));
            })?;
        }
        Ok(all)
    })
    .await
}
