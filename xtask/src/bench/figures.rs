//! Speed of writing, reading and rebuilding figures, measured by an example of `sql`.

use anyhow::Result;

use crate::{
    services::{self, Namespace},
    step::{Report, read},
    tools,
};

/// Enough for steady figures; a million take some ten minutes.
const ORDERS: &str = "50000";

/// Runs the example on SQLite and on PostgreSQL, and returns its output.
pub(super) fn measure(report: &mut Report) -> Option<Vec<String>> {
    let mut lines = report.step("figures: on SQLite", || run_example(&[ORDERS]))?;
    services::with_services(report, |report| {
        if let Some(more) = measure_on_postgres(report) {
            lines.extend(more);
        }
    });
    Some(lines)
}

fn measure_on_postgres(report: &mut Report) -> Option<Vec<String>> {
    let namespace = report.step("figures: a database", || Namespace::claim("figures"))?;
    let url = namespace.env.iter().find(|(name, _)| *name == "DATABASE_URL");
    let url = url.map(|(_, url)| url.clone()).unwrap_or_default();
    let lines = report.step("figures: on PostgreSQL", || run_example(&[ORDERS, &url]));
    report.step("figures: the database removed", || namespace.remove());
    lines
}

fn run_example(args: &[&str]) -> Result<Vec<String>> {
    let run = ["run", "-q", "--release", "-p", "sql", "--example", "figures", "--"];
    let text = read(tools::cargo(&run).args(args))?;
    Ok(text.lines().map(str::to_owned).collect())
}
