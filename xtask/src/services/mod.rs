//! The real parts, without Docker: Apache Kafka, PostgreSQL, and a browser for tests.

mod certificates;
mod kafka;
mod postgres;
mod service;

use std::{ffi::OsString, fs, process::ExitCode};

use anyhow::Result;
use clap::Subcommand;
use serde::Serialize;

use self::service::{Service, fill, root, write};
use crate::{
    step::{Report, print_progress},
    tools,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Start the services that do not run, and wait until all are ready; installs what is missing
    Up,
    /// Stop all of them
    Down {
        /// Remove their data, settings and logs too; downloads are kept
        #[arg(long)]
        purge: bool,
    },
    /// Show the services; exit 1 unless all are ready
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// Runs an action.
pub(crate) fn run_action(action: &Action) -> ExitCode {
    let mut report = Report::default();
    match action {
        Action::Up => {
            if up(&mut report).is_some() {
                print_addresses();
            }
        }
        Action::Down { purge } => {
            report.step("services: stopped", || down(*purge));
        }
        Action::Status { json } => return status(*json),
    }
    report.end()
}

/// Starts the services that do not run; `None` if a step failed.
pub(crate) fn up(report: &mut Report) -> Option<()> {
    report.step("services: what they need is installed", || {
        kafka::ensure_java()?;
        tools::ensure_kcat()?;
        tools::ensure_chromium()?;
        fs::create_dir_all(root())?;
        kafka::download()
    })?;
    let bin = report.step("PostgreSQL: installed", postgres::install)?;
    report.step("PostgreSQL and Apache Kafka: started", || {
        postgres::start(&bin)?;
        kafka::start()
    })?;
    report.step("PostgreSQL: answers", || postgres::wait_until_ready(&bin))?;
    report.step("Apache Kafka: three brokers, all replicas", kafka::wait_until_ready)?;
    report.step("services: their addresses are written", || {
        let path = root().join("env");
        write(&path, &environment())
    })
}

/// Runs `work` while the services run; stops them afterwards if they did not run before.
pub(crate) fn with_services(report: &mut Report, work: impl FnOnce(&mut Report)) {
    let ran = services().iter().any(|service| service.pid().is_some());
    if up(report).is_some() {
        work(report);
    }
    if !ran {
        report.step("services: stopped", || down(false));
    }
}

/// The variables by which tests find the services.
pub(crate) fn test_environment() -> Vec<(&'static str, OsString)> {
    vec![
        ("TEST_KAFKA_BROKERS", kafka::brokers().into()),
        ("TEST_KAFKA_LIBS", kafka::libs().into()),
        ("TEST_KAFKA_SASL_BROKERS", kafka::sasl_brokers().into()),
        ("TEST_KAFKA_CA", certificates::folder().join("ca.pem").into()),
        ("TEST_KAFKA_USER", kafka::USER.into()),
        ("TEST_KAFKA_STRANGER", kafka::STRANGER.into()),
        ("TEST_KAFKA_PASSWORD", kafka::PASSWORD.into()),
        ("TEST_SERVICES", root().into()),
        ("TEST_DATABASE_URL", postgres::url().into()),
        ("TEST_CADDY", tools::caddy_program().into()),
    ]
}

/// Topics, groups and a database for one use.
pub(crate) struct Namespace {
    prefix: String,
    database: String,
    /// The variables that point a platform to it.
    pub(crate) env: Vec<(&'static str, String)>,
}

impl Namespace {
    /// Creates one whose names begin with `name`.
    pub(crate) fn claim(name: &str) -> Result<Self> {
        let name = format!("{name}-{}", std::process::id());
        let (prefix, database) = (format!("{name}."), name.replace('-', "_"));
        let url = postgres::create_database(&database)?;
        let env = vec![
            ("KAFKA_BROKERS", kafka::brokers()),
            ("COMANDA_TOPIC_PREFIX", prefix.clone()),
            ("DATABASE_URL", url),
        ];
        Ok(Self { prefix, database, env })
    }

    /// Removes its topics, groups and database. No process may use them any more.
    pub(crate) fn remove(self) -> Result<()> {
        kafka::remove(&self.prefix).and(postgres::drop_database(&self.database))
    }
}

/// The names and processes of the services that run.
pub(crate) fn processes() -> Vec<(String, u32)> {
    let running = |service: Service| Some((service.name.clone(), service.pid()?));
    services().into_iter().filter_map(running).collect()
}

/// Every service.
fn services() -> Vec<Service> {
    let mut all = kafka::services();
    all.push(postgres::service());
    all
}

/// The variables by which programs find the services.
pub(crate) fn environment() -> String {
    fill(
        include_str!("files/env"),
        &[
            ("brokers", &kafka::brokers()),
            ("database", &postgres::url()),
            ("sasl", &kafka::sasl_brokers()),
            ("certificates", &certificates::folder().display().to_string()),
            ("user", kafka::USER),
            ("stranger", kafka::STRANGER),
            ("password", kafka::PASSWORD),
            ("libs", &kafka::libs().display().to_string()),
        ],
    )
}

fn print_addresses() {
    println!();
    table();
    let folder = root();
    println!("\nTheir addresses as variables:  set -a; . {}/env; set +a", folder.display());
    println!("One of them dies and returns:  cd {}", folder.display());
    println!("                               kill -9 $(cat kafka-2/pid); kafka-2/start");
}

fn down(purge: bool) -> Result<()> {
    for service in services() {
        let stops = service.signal(service.signal)?;
        let what = if stops { "is asked to stop" } else { "does not run" };
        print_progress(format!("    {} {what}", service.name));
    }
    services().iter().try_for_each(Service::wait_for_end)?;
    if !purge {
        return Ok(());
    }
    postgres::purge()?;
    for service in services() {
        let folder = root().join(&service.name);
        if folder.is_symlink() {
            fs::remove_file(folder)?;
        } else if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
    }
    print_progress("    their folders are removed");
    Ok(())
}

/// A service in the output of `status`.
#[derive(Serialize)]
struct Row {
    name: String,
    address: String,
    pid: Option<u32>,
    rss_mib: Option<u64>,
    /// What it lacks, if it is not ready.
    lacks: Option<String>,
}

fn rows() -> Vec<Row> {
    let row = |service: Service| {
        let address = service.address();
        let pid = service.pid();
        let lacks = match pid {
            None => Some("does not run".to_owned()),
            Some(_) if service.name == "postgres" => {
                (!postgres::is_ready()).then(|| "does not answer".to_owned())
            }
            Some(_) => kafka::missing(&address),
        };
        Row { rss_mib: service.rss_mib(), name: service.name, address, pid, lacks }
    };
    services().into_iter().map(row).collect()
}

fn table() -> bool {
    println!("{:<10} {:<16} {:>8} {:>9}  state", "service", "address", "pid", "RSS");
    let rows = rows();
    for row in &rows {
        let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        let (pid, rss) = (row.pid.map(|pid| pid.to_string()), row.rss_mib);
        let rss = text(rss.map(|mib| format!("{mib} MiB")));
        let state = row.lacks.as_deref().unwrap_or("ready");
        println!("{:<10} {:<16} {:>8} {rss:>9}  {state}", row.name, row.address, text(pid));
    }
    rows.iter().all(|row| row.lacks.is_none())
}

fn status(json: bool) -> ExitCode {
    let ready = if json {
        let rows = rows();
        // Names, numbers and text can always be written.
        println!("{}", serde_json::to_string_pretty(&rows).unwrap_or_default());
        rows.iter().all(|row| row.lacks.is_none())
    } else {
        table()
    };
    if ready { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
