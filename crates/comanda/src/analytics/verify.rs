//! `comanda analytics verify`.

use std::process::ExitCode;

use serde_json::json;

use super::VerifyArgs;
use crate::{
    audit::{FiguresVerdict, verify_figures},
    config::Settings,
    fault::Fault,
    output,
    ranges::LostRange,
};

/// Maximum number of lines in text; JSON has all.
const MAX_LINES: usize = 50;

/// Compares the figures and prints the result. Exit code 1 on any difference.
pub(super) async fn verify(settings: &Settings, args: &VerifyArgs) -> Result<ExitCode, Fault> {
    let verdict = verify_figures(settings).await?;
    output::print_line(if args.json { json_text(&verdict) } else { text(&verdict) });
    Ok(if verdict.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn json_text(verdict: &FiguresVerdict) -> String {
    let differences = verdict.differences.iter();
    let differences: Vec<_> = differences
        .map(|(subject, problem)| json!({"subject": subject, "problem": problem}))
        .collect();
    json!({
        "clean": differences.is_empty(),
        "orders": verdict.orders,
        "lag_records": verdict.lag_records,
        "differences": differences,
        "unreadable": verdict.unreadable.iter().map(LostRange::json).collect::<Vec<_>>(),
        "open": verdict.open,
        "unsettled": verdict.unsettled,
    })
    .to_string()
}

fn text(verdict: &FiguresVerdict) -> String {
    let differences = verdict.differences.iter();
    let mut lines = vec![format!("{} orders in the log", verdict.orders)];
    lines.extend(differences.take(MAX_LINES).map(|(what, problem)| format!("  {what}  {problem}")));
    if verdict.differences.len() > MAX_LINES {
        let more = verdict.differences.len() - MAX_LINES;
        lines.push(format!("  … and {more} more; --json has all"));
    }
    let unfinished = verdict.open + verdict.unsettled;
    lines.push(match (verdict.differences.len(), unfinished) {
        (0, 0) => "Clean: every figure agrees with facts, ledger and topics.".to_owned(),
        (0, n) => format!("Clean as far as work is done; {n} items are in progress."),
        (n, _) => format!("{n} differences."),
    });
    lines.join("\n")
}
