//! `comanda dead-letters`: lists dead letters, and acknowledges unreadable ranges.

mod drop;
mod list;
mod person;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use events::dead_letter;
use kafka::{KafkaConfig, ScannedRecord, Scanner};

use crate::{
    audit::{find_kafka, run_blocking},
    config::Settings,
    fault::Fault,
    register::groups,
};

#[derive(Debug, Args)]
pub(crate) struct DeadLettersArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List dead letters and unreadable ranges, and whether these are acknowledged
    #[command(after_help = LIST_EXAMPLES)]
    List(ListArgs),
    /// Acknowledge that an unreadable range is lost; the audit fails until then
    #[command(after_help = DROP_EXAMPLES)]
    Drop(DropArgs),
}

const LIST_EXAMPLES: &str = "Examples:
  comanda dead-letters list
  comanda dead-letters list --json | jq '.dead_letters[] | select(.acknowledged == false)'

Exit codes: 0 whatever is found (`comanda audit` exits with 1 on a difference), 69 the brokers do
not answer.";

const DROP_EXAMPLES: &str = "Examples:
  comanda dead-letters drop --group orders --topic order_details --partition 3 --offset 42 \\
    --reason \"the supplier's client wrote gzip that is none; he sends them again\"
  comanda dead-letters drop --all-groups --topic menu --partition 0 --offset 7 --reason \"bad disk\"

The offset is any offset of the range, as `comanda audit` and `comanda dead-letters list` show it.
The acknowledgement is a record of the group's dead letters, with user, time and reason.

Exit codes: 0 acknowledged, now or before, 64 there is no such range or the group does not read it,
69 the brokers do not answer.";

#[derive(Debug, Args)]
struct ListArgs {
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct DropArgs {
    /// The group that lacks the records
    #[arg(long, required_unless_present = "all_groups", conflicts_with = "all_groups")]
    group: Option<String>,
    /// Every group that lacks them
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
    /// Why the loss is acceptable; kept with the acknowledgement
    #[arg(long, value_parser = person::parse_reason)]
    reason: String,
}

/// Runs the subcommand.
pub(crate) async fn dead_letters(
    settings: Settings,
    args: DeadLettersArgs,
) -> Result<ExitCode, Fault> {
    let kafka = find_kafka(&settings)?;
    match args.command {
        Command::List(args) => list::list_letters(kafka, &args).await,
        Command::Drop(args) => drop::drop_range(kafka, &args).await,
    }
}

/// Reads the dead letters of every group, in the order in which they were published.
async fn read_letters(kafka: KafkaConfig) -> Result<Vec<(&'static str, ScannedRecord)>, Fault> {
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
