//! cargo-deny: checks dependencies by the rules in deny.toml.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{
    step::{Report, read, run},
    tools,
};

/// The tested version.
const VERSION: &str = "0.20.2";

/// Checks licences, bans and sources, and advisories if their database can be fetched.
pub(crate) fn run_steps(report: &mut Report) {
    let Some(program) = report.step("cargo deny: installed", install) else { return };
    report.step("cargo deny: bans, licences, sources", || {
        run(deny_command(&program).args(["check", "bans", "licenses", "sources"]))
    });
    let name = "cargo deny: advisories";
    // The database is a Git repository, which some networks cannot reach.
    match read(deny_command(&program).args(["fetch", "db"])) {
        Ok(_) => {
            report.step(name, || {
                let offline = ["check", "--disable-fetch", "advisories"];
                run(deny_command(&program).args(offline))
            });
        }
        Err(_) => report.skip(name, "the advisory database cannot be fetched from here"),
    }
}

fn deny_command(program: &PathBuf) -> Command {
    let mut command = Command::new(program);
    command.current_dir(tools::root());
    command
}

/// Builds it once; it stays in the target folder.
fn install() -> Result<PathBuf> {
    let folder = tools::target().join("tools");
    let program = folder.join("bin/cargo-deny");
    let there = Command::new(&program).arg("--version").output();
    if there.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).trim_end().ends_with(VERSION)) {
        println!("    cargo-deny {VERSION} is in {}", folder.display());
        return Ok(program);
    }
    let install = ["install", "--quiet", "--locked", "cargo-deny", "--version", VERSION];
    let mut cargo = tools::cargo(&install);
    // Unoptimised, since it builds faster and runs for seconds only.
    cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0").env("CARGO_PROFILE_RELEASE_LTO", "off");
    cargo.env("CARGO_TARGET_DIR", folder.join("build"));
    run(cargo.arg("--root").arg(&folder))?;
    let _ = std::fs::remove_dir_all(folder.join("build"));
    Ok(program)
}
