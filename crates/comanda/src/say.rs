//! Everything the program says: results on standard output, logs and faults on standard error.
//!
//! Whoever listened may have gone (`comanda up | head`, a log collector that died). That is no fault
//! of the program, which goes on and must still stop as it is told: nothing here fails.

use std::io::{IsTerminal, Write};

use tracing_subscriber::EnvFilter;

use crate::fault::Fault;

/// Logs to standard error: readable on a terminal, JSON lines elsewhere. `COMANDA_LOG` sets what,
/// in the syntax of `RUST_LOG`; else `default` does.
pub(crate) fn start_logging(default: &str) {
    let filter = EnvFilter::try_from_env("COMANDA_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // It would tell so on standard error, which is what is gone.
    let logs = logs.log_internal_errors(false);
    if std::io::stderr().is_terminal() {
        logs.compact().init();
    } else {
        logs.json().init();
    }
}

/// One clear line.
pub(crate) fn fault(fault: &Fault) {
    let _ = writeln!(std::io::stderr(), "comanda: {fault}");
}

/// A line of the program's result.
pub(crate) fn line(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
