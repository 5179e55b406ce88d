//! Figures: how fast they are kept, read and made anew, by an example of `sql`.

use anyhow::Result;

use crate::{
    services::{self, Ground},
    step::{Report, read},
    tools,
};

/// Enough for steady figures; a million take some ten minutes.
const ORDERS: &str = "50000";

/// What it prints, on SQLite and on PostgreSQL.
pub(super) fn measure(report: &mut Report) -> Option<Vec<String>> {
    let mut told = report.step("figures: on SQLite", || example(&[ORDERS]))?;
    services::during(report, |report| {
        if let Some(more) = on_postgres(report) {
            told.extend(more);
        }
    });
    Some(told)
}

fn on_postgres(report: &mut Report) -> Option<Vec<String>> {
    let ground = report.step("figures: a database", || Ground::claim("figures"))?;
    let url = ground.env.iter().find(|(name, _)| *name == "DATABASE_URL");
    let url = url.map(|(_, url)| url.clone()).unwrap_or_default();
    let told = report.step("figures: on PostgreSQL", || example(&[ORDERS, &url]));
    report.step("figures: the database removed", || ground.give_back());
    told
}

fn example(args: &[&str]) -> Result<Vec<String>> {
    let run = ["run", "-q", "--release", "-p", "sql", "--example", "figures", "--"];
    let text = read(tools::cargo(&run).args(args))?;
    Ok(text.lines().map(str::to_owned).collect())
}
