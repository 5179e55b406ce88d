//! Clients that are not Rust, against a fresh `comanda up`: Debian's kcat, kafka-python, promtool;
//! and, by night, an OpenTelemetry collector.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    collector::Collector,
    platform::{Platform, TRACE_ID},
    step::{Report, read, successful_output},
    tools,
};

/// Timeout for figures to appear.
const COUNTED_WITHIN: Duration = Duration::from_mins(1);
const CUSTOMER: &str = "ada@example.com";
/// Spans of an order, from the request to mail and open pages.
const SPANS: &[&str] = &[
    "POST /api/orders",
    "publish order_details",
    "process order_details",
    "gateway confirm",
    "publish order_confirmed",
    "process order_confirmed",
    "mail send",
    "push status",
];

/// Installs missing tools, starts the platform, and runs each peer.
pub(crate) fn run_steps(report: &mut Report) {
    let kcat = report.step("kcat: installed", tools::ensure_kcat).is_some();
    let python = report.step("kafka-python: installed", tools::ensure_python);
    let promtool = report.step("promtool: installed", tools::ensure_promtool).is_some();
    let platform = report.step("comanda up: a fresh one, with an order", || start(&[]));
    let Some(platform) = platform else {
        return;
    };
    if kcat {
        report.step("kcat -L lists the topics", || kcat_lists(&platform));
        report.step("kcat consumes order_confirmed", || kcat_consumes(&platform));
        report.step("kcat produces and reads it back", || kcat_produces(&platform));
    }
    if promtool {
        report.step("promtool finds nothing wrong with /metrics", || promtool_checks(&platform));
    }
    if let Some(python) = python {
        let script = |name: &str| python_script(&platform, &python, name);
        report.step("kafka-python: a plain consumer reads two fields", || {
            let output = script("plain_consumer.py")?;
            let expected = format!("Dear {CUSTOMER}, you paid 19.00.");
            ensure!(output.trim() == expected, "it says {output:?} instead of {expected:?}");
            Ok(())
        });
        report.step("kafka-python: produces, and consumes as a group", || {
            let output = script("round_trip.py")?;
            println!("    {}", output.trim());
            Ok(())
        });
    }
}

/// Builds a collector, and has it receive the spans of an order.
pub(crate) fn run_collector_steps(report: &mut Report) {
    let Some(()) = report.step("OpenTelemetry collector: built", tools::ensure_collector) else {
        return;
    };
    let Some(collector) = report.step("OpenTelemetry collector: started", Collector::start) else {
        return;
    };
    let settings = collector.settings();
    let _platform = report.step("comanda up: a fresh one, with an order", || start(&settings));
    report.step("OpenTelemetry collector: one trace from the request to the mail", || {
        collector.wait_for_spans(TRACE_ID, SPANS)
    });
}

fn start(settings: &[(&str, String)]) -> Result<Platform> {
    let platform = Platform::start(settings)?;
    platform.place_order(CUSTOMER)?;
    Ok(platform)
}

fn kcat(platform: &Platform, args: &[&str]) -> Result<Command> {
    let mut command = Command::new("kcat");
    command.args(["-b", platform.kafka()?]).args(args);
    Ok(command)
}

fn kcat_lists(platform: &Platform) -> Result<()> {
    let listed = read(&mut kcat(platform, &["-L"])?)?;
    for topic in ["menu", "order_details", "order_confirmed", "email.dead_letters"] {
        let line = format!("topic \"{topic}\" with 6 partitions");
        ensure!(listed.contains(&line), "{line:?} is not in the list:\n{listed}");
    }
    Ok(())
}

fn kcat_consumes(platform: &Platform) -> Result<()> {
    // One record is enough; kcat waits until it is there.
    let args = ["-C", "-t", "order_confirmed", "-c", "1", "-f", "%k %h %s\\n", "-m", "30"];
    let record = read(&mut kcat(platform, &args)?)?;
    let parts = [
        "ce_type=comanda.order.confirmed.v1",
        "\"customer_email\":\"ada@example.com\"",
        "\"total_cost\":19.00",
    ];
    for part in parts {
        ensure!(record.contains(part), "{part} is not in {record}");
    }
    Ok(())
}

fn kcat_produces(platform: &Platform) -> Result<()> {
    let mut produce = kcat(platform, &["-P", "-t", "kcat.scratch", "-K", ":"])?;
    produce.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = produce.spawn().context("cannot start kcat")?;
    child.stdin.take().context("kcat reads nothing")?.write_all(b"a key:a value\n")?;
    successful_output(&produce, child.wait_with_output()?)?;
    let args = ["-C", "-t", "kcat.scratch", "-e", "-q", "-f", "%k=%s\\n"];
    let back = read(&mut kcat(platform, &args)?)?;
    if back != "a key=a value\n" {
        bail!("wrote \"a key=a value\", read {back:?}");
    }
    Ok(())
}

/// Runs promtool, which prints broken rules on standard output or standard error.
fn promtool_checks(platform: &Platform) -> Result<()> {
    let deadline = Instant::now() + COUNTED_WITHIN;
    let page = loop {
        let page = platform.get("/metrics")?;
        if page.contains("comanda_orders_total{") {
            break page;
        }
        ensure!(Instant::now() < deadline, "no order was counted: {page}");
        sleep(Duration::from_millis(50));
    };
    let mut check = Command::new(tools::promtool_program());
    check.args(["check", "metrics"]);
    check.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = check.spawn().context("cannot start promtool")?;
    child.stdin.take().context("promtool reads nothing")?.write_all(page.as_bytes())?;
    let output = child.wait_with_output()?;
    let lines = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(lines.trim().is_empty(), "promtool says: {lines}");
    successful_output(&check, output).map(drop)
}

fn python_script(platform: &Platform, python: &Path, name: &str) -> Result<String> {
    let script = tools::root().join("tests/peers").join(name);
    read(Command::new(python).arg(script).arg(platform.kafka()?))
}
