//! One `comanda load` at a platform, and what it told.

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
/// What was accepted should be worked on by then.
const SETTLED_WITHIN: Duration = Duration::from_mins(5);
/// The part of a report that is about `comanda load` itself.
const GENERATOR: &str = "(this generator)";

/// What `comanda load --json` tells, as far as it is looked at here.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Load {
    pub(crate) counts: Counts,
    pub(crate) rates: Rates,
    /// Milliseconds from the moment an order was meant to start.
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
    /// Why the rate does not hold; `None` if it does.
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

/// What is asked of a load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    pub(crate) rate: f64,
    pub(crate) seconds: u32,
    /// Load before that, which is not measured.
    pub(crate) warm_up_s: u32,
    /// Share of the orders that are listened to, as a customer's page does.
    pub(crate) follow: f64,
}

/// Makes load. Its progress is seen on a terminal; failed orders are in what it tells.
pub(crate) fn load(platform: &Platform, wish: Wish, pids: &[(String, u32)]) -> Result<Load> {
    let mut command = platform.command("load");
    command.arg("--json").arg(format!("--rate={}", wish.rate));
    command.arg(format!("--duration={}s", wish.seconds));
    command.arg(format!("--warm-up={}s", wish.warm_up_s));
    command.arg(format!("--follow={}", wish.follow));
    command.args(pids.iter().map(|(name, pid)| format!("--pid={name}={pid}")));
    let load: Load = json(&mut command).context("comanda load told nothing")?;
    let latency = load.confirm().map_or_else(String::new, |told| {
        format!(", confirmed after p50 {:.1} ms, p99 {:.1} ms", told.p50, told.p99)
    });
    let verdict = load.shortfall().unwrap_or_else(|| "holds".to_owned());
    print_progress(format!("    {}/s for {} s: {verdict}{latency}", wish.rate, wish.seconds));
    Ok(load)
}

/// What `comanda audit --json` tells, as far as it is looked at here.
#[derive(Debug, Deserialize)]
struct Audit {
    differences: Vec<serde_json::Value>,
    open: Vec<serde_json::Value>,
    lag: BTreeMap<String, u64>,
    totals: BTreeMap<String, u64>,
}

/// Waits until nothing is on its way, and fails if the audit finds a difference; answers how many
/// orders it looked at.
pub(crate) fn settle(platform: &Platform) -> Result<u64> {
    let start = Instant::now();
    loop {
        let audit: Audit = json(platform.command("audit").arg("--json"))?;
        if let Some(first) = audit.differences.first() {
            bail!("the audit found {} differences; first {first}", audit.differences.len());
        }
        let lag: u64 = audit.lag.values().sum();
        if audit.open.is_empty() && lag == 0 {
            let orders = audit.totals.get("orders_placed").copied();
            return orders.context("the audit does not tell how many orders there are");
        }
        let (open, within) = (audit.open.len(), SETTLED_WITHIN.as_secs());
        ensure!(
            start.elapsed() < SETTLED_WITHIN,
            "after {within} s, {open} orders are open and {lag} records unread"
        );
        sleep(Duration::from_millis(200));
    }
}

/// The JSON that a command wrote; one that ends with 1 tells of what it found, too.
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

    pub(in crate::bench) fn told_of(confirmed: u64, per_s: f64) -> Load {
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
        assert_eq!(told_of(1_000, 98.0).shortfall(), None);
        assert!(told_of(999, 100.0).shortfall().is_some());
        assert!(told_of(1_000, 97.0).shortfall().is_some());
    }

    #[test]
    fn the_generator_does_not_count() {
        let mut load = told_of(1_000, 100.0);
        assert_eq!(load.cpu_ms_per_order(), Some(0.75));
        load.cpu[2].ms_per_order = None;
        assert_eq!(load.cpu_ms_per_order(), None);
    }
}
