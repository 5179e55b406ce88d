//! `comanda analytics`: are the figures what the log says, and making them anew from it.

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
    /// Make the figures anew from the log, beside the ones that are shown; compare, then swap
    Rebuild(RebuildArgs),
    /// Hold every figure against facts, ledger and topics; exit 1 on any difference
    Verify(VerifyArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RebuildArgs {
    /// Swap although the log has forgotten records, and with them what they told
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

/// Does what was asked.
pub(crate) async fn analytics(settings: Settings, args: AnalyticsArgs) -> Result<ExitCode, Fault> {
    match args.command {
        Command::Rebuild(args) => rebuild::rebuild(&settings, &args).await,
        Command::Verify(args) => verify::verify(&settings, &args).await,
    }
}
