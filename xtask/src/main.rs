//! Development tasks: `cargo xtask test` runs every check there is.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is a command-line program")]

mod bench;
mod browser;
mod collector;
mod compose;
mod conformance;
mod deny;
mod engines;
mod mail;
mod nightly;
mod peers;
mod platform;
mod services;
mod step;
mod stripe;
mod tools;
mod upgrade;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum};

use crate::{
    engines::{FEATURES, PRODUCTION},
    step::{Report, run},
};

/// Development tasks of Comanda.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask", after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

const EXAMPLES: &str = "Examples:
  cargo xtask test                    every check, as the CI runs it
  cargo xtask test --only fmt,clippy  only how the source looks
  cargo xtask test --only peers       only clients that are not Rust, against a fresh `comanda up`
  cargo xtask test --only browser     only the pages, in Chromium, with pictures of each
  cargo xtask services up             three brokers of Apache Kafka, and PostgreSQL, on loopback
  cargo xtask services status --json  what runs, and where
  cargo xtask services down --purge   stop them and forget their data
  cargo xtask bench                   how fast it is, embedded and on the cluster
  cargo xtask nightly                 what takes too long for every change

Exit codes: 0 everything passed (or runs), 1 something failed (or does not).";

#[derive(Debug, Subcommand)]
enum Task {
    /// Run the checks: formatting, lints, tests, and peers that are not Rust
    Test {
        /// Run only some checks, comma separated
        #[arg(long, value_delimiter = ',', value_name = "CHECKS")]
        only: Vec<Check>,
    },
    /// Real parts without Docker: Apache Kafka (three brokers), PostgreSQL, a browser for tests
    Services {
        #[command(subcommand)]
        action: services::Action,
    },
    /// Measure: latency, the highest rate that holds, CPU an order; the local log alone
    Bench(bench::BenchArgs),
    /// Run long checks: repetitions, long loads, other features
    Nightly(nightly::NightlyArgs),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Check {
    /// Is the source formatted?
    Fmt,
    /// Does clippy find nothing?
    Clippy,
    /// Can the documentation be made, with every link leading somewhere?
    Docs,
    /// Do all Rust tests pass that need nothing but us?
    Cargo,
    /// Is every dependency one that we may and want to have?
    Deny,
    /// Is compose.yaml well formed?
    Compose,
    /// Do mails arrive as they are at an SMTP server that is not ours, with TLS and passwords?
    Mail,
    /// Do kcat, kafka-python and promtool work against a fresh `comanda up`?
    Peers,
    /// Do the pages do what people expect, in a real browser?
    Browser,
    /// Does the test gateway look as Stripe describes its API?
    Stripe,
    /// Do clients see the same on the local log and on Apache Kafka?
    Conformance,
    /// Do the tests pass on Apache Kafka and PostgreSQL, with many instances, and with some dying?
    Engines,
}

impl Check {
    /// Whether it needs `services up`.
    fn needs_services(self) -> bool {
        matches!(self, Self::Conformance | Self::Engines)
    }
}

fn main() -> ExitCode {
    match Cli::parse().task {
        Task::Test { only } => test(&only),
        Task::Services { action } => services::run_action(&action),
        Task::Bench(args) => bench::bench(&args),
        Task::Nightly(args) => nightly::nightly(&args),
    }
}

fn test(only: &[Check]) -> ExitCode {
    let chosen = |check: Check| only.is_empty() || only.contains(&check);
    let mut report = Report::default();
    if chosen(Check::Fmt) {
        report.step("cargo fmt: the source is formatted", || cargo(&["fmt", "--all", "--check"]));
    }
    if chosen(Check::Clippy) {
        report.step("OpenSSL: its headers are installed", tools::ensure_openssl_headers);
        let args = ["clippy", "--workspace", FEATURES, "--all-targets", "--", "-D", "warnings"];
        report.step("cargo clippy: no warnings", || cargo(&args));
        let args =
            [&["clippy"], &PRODUCTION[..], &["--all-targets", "--", "-D", "warnings"]].concat();
        report.step("cargo clippy: nor without stand-ins", || cargo(&args));
    }
    if chosen(Check::Docs) {
        report.step("cargo doc: no warnings", || {
            run(tools::cargo(&["doc", "--workspace", "--no-deps"])
                .env("RUSTDOCFLAGS", "-D warnings"))
        });
    }
    if chosen(Check::Cargo) {
        report.step("OpenSSL: its headers are installed", tools::ensure_openssl_headers);
        // A failure does not stop further tests.
        let args = ["test", "--workspace", FEATURES, "--no-fail-fast"];
        report.step("cargo test: on the embedded engines", || cargo(&args));
        let args = [&["test"], &PRODUCTION[..], &["--no-fail-fast"]].concat();
        report.step("cargo test: without stand-ins", || cargo(&args));
    }
    if chosen(Check::Deny) {
        deny::run_steps(&mut report);
    }
    if chosen(Check::Compose) {
        report.step("compose.yaml: well formed", compose::check);
    }
    if chosen(Check::Mail) {
        report.step("mail: aiosmtpd takes what means harm as one mail each", mail::check);
    }
    if chosen(Check::Peers) {
        peers::run_steps(&mut report);
    }
    if chosen(Check::Browser) {
        browser::run_steps(&mut report);
    }
    if chosen(Check::Stripe) {
        stripe::run_steps(&mut report);
    }
    if Check::value_variants().iter().any(|check| chosen(*check) && check.needs_services()) {
        services::with_services(&mut report, |report| {
            if chosen(Check::Conformance) {
                let name = "conformance: clients see the same on both engines";
                report.step(name, conformance::check);
            }
            if chosen(Check::Engines) {
                engines::run_steps(report);
            }
        });
    }
    report.end()
}

fn cargo(args: &[&str]) -> Result<()> {
    run(&mut tools::cargo(args))
}
