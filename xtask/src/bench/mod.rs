//! `cargo xtask bench`: performance figures, reported and never asserted. A run fails only if
//! orders fail or the audit finds a difference.

mod figures;
mod load;
mod marks;
mod pairs;
mod search;
mod signals;
mod statistics;
mod table;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum, value_parser};
use serde::Serialize;

use self::{
    load::{Load, LoadParameters, load, wait_until_settled},
    pairs::{PairedCosts, Side},
};
use crate::{
    platform::Platform,
    services::{self, Namespace},
    step::{Report, print_progress_to_stderr, run},
    tools,
};

/// Share of watched orders while the highest rate is searched, small so that the generator, which
/// shares the machine, is not the limit.
const FOLLOWED: f64 = 0.1;

/// Load before a steady rate is measured.
const WARM_UP_S: u32 = 3;
/// The same with new brokers: in the first half minute, Java's compiler uses the measured cores.
const BROKERS_WARM_UP_S: u32 = 30;

const SECONDS: u32 = 10;
const RATE: u32 = 300;

const EXAMPLES: &str = "Examples:
  cargo xtask bench                          all of it, in some ten minutes
  cargo xtask bench embedded --seconds 30    longer loads, steadier figures
  cargo xtask bench cluster --rate 100       latency at 100 orders a second
  cargo xtask bench signals                  what metrics, logs and traces cost
  cargo xtask bench against --baseline PATH  CPU an order beside that of another build
  cargo xtask bench figures                  how fast facts and figures are kept and read
  cargo xtask bench all --json > bench.json  for programs; progress goes to standard error

The generator runs on the same machine, and whatever else runs there is in the figures, too: in
those of latency and rate, and in the CPU of brokers and database. Compare figures of one run.

Exit codes: 0 measured, 1 orders were lost or the audit found a difference.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct BenchArgs {
    /// What is measured
    #[arg(value_enum, default_value_t = Subject::All)]
    what: Subject,
    /// Length of each load in seconds
    #[arg(long, value_name = "N", default_value_t = SECONDS, value_parser = value_parser!(u32).range(1..))]
    seconds: u32,
    /// Orders a second at which latency is measured; the search for the highest begins there
    #[arg(long, value_name = "R", default_value_t = RATE, value_parser = value_parser!(u32).range(1..=50_000))]
    rate: u32,
    /// Another build of `comanda`, for `against`
    #[arg(long, value_name = "PATH", required_if_eq("what", "against"))]
    baseline: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// `comanda up` with its local log and SQLite
    Embedded,
    /// The same with three brokers of Apache Kafka, and PostgreSQL
    Cluster,
    /// The local log alone, against its marks
    Log,
    /// Pages and event streams of `comanda up`, against their marks
    Pages,
    /// Facts and their figures: kept, read and made anew, on SQLite and PostgreSQL
    Figures,
    /// CPU an order of metrics, logs and traces sampled at 1 %, in ten pairs with and without them
    Signals,
    /// CPU an order of this build and of another one, in ten pairs
    Against,
    /// All of these but the last, and embedded and cluster side by side
    All,
}

/// All figures of a run.
#[derive(Debug, Default, Serialize)]
struct Results {
    embedded: Option<PlatformFigures>,
    cluster: Option<PlatformFigures>,
    cluster_to_embedded: Option<table::Ratios>,
    log: Option<Vec<marks::PartFigure>>,
    pages: Option<Vec<marks::PartFigure>>,
    figures: Option<Vec<String>>,
    signals: Option<PairedCosts>,
    against: Option<PairedCosts>,
}

/// The figures of one platform.
#[derive(Debug, Serialize)]
struct PlatformFigures {
    /// At the given rate.
    steady: Load,
    /// At the highest rate that holds.
    highest: Option<Load>,
}

/// Measures, and prints the results.
pub(crate) fn bench(args: &BenchArgs) -> ExitCode {
    print_progress_to_stderr();
    let mut report = Report::default();
    let results = run_steps(&mut report, args);
    if args.json {
        // Names and numbers can always be written.
        println!("{}", serde_json::to_string_pretty(&results).unwrap_or_default());
    } else {
        print!("{}", table::table(&results));
    }
    report.end()
}

/// Measures everything with default arguments.
pub(crate) fn measure_all(report: &mut Report) {
    let args =
        BenchArgs { what: Subject::All, seconds: SECONDS, rate: RATE, baseline: None, json: false };
    print!("{}", table::table(&run_steps(report, &args)));
}

