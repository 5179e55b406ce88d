//! `comanda analytics`: checks the figures against the log, and rebuilds them from it.

mod rebuild;
mod verify;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::{config::Settings, fault::Fault};

#[derive(Debug, Args)]
pub(crate) struct AnalyticsArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Rebuild the figures from the log beside the ones that are shown; compare, then swap
    Rebuild(RebuildArgs),
    /// Compare every figure with facts, ledger and topics; exit 1 on any difference
    Verify(VerifyArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RebuildArgs {
    /// Swap although retention has deleted records, and with them what they contributed
    #[arg(long)]
    pub(crate) force: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Runs the subcommand.
pub(crate) async fn analytics(settings: Settings, args: AnalyticsArgs) -> Result<ExitCode, Fault> {
    match args.command {
        Command::Rebuild(args) => rebuild::rebuild(&settings, &args).await,
        Command::Verify(args) => verify::verify(&settings, &args).await,
    }
}
