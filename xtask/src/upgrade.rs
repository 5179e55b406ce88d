//! A fleet of an earlier release and this one; the earlier one is built from its commit.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result};

use crate::{
    engines,
    step::{Report, run},
    tools,
};

/// The last commit that neither read `ce_type` nor knew reasons and actions of later releases.
const EARLIER: &str = "4219de95e3314c5b9f55b987e8a0c6b7b395c59e";

const WITHOUT_HISTORY: &str = "the earlier release comes out of the history of this clone: a shallow one \
                               lacks it (git fetch --unshallow)";

/// Builds the earlier release, and runs a fleet of both.
pub(crate) fn check(report: &mut Report) {
    if let Some(program) = report.step("upgrade: the earlier release is built", build) {
        report.step("upgrade: a fleet of two releases", || engines::run_upgrade(&program));
    }
}

fn build() -> Result<PathBuf> {
    let folder = tools::target().join("earlier");
    let sources = folder.join("sources");
    let path = sources.to_str().context("the target folder has a name that is no text")?;
    if !sources.join("Cargo.toml").exists() {
        run(git().args(["clone", "--quiet", "--no-checkout", ".", path]))?;
        run(git().args(["-C", path, "checkout", "--quiet", EARLIER])).context(WITHOUT_HISTORY)?;
    }
    let mut cargo = tools::cargo(&["build", "--locked", "--package", "comanda"]);
    cargo.args(["--features", "kafka-tls", "--manifest-path"]).arg(sources.join("Cargo.toml"));
    run(cargo.env("CARGO_TARGET_DIR", folder.join("target")))?;
    Ok(folder.join("target/debug/comanda"))
}

fn git() -> Command {
    let mut git = Command::new("git");
    git.current_dir(tools::root());
    git
}
