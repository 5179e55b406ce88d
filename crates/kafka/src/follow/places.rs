//! How far a follower is in each partition.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use events::Topic;

use super::{
    super::{ends::Known, names::Names},
    spans::Span,
};

/// Records that are there for so long and do not come keep it waiting.
const STILL_AFTER: Duration = Duration::from_secs(5);

struct At {
    /// The next offset to be read.
    next: i64,
    /// Where the partition ended at the start.
    end: i64,
    /// Since when it stands there.
    since: Instant,
}

/// All partitions that are followed.
pub(super) struct Places(BTreeMap<(Topic, i32), At>);

/// Partitions whose records do not come.
pub(super) struct Stuck {
    /// The one that has stood longest.
    pub(super) place: String,
    /// Records of all of them.
    pub(super) records: u64,
    /// Since when that one stands.
    pub(super) since: Instant,
}

impl Places {
    pub(super) fn new(spans: Vec<Span>) -> Self {
        let since = Instant::now();
        let at = |span: Span| {
            ((span.topic, span.partition), At { next: span.from, end: span.end, since })
        };
        Self(spans.into_iter().map(at).collect())
    }

    /// True if all is read that was there at the start.
    pub(super) fn have_caught_up(&self) -> bool {
        self.0.values().all(|at| at.next >= at.end)
    }

    /// A record was read. True if that was the last one of those that were there at the start.
    pub(super) fn read(&mut self, partition: (Topic, i32), offset: i64) -> bool {
        let Some(at) = self.0.get_mut(&partition) else { return false };
        let was_behind = at.next < at.end;
        (at.next, at.since) = (offset + 1, Instant::now());
        was_behind && at.next >= at.end
    }

    /// Goes on with an offset. False if it stands there or further already.
    pub(super) fn pass(&mut self, partition: (Topic, i32), to: i64) -> bool {
        match self.0.get_mut(&partition) {
            Some(at) if at.next < to => {
                (at.next, at.since) = (to, Instant::now());
                true
            }
            _ => false,
        }
    }

    /// Takes up partitions that there are by now, from their first record. False if there are none.
    pub(super) fn add_new(&mut self, known: &Known, names: &Names) -> bool {
        let before = self.0.len();
        let topics: Vec<_> = self.0.keys().map(|(topic, _)| *topic).collect();
        for (topic, partition) in known.ends.keys() {
            if let Some(topic) = names.contract(topic).filter(|topic| topics.contains(topic)) {
                let new = At { next: 0, end: 0, since: Instant::now() };
                self.0.entry((topic, *partition)).or_insert(new);
            }
        }
        self.0.len() > before
    }

    /// Where reading stands in each partition.
    pub(super) fn next(&self) -> Vec<(Topic, i32, i64)> {
        self.0.iter().map(|((topic, partition), at)| (*topic, *partition, at.next)).collect()
    }

    /// Partitions whose records do not come, if there are any.
    pub(super) fn stuck(&mut self, known: &Known, names: &Names) -> Option<Stuck> {
        let (mut longest, mut records): (Option<(Instant, String)>, u64) = (None, 0);
        for ((topic, partition), at) in &mut self.0 {
            let end = known.ends.get(&(names.on_cluster(topic.name()), *partition));
            let waits = u64::try_from(end.map_or(0, |end| end - at.next)).unwrap_or(0);
            if waits == 0 {
                at.since = Instant::now();
            }
            if at.since.elapsed() < STILL_AFTER {
                continue;
            }
            records += waits;
            if longest.as_ref().is_none_or(|(longest, _)| at.since < *longest) {
                longest = Some((at.since, format!("{topic}/{partition}@{}", at.next)));
            }
        }
        longest.map(|(since, place)| Stuck { place, records, since })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn known(ends: &[(i32, i64)]) -> Known {
        let ends = ends.iter().map(|(n, end)| (("x.menu".to_owned(), *n), *end));
        Known { ends: ends.collect::<HashMap<_, _>>(), ..Known::default() }
    }

    fn places(spans: &[(i32, i64, i64)]) -> Places {
        let span = |(partition, from, end): &(i32, i64, i64)| Span {
            topic: Topic::Menu,
            partition: *partition,
            from: *from,
            end: *end,
        };
        Places::new(spans.iter().map(span).collect())
    }

    #[test]
    fn what_was_there_at_the_start_is_read_or_passed_over() {
        let mut places = places(&[(0, 3, 5), (1, 0, 2)]);
        assert!(!places.read((Topic::Menu, 0), 3) && places.read((Topic::Menu, 0), 4));
        assert!(!places.have_caught_up());
        assert!(places.pass((Topic::Menu, 1), 2) && places.have_caught_up());
        assert!(!places.pass((Topic::Menu, 1), 2), "it stands there");
    }

    #[test]
    fn new_partitions_are_taken_up_from_their_first_record_and_the_others_stay() {
        let (mut places, names) = (places(&[(0, 3, 5)]), Names::new("x."));
        places.read((Topic::Menu, 0), 3);
        assert!(!places.add_new(&known(&[(0, 9)]), &names));
        assert!(places.add_new(&known(&[(0, 9), (1, 4)]), &names));
        assert_eq!(places.next(), [(Topic::Menu, 0, 4), (Topic::Menu, 1, 0)]);
        assert!(!places.add_new(&known(&[(0, 9), (1, 4)]), &names));
    }

    #[test]
    fn only_what_stands_before_its_end_is_stuck() {
        let (mut places, names) = (places(&[(0, 3, 5), (1, 2, 2)]), Names::new("x."));
        let ends = known(&[(0, 5), (1, 2)]);
        assert!(places.stuck(&ends, &names).is_none(), "not yet");
        let ago = Instant::now().checked_sub(Duration::from_secs(11)).unwrap();
        places.0.values_mut().for_each(|at| at.since = ago);
        let stuck = places.stuck(&ends, &names).unwrap();
        assert_eq!((stuck.place.as_str(), stuck.records), ("menu/0@3", 2));
        places.read((Topic::Menu, 0), 3);
        assert!(places.stuck(&ends, &names).is_none(), "it goes on");
    }
}
