//! CPU time an order that metrics, logs and traces cost together: pairs of fresh platforms with and
//! without them, one after the other, so that both meet the same noise of the machine.

use std::{
    fmt::Write as _,
    io::{BufRead, BufReader, Read, Write as _},
    net::{TcpListener, TcpStream},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};
use serde::Serialize;

use super::{
    load::{Load, LoadParameters, load, settle},
    statistics::{median, median_upper_bound},
};
use crate::{
    platform::Platform,
    step::{Report, print_progress, run},
    tools,
};

const PAIRS: usize = 10;
/// Prometheus scrapes every 15 s to 60 s by default; loads are short.
const SCRAPE_INTERVAL: Duration = Duration::from_secs(5);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The cost of signals: metrics that are scraped, logs at `info`, traces sampled at 1 %.
#[derive(Debug, Serialize)]
pub(super) struct SignalCosts {
    /// CPU milliseconds an order with and without signals, pair by pair.
    on_ms: Vec<f64>,
    off_ms: Vec<f64>,
    /// How many times the CPU without signals that with them is.
    median_ratio: f64,
    /// Upper bound of the median's 95 % confidence interval; `None` for too few pairs.
    upper_95: Option<f64>,
}

/// Builds `comanda` with spans.
pub(super) fn build(report: &mut Report) -> Option<()> {
    report.step("comanda: a release build with spans", || {
        run(&mut tools::cargo(&["build", "--release", "-p", "comanda", "--features", "otel"]))
    })
}

/// Measures all pairs.
pub(super) fn measure(report: &mut Report, rate: f64, seconds: u32) -> Option<SignalCosts> {
    let endpoint = report.step("signals: a receiver of spans", receive_spans)?;
    let (on, off) = (settings_on(endpoint), settings_off());
    let cpu = |settings: &[_]| measure_cpu(settings, rate, seconds);
    let (mut on_ms, mut off_ms) = (Vec::new(), Vec::new());
    for pair in 0..PAIRS {
        let (on, off) = report.step(&format!("signals: pair {} of {PAIRS}", pair + 1), || {
            // Each goes first in every second pair, so that a trend favours neither.
            if pair % 2 == 0 {
                let on = cpu(&on)?;
                Ok((on, cpu(&off)?))
            } else {
                let off = cpu(&off)?;
                Ok((cpu(&on)?, off))
            }
        })?;
        print_progress(format!("    CPU an order: {on:.3} ms with signals, {off:.3} ms without"));
        on_ms.push(on);
        off_ms.push(off);
    }
    SignalCosts::of(on_ms, off_ms)
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

/// CPU milliseconds an order of a fresh platform with these settings.
fn measure_cpu(settings: &[(&'static str, String)], rate: f64, seconds: u32) -> Result<f64> {
    let no_limit = [("COMANDA_ORDERS_PER_MINUTE", "0".to_owned())];
    let settings = [settings, &no_limit].concat();
    let program = tools::target().join("release/comanda");
    let platform = Platform::launch(program, "signals", &settings)?;
    let parameters =
        LoadParameters { rate, seconds, warm_up_s: super::WARM_UP_S, follow: super::FOLLOWED };
    let load = load_and_scrape(&platform, parameters)?;
    settle(&platform)?;
    platform.stop()?;
    load.cpu_ms_per_order().context("comanda up ended during the load")
}

fn load_and_scrape(platform: &Platform, parameters: LoadParameters) -> Result<Load> {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let scraper = scope.spawn(|| -> Result<()> {
            let mut wait = Duration::ZERO;
            while !is_over.load(Relaxed) {
                if wait.is_zero() {
                    platform.get("/metrics")?;
                    wait = SCRAPE_INTERVAL;
                }
                thread::sleep(POLL_INTERVAL);
                wait = wait.saturating_sub(POLL_INTERVAL);
            }
            Ok(())
        });
        let load = load(platform, parameters, &[("comanda up".to_owned(), platform.pid())]);
        is_over.store(true, Relaxed);
        scraper.join().map_err(|_| anyhow::anyhow!("the scraper panicked"))??;
        load
    })
}

/// Starts a server that takes spans and forgets them; returns its URL.
fn receive_spans() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            // A connection that breaks is the client's to replace.
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

impl SignalCosts {
    /// `None` without a pair.
    fn of(on_ms: Vec<f64>, off_ms: Vec<f64>) -> Option<Self> {
        let ratios: Vec<_> = on_ms.iter().zip(&off_ms).map(|(on, off)| on / off).collect();
        let (median_ratio, upper_95) = (median(&ratios)?, median_upper_bound(&ratios));
        Some(Self { on_ms, off_ms, median_ratio, upper_95 })
    }

    /// For people.
    pub(super) fn table(&self) -> String {
        let mut text =
            String::from("signals: CPU an order (ms)        with     without       ratio\n");
        for (pair, (on, off)) in self.on_ms.iter().zip(&self.off_ms).enumerate() {
            let name = format!("pair {}", pair + 1);
            let _ = writeln!(text, "  {name:<24}{on:>12.3}{off:>12.3}{:>12.3}", on / off);
        }
        let percent = |ratio: f64| (ratio - 1.0) * 100.0;
        let upper = self.upper_95.map_or_else(
            || "too few pairs for a bound".to_owned(),
            |upper| format!("at most {:.1} % (95 %)", percent(upper)),
        );
        let _ = writeln!(text, "  cost: median {:.1} %, {upper}", percent(self.median_ratio));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_is_told_with_its_bound() {
        let costs = SignalCosts::of((101..111).map(f64::from).collect(), vec![100.0; 10]).unwrap();
        let table = costs.table();
        assert!(table.contains("cost: median 5.5 %, at most 9.0 % (95 %)"), "{table}");
        assert!(SignalCosts::of(Vec::new(), Vec::new()).is_none());
        let few = SignalCosts::of(vec![103.0], vec![100.0]).unwrap();
        assert!(few.table().contains("too few pairs"));
    }
}
