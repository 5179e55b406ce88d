//! Processor time and memory of processes with their children, from `/proc`.

use std::{collections::HashMap, fs, time::Duration};

/// A process, from `/proc/PID/stat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    parent: u32,
    /// Its time and that of its ended children, in clock ticks.
    ticks: u64,
    /// Resident pages.
    pages: u64,
}

/// The resources that a process and its children have used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// Processor time.
    pub(super) cpu: Duration,
    /// Resident memory, in bytes. Shared pages count once for each process.
    pub(super) rss: u64,
}

/// The usage of each of `pids`; `None` for one that has ended.
pub(super) fn read_usage(pids: &[u32]) -> Vec<Option<Usage>> {
    let table = read_processes();
    pids.iter().map(|pid| sum_family(&table, *pid)).collect()
}

fn read_processes() -> HashMap<u32, Stat> {
    let Ok(folder) = fs::read_dir("/proc") else { return HashMap::new() };
    let entry = |entry: fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        // A process may end while its folder is read.
        Some((pid, parse_stat(&fs::read_to_string(entry.path().join("stat")).ok()?)?))
    };
    folder.flatten().filter_map(entry).collect()
}

/// Parses a line of `/proc/PID/stat` (`proc_pid_stat(5)`). The process name may contain spaces and
/// parentheses, so fields are counted from the last parenthesis.
fn parse_stat(line: &str) -> Option<Stat> {
    let fields: Vec<&str> = line.rsplit_once(')')?.1.split_whitespace().collect();
    // The state is the third field of the line and the first one here.
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    let ticks = [14, 15, 16, 17].into_iter().map(field).sum::<Option<u64>>()?;
    Some(Stat { parent: u32::try_from(field(4)?).ok()?, ticks, pages: field(24)? })
}

fn sum_family(table: &HashMap<u32, Stat>, pid: u32) -> Option<Usage> {
    table.get(&pid)?;
    let belongs = |start: u32| {
        let mut at = start;
        // Bounded by the length of the table, since a race could make the chain a cycle.
        for _ in 0..=table.len() {
            if at == pid {
                return true;
            }
            match table.get(&at) {
                Some(stat) if stat.parent != 0 => at = stat.parent,
                _ => return false,
            }
        }
        false
    };
    let family = table.iter().filter(|(pid, _)| belongs(**pid)).map(|(_, stat)| stat);
    let (ticks, pages) = family.fold((0, 0), |(t, p), stat| (t + stat.ticks, p + stat.pages));
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    let page = u64::try_from(rustix::param::page_size()).unwrap_or(4_096);
    Some(Usage { cpu: Duration::from_millis(ticks * 1_000 / per_second), rss: pages * page })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "4711 (a ) b) S 17 1 1 0 -1 4194560 100 0 0 0 250 50 7 3 20 0 12 0 100 \
                        5000000 321 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0";

    #[test]
    fn a_line_with_any_process_name_is_parsed() {
        assert_eq!(parse_stat(LINE), Some(Stat { parent: 17, ticks: 310, pages: 321 }));
        assert_eq!(parse_stat("4711 (x) S 1 2"), None);
        assert_eq!(parse_stat(""), None);
    }

    #[test]
    fn children_count_and_unrelated_processes_do_not() {
        let stat = |parent, ticks| Stat { parent, ticks, pages: 1 };
        let table = HashMap::from([
            (1, stat(0, 1_000)),
            (10, stat(1, 100)),
            (11, stat(10, 200)),
            (12, stat(11, 300)),
            (20, stat(1, 400)),
        ]);
        let per_second = rustix::param::clock_ticks_per_second();
        let expected = Duration::from_millis(600 * 1_000 / per_second);
        assert_eq!(sum_family(&table, 10).unwrap().cpu, expected);
        assert_eq!(sum_family(&table, 99), None);
    }

    #[test]
    fn this_process_has_used_something() {
        let used = read_usage(&[std::process::id(), u32::MAX]);
        assert!(used[0].unwrap().rss > 100_000);
        assert_eq!(used[1], None);
    }
}
