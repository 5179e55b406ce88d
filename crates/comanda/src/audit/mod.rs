//! `comanda audit`: checks that topics, database, mail ledger and the gateway's own books agree.
//!
//! [`gather`] reads all sources into [`evidence`] ([`topics`], [`tables`], [`books`], [`stock`],
//! [`figures`] and [`letters`] interpret one each), [`reconcile`] compares, and [`report`] prints.

mod books;
mod evidence;
mod figures;
mod finding;
mod gather;
mod held;
mod ledger;
mod letters;
mod mails;
mod reconcile;
mod report;
mod scope;
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
use jiff::Timestamp;

use self::scope::Scope;
use crate::{config::Settings, fault::Fault, output, ranges::LostRange, register::ANALYTICS};

pub(crate) use gather::{progress_bar, record_from_scanned, run_blocking};
pub(crate) use sources::{find_gateway, find_kafka, find_log_and_database};

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Look only at orders placed since then, which is quick and partial: an instant such as
    /// 2026-11-22T12:00:00Z, or how long ago, such as 90m, 2h or 7d
    #[arg(long, value_name = "INSTANT|DURATION", value_parser = since)]
    pub(crate) since: Option<Timestamp>,
    /// Leave out the payment gateway's books
    #[arg(long)]
    pub(crate) without_gateway: bool,
}

fn since(text: &str) -> Result<Timestamp, String> {
    scope::parse_since(text, SystemClock.now())
}

/// The result of comparing the figures.
pub(crate) struct FiguresVerdict {
    /// Number of orders in the log.
    pub(crate) orders: usize,
    /// Number of records that analytics has yet to count.
    pub(crate) lag_records: u64,
    /// An order or a row, and the problem with it.
    pub(crate) differences: Vec<(String, String)>,
    /// Unreadable ranges, and whether they are acknowledged for analytics.
    pub(crate) unreadable: Vec<LostRange>,
    /// Number of orders that are not fully counted yet.
    pub(crate) open: u64,
    /// Number of rows whose difference work in progress explains.
    pub(crate) unsettled: u64,
}

/// Compares every figure with facts, ledger and topics.
pub(crate) async fn verify_figures(settings: &Settings) -> Result<FiguresVerdict, Fault> {
    let (mut evidence, lag) = gather::gather_figures(settings).await?;
    let verdict = reconcile::reconcile_figures(&mut evidence, &lag, SystemClock.now());
    let subject_and_problem = |d: finding::Finding| (d.subject, d.problem);
    Ok(FiguresVerdict {
        orders: evidence.orders.len(),
        lag_records: lag.get(&finding::Group::ANALYTICS).copied().unwrap_or(0),
        differences: verdict.differences.into_iter().map(subject_and_problem).collect(),
        unreadable: evidence.ranges.lost(&[ANALYTICS]),
        open: verdict.open.len() as u64,
        unsettled: verdict.unsettled,
    })
}

/// Audits and prints the result. Exit code 1 on any difference.
pub(crate) async fn audit(settings: Settings, args: &AuditArgs) -> Result<ExitCode, Fault> {
    let scope = Scope { since: args.since, without_gateway: args.without_gateway };
    let (mut evidence, lag) = gather::gather(&settings, scope).await?;
    let verdict = reconcile::reconcile(&mut evidence, &lag, SystemClock.now());
    if args.json {
        output::print_line(report::json(&evidence, &lag, &verdict));
    } else {
        output::print_line(report::table(&evidence, &lag, &verdict).trim_end());
    }
    Ok(if verdict.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
