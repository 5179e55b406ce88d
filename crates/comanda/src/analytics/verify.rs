//! `comanda analytics verify`.

use std::process::ExitCode;

use serde_json::json;

use super::VerifyArgs;
use crate::{
    audit::{FiguresVerdict, verify_figures},
    config::Settings,
    fault::Fault,
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
        "open": verdict.open,
        "unsettled": verdict.unsettled,
    })
    .to_string()
}

fn text(verdict: &FiguresVerdict) -> String {
    let mut text = format!("{} orders in the log\n", verdict.orders);
    for (subject, problem) in verdict.differences.iter().take(SHOWN) {
        text += &format!("  {subject}  {problem}\n");
    }
    if verdict.differences.len() > SHOWN {
        text += &format!("  … and {} more; --json has all\n", verdict.differences.len() - SHOWN);
    }
    let unfinished = verdict.open + verdict.unsettled;
    text += &match (verdict.differences.len(), unfinished) {
        (0, 0) => "Clean: every figure is what facts, ledger and topics come to.".to_owned(),
        (0, n) => format!("Clean as far as work is done; {n} things are on their way."),
        (n, _) => format!("{n} differences."),
    };
    text
}
