//! Everything the program says: results on standard output, logs and faults on standard error.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is where it speaks")]

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::fault::Fault;

/// Logs to standard error: readable on a terminal, JSON lines elsewhere. `COMANDA_LOG` sets what,
/// in the syntax of `RUST_LOG`; else `default` does.
pub(crate) fn start_logging(default: &str) {
    let filter = EnvFilter::try_from_env("COMANDA_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        logs.compact().init();
    } else {
        logs.json().init();
    }
}

/// One clear line.
pub(crate) fn fault(fault: &Fault) {
    eprintln!("comanda: {fault}");
}

/// A line of the program's result.
pub(crate) fn line(text: impl std::fmt::Display) {
    println!("{text}");
}
