//! `comanda`: the whole platform in one binary.
//!
//! This crate is the only place where adapters meet services. `up` starts everything with embedded
//! parts, `run` starts some services against external ones, `audit` reconciles topics, database and
//! gateway, `day` prints a closing report, `analytics` checks and rebuilds figures, `dead-letters` lists dead letters, `load`
//! generates orders, `gateway` serves test payments, `staff` manages accounts.

#![allow(
    rustdoc::broken_intra_doc_links,
    rustdoc::invalid_html_tags,
    reason = "comments on settings are help texts as well, with [default: …] and <data>"
)]

mod analytics;
mod audit;
mod card_field;
mod cli;
mod config;
mod connect;
mod data;
mod day;
mod dead_letters;
mod demo;
mod embedded;
mod environment;
mod fault;
mod flags;
#[cfg(test)]
mod flow;
mod groups;
mod health;
mod limits;
mod load;
mod output;
mod proxies;
mod ranges;
mod register;
mod run;
mod serve;
#[cfg(test)]
mod settings_doc;
mod signals;
mod staff;
mod stand_ins;
mod starting;
mod up;
mod wiring;
mod workers;

use std::{process::ExitCode, time::Duration};

use telemetry::{metrics, trace};

use crate::{cli::Cli, fault::Fault, flags::CommandLineError};

/// Thousands of records a second move between threads; with the system's allocator, that takes a
/// sixth of the platform's CPU time. SQLite and librdkafka use this one too (`override`). Huge
/// pages are off (`no_thp`): with them an idle process holds twice the memory, and every open
/// stream a third more.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Timeout for threads at the end of the process.
const THREADS_TIMEOUT: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let done = match Cli::read() {
        Ok(mut cli) => {
            cli.add_problem(output::start_logging(cli.default_log_filter()));
            run_command(cli)
        }
        Err(CommandLineError::Clap(message)) => return cli::print_clap_message(&message),
        Err(CommandLineError::Problems(wrong)) => Err(Fault::wrong_settings(&wrong)),
    };
    done.unwrap_or_else(|fault| {
        output::print_fault(&fault);
        ExitCode::from(fault.code())
    })
}

/// Starts spans and switches metrics off, if the environment says so.
fn start_telemetry() -> Result<(), String> {
    if !environment::wants_metrics()? {
        metrics::switch_off();
    }
    trace::start()
}

fn run_command(mut cli: Cli) -> Result<ExitCode, Fault> {
    // The one TLS implementation, for HTTP and SMTP alike; a second installation is harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    limits::raise_open_file_limit();
    if cli.is_serving() {
        cli.add_problem(start_telemetry().err());
    }
    let runtime = tokio::runtime::Runtime::new().map_err(Fault::system)?;
    let code = runtime.block_on(cli.run());
    // Every thread that has used OpenSSL ends first: its cleanup at exit frees memory that others
    // still use, which has crashed a process at its end. A call that hangs longer is left behind.
    runtime.shutdown_timeout(THREADS_TIMEOUT);
    trace::flush();
    code
}
