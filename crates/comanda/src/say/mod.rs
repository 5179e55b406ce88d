//! Everything the program says: results on standard output, logs and faults on standard error.
//!
//! Whoever listened may have gone (`comanda up | head`, a log collector that died). That is no
//! fault of the program, which goes on and must still stop as it is told: nothing here fails.

mod lines;

use std::{
    io::{IsTerminal, Write},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use tracing_subscriber::{EnvFilter, fmt::format::Format};

use self::lines::{Json, Text};
use crate::{environment::LOG, fault::Fault};

/// Whether a fault is a line of the log: of a process that serves, and whose log is of JSON.
static LOGS_FAULTS: AtomicBool = AtomicBool::new(false);

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Logs to standard error: readable on a terminal, JSON lines elsewhere. `COMANDA_LOG` sets what,
/// in the syntax of `RUST_LOG`; else, and where that cannot be read, `default` does. Answers what
/// is wrong with it.
pub(crate) fn start_logging(default: &str) -> Option<String> {
    let set = std::env::var(LOG).ok().filter(|text| !text.trim().is_empty());
    let (read, wrong) = match filter(set.as_deref().unwrap_or(default)) {
        Ok(filter) => (filter, None),
        Err(wrong) => (EnvFilter::new(default), Some(wrong)),
    };
    let logs = tracing_subscriber::fmt().with_env_filter(read).with_writer(std::io::stderr);
    // It would tell so on standard error, which is what is gone.
    let logs = logs.log_internal_errors(false);
    if std::io::stderr().is_terminal() {
        logs.event_format(Text(Format::default().compact())).init();
    } else {
        logs.event_format(Json).init();
    }
    wrong
}

/// Reads what is to be logged. A word alone is a level: read as the name of a module, as `RUST_LOG`
/// does, a misspelt level would silence everything.
fn filter(text: &str) -> Result<EnvFilter, String> {
    let is_level = |word: &str| LEVELS.contains(&word.to_ascii_lowercase().as_str());
    let words = text.split(',').map(str::trim).filter(|word| !word.contains(['=', '[']));
    let wrong = words.into_iter().find(|word| !is_level(word)).map(str::to_owned);
    let read = EnvFilter::try_new(text.replace(' ', "")).map_err(|error| error.to_string());
    match (wrong, read) {
        (None, Ok(filter)) => Ok(filter),
        (Some(word), _) => Err(format!("{word:?} is no level")),
        (None, Err(reason)) => Err(reason),
    }
    .map_err(|reason| {
        format!(
            "{LOG}={text:?} cannot be read ({reason}): use {}, or parts such as warn,services=debug",
            LEVELS.join(", ")
        )
    })
}

/// The process serves from now on: who reads of its end reads the log, and no longer the terminal
/// of whoever started it.
pub(crate) fn serving() {
    LOGS_FAULTS.store(!std::io::stderr().is_terminal(), Relaxed);
}

/// One clear line.
pub(crate) fn fault(fault: &Fault) {
    let line = if LOGS_FAULTS.load(Relaxed) {
        lines::of_fault(&fault.to_string(), fault.code())
    } else {
        format!("comanda: {fault}")
    };
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A line of the program's result.
pub(crate) fn line(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_logged_is_read_strictly() {
        for good in ["warn", "INFO", "off", "warn,sqlx::query=off", "info, services=debug"] {
            assert!(filter(good).is_ok(), "{good}");
        }
        for bad in ["inof", "warn,debgu", "services=loud", "a=b=c", "warn,,"] {
            let told = filter(bad).unwrap_err();
            assert!(told.contains("COMANDA_LOG") && told.contains("warn"), "{told}");
        }
    }
}
