//! CPU time per order of two programs, or of one with two settings. They run on fresh platforms in
//! interleaved pairs, so that both meet the same noise of the machine.

use std::{
    fmt::Write as _,
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};
use serde::Serialize;

use super::{
    load::{Load, LoadParameters, load, wait_until_settled},
    statistics::{median, median_upper_bound},
};
use crate::{
    platform::Platform,
    step::{Report, print_progress},
};

const PAIRS: usize = 10;
/// Prometheus scrapes every 15 s to 60 s by default; loads are short.
const SCRAPE_INTERVAL: Duration = Duration::from_secs(5);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// One side of each pair.
pub(super) struct Side {
    pub(super) name: &'static str,
    pub(super) program: PathBuf,
    pub(super) settings: Vec<(&'static str, String)>,
}

/// The cost of a side, relative to its baseline.
#[derive(Debug, Serialize)]
pub(super) struct PairedCosts {
    /// What is compared: the side and its baseline.
    sides: [&'static str; 2],
    /// CPU milliseconds an order of the side, pair by pair.
    cpu_ms: Vec<f64>,
    /// The same of the baseline.
    baseline_ms: Vec<f64>,
    /// The side's CPU time divided by that of the baseline.
    median_ratio: f64,
    /// Upper bound of the median's 95 % confidence interval; `None` for too few pairs.
    upper_95: Option<f64>,
}

/// Measures all pairs of a side and its baseline.
pub(super) fn measure(
    report: &mut Report,
    side: &Side,
    baseline: &Side,
    rate: f64,
    seconds: u32,
) -> Option<PairedCosts> {
    let cpu = |side: &Side| measure_cpu(side, rate, seconds);
    let (mut cpu_ms, mut baseline_ms) = (Vec::new(), Vec::new());
    for pair in 0..PAIRS {
        let (one, other) = report.step(&format!("pair {} of {PAIRS}", pair + 1), || {
            // The order alternates, so that a trend favours neither.
            if pair % 2 == 0 {
                let one = cpu(side)?;
                Ok((one, cpu(baseline)?))
            } else {
                let other = cpu(baseline)?;
                Ok((cpu(side)?, other))
            }
        })?;
        let (name, base) = (side.name, baseline.name);
        print_progress(format!("    CPU an order: {one:.3} ms {name}, {other:.3} ms {base}"));
        cpu_ms.push(one);
        baseline_ms.push(other);
    }
    PairedCosts::of([side.name, baseline.name], cpu_ms, baseline_ms)
}

/// CPU milliseconds an order of a fresh platform.
fn measure_cpu(side: &Side, rate: f64, seconds: u32) -> Result<f64> {
    let no_limit = [("COMANDA_ORDERS_PER_MINUTE", "0".to_owned())];
    let settings = [&side.settings[..], &no_limit].concat();
    let platform = Platform::launch(side.program.clone(), "pair", &settings)?;
    let parameters =
        LoadParameters { rate, seconds, warm_up_s: super::WARM_UP_S, follow: super::FOLLOWED };
    let load = load_and_scrape(&platform, parameters)?;
    wait_until_settled(&platform)?;
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

impl PairedCosts {
    /// `None` without a pair.
    fn of(sides: [&'static str; 2], cpu_ms: Vec<f64>, baseline_ms: Vec<f64>) -> Option<Self> {
        let ratios: Vec<_> =
            cpu_ms.iter().zip(&baseline_ms).map(|(one, base)| one / base).collect();
        let (median_ratio, upper_95) = (median(&ratios)?, median_upper_bound(&ratios));
        Some(Self { sides, cpu_ms, baseline_ms, median_ratio, upper_95 })
    }

    /// The result as a table.
    pub(super) fn table(&self) -> String {
        let [side, baseline] = self.sides;
        let title = "CPU an order (ms)";
        let mut text = format!("{title:<26}{side:>12}{baseline:>12}{:>12}\n", "ratio");
        for (pair, (one, base)) in self.cpu_ms.iter().zip(&self.baseline_ms).enumerate() {
            let name = format!("pair {}", pair + 1);
            let _ = writeln!(text, "  {name:<24}{one:>12.3}{base:>12.3}{:>12.3}", one / base);
        }
        let percent = |ratio: f64| (ratio - 1.0) * 100.0;
        let upper = self.upper_95.map_or_else(
            || "too few pairs for a bound".to_owned(),
            |upper| format!("at most {:+.1} % (95 %)", percent(upper)),
        );
        let _ = writeln!(text, "  cost: median {:+.1} %, {upper}", percent(self.median_ratio));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_has_its_bound() {
        let sides = ["with", "without"];
        let of = |cpu: Vec<f64>, base: Vec<f64>| PairedCosts::of(sides, cpu, base);
        let costs = of((101..111).map(f64::from).collect(), vec![100.0; 10]).unwrap();
        let table = costs.table();
        assert!(table.contains("cost: median +5.5 %, at most +9.0 % (95 %)"), "{table}");
        assert!(of(Vec::new(), Vec::new()).is_none());
        assert!(of(vec![103.0], vec![100.0]).unwrap().table().contains("too few pairs"));
    }
}
