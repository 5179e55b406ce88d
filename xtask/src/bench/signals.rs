//! CPU time per order of metrics, logs and traces together: pairs with and without them.

use std::{
    io::{BufRead, BufReader, Read, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

use anyhow::Result;

use super::pairs::{PairedCosts, Side, measure};
use crate::{
    step::{Report, run},
    tools,
};

/// Builds `comanda` with spans.
pub(super) fn build(report: &mut Report) -> Option<()> {
    report.step("comanda: a release build with spans", || {
        run(&mut tools::cargo(&["build", "--release", "-p", "comanda", "--features", "otel"]))
    })
}

/// The cost of metrics that are scraped, logs at `info` and traces sampled at 1 %.
pub(super) fn measure_costs(report: &mut Report, rate: f64, seconds: u32) -> Option<PairedCosts> {
    let endpoint = report.step("signals: a receiver of spans", receive_spans)?;
    let side = |name, settings| Side { name, program: tools::release_program(), settings };
    let (on, off) = (side("signals", settings_on(endpoint)), side("none", settings_off()));
    measure(report, &on, &off, rate, seconds)
}

fn settings_on(endpoint: String) -> Vec<(&'static str, String)> {
    let fixed = [
        ("COMANDA_LOG", "info"),
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.01"),
    ];
    let fixed = fixed.map(|(name, value)| (name, value.to_owned()));
    [vec![("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)], fixed.to_vec()].concat()
}

fn settings_off() -> Vec<(&'static str, String)> {
    ["COMANDA_LOG", "COMANDA_METRICS"].map(|name| (name, "off".to_owned())).to_vec()
}

/// Starts a server that receives and drops spans; returns its URL.
fn receive_spans() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            // The client replaces broken connections.
            thread::spawn(move || answer_requests(&connection));
        }
    });
    Ok(endpoint)
}

fn answer_requests(connection: &TcpStream) -> Result<()> {
    let (mut reader, mut writer) = (BufReader::new(connection), connection);
    loop {
        let (mut line, mut length) = (String::new(), 0);
        while reader.read_line(&mut line)? > 2 {
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse()?;
            }
            line.clear();
        }
        if line.is_empty() {
            return Ok(());
        }
        std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink())?;
        writer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")?;
    }
}
