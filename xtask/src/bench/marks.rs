//! The local log alone, against its marks.

use std::{
    fmt::Write as _,
    process::{Command, Stdio},
};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::{
    step::{tell, told},
    tools,
};

/// One figure beside what is wanted.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Mark {
    name: String,
    unit: String,
    measured: f64,
    wanted: Option<f64>,
}

/// Builds and runs the program that measures it.
pub(crate) fn measure() -> Result<Vec<Mark>> {
    let mut cargo = Command::new(tools::cargo());
    cargo.args(["run", "--release", "-p", "local-log", "--example", "marks", "--", "--json"]);
    cargo.current_dir(tools::root()).stdin(Stdio::null());
    tell("    cargo run --release -p local-log --example marks");
    let output = cargo.stdout(Stdio::piped()).spawn()?.wait_with_output()?;
    Ok(serde_json::from_str(&told(&cargo, output)?)?)
}

/// The figures for people.
pub(crate) fn table(marks: &[Mark]) -> String {
    let mut text = format!("{:<58} {:>12} {:>12}\n", "local log", "measured", "mark");
    for Mark { name, unit, measured, wanted } in marks {
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
        let told = r#"[{"name":"memory","unit":"MiB","measured":12.5,"wanted":null},
            {"name":"ready","unit":"ms","measured":4,"wanted":50}]"#;
        let table = table(&serde_json::from_str::<Vec<_>>(told).unwrap());
        let lines: Vec<Vec<_>> = table.lines().map(|l| l.split_whitespace().collect()).collect();
        assert_eq!(
            lines[1..],
            [vec!["memory", "(MiB)", "12.50"], vec!["ready", "(ms)", "4.00", "50"]]
        );
    }
}
