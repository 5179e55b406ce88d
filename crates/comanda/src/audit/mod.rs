//! `comanda audit`: do topics, database, mail ledger and the gateway's own books agree?
//!
//! [`gather`] reads all of it into [`evidence`] ([`topics`], [`tables`], [`books`], [`stock`],
//! [`figures`] and [`letters`] say what each source means), [`reconcile`] judges, and [`report`] tells the result.

mod books;
mod evidence;
mod figures;
mod finding;
mod gather;
mod ledger;
mod letters;
mod mails;
mod reconcile;
mod report;
mod sources;
mod stock;
mod tables;
#[cfg(test)]
mod tests;
mod topics;

use std::process::ExitCode;

use adapters::clock::SystemClock;
use domain::ports::Clock as _;

use crate::{cli::AuditArgs, config::Settings, fault::Fault, say};

/// Audits, prints, and answers 1 if anything differs.
pub(crate) async fn audit(settings: Settings, args: &AuditArgs) -> Result<ExitCode, Fault> {
    let (mut evidence, lag) = gather::gather(&settings).await?;
    let verdict = reconcile::reconcile(&mut evidence, &lag, SystemClock.now());
    if args.json {
        say::line(report::json(&evidence, &lag, &verdict));
    } else {
        say::line(report::table(&evidence, &lag, &verdict).trim_end());
    }
    Ok(if verdict.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
