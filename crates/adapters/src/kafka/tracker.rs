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

/// How far a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Waiting,
    Running,
    Done,
}

#[derive(Debug, Default)]
struct Assigned {
    epoch: u64,
    /// Records handed out. Commits never pass one that is not done.
    open: BTreeMap<i64, Step>,
    /// The next offset to commit, if it moved since it was last taken.
    moved: Option<i64>,
    /// It is being given up: what runs is finished, what waits is left to the next owner.
    is_leaving: bool,
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
        assigned.open.insert(offset, Step::Waiting);
        Ticket { partition, offset, epoch: assigned.epoch }
    }

    /// A record is about to be handled. False if it is not ours to handle any more.
    pub(super) fn take_up(&mut self, ticket: &Ticket) -> bool {
        let Some(assigned) = self.partitions.get_mut(&ticket.partition) else { return false };
        if assigned.epoch != ticket.epoch || assigned.is_leaving {
            return false;
        }
        assigned.open.insert(ticket.offset, Step::Running);
        true
    }

    /// A record's effects and events are done. Records of lost partitions are ignored: their new
    /// owner handles them again.
    pub(super) fn finish(&mut self, ticket: &Ticket) {
        let Some(assigned) = self.partitions.get_mut(&ticket.partition) else { return };
        if assigned.epoch != ticket.epoch {
            return;
        }
        if let Some(step) = assigned.open.get_mut(&ticket.offset) {
            *step = Step::Done;
        }
        while let Some(first) = assigned.open.first_entry() {
            if *first.get() != Step::Done {
                break;
            }
            assigned.moved = Some(first.key() + 1);
            first.remove();
        }
    }

    /// The offsets of some topics to commit that moved since the last call.
    pub(super) fn take_commits(&mut self, topics: &[String]) -> Vec<(Partition, i64)> {
        self.partitions
            .iter_mut()
            .filter(|((topic, _), _)| topics.contains(topic))
            .filter_map(|(partition, assigned)| Some((partition.clone(), assigned.moved.take()?)))
            .collect()
    }

    /// True if there is something to commit for these topics.
    pub(super) fn has_commits(&self, topics: &[String]) -> bool {
        let mut own = self.partitions.iter().filter(|((topic, _), _)| topics.contains(topic));
        own.any(|(_, assigned)| assigned.moved.is_some())
    }

    /// A commit failed: unless there is a later one by now, it has to be tried again. A partition
    /// that nobody writes to would otherwise look behind for ever.
    pub(super) fn commit_again(&mut self, partition: &Partition, offset: i64) {
        if let Some(assigned) = self.partitions.get_mut(partition) {
            assigned.moved = assigned.moved.max(Some(offset));
        }
    }

    /// Partitions will be given up: nothing of theirs is taken up any more.
    pub(super) fn leave(&mut self, partitions: &[Partition]) {
        for partition in partitions {
            if let Some(assigned) = self.partitions.get_mut(partition) {
                assigned.is_leaving = true;
            }
        }
    }

    /// True while records of these partitions are being handled.
    pub(super) fn is_running(&self, partitions: &[Partition]) -> bool {
        let assigned = partitions.iter().filter_map(|p| self.partitions.get(p));
        assigned.flat_map(|p| p.open.values()).any(|step| *step == Step::Running)
    }

    /// A partition is taken away; answers the last offset to commit for it.
    pub(super) fn revoke(&mut self, partition: &Partition) -> Option<i64> {
        self.partitions.remove(partition)?.moved
    }

    #[cfg(test)]
    pub(super) fn open(&self) -> usize {
        self.partitions
            .values()
            .map(|p| p.open.values().filter(|s| **s != Step::Done).count())
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn take(tracker: &mut Tracker) -> Vec<(Partition, i64)> {
        tracker.take_commits(&["t".to_owned()])
    }

    fn partition() -> Partition {
        ("t".to_owned(), 0)
    }

    #[test]
    fn a_commit_never_passes_an_unfinished_record() {
        let mut tracker = Tracker::default();
        let tickets: Vec<_> = (5..9).map(|offset| tracker.start("t", 0, offset)).collect();
        tracker.finish(&tickets[1]);
        tracker.finish(&tickets[3]);
        assert_eq!(take(&mut tracker), []);
        tracker.finish(&tickets[0]);
        assert_eq!(take(&mut tracker), [(partition(), 7)]);
        assert_eq!(take(&mut tracker), []);
        tracker.finish(&tickets[2]);
        assert_eq!(take(&mut tracker), [(partition(), 9)]);
        assert_eq!(tracker.open(), 0);
    }

    #[test]
    fn each_topic_is_committed_by_itself() {
        let mut tracker = Tracker::default();
        let (one, other) = (tracker.start("t", 0, 5), tracker.start("u", 0, 8));
        tracker.finish(&one);
        tracker.finish(&other);
        assert_eq!(take(&mut tracker), [(partition(), 6)]);
        let u = ["u".to_owned()];
        assert!(tracker.has_commits(&u) && !tracker.has_commits(&["t".to_owned()]));
        assert_eq!(tracker.take_commits(&u), [(("u".to_owned(), 0), 9)]);
        assert!(!tracker.has_commits(&u));
    }

    #[test]
    fn a_commit_that_failed_is_tried_again_unless_there_is_a_later_one() {
        let mut tracker = Tracker::default();
        let tickets: Vec<_> = (5..8).map(|offset| tracker.start("t", 0, offset)).collect();
        tracker.finish(&tickets[0]);
        assert_eq!(take(&mut tracker), [(partition(), 6)]);
        tracker.commit_again(&partition(), 6);
        assert_eq!(take(&mut tracker), [(partition(), 6)]);
        tracker.finish(&tickets[1]);
        tracker.commit_again(&partition(), 6);
        assert_eq!(take(&mut tracker), [(partition(), 7)]);
        tracker.revoke(&partition());
        tracker.commit_again(&partition(), 7);
        assert_eq!(take(&mut tracker), [], "it is somebody else's");
    }

    #[test]
    fn a_partition_that_is_given_up_finishes_what_runs_and_takes_up_nothing() {
        let mut tracker = Tracker::default();
        let (running, waiting) = (tracker.start("t", 0, 5), tracker.start("t", 0, 6));
        assert!(tracker.take_up(&running));
        tracker.leave(&[partition()]);
        assert!(tracker.is_running(&[partition()]) && !tracker.take_up(&waiting));
        tracker.finish(&running);
        assert!(!tracker.is_running(&[partition()]));
        assert_eq!(tracker.revoke(&partition()), Some(6));
    }

    #[test]
    fn a_lost_partition_keeps_no_claims() {
        let mut tracker = Tracker::default();
        let old = tracker.start("t", 0, 5);
        let done = tracker.start("t", 0, 4);
        tracker.finish(&done);
        assert_eq!(tracker.revoke(&partition()), Some(5));
        let again = tracker.start("t", 0, 5);
        assert!(!tracker.take_up(&old) && tracker.take_up(&again));
        tracker.finish(&old);
        assert_eq!(take(&mut tracker), []);
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
                if let Some((_, offset)) = take(&mut tracker).pop() {
                    prop_assert_eq!(usize::try_from(offset).unwrap(), safe);
                }
            }
            prop_assert_eq!(tracker.open(), 0);
        }
    }
}
