//! What processes cost, from `/proc`: processor time with all threads and children, and memory.

use std::{collections::HashMap, fs, time::Duration};

/// One process, as `/proc/PID/stat` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    parent: u32,
    /// Own time and that of children that ended, in clock ticks.
    ticks: u64,
    /// Resident pages.
    pages: u64,
}

/// What a process and its children have used so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// Processor time.
    pub(super) cpu: Duration,
    /// Resident memory, in bytes. Shared pages count once for each process.
    pub(super) rss: u64,
}

/// Reads the whole table of processes once and answers for each of `pids`; `None` for one that is
/// gone.
pub(super) fn usage(pids: &[u32]) -> Vec<Option<Usage>> {
    let table = table();
    pids.iter().map(|pid| sum(&table, *pid)).collect()
}

fn table() -> HashMap<u32, Stat> {
    let Ok(folder) = fs::read_dir("/proc") else { return HashMap::new() };
    let entry = |entry: fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        // A process may end while its folder is read.
        Some((pid, parse(&fs::read_to_string(entry.path().join("stat")).ok()?)?))
    };
    folder.flatten().filter_map(entry).collect()
}

/// Parses a line of `/proc/PID/stat` (`proc_pid_stat(5)`). The name in it may hold anything, also
/// spaces and parentheses, so fields are counted from its last one.
fn parse(line: &str) -> Option<Stat> {
    let fields: Vec<&str> = line.rsplit_once(')')?.1.split_whitespace().collect();
    // The state is the third field of the line and the first one here.
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    let ticks = [14, 15, 16, 17].into_iter().map(field).sum::<Option<u64>>()?;
    Some(Stat { parent: u32::try_from(field(4)?).ok()?, ticks, pages: field(24)? })
}

fn sum(table: &HashMap<u32, Stat>, pid: u32) -> Option<Usage> {
    table.get(&pid)?;
    let belongs = |start: u32| {
        let mut at = start;
        // No chain of parents is longer than the table; a race could make it a ring.
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
    fn a_line_is_read_whatever_the_name() {
        assert_eq!(parse(LINE), Some(Stat { parent: 17, ticks: 310, pages: 321 }));
        assert_eq!(parse("4711 (x) S 1 2"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn children_count_and_strangers_do_not() {
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
        assert_eq!(sum(&table, 10).unwrap().cpu, expected);
        assert_eq!(sum(&table, 99), None);
    }

    #[test]
    fn this_process_has_used_something() {
        let used = usage(&[std::process::id(), u32::MAX]);
        assert!(used[0].unwrap().rss > 100_000);
        assert_eq!(used[1], None);
    }
}
