//! Runs a standalone log: `local-log --data DIR --listen 127.0.0.1:9092 [--no-fsync]`.

use std::{error::Error, process::ExitCode};

use local_log::{Config, LocalLog};

/// Exit code of a usage error (`EX_USAGE`).
const USAGE_ERROR: u8 = 64;

#[tokio::main]
#[allow(clippy::print_stderr, clippy::print_stdout, reason = "a command-line program")]
async fn main() -> ExitCode {
    let Some(config) = parse(std::env::args().skip(1)) else {
        eprintln!("usage: local-log --data DIR --listen 127.0.0.1:9092 [--no-fsync]");
        return ExitCode::from(USAGE_ERROR);
    };
    let log = match LocalLog::start(config).await {
        Ok(log) => log,
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            eprintln!("local-log: {error}{cause}");
            return ExitCode::FAILURE;
        }
    };
    println!("listening on {}", log.address());
    tokio::select! {
        reason = log.wait_for_failure() => {
            eprintln!("local-log: {reason}");
            ExitCode::FAILURE
        }
        _ = tokio::signal::ctrl_c() => {
            log.shutdown().await;
            ExitCode::SUCCESS
        }
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Option<Config> {
    let (mut data, mut listen, mut fsync) = (None, None, true);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--data" => data = Some(arguments.next()?),
            "--listen" => listen = Some(arguments.next()?.parse().ok()?),
            "--no-fsync" => fsync = false,
            _ => return None,
        }
    }
    let mut config = Config::new(listen?, data?);
    config.fsync = fsync;
    Some(config)
}
