//! The conformance tests of the local log, which also run on Apache Kafka.

use anyhow::Result;

use crate::{engines::FEATURES, services, step::run, tools};

/// Runs the suite against the cluster that is up, with all foreign clients.
pub(crate) fn check() -> Result<()> {
    tools::ensure_kcat()?;
    let python = tools::ensure_python()?;
    let test = ["test", "--workspace", FEATURES, "--test", "conformance", "--"];
    let mut cargo = tools::cargo(&test);
    run(cargo
        .arg("--include-ignored")
        .env("TEST_PYTHON", python)
        .envs(services::test_environment()))
}
