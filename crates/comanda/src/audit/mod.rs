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

use clap::Args;
use clock::SystemClock;
use domain::ports::Clock as _;

use crate::{config::Settings, fault::Fault, ranges::Lost, register::ANALYTICS, say};

pub(crate) use gather::{bar, blocking, record};
pub(crate) use sources::{log, log_and_database};

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What is off with the figures.
pub(crate) struct FiguresVerdict {
    /// In the log.
    pub(crate) orders: usize,
    /// Records that analytics has yet to count.
    pub(crate) lag_records: u64,
    /// An order or a row, and what is wrong with it.
    pub(crate) differences: Vec<(String, String)>,
    /// What nobody can read, and what of it is not acknowledged for analytics.
    pub(crate) unreadable: Vec<Lost>,
    /// Orders of which something is still to be counted.
    pub(crate) open: u64,
    /// Rows that fit once work in progress is done.
    pub(crate) unsettled: u64,
}

/// Holds every figure against facts, ledger and topics.
pub(crate) async fn verify_figures(settings: &Settings) -> Result<FiguresVerdict, Fault> {
    let (mut evidence, lag) = gather::gather_figures(settings).await?;
    let verdict = reconcile::reconcile_figures(&mut evidence, &lag, SystemClock.now());
    let told = |d: finding::Finding| (d.subject, d.problem);
    Ok(FiguresVerdict {
        orders: evidence.orders.len(),
        lag_records: lag.get(&finding::Group::ANALYTICS).copied().unwrap_or(0),
        differences: verdict.differences.into_iter().map(told).collect(),
        unreadable: evidence.ranges.told(&[ANALYTICS]),
        open: verdict.open.len() as u64,
        unsettled: verdict.unsettled,
    })
}

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
