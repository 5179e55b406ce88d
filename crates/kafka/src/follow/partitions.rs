//! Progress of a follower in each partition.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use events::Topic;

use super::{
    super::{ends::KnownEnds, names::Names},
    starts::PartitionStart,
};

/// Time without progress, while records exist, after which a partition is stalled.
const STALLED_AFTER: Duration = Duration::from_secs(5);

struct PartitionProgress {
    /// The next offset to read.
    next: i64,
    /// End of the partition at the start.
    end: i64,
    /// Since when it has been at this offset.
    since: Instant,
}

/// All followed partitions.
pub(super) struct FollowedPartitions(BTreeMap<(Topic, i32), PartitionProgress>);

/// Partitions whose records are not received.
pub(super) struct StalledPartitions {
    /// The partition that has been stalled longest.
    pub(super) position: String,
    /// Number of waiting records in all of them.
    pub(super) records: u64,
    /// Since when that partition is stalled.
    pub(super) since: Instant,
}

impl FollowedPartitions {
    pub(super) fn new(starts: Vec<PartitionStart>) -> Self {
        let since = Instant::now();
        let at = |start: PartitionStart| {
            (
                (start.topic, start.partition),
                PartitionProgress { next: start.from, end: start.end, since },
            )
        };
        Self(starts.into_iter().map(at).collect())
    }

    /// True if everything that was there at the start is read.
    pub(super) fn has_caught_up(&self) -> bool {
        self.0.values().all(|at| at.next >= at.end)
    }

    /// Records that an offset was read; true if it was the last one that was there at the start.
    pub(super) fn mark_read(&mut self, partition: (Topic, i32), offset: i64) -> bool {
        let Some(at) = self.0.get_mut(&partition) else { return false };
        let was_behind = at.next < at.end;
        (at.next, at.since) = (offset + 1, Instant::now());
        was_behind && at.next >= at.end
    }

    /// Continues at an offset. False if it is there or further already.
    pub(super) fn skip_to(&mut self, partition: (Topic, i32), to: i64) -> bool {
        match self.0.get_mut(&partition) {
            Some(at) if at.next < to => {
                (at.next, at.since) = (to, Instant::now());
                true
            }
            _ => false,
        }
    }

    /// Adds new partitions from their first record. False if there are none.
    pub(super) fn add_new(&mut self, known: &KnownEnds, names: &Names) -> bool {
        let before = self.0.len();
        let topics: Vec<_> = self.0.keys().map(|(topic, _)| *topic).collect();
        for (topic, partition) in known.ends.keys() {
            if let Some(topic) = names.contract(topic).filter(|topic| topics.contains(topic)) {
                let new = PartitionProgress { next: 0, end: 0, since: Instant::now() };
                self.0.entry((topic, *partition)).or_insert(new);
            }
        }
        self.0.len() > before
    }

    /// The next offset of each partition.
    pub(super) fn next(&self) -> Vec<(Topic, i32, i64)> {
        self.0.iter().map(|((topic, partition), at)| (*topic, *partition, at.next)).collect()
    }

    /// The stalled partitions, if any.
    pub(super) fn stalled(
        &mut self,
        known: &KnownEnds,
        names: &Names,
    ) -> Option<StalledPartitions> {
        let (mut longest, mut records): (Option<(Instant, String)>, u64) = (None, 0);
        for ((topic, partition), at) in &mut self.0 {
            let end = known.ends.get(&(names.on_cluster(topic.name()), *partition));
            let waits = u64::try_from(end.map_or(0, |end| end - at.next)).unwrap_or(0);
            if waits == 0 {
                at.since = Instant::now();
            }
            if at.since.elapsed() < STALLED_AFTER {
                continue;
            }
            records += waits;
            if longest.as_ref().is_none_or(|(longest, _)| at.since < *longest) {
                longest = Some((at.since, format!("{topic}/{partition}@{}", at.next)));
            }
        }
        longest.map(|(since, position)| StalledPartitions { position, records, since })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn known(ends: &[(i32, i64)]) -> KnownEnds {
        let ends = ends.iter().map(|(n, end)| (("x.menu".to_owned(), *n), *end));
        KnownEnds { ends: ends.collect::<HashMap<_, _>>(), ..KnownEnds::default() }
    }

    fn partitions(starts: &[(i32, i64, i64)]) -> FollowedPartitions {
        let start = |(partition, from, end): &(i32, i64, i64)| PartitionStart {
            topic: Topic::Menu,
            partition: *partition,
            from: *from,
            end: *end,
        };
        FollowedPartitions::new(starts.iter().map(start).collect())
    }

    #[test]
    fn everything_there_at_the_start_is_read_or_skipped() {
        let mut partitions = partitions(&[(0, 3, 5), (1, 0, 2)]);
        assert!(
            !partitions.mark_read((Topic::Menu, 0), 3) && partitions.mark_read((Topic::Menu, 0), 4)
        );
        assert!(!partitions.has_caught_up());
        assert!(partitions.skip_to((Topic::Menu, 1), 2) && partitions.has_caught_up());
        assert!(!partitions.skip_to((Topic::Menu, 1), 2), "it is there already");
    }

    #[test]
    fn new_partitions_start_at_their_first_record_and_others_stay() {
        let (mut partitions, names) = (partitions(&[(0, 3, 5)]), Names::new("x."));
        partitions.mark_read((Topic::Menu, 0), 3);
        assert!(!partitions.add_new(&known(&[(0, 9)]), &names));
        assert!(partitions.add_new(&known(&[(0, 9), (1, 4)]), &names));
        assert_eq!(partitions.next(), [(Topic::Menu, 0, 4), (Topic::Menu, 1, 0)]);
        assert!(!partitions.add_new(&known(&[(0, 9), (1, 4)]), &names));
    }

    #[test]
    fn only_a_partition_before_its_end_is_stalled() {
        let (mut partitions, names) = (partitions(&[(0, 3, 5), (1, 2, 2)]), Names::new("x."));
        let ends = known(&[(0, 5), (1, 2)]);
        assert!(partitions.stalled(&ends, &names).is_none(), "not yet");
        let ago = Instant::now().checked_sub(Duration::from_secs(11)).unwrap();
        partitions.0.values_mut().for_each(|at| at.since = ago);
        let stalled = partitions.stalled(&ends, &names).unwrap();
        assert_eq!((stalled.position.as_str(), stalled.records), ("menu/0@3", 2));
        partitions.mark_read((Topic::Menu, 0), 3);
        assert!(partitions.stalled(&ends, &names).is_none(), "it makes progress");
    }
}
