//! What the operating system says of this process, as every Prometheus client tells it.

use std::{fs, time::Duration};

use crate::metrics;

/// Ticks of a second in `/proc`: the same on every Linux that Rust runs on.
const TICKS_PER_S: f64 = 100.0;
/// Bytes of a page of memory, unless `/proc` says how many there are in kB.
const KIB: f64 = 1_024.0;

/// Reads it anew. Where there is no `/proc`, nothing is told.
pub fn read() {
    if let Ok(stat) = fs::read_to_string("/proc/self/stat") {
        note_stat(&stat);
    }
    if let Ok(status) = fs::read_to_string("/proc/self/status") {
        let resident_kib = field(&status, "VmRSS:").and_then(|text| text.parse().ok());
        if let Some(kib) = resident_kib.map(|kib: f64| kib * KIB) {
            metrics::PROCESS_RESIDENT_MEMORY.with([]).set(kib);
        }
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        // One of them is the folder that is being read.
        metrics::PROCESS_OPEN_FDS.with([]).count((open.count() as u64).saturating_sub(1));
    }
    if let Ok(limits) = fs::read_to_string("/proc/self/limits") {
        let most = field(&limits, "Max open files").and_then(|text| text.parse().ok());
        if let Some(most) = most {
            metrics::PROCESS_MAX_FDS.with([]).count(most);
        }
    }
}

/// The first word behind a name at the beginning of a line.
fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()
}

fn note_stat(stat: &str) {
    let Some(stat) = Stat::read(stat) else { return };
    metrics::PROCESS_CPU.with([]).set(stat.cpu.as_secs_f64());
    metrics::PROCESS_THREADS.with([]).count(stat.threads);
    let booted_s = fs::read_to_string("/proc/stat").ok();
    let booted_s = booted_s.as_deref().and_then(|text| field(text, "btime"));
    if let Some(booted_s) = booted_s.and_then(|text| text.parse::<f64>().ok()) {
        metrics::PROCESS_START_TIME.with([]).set(booted_s + stat.after_boot.as_secs_f64());
    }
}

/// What `/proc/self/stat` says.
#[derive(Debug, PartialEq)]
struct Stat {
    cpu: Duration,
    threads: u64,
    /// When it began, since the machine was started.
    after_boot: Duration,
}

impl Stat {
    fn read(text: &str) -> Option<Self> {
        // The program's name, in brackets, may hold anything; what comes behind it are numbers.
        let fields: Vec<_> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |place: usize| -> Option<Duration> {
            let ticks: f64 = fields.get(place)?.parse().ok()?;
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
