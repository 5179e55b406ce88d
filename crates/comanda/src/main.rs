//! `comanda`: the whole platform in one binary.
//!
//! This crate is the only place where adapters meet services. `up` starts everything with embedded
//! parts, `run` starts any subset against real ones, `audit` reconciles what all of them say,
//! `analytics` checks figures and makes them anew,
//! `dead-letters` lists what was set aside, `load` makes orders, `gateway` takes payments of no real money, `staff` keeps accounts.

#![allow(
    rustdoc::broken_intra_doc_links,
    rustdoc::invalid_html_tags,
    reason = "comments on settings are help texts as well, with [default: …] and <data>"
)]

mod analytics;
mod audit;
mod cli;
mod config;
mod connect;
mod data;
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
mod proxies;
mod ranges;
mod register;
mod run;
mod say;
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

use std::process::ExitCode;

use crate::{cli::Cli, fault::Fault, flags::Unread};

/// Records come and go by the thousand between threads; the system's allocator spends a sixth of
/// the platform's CPU time on that. SQLite and librdkafka allocate by it, too (`override`). Without
/// huge pages (`no_thp`), or an idle process holds twice as much and every open stream a third more
/// than it touches.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let done = match Cli::read() {
        Ok(mut cli) => {
            cli.note_wrong(say::start_logging(cli.logs()));
            work(cli)
        }
        Err(Unread::Said(message)) => return cli::told(&message),
        Err(Unread::Wrong(wrong)) => Err(Fault::wrong_settings(&wrong)),
    };
    done.unwrap_or_else(|fault| {
        say::fault(&fault);
        ExitCode::from(fault.code())
    })
}

fn work(cli: Cli) -> Result<ExitCode, Fault> {
    // The one TLS implementation, for HTTP and SMTP alike; a second installation is harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    limits::raise_open_files();
    let runtime = tokio::runtime::Runtime::new().map_err(|e| Fault::system(e.to_string()))?;
    let code = runtime.block_on(cli.run());
    // librdkafka's threads have been joined by now; nothing else is worth waiting for.
    runtime.shutdown_background();
    code
}
