//! The report of a load, as JSON and as a table.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use hdrhistogram::Histogram;
use serde::Serialize;

use super::{args::LoadArgs, cpu::Usage, plan::to_f64, tally::Tally};

/// The generator did not keep up if the 99th percentile of its delay exceeds this, in milliseconds.
const MAX_LATE_MS: f64 = 50.0;

/// The report of a load.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) clean: bool,
    pub(super) interrupted: bool,
    pub(super) counts: Counts,
    pub(super) errors: Vec<Errors>,
    pub(super) rates: Rates,
    /// Latencies since the intended start, in milliseconds.
    pub(super) latency_ms: BTreeMap<&'static str, Latency>,
    /// Time from the confirmation until the order was on the dashboard; null if none was open.
    pub(super) dashboard_ms: Option<Latency>,
    pub(super) cpu: Vec<Cpu>,
    /// The greatest time by which an event was dated before its order's start.
    pub(super) clock_skew_ms: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct Counts {
    pub(super) planned: u64,
    pub(super) sent: u64,
    pub(super) accepted: u64,
    pub(super) confirmed: u64,
    pub(super) declined: u64,
    /// Accepted orders without an outcome by the end.
    pub(super) not_confirmed: u64,
    pub(super) retries: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Errors {
    pub(super) kind: String,
    pub(super) count: u64,
    pub(super) example: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Rates {
    pub(super) asked_per_s: f64,
    pub(super) sent_per_s: f64,
    pub(super) confirmed_per_s: f64,
    pub(super) generator_kept_up: bool,
    /// How often an order waited because `--max-in-flight` orders were in flight.
    pub(super) held_back: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Latency {
    pub(super) count: u64,
    pub(super) p50: f64,
    pub(super) p90: f64,
    pub(super) p99: f64,
    pub(super) p99_9: f64,
    pub(super) max: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct Cpu {
    pub(super) name: String,
    pub(super) pid: u32,
    /// Null if the process has ended.
    pub(super) ms_per_order: Option<f64>,
    pub(super) percent_of_a_core: Option<f64>,
    pub(super) rss_mib: Option<f64>,
}

impl From<&Histogram<u64>> for Latency {
    fn from(histogram: &Histogram<u64>) -> Self {
        let at = |quantile| micros_to_ms(histogram.value_at_quantile(quantile));
        Self {
            count: histogram.len(),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p99_9: at(0.999),
            max: micros_to_ms(histogram.max()),
        }
    }
}

fn micros_to_ms(micros: u64) -> f64 {
    Duration::from_micros(micros).as_secs_f64() * 1_000.0
}

impl Cpu {
    /// The usage of a process between two measurements, per order and per `wall` time.
    pub(super) fn between(
        (name, pid): (String, u32),
        before: Option<Usage>,
        after: Option<Usage>,
        orders: u64,
        wall: Duration,
    ) -> Self {
        let used = before.zip(after).map(|(before, after)| after.cpu.saturating_sub(before.cpu));
        let used = used.map(|used| used.as_secs_f64());
        Self {
            name,
            pid,
            ms_per_order: used.map(|used| used * 1_000.0 / to_f64(orders.max(1))),
            percent_of_a_core: used.map(|used| used * 100.0 / wall.as_secs_f64().max(0.001)),
            rss_mib: after.map(|after| to_f64(after.rss / 1_024) / 1_024.0),
        }
    }
}

impl Report {
    /// The report of a tally of `planned` orders.
    pub(super) fn new(args: &LoadArgs, planned: usize, tally: &Tally) -> Self {
        let late = Latency::from(&tally.late);
        let per_s = |n: u64| to_f64(n) / args.duration.as_secs_f64().max(0.001);
        let latency = [
            ("accept", &tally.accept),
            ("confirm", &tally.confirm),
            ("sse", &tally.arrival),
            ("sent_late", &tally.late),
        ];
        Self {
            clean: tally.is_clean(),
            interrupted: false,
            counts: Counts {
                planned: planned as u64,
                sent: tally.sent,
                accepted: tally.accepted,
                confirmed: tally.confirmed,
                declined: tally.declined,
                not_confirmed: tally.lost,
                retries: tally.retries,
            },
            errors: errors(tally),
            rates: Rates {
                asked_per_s: args.rate,
                sent_per_s: per_s(tally.sent_in_span),
                confirmed_per_s: per_s(tally.confirmed_in_span),
                generator_kept_up: late.p99 <= MAX_LATE_MS,
                held_back: tally.held_back,
            },
            latency_ms: latency.map(|(name, of)| (name, Latency::from(of))).into(),
            dashboard_ms: None,
            cpu: Vec::new(),
            clock_skew_ms: tally.skew.as_secs_f64() * 1_000.0,
        }
    }

    /// The report as a table.
    pub(super) fn table(&self) -> String {
        let (c, r) = (&self.counts, &self.rates);
        let mut text = format!(
            "{} planned, {} sent, {} accepted, {} confirmed, {} declined, {} without an outcome, \
             {} retries\n",
            c.planned, c.sent, c.accepted, c.confirmed, c.declined, c.not_confirmed, c.retries
        );
        let _ = writeln!(
            text,
            "asked {:.1}/s, sent {:.1}/s, confirmed {:.1}/s",
            r.asked_per_s, r.sent_per_s, r.confirmed_per_s
        );
        text.push_str(&self.remarks());
        let _ = writeln!(
            text,
            "\nms from intended start       p50       p90       p99     p99.9       max"
        );
        for (name, label) in [
            ("accept", "accepted (202)"),
            ("confirm", "confirmed or declined"),
            ("sse", "…and event received"),
            ("sent_late", "(sent late)"),
        ] {
            let l = &self.latency_ms[name];
            if l.count == 0 {
                continue;
            }
            let _ = writeln!(
                text,
                "{label:<22}{:>10.2}{:>10.2}{:>10.2}{:>10.2}{:>10.2}",
                l.p50, l.p90, l.p99, l.p99_9, l.max
            );
        }
        if let Some(l) = &self.dashboard_ms {
            let _ = writeln!(
                text,
                "ms from its confirmation\n{:<22}{:>10.2}{:>10.2}{:>10.2}{:>10.2}{:>10.2}",
                "on the dashboard", l.p50, l.p90, l.p99, l.p99_9, l.max
            );
        }
        let _ = writeln!(text, "\nprocess             CPU ms/order    % of a core     RSS MiB");
        for cpu in &self.cpu {
            let cell = |value: Option<f64>, digits: usize| {
                value.map_or_else(|| "ended".to_owned(), |value| format!("{value:.digits$}"))
            };
            let (each, share) = (cell(cpu.ms_per_order, 3), cell(cpu.percent_of_a_core, 1));
            let rss = cell(cpu.rss_mib, 1);
            let _ = writeln!(text, "{:<20}{each:>12}{share:>15}{rss:>12}", cpu.name);
        }
        text
    }

    fn remarks(&self) -> String {
        let mut text = String::new();
        if self.interrupted {
            text.push_str("Interrupted: orders planned for later were not sent.\n");
        }
        if !self.rates.generator_kept_up {
            let late = self.latency_ms["sent_late"].p99;
            let why = match self.rates.held_back {
                0 => "this machine had no time for the generator".to_owned(),
                n => format!("{n} times, --max-in-flight orders were in flight"),
            };
            let _ = writeln!(
                text,
                "The generator could not keep up ({why}): p99 was sent {late:.0} ms late. \
                 Latencies include that."
            );
        }
        for error in &self.errors {
            let _ = writeln!(text, "{} × {}: {}", error.count, error.kind, error.example);
        }
        text
    }
}

fn errors(tally: &Tally) -> Vec<Errors> {
    let error = |(kind, (count, example)): (&String, &(u64, String))| Errors {
        kind: kind.clone(),
        count: *count,
        example: example.clone(),
    };
    tally.errors.iter().map(error).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_reported_in_milliseconds() {
        let mut histogram = Histogram::new_with_bounds(1, 3_600_000_000, 3).unwrap();
        for micros in 1..=10_000 {
            histogram.record(micros).unwrap();
        }
        let json = serde_json::to_value(Latency::from(&histogram)).unwrap();
        assert_eq!(json["count"], 10_000);
        for (name, ms) in [("p50", 5.0), ("p90", 9.0), ("p99", 9.9), ("p99_9", 9.99), ("max", 10.0)]
        {
            let ms_reported = json[name].as_f64().unwrap();
            assert!((ms_reported / ms - 1.0).abs() < 0.002, "{name}: {ms_reported}");
        }
    }

    #[test]
    fn processor_time_is_reported_by_order_and_by_core() {
        let usage = |ms| Some(Usage { cpu: Duration::from_millis(ms), rss: 3 << 20 });
        let ten = Duration::from_secs(10);
        let cpu = Cpu::between(("x".into(), 1), usage(1_000), usage(6_000), 10_000, ten);
        assert_eq!((cpu.ms_per_order, cpu.percent_of_a_core), (Some(0.5), Some(50.0)));
        assert_eq!(cpu.rss_mib, Some(3.0));
        let gone = Cpu::between(("x".into(), 1), usage(1_000), None, 10_000, ten);
        assert_eq!(gone.ms_per_order, None);
    }
}
