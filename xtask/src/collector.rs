//! An OpenTelemetry collector, and the spans that it received.

use std::{
    fs::{self, File},
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

use crate::{step::print_progress, tools};

const TIMEOUT: Duration = Duration::from_mins(1);
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// A running collector; killed when dropped.
pub(crate) struct Collector {
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Collector {
    /// Starts it on a free port of loopback.
    pub(crate) fn start() -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = std::env::temp_dir().join(format!("otelcol-{}.log", std::process::id()));
        let mut command = Command::new(tools::collector_program());
        command.arg("--config").arg(tools::root().join("tests/peers/collector.yaml"));
        command.env("OTLP_PORT", port.to_string()).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.stderr(File::create(&log)?).spawn().context("cannot start otelcol")?;
        let collector = Self { child, port, log };
        collector.wait_until("it is ready", |log| log.contains("Everything is ready"))?;
        print_progress(format!("    otelcol: 127.0.0.1:{port}"));
        Ok(collector)
    }

    /// Settings of a platform that exports to it.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        vec![
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
            ("OTEL_BSP_SCHEDULE_DELAY", "100".to_owned()),
        ]
    }

    /// Waits until spans with all of these names arrived in a trace.
    pub(crate) fn wait_for_spans(&self, trace_id: &str, names: &[&str]) -> Result<()> {
        let has_all = |log: &str| {
            let spans: Vec<_> = log.split("Span #").filter(|s| s.contains(trace_id)).collect();
            names.iter().all(|name| spans.iter().any(|span| span_name(span) == Some(name)))
        };
        self.wait_until("all spans arrived", has_all)
    }

    fn wait_until(&self, what: &str, is_met: impl Fn(&str) -> bool) -> Result<()> {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let log = fs::read_to_string(&self.log)?;
            if is_met(&log) {
                ensure!(!log.contains("\terror\t"), "otelcol reports an error: {log}");
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("not within {} s: {what}; otelcol says: {log}", TIMEOUT.as_secs());
            }
            sleep(POLL_INTERVAL);
        }
    }
}

/// The name in a span as the debug exporter prints it.
fn span_name(span: &str) -> Option<&str> {
    span.lines().find_map(|line| line.trim().strip_prefix("Name ")?.split_once(": ")).map(|n| n.1)
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.log);
    }
}
