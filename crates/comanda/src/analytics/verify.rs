//! `comanda analytics verify`.

use std::process::ExitCode;

use serde_json::json;

use super::VerifyArgs;
use crate::{
    audit::{FiguresVerdict, verify_figures},
    config::Settings,
    fault::Fault,
    ranges::Lost,
    say,
};

/// Lines on a terminal; JSON has all.
const SHOWN: usize = 50;

/// Compares, prints, and answers 1 if anything differs.
pub(super) async fn verify(settings: &Settings, args: &VerifyArgs) -> Result<ExitCode, Fault> {
    let verdict = verify_figures(settings).await?;
    say::line(if args.json { json_text(&verdict) } else { text(&verdict) });
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
        "unreadable": verdict.unreadable.iter().map(Lost::json).collect::<Vec<_>>(),
        "open": verdict.open,
        "unsettled": verdict.unsettled,
    })
    .to_string()
}

fn text(verdict: &FiguresVerdict) -> String {
    let differences = verdict.differences.iter();
    let mut lines = vec![format!("{} orders in the log", verdict.orders)];
    lines.extend(differences.take(SHOWN).map(|(what, problem)| format!("  {what}  {problem}")));
    if verdict.differences.len() > SHOWN {
        let more = verdict.differences.len() - SHOWN;
        lines.push(format!("  … and {more} more; --json has all"));
    }
    let unfinished = verdict.open + verdict.unsettled;
    lines.push(match (verdict.differences.len(), unfinished) {
        (0, 0) => "Clean: every figure is what facts, ledger and topics come to.".to_owned(),
        (0, n) => format!("Clean as far as work is done; {n} things are on their way."),
        (n, _) => format!("{n} differences."),
    });
    lines.join("\n")
}
