//! Ranges that nobody can read and that were found in this process a moment ago: every group and
//! every follower meets them, and one of them has to look.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use parking_lot::Mutex;

/// A partition: brokers, topic (called as they do), number.
type Key = (String, String, i32);

/// Records do not change, but a topic may be deleted and made anew.
const BELIEVED_FOR: Duration = Duration::from_mins(1);

static FOUND: LazyLock<Mutex<HashMap<Key, Arc<Mutex<Ranges>>>>> = LazyLock::new(Mutex::default);

/// What was found in a partition.
pub(super) fn remembered(brokers: &str, topic: &str, partition: i32) -> Arc<Mutex<Ranges>> {
    let key = (brokers.to_owned(), topic.to_owned(), partition);
    FOUND.lock().entry(key).or_default().clone()
}

/// By its first offset, the one behind the last one of each range, and when it was found.
#[derive(Debug, Default)]
pub(super) struct Ranges(BTreeMap<i64, (i64, Instant)>);

impl Ranges {
    /// The end of the range that an offset lies in.
    pub(super) fn end(&mut self, at: i64) -> Option<i64> {
        self.0.retain(|_, (_, found)| found.elapsed() < BELIEVED_FOR);
        let (_, (to, _)) = self.0.range(..=at).next_back()?;
        (at < *to).then_some(*to)
    }

    pub(super) fn keep(&mut self, from: i64, to: i64) {
        self.0.insert(from, (to, Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_lies_in_a_range_that_was_found_a_moment_ago() {
        let mut ranges = Ranges::default();
        ranges.keep(5, 8);
        ranges.keep(20, 21);
        let ends = [4, 5, 7, 8, 19, 20, 21].map(|at| ranges.end(at));
        assert_eq!(ends, [None, Some(8), Some(8), None, None, Some(21), None]);
        let (_, found) = ranges.0.get_mut(&5).unwrap();
        *found = found.checked_sub(BELIEVED_FOR).unwrap();
        assert_eq!((ranges.end(5), ranges.end(20)), (None, Some(21)));
    }
}
