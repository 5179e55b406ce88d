//! `cargo xtask nightly`: checks that take too long for every change. A check that cannot run here
//! counts as failed.

use std::process::{Command, ExitCode};

use anyhow::Result;
use clap::{Args, ValueEnum, value_parser};

use crate::{
    bench, conformance,
    engines::{self, FEATURES},
    peers, services,
    step::{Report, print_progress, run},
    tools, upgrade,
};

const EXAMPLES: &str = "Examples:
  cargo xtask nightly                          all of it
  cargo xtask nightly --only fleet,crashes     only these
  cargo xtask nightly --repeat 20 --only fleet until a rare failure shows
  cargo xtask nightly --only load --minutes 60

It needs what `cargo xtask services up` needs, and OpenSSL's headers for --only builds; what is
missing is installed. Nothing else should run on the machine: brokers die in it.

Exit codes: 0 everything passed, 1 something failed or could not be done.";

/// Orders per second of the long load, sustainable on a small machine for hours.
const RATE: f64 = 200.0;
/// Enough for many faults of each kind at each step of a charge.
const CHAOS_ORDERS: &str = "20000";
/// A minute of kills, one a second.
const ANALYTICS_KILLS: &str = "60";
/// The crates with properties: a rule and any number of cases.
const WITH_PROPERTIES: &[&str] =
    &["domain", "events", "local-log", "mail-sink", "test-gateway", "kafka", "sql", "services"];

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct NightlyArgs {
    /// Do only some of it, comma separated
    #[arg(long, value_delimiter = ',', value_name = "PARTS")]
    only: Vec<Part>,
    /// How often what may fail rarely is repeated
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = value_parser!(u32).range(1..))]
    repeat: u32,
    /// Cases of each property that has no number of its own
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = value_parser!(u32).range(1..))]
    cases: u32,
    /// Length of each long load
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = value_parser!(u32).range(1..=10_000))]
    minutes: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Does it build without default features, and with TLS to Kafka?
    Builds,
    /// Do the rules hold for many more cases?
    Properties,
    /// Is everything accepted kept and charged once, wherever it is killed? New moments each time
    Crashes,
    /// Is the money right over many orders, while the gateway fails and processes die?
    Chaos,
    /// Are the figures right though analytics is killed every second for a minute?
    Figures,
    /// Do clients see the same on the local log and on Apache Kafka, again and again?
    Conformance,
    /// Do services of many processes outlive members, brokers and the database server?
    Fleet,
    /// Do an earlier release and this one share the work of a fleet?
    Upgrade,
    /// Does an OpenTelemetry collector receive one trace from the request to the mail?
    Traces,
    /// Do topics, database and gateway agree after a long load?
    Load,
    /// How fast is it?
    Bench,
}

impl Part {
    fn needs_services(self) -> bool {
        !matches!(self, Self::Builds | Self::Properties | Self::Traces)
    }
}

/// Runs the chosen parts.
pub(crate) fn nightly(args: &NightlyArgs) -> ExitCode {
    let all = Part::value_variants().iter().copied();
    let parts: Vec<_> =
        all.filter(|part| args.only.is_empty() || args.only.contains(part)).collect();
    announce(&parts, args);
    let mut report = Report::default();
    let (with, without): (Vec<_>, Vec<_>) =
        parts.into_iter().partition(|part| part.needs_services());
    for part in without {
        perform(&mut report, part, args);
    }
    if !with.is_empty() {
        services::with_services(&mut report, |report| {
            for part in with {
                perform(report, part, args);
            }
        });
    }
    report.end()
}

