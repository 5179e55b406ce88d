//! What clients see, on the local log and on Apache Kafka: the same tests on both.

use std::process::Command;

use anyhow::Result;

use crate::{engines::FEATURES, services, step::run, tools};

/// Runs the suite against the cluster that is up, with all foreign clients.
pub(crate) fn check() -> Result<()> {
    tools::kcat()?;
    let python = tools::python()?;
    let mut cargo = Command::new(tools::cargo());
    cargo.args(["test", "--workspace", FEATURES, "--test", "conformance"]);
    cargo.args(["--", "--include-ignored"]).current_dir(tools::root());
    run(cargo.env("TEST_PYTHON", python).envs(services::test_environment()))
}
