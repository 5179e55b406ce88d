//! Which offsets may be committed: per partition, everything below the lowest record that is not
//! finished. Pure bookkeeping; the worker does the I/O.

use std::collections::{BTreeMap, HashMap};

/// A partition of a topic.
pub(super) type Partition = (String, i32);

/// What a finished record gives back: where it came from, and under which assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    pub(super) partition: Partition,
    pub(super) offset: i64,
    /// Tells this assignment of the partition from an earlier one.
    epoch: u64,
}

#[derive(Debug, Default)]
struct Assigned {
    epoch: u64,
    /// Records handed out, true once finished. Commits never pass an unfinished one.
    open: BTreeMap<i64, bool>,
    /// The next offset to commit, if it moved since it was last taken.
    moved: Option<i64>,
}

/// The records in flight of all assigned partitions.
#[derive(Debug, Default)]
pub(super) struct Tracker {
    partitions: HashMap<Partition, Assigned>,
    epochs: u64,
}

impl Tracker {
    /// A record was read. Partitions appear with their first record.
    pub(super) fn start(&mut self, topic: &str, partition: i32, offset: i64) -> Ticket {
        let partition = (topic.to_owned(), partition);
        let epochs = &mut self.epochs;
        let assigned = self.partitions.entry(partition.clone()).or_insert_with(|| {
            *epochs += 1;
            Assigned { epoch: *epochs, ..Assigned::default() }
        });
        assigned.open.insert(offset, false);
        Ticket { partition, offset, epoch: assigned.epoch }
    }

    /// True while the record still is ours to handle.
    pub(super) fn is_ours(&self, ticket: &Ticket) -> bool {
        self.partitions.get(&ticket.partition).is_some_and(|p| p.epoch == ticket.epoch)
    }

    /// A record's effects and events are done. Records of lost partitions are ignored: their new
    /// owner handles them again.
    pub(super) fn finish(&mut self, ticket: &Ticket) {
        let Some(assigned) = self.partitions.get_mut(&ticket.partition) else { return };
        if assigned.epoch != ticket.epoch {
            return;
        }
        if let Some(done) = assigned.open.get_mut(&ticket.offset) {
            *done = true;
        }
        while let Some(first) = assigned.open.first_entry() {
            if !*first.get() {
                break;
            }
            assigned.moved = Some(first.key() + 1);
            first.remove();
        }
    }

    /// The offsets to commit that moved since the last call.
    pub(super) fn take_commits(&mut self) -> Vec<(Partition, i64)> {
        self.partitions
            .iter_mut()
            .filter_map(|(partition, assigned)| Some((partition.clone(), assigned.moved.take()?)))
            .collect()
    }

    /// A partition is taken away; answers the last offset to commit for it.
    pub(super) fn revoke(&mut self, partition: &Partition) -> Option<i64> {
        self.partitions.remove(partition)?.moved
    }

    #[cfg(test)]
    pub(super) fn open(&self) -> usize {
        self.partitions.values().map(|p| p.open.values().filter(|done| !**done).count()).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn partition() -> Partition {
        ("t".to_owned(), 0)
    }

    #[test]
    fn a_commit_never_passes_an_unfinished_record() {
        let mut tracker = Tracker::default();
        let tickets: Vec<_> = (5..9).map(|offset| tracker.start("t", 0, offset)).collect();
        tracker.finish(&tickets[1]);
        tracker.finish(&tickets[3]);
        assert_eq!(tracker.take_commits(), []);
        tracker.finish(&tickets[0]);
        assert_eq!(tracker.take_commits(), [(partition(), 7)]);
        assert_eq!(tracker.take_commits(), []);
        tracker.finish(&tickets[2]);
        assert_eq!(tracker.take_commits(), [(partition(), 9)]);
        assert_eq!(tracker.open(), 0);
    }

    #[test]
    fn a_lost_partition_keeps_no_claims() {
        let mut tracker = Tracker::default();
        let old = tracker.start("t", 0, 5);
        let done = tracker.start("t", 0, 4);
        tracker.finish(&done);
        assert_eq!(tracker.revoke(&partition()), Some(5));
        let again = tracker.start("t", 0, 5);
        assert!(!tracker.is_ours(&old) && tracker.is_ours(&again));
        tracker.finish(&old);
        assert_eq!(tracker.take_commits(), []);
    }

    proptest! {
        #[test]
        fn any_order_of_finishing_commits_everything(order in Just((0_i64..40).collect::<Vec<_>>()).prop_shuffle()) {
            let mut tracker = Tracker::default();
            let tickets: Vec<_> = (0..40).map(|offset| tracker.start("t", 0, offset)).collect();
            let mut finished = [false; 40];
            for n in order {
                let n = usize::try_from(n).unwrap();
                tracker.finish(&tickets[n]);
                finished[n] = true;
                let safe = finished.iter().take_while(|done| **done).count();
                if let Some((_, offset)) = tracker.take_commits().pop() {
                    prop_assert_eq!(usize::try_from(offset).unwrap(), safe);
                }
            }
            prop_assert_eq!(tracker.open(), 0);
        }
    }
}
