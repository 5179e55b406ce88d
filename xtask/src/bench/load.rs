//! One `comanda load` at a platform, and its report.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::{
    platform::Platform,
    step::{print_progress, successful_output},
};

/// A rate holds if at least this share of it was achieved.
const ACHIEVED: f64 = 0.98;
/// Timeout until all accepted orders are processed.
const SETTLED_WITHIN: Duration = Duration::from_mins(5);
/// The part of a report that is about `comanda load` itself.
const GENERATOR: &str = "(this generator)";

/// The parts of the report of `comanda load --json` that are used here.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Load {
    pub(crate) counts: Counts,
    pub(crate) rates: Rates,
    /// Milliseconds since the intended start of an order.
    pub(crate) latency_ms: BTreeMap<String, Latency>,
    pub(crate) cpu: Vec<Cpu>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Counts {
    pub(crate) planned: u64,
    pub(crate) confirmed: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Rates {
    pub(crate) asked_per_s: f64,
    pub(crate) sent_per_s: f64,
    pub(crate) confirmed_per_s: f64,
    pub(crate) generator_kept_up: bool,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Cpu {
    pub(crate) name: String,
    /// `None` if the process ended in between.
    pub(crate) ms_per_order: Option<f64>,
}

impl Load {
    /// Why the rate was not sustained; `None` if it was.
    pub(crate) fn shortfall(&self) -> Option<String> {
        let (counts, rates) = (&self.counts, &self.rates);
        if counts.confirmed < counts.planned {
            let lacking = counts.planned - counts.confirmed;
            return Some(format!("{lacking} of {} orders not confirmed", counts.planned));
        }
        let share = rates.sent_per_s.min(rates.confirmed_per_s) / rates.asked_per_s;
        (share < ACHIEVED).then(|| format!("only {:.1} % of it achieved", share * 100.0))
    }

    /// From the intended start to the confirmation.
    pub(crate) fn confirm(&self) -> Option<Latency> {
        self.latency_ms.get("confirm").copied()
    }

    /// Processor time an order, of all processes but the generator; `None` if one ended.
    pub(crate) fn cpu_ms_per_order(&self) -> Option<f64> {
        let ours = self.cpu.iter().filter(|cpu| cpu.name != GENERATOR);
        ours.map(|cpu| cpu.ms_per_order).sum()
    }
}

/// The parameters of a load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoadParameters {
    pub(crate) rate: f64,
    pub(crate) seconds: u32,
    /// Warm-up, which is not measured.
    pub(crate) warm_up_s: u32,
    /// Share of the orders that are watched by event stream, like a customer's page.
    pub(crate) follow: f64,
}

/// Generates load. Failed orders are in its report.
pub(crate) fn load(
    platform: &Platform,
    parameters: LoadParameters,
    pids: &[(String, u32)],
) -> Result<Load> {
    let mut command = platform.command("load");
    command.arg("--json").arg(format!("--rate={}", parameters.rate));
    command.arg(format!("--duration={}s", parameters.seconds));
    command.arg(format!("--warm-up={}s", parameters.warm_up_s));
    command.arg(format!("--follow={}", parameters.follow));
    command.args(pids.iter().map(|(name, pid)| format!("--pid={name}={pid}")));
    let load: Load = json(&mut command).context("comanda load printed no report")?;
    let latency = load.confirm().map_or_else(String::new, |latency| {
        format!(", confirmed after p50 {:.1} ms, p99 {:.1} ms", latency.p50, latency.p99)
    });
    let verdict = load.shortfall().unwrap_or_else(|| "holds".to_owned());
    print_progress(format!(
        "    {}/s for {} s: {verdict}{latency}",
        parameters.rate, parameters.seconds
    ));
    Ok(load)
}

/// The parts of the report of `comanda audit --json` that are used here.
#[derive(Debug, Deserialize)]
struct Audit {
    differences: Vec<serde_json::Value>,
    open: Vec<serde_json::Value>,
    lag: BTreeMap<String, u64>,
    totals: BTreeMap<String, u64>,
}

/// Waits until no order is open, and fails if the audit finds a difference. Returns the number of
/// orders.
pub(crate) fn wait_until_settled(platform: &Platform) -> Result<u64> {
    let start = Instant::now();
    loop {
        let audit: Audit = json(platform.command("audit").arg("--json"))?;
        if let Some(first) = audit.differences.first() {
            bail!("the audit found {} differences; first {first}", audit.differences.len());
        }
        let lag: u64 = audit.lag.values().sum();
        if audit.open.is_empty() && lag == 0 {
            let orders = audit.totals.get("orders_placed").copied();
            return orders.context("the audit does not report the number of orders");
        }
        let (open, within) = (audit.open.len(), SETTLED_WITHIN.as_secs());
        ensure!(
            start.elapsed() < SETTLED_WITHIN,
            "after {within} s, {open} orders are open and {lag} records unread"
        );
        sleep(Duration::from_millis(200));
    }
}

/// The JSON output of a command; exit code 1 means that it found something.
fn json<T: serde::de::DeserializeOwned>(command: &mut Command) -> Result<T> {
    command.stdout(Stdio::piped()).stderr(Stdio::inherit());
    let output = command.spawn()?.wait_with_output()?;
    if output.status.code() == Some(1) {
        return Ok(serde_json::from_slice(&output.stdout)?);
    }
    Ok(serde_json::from_str(&successful_output(command, output)?)?)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::bench) fn sample_load(confirmed: u64, per_s: f64) -> Load {
        let latency = Latency { p50: 2.0, p99: 9.0 };
        let cpu = |name: &str, ms| Cpu { name: name.to_owned(), ms_per_order: Some(ms) };
        Load {
            counts: Counts { planned: 1_000, confirmed },
            rates: Rates {
                asked_per_s: 100.0,
                sent_per_s: 100.0,
                confirmed_per_s: per_s,
                generator_kept_up: true,
            },
            latency_ms: BTreeMap::from([("confirm".to_owned(), latency)]),
            cpu: vec![cpu(GENERATOR, 5.0), cpu("up", 0.5), cpu("kafka-1", 0.25)],
        }
    }

    #[test]
    fn a_rate_holds_if_all_is_confirmed_at_that_rate() {
        assert_eq!(sample_load(1_000, 98.0).shortfall(), None);
        assert!(sample_load(999, 100.0).shortfall().is_some());
        assert!(sample_load(1_000, 97.0).shortfall().is_some());
    }

    #[test]
    fn the_generator_does_not_count() {
        let mut load = sample_load(1_000, 100.0);
        assert_eq!(load.cpu_ms_per_order(), Some(0.75));
        load.cpu[2].ms_per_order = None;
        assert_eq!(load.cpu_ms_per_order(), None);
    }
}
