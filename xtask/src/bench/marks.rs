//! Single parts against their targets, by programs that print figures as JSON.

use std::{fmt::Write as _, process::Stdio};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::{
    platform::Platform,
    step::{print_progress, successful_output},
    tools,
};

/// One figure with its target.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct PartFigure {
    name: String,
    unit: String,
    measured: f64,
    wanted: Option<f64>,
}

/// The local log in a process of its own.
pub(crate) fn log() -> Result<Vec<PartFigure>> {
    measure("local-log", "marks", &[])
}

/// Pages and event streams of a platform.
pub(crate) fn pages(platform: &Platform) -> Result<Vec<PartFigure>> {
    let data = platform.data().display().to_string();
    measure("comanda", "pages", &["--data", &data, "--pid", &platform.pid().to_string()])
}

/// Builds and runs the example of a package that measures it.
fn measure(package: &str, example: &str, arguments: &[&str]) -> Result<Vec<PartFigure>> {
    let run = ["run", "--release", "-p", package, "--example", example, "--", "--json"];
    let mut cargo = tools::cargo(&run);
    cargo.args(arguments).stdin(Stdio::null());
    print_progress(format!("    cargo run --release -p {package} --example {example}"));
    let output = cargo.stdout(Stdio::piped()).spawn()?.wait_with_output()?;
    Ok(serde_json::from_str(&successful_output(&cargo, output)?)?)
}

/// The figures of `what` as a table.
pub(crate) fn table(what: &str, marks: &[PartFigure]) -> String {
    let mut text = format!("{what:<58} {:>12} {:>12}\n", "measured", "mark");
    for PartFigure { name, unit, measured, wanted } in marks {
        let wanted = wanted.map_or_else(String::new, |wanted| wanted.to_string());
        let name = format!("{name} ({unit})");
        let _ = writeln!(text, "{name:<58} {measured:>12.2} {wanted:>12}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_without_a_mark_is_shown_too() {
        let printed = r#"[{"name":"memory","unit":"MiB","measured":12.5,"wanted":null},
            {"name":"ready","unit":"ms","measured":4,"wanted":50}]"#;
        let table = table("local log", &serde_json::from_str::<Vec<_>>(printed).unwrap());
        let lines: Vec<Vec<_>> = table.lines().map(|l| l.split_whitespace().collect()).collect();
        assert_eq!(
            lines[1..],
            [vec!["memory", "(MiB)", "12.50"], vec!["ready", "(ms)", "4.00", "50"]]
        );
    }
}
