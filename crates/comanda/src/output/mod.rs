//! Output: results on standard output, logs and faults on standard error.
//!
//! The reader may have gone (`comanda up | head`, a log collector that died). The program must
//! still run and drain at a signal, so write errors are ignored here.

mod lines;

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    io::{IsTerminal, Write},
    panic::PanicHookInfo,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use domain::causes::with_causes;
use tracing_subscriber::{EnvFilter, fmt::format::Format};

use self::lines::{Json, Text};
use crate::{environment::LOG, fault::Fault};

/// Whether a fault is written as a log line: in a process that serves and logs JSON.
static MAY_LOG_FAULTS: AtomicBool = AtomicBool::new(false);

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Starts logging to standard error: text on a terminal, JSON lines elsewhere. `COMANDA_LOG` is the
/// filter, in the syntax of `RUST_LOG`. If it is unset or invalid, `default` is; the problem with
/// it is returned.
pub(crate) fn start_logging(default: &str) -> Option<String> {
    let set = std::env::var(LOG).ok().filter(|text| !text.trim().is_empty());
    let (read, wrong) = match parse_filter(set.as_deref().unwrap_or(default)) {
        Ok(filter) => (filter, None),
        Err(wrong) => (EnvFilter::new(default), Some(wrong)),
    };
    let logs = tracing_subscriber::fmt().with_env_filter(read).with_writer(std::io::stderr);
    // They would be written to standard error, which is what failed.
    let logs = logs.log_internal_errors(false);
    if std::io::stderr().is_terminal() {
        logs.event_format(Text(Format::default().compact())).init();
    } else {
        logs.event_format(Json).init();
    }
    std::panic::set_hook(Box::new(log_panic));
    wrong
}

/// Logs a panic like every other error. One at a foreign header is expected, and handled.
fn log_panic(panic: &PanicHookInfo<'_>) {
    if kafka::is_reading_header() {
        return;
    }
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    let reason = panic.payload_as_str().unwrap_or("without a reason");
    let thread = std::thread::current();
    let backtrace = Backtrace::capture();
    let is_captured = backtrace.status() == BacktraceStatus::Captured;
    let backtrace = is_captured.then(|| backtrace.to_string());
    if !tracing::enabled!(tracing::Level::ERROR) {
        let _ =
            writeln!(std::io::stderr(), "comanda: a thread has panicked at {location}: {reason}");
    }
    tracing::error!(location, reason, thread = thread.name(), backtrace, "a thread has panicked");
}

/// Parses a log filter. A single word must be a level: taken as the name of a module, as in
/// `RUST_LOG`, a misspelt level would silence everything.
fn parse_filter(text: &str) -> Result<EnvFilter, String> {
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

/// Writes faults as log lines from now on, unless standard error is a terminal. Called when a
/// process begins to serve, since its log is read then.
pub(crate) fn log_faults() {
    MAY_LOG_FAULTS.store(!std::io::stderr().is_terminal(), Relaxed);
}

/// Prints a fault as one line.
pub(crate) fn print_fault(fault: &Fault) {
    let text = with_causes(fault);
    let line = if MAY_LOG_FAULTS.load(Relaxed) {
        lines::fault_line(&text, fault.code())
    } else {
        format!("comanda: {text}")
    };
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Prints a line of the result.
pub(crate) fn print_line(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_filter_is_parsed_strictly() {
        for good in ["warn", "INFO", "off", "warn,sqlx::query=off", "info, services=debug"] {
            assert!(parse_filter(good).is_ok(), "{good}");
        }
        for bad in ["inof", "warn,debgu", "services=loud", "a=b=c", "warn,,"] {
            let problem = parse_filter(bad).unwrap_err();
            assert!(problem.contains("COMANDA_LOG") && problem.contains("warn"), "{problem}");
        }
    }
}
