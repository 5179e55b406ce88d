//! Figures: how fast they are written, read and rebuilt, measured by an example of `sql`.

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
    let mut lines = report.step("figures: on SQLite", || example(&[ORDERS]))?;
    services::during(report, |report| {
        if let Some(more) = on_postgres(report) {
            lines.extend(more);
        }
    });
    Some(lines)
}

fn on_postgres(report: &mut Report) -> Option<Vec<String>> {
    let namespace = report.step("figures: a database", || Namespace::claim("figures"))?;
    let url = namespace.env.iter().find(|(name, _)| *name == "DATABASE_URL");
    let url = url.map(|(_, url)| url.clone()).unwrap_or_default();
    let lines = report.step("figures: on PostgreSQL", || example(&[ORDERS, &url]));
    report.step("figures: the database removed", || namespace.remove());
    lines
}

fn example(args: &[&str]) -> Result<Vec<String>> {
    let run = ["run", "-q", "--release", "-p", "sql", "--example", "figures", "--"];
    let text = read(tools::cargo(&run).args(args))?;
    Ok(text.lines().map(str::to_owned).collect())
}