fn run_steps(report: &mut Report, args: &BenchArgs) -> Results {
    let mut results = Results::default();
    let wanted = |what| args.what == Subject::All || args.what == what;
    let alone = matches!(args.what, Subject::Log | Subject::Figures | Subject::Signals);
    let built = alone || build(report).is_some();
    if built && wanted(Subject::Embedded) {
        results.embedded = run_embedded(report, |platform| measure(platform, args, WARM_UP_S, &[]));
    }
    if built && wanted(Subject::Cluster) {
        services::with_services(report, |report| {
            let pids = services::processes();
            results.cluster = run_on_cluster(report, |platform| {
                measure(platform, args, BROKERS_WARM_UP_S, &pids)
            });
        });
    }
    if wanted(Subject::Log) {
        results.log = report.step("local log: against its marks", marks::log);
    }
    if built && wanted(Subject::Pages) {
        results.pages = run_embedded(report, marks::pages);
    }
    if wanted(Subject::Figures) {
        results.figures = figures::measure(report);
    }
    // Last, since it replaces the program that the others measure.
    if wanted(Subject::Signals) && signals::build(report).is_some() {
        results.signals = signals::measure_costs(report, f64::from(args.rate), args.seconds);
    }
    if built
        && args.what == Subject::Against
        && let Some(baseline) = &args.baseline
    {
        results.against = compare_builds(report, baseline.clone(), args);
    }
    results.cluster_to_embedded = table::Ratios::of(&results);
    results
}

/// CPU time per order of this build and of another one.
fn compare_builds(report: &mut Report, baseline: PathBuf, args: &BenchArgs) -> Option<PairedCosts> {
    let side = |name, program| Side { name, program, settings: Vec::new() };
    let (new, old) = (side("this build", tools::release_program()), side("baseline", baseline));
    pairs::measure(report, &new, &old, f64::from(args.rate), args.seconds)
}

/// Builds a release.
pub(crate) fn build(report: &mut Report) -> Option<()> {
    report.step("comanda: a release build", || {
        run(&mut tools::cargo(&["build", "--release", "-p", "comanda"]))
    })
}

/// Runs `work` with a fresh platform on embedded parts; then the audit must be clean.
pub(crate) fn run_embedded<T>(
    report: &mut Report,
    work: impl FnOnce(&Platform) -> Result<T>,
) -> Option<T> {
    with_platform(report, "embedded", &[], work)
}

/// The same on the running services; its topics and its database are removed afterwards.
pub(crate) fn run_on_cluster<T>(
    report: &mut Report,
    work: impl FnOnce(&Platform) -> Result<T>,
) -> Option<T> {
    let namespace = report.step("cluster: a database", || Namespace::claim("bench"))?;
    let done = with_platform(report, "cluster", &namespace.env, work);
    report.step("cluster: topics, groups and database removed", || namespace.remove());
    done
}

fn with_platform<T>(
    report: &mut Report,
    name: &str,
    settings: &[(&'static str, String)],
    work: impl FnOnce(&Platform) -> Result<T>,
) -> Option<T> {
    let mut settings = settings.to_vec();
    settings.push(("COMANDA_ORDERS_PER_MINUTE", "0".to_owned()));
    let platform = report.step(&format!("{name}: a fresh comanda up"), || {
        Platform::launch(tools::release_program(), name, &settings)
    })?;
    let done = report.step(&format!("{name}: load"), || work(&platform));
    report.step(&format!("{name}: the audit is clean"), || wait_until_settled(&platform));
    report.step(&format!("{name}: stopped"), || platform.stop());
    done
}

/// Latency at a steady rate, then the highest rate that holds.
fn measure(
    platform: &Platform,
    args: &BenchArgs,
    warm_up_s: u32,
    more: &[(String, u32)],
) -> Result<PlatformFigures> {
    let mut pids = vec![("comanda up".to_owned(), platform.pid())];
    pids.extend_from_slice(more);
    let rate = f64::from(args.rate);
    let parameters = LoadParameters { rate, seconds: args.seconds, warm_up_s, follow: 1.0 };
    let steady = load(platform, parameters, &pids)?;
    wait_until_settled(platform)?;
    let mut held = Vec::new();
    let highest = search::find_highest(rate, |rate| {
        let parameters =
            LoadParameters { rate, follow: FOLLOWED, warm_up_s: WARM_UP_S, ..parameters };
        let tried = load(platform, parameters, &pids)?;
        let holds = tried.shortfall().is_none();
        if holds {
            held.push((rate, tried));
        } else {
            // Open orders would slow down the next load.
            wait_until_settled(platform)?;
        }
        Ok(holds)
    })?;
    let highest = held.into_iter().find(|(rate, _)| Some(*rate) == highest).map(|(_, load)| load);
    Ok(PlatformFigures { steady, highest })
}

/// Steady load whose orders must all be confirmed.
pub(crate) fn check_load(platform: &Platform, rate: f64, seconds: u32) -> Result<()> {
    let parameters = LoadParameters { rate, seconds, warm_up_s: 0, follow: FOLLOWED };
    let report = load(platform, parameters, &[("comanda up".to_owned(), platform.pid())])?;
    let counts = &report.counts;
    (counts.confirmed == counts.planned)
        .then_some(())
        .with_context(|| format!("{} of {} confirmed", counts.confirmed, counts.planned))
}
