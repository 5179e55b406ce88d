//! The tests on Apache Kafka and PostgreSQL: those of the embedded engines, and those of fleets.

use std::{path::Path, process::Command};

use anyhow::Result;

use crate::{
    services,
    step::{Report, run},
    tools,
};

/// With TLS to Kafka and with spans, so that one build serves every test.
pub(crate) const FEATURES: &str = "--features=comanda/kafka-tls,comanda/otel";

/// The program as it is built for production, without stand-ins.
pub(crate) const PRODUCTION: [&str; 3] =
    ["--package=comanda", "--no-default-features", "--features=kafka-tls"];

/// Runs them on the running services.
pub(crate) fn run_steps(report: &mut Report) {
    report.step("PostgreSQL: what the database must do", || run_ignored("sql", "4"));
    report.step("black box on Apache Kafka and PostgreSQL", || run_ignored("black_box", "3"));
    report.step("Caddy: there to stand in front of a fleet", tools::ensure_caddy);
    // Brokers and the database server die here, so one at a time.
    report.step("fleets: many instances, and what dies in mid-load", run_fleets);
}

/// The tests of fleets, without the one that needs an earlier release: `nightly` builds that.
pub(crate) fn run_fleets() -> Result<()> {
    let mut cargo = test_command("fleet", "1");
    run(cargo.args(["--skip", "mixed::"]))
}

/// A fleet of two releases; `program` is the earlier one.
pub(crate) fn run_upgrade(program: &Path) -> Result<()> {
    let mut cargo = test_command("fleet", "1");
    run(cargo.arg("mixed::").env("TEST_EARLIER_COMANDA", program))
}

/// The tests of a program that plain `cargo test` leaves out.
fn run_ignored(program: &str, at_a_time: &str) -> Result<()> {
    run(&mut test_command(program, at_a_time))
}

/// The command for them.
fn test_command(program: &str, at_a_time: &str) -> Command {
    // The same selection as the other steps, so that nothing is compiled again.
    let test = ["test", "--workspace", FEATURES, "--test", program, "--", "--ignored"];
    let mut cargo = tools::cargo(&test);
    cargo.arg(format!("--test-threads={at_a_time}")).envs(services::test_environment());
    cargo
}