fn announce(parts: &[Part], args: &NightlyArgs) {
    let NightlyArgs { repeat, cases, minutes, .. } = args;
    print_progress("To be done:");
    for part in parts {
        let what = match part {
            Part::Builds => "builds: without default features, and with kafka-tls".to_owned(),
            Part::Properties => format!("properties: {cases} cases of each"),
            Part::Crashes => format!("crashes: {repeat} times, at new moments"),
            Part::Chaos => format!("chaos: {CHAOS_ORDERS} orders on each engine"),
            Part::Figures => {
                format!("figures: {ANALYTICS_KILLS} kills of analytics on each engine")
            }
            Part::Conformance => format!("conformance: {repeat} times"),
            Part::Fleet => format!("fleet: {repeat} times"),
            Part::Upgrade => "upgrade: a fleet of two releases".to_owned(),
            Part::Traces => "traces: to an OpenTelemetry collector, built with Go".to_owned(),
            Part::Load => format!("load: {minutes} min embedded, {minutes} min on the cluster"),
            Part::Bench => "bench: all of `cargo xtask bench`".to_owned(),
        };
        print_progress(format!("  {what}"));
    }
}

fn perform(report: &mut Report, part: Part, args: &NightlyArgs) {
    match part {
        Part::Builds => check_builds(report),
        Part::Properties => {
            report.step("properties: many cases", || run_properties(args.cases));
        }
        Part::Crashes => repeat(report, args, "crashes", run_crashes),
        Part::Chaos => drop(report.step("chaos: the money is right", run_chaos)),
        Part::Figures => drop(report.step("figures: right after a minute of kills", run_figures)),
        Part::Conformance => repeat(report, args, "conformance", conformance::check),
        Part::Fleet => repeat(report, args, "fleet", engines::run_fleets),
        Part::Upgrade => upgrade::check(report),
        Part::Traces => peers::run_collector_steps(report),
        Part::Load => run_long_loads(report, args.minutes * 60),
        Part::Bench => bench::measure_all(report),
    }
}

/// Repeats a step; a failure does not stop the next one.
fn repeat(report: &mut Report, args: &NightlyArgs, name: &str, work: fn() -> Result<()>) {
    for time in 1..=args.repeat {
        report.step(&format!("{name}: {time} of {}", args.repeat), work);
    }
}

fn check_builds(report: &mut Report) {
    report.step("builds: without default features", || {
        run(&mut tools::cargo(&["build", "--workspace", "--no-default-features"]))
    });
    report.step("builds: with kafka-tls", || {
        tools::ensure_openssl_headers()?;
        run(&mut tools::cargo(&["build", "--package", "comanda", "--features", "kafka-tls"]))
    });
}

fn run_properties(cases: u32) -> Result<()> {
    let mut cargo = tools::cargo(&["test"]);
    for name in WITH_PROPERTIES {
        cargo.args(["--package", name]);
    }
    run(cargo.env("PROPTEST_CASES", cases.to_string()))
}

/// Runs the crash tests at random moments; a failure prints the seed that repeats it.
fn run_crashes() -> Result<()> {
    let mut log = tools::cargo(&["test", "--workspace", FEATURES, "--test", "log"]);
    log.args(["--", "crashes::", "garbage::"]);
    run(log.env_remove("LOCAL_LOG_TEST_SEED"))?;
    let mut platform = tools::cargo(&["test", "--workspace", FEATURES, "--test", "black_box"]);
    platform.args(["--", "crash::", "--include-ignored"]);
    run(platform.envs(services::test_environment()))
}

fn run_chaos() -> Result<()> {
    run(black_box("chaos::").env("COMANDA_CHAOS_ORDERS", CHAOS_ORDERS))
}

fn run_figures() -> Result<()> {
    run(black_box("analytics::").env("COMANDA_ANALYTICS_KILLS", ANALYTICS_KILLS))
}

/// The black-box tests of a kind, one after the other, on both engines.
fn black_box(which: &str) -> Command {
    let mut platform = tools::cargo(&["test", "--workspace", FEATURES, "--test", "black_box"]);
    platform.args(["--", which, "--include-ignored", "--nocapture", "--test-threads=1"]);
    platform.envs(services::test_environment());
    platform
}

fn run_long_loads(report: &mut Report, seconds: u32) {
    if bench::build(report).is_some() {
        let work = |platform: &_| bench::check_load(platform, RATE, seconds);
        bench::run_embedded(report, work);
        bench::run_on_cluster(report, work);
    }
}
