//! `comanda audit`: do topics, database and the gateway's own books agree?
//!
//! [`gather`] reads all of it, [`reconcile`] compares without touching anything, and this file
//! tells the result.

mod gather;
mod reconcile;

use std::process::ExitCode;

use serde_json::json;

use self::reconcile::{Difference, Evidence};
use crate::{cli::AuditArgs, config::Settings, fault::Fault, say};

/// Differences shown on a terminal; JSON has all.
const SHOWN: usize = 50;

/// Audits, prints, and answers 1 if anything differs.
pub(crate) async fn audit(settings: Settings, args: &AuditArgs) -> Result<ExitCode, Fault> {
    let evidence = gather::gather(&settings).await?;
    let differences = reconcile::reconcile(&evidence);
    if args.json {
        print_json(&evidence, &differences);
    } else {
        print_table(&evidence, &differences);
    }
    Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn print_json(evidence: &Evidence, differences: &[Difference]) {
    let differing =
        differences.iter().map(|d| json!({"order_id": d.subject, "problem": d.problem}));
    let dead = evidence.dead_letters.iter().map(
        |letter| json!({"topic": letter.topic, "origin": letter.origin, "error": letter.reason}),
    );
    let totals = totals(evidence).map(|(name, count)| (name.to_owned(), json!(count)));
    let report = json!({
        "clean": differences.is_empty(),
        "totals": totals.collect::<serde_json::Map<_, _>>(),
        "differences": differing.collect::<Vec<_>>(),
        "dead_letters": dead.collect::<Vec<_>>(),
    });
    say::line(report);
}

fn totals(evidence: &Evidence) -> impl Iterator<Item = (&'static str, usize)> {
    let count =
        |of: fn(&reconcile::Order) -> bool| evidence.orders.values().filter(|o| of(o)).count();
    [
        ("orders_placed", count(|o| o.placed_minor.is_some())),
        ("orders_confirmed", count(|o| o.confirmed.is_some())),
        ("orders_declined", count(|o| o.is_declined)),
        ("orders_in_database", count(|o| o.row.is_some())),
        ("captures_at_gateway", count(|o| !o.captures.is_empty())),
        ("dead_letters", evidence.dead_letters.len()),
    ]
    .into_iter()
}

fn print_table(evidence: &Evidence, differences: &[Difference]) {
    for (name, count) in totals(evidence) {
        say::line(format!("{:<22}{count:>10}", name.replace('_', " ")));
    }
    for letter in evidence.dead_letters.iter().take(SHOWN) {
        say::line(format!("  {} from {}: {}", letter.topic, letter.origin, letter.reason));
    }
    if differences.is_empty() {
        say::line("\nClean: topics, database, gateway and figures agree.");
        return;
    }
    say::line(format!("\n{} differences:", differences.len()));
    for difference in differences.iter().take(SHOWN) {
        say::line(format!("  {}  {}", difference.subject, difference.problem));
    }
    if differences.len() > SHOWN {
        say::line(format!("  … and {} more; --json has all of them", differences.len() - SHOWN));
    }
}
