//! The standard process metrics of Prometheus clients, from the operating system.

use std::{fs, time::Duration};

use crate::metrics;

/// Ticks per second in `/proc`; the same on every Linux that Rust supports.
const TICKS_PER_S: f64 = 100.0;
/// Bytes of a memory page, unless `/proc` has the size in kB.
const KIB: f64 = 1_024.0;

/// Updates the metrics. Without `/proc`, there are none.
pub fn update_metrics() {
    if let Ok(stat) = fs::read_to_string("/proc/self/stat") {
        update_from_stat(&stat);
    }
    if let Ok(status) = fs::read_to_string("/proc/self/status") {
        let resident_kib = field(&status, "VmRSS:").and_then(|text| text.parse().ok());
        if let Some(kib) = resident_kib.map(|kib: f64| kib * KIB) {
            metrics::PROCESS_RESIDENT_MEMORY.with([]).set(kib);
        }
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        // One of them is the open folder itself.
        metrics::PROCESS_OPEN_FDS.with([]).set_count((open.count() as u64).saturating_sub(1));
    }
    if let Ok(limits) = fs::read_to_string("/proc/self/limits") {
        let most = field(&limits, "Max open files").and_then(|text| text.parse().ok());
        if let Some(most) = most {
            metrics::PROCESS_MAX_FDS.with([]).set_count(most);
        }
    }
}

/// The first word after a name at the beginning of a line.
fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()
}

fn update_from_stat(stat: &str) {
    let Some(stat) = Stat::read(stat) else { return };
    metrics::PROCESS_CPU.with([]).set(stat.cpu.as_secs_f64());
    metrics::PROCESS_THREADS.with([]).set_count(stat.threads);
    let booted_s = fs::read_to_string("/proc/stat").ok();
    let booted_s = booted_s.as_deref().and_then(|text| field(text, "btime"));
    if let Some(booted_s) = booted_s.and_then(|text| text.parse::<f64>().ok()) {
        metrics::PROCESS_START_TIME.with([]).set(booted_s + stat.after_boot.as_secs_f64());
    }
}

/// The fields of `/proc/self/stat`.
#[derive(Debug, PartialEq)]
struct Stat {
    cpu: Duration,
    threads: u64,
    /// The start time since boot, in ticks.
    after_boot: Duration,
}

impl Stat {
    fn read(text: &str) -> Option<Self> {
        // The program's name, in parentheses, may contain anything; only numbers follow it.
        let fields: Vec<_> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |index: usize| -> Option<Duration> {
            let ticks: f64 = fields.get(index)?.parse().ok()?;
            Duration::try_from_secs_f64(ticks / TICKS_PER_S).ok()
        };
        // Numbered from the third field of proc(5) on.
        let cpu = ticks(11)? + ticks(12)?;
        Some(Self { cpu, threads: fields.get(17)?.parse().ok()?, after_boot: ticks(19)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_brackets_shifts_nothing() {
        let numbers = "S 1 2 3 4 5 6 7 8 9 10 150 50 13 14 15 16 7 18 12345 20";
        let stat = Stat::read(&format!("42 (a) b) {numbers}")).unwrap();
        let expected = Stat {
            cpu: Duration::from_secs(2),
            threads: 7,
            after_boot: Duration::from_millis(123_450),
        };
        assert_eq!(stat, expected);
    }
}
