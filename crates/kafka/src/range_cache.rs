//! Unreadable ranges found recently in this process: all groups and followers meet them, and only
//! one needs to search.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use parking_lot::Mutex;

/// A partition: brokers, topic (name on the cluster), number.
type Key = (String, String, i32);

/// Records do not change, but a topic may be deleted and recreated.
const CACHED_FOR: Duration = Duration::from_mins(1);

static FOUND: LazyLock<Mutex<HashMap<Key, Arc<Mutex<Ranges>>>>> = LazyLock::new(Mutex::default);

/// The ranges found in a partition.
pub(super) fn cached_ranges(brokers: &str, topic: &str, partition: i32) -> Arc<Mutex<Ranges>> {
    let key = (brokers.to_owned(), topic.to_owned(), partition);
    FOUND.lock().entry(key).or_default().clone()
}

/// By first offset: the end of each range, and when it was found.
#[derive(Debug, Default)]
pub(super) struct Ranges(BTreeMap<i64, (i64, Instant)>);

impl Ranges {
    /// The end of the range that contains an offset.
    pub(super) fn end(&mut self, at: i64) -> Option<i64> {
        self.0.retain(|_, (_, found)| found.elapsed() < CACHED_FOR);
        let (_, (to, _)) = self.0.range(..=at).next_back()?;
        (at < *to).then_some(*to)
    }

    pub(super) fn insert(&mut self, from: i64, to: i64) {
        self.0.insert(from, (to, Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_in_a_recent_range_is_found() {
        let mut ranges = Ranges::default();
        ranges.insert(5, 8);
        ranges.insert(20, 21);
        let ends = [4, 5, 7, 8, 19, 20, 21].map(|at| ranges.end(at));
        assert_eq!(ends, [None, Some(8), Some(8), None, None, Some(21), None]);
        let (_, found) = ranges.0.get_mut(&5).unwrap();
        *found = found.checked_sub(CACHED_FOR).unwrap();
        assert_eq!((ranges.end(5), ranges.end(20)), (None, Some(21)));
    }
}
