//! Tracks which offsets may be committed: in each partition, everything below the lowest unfinished
//! record. Pure bookkeeping; the worker does the I/O.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A partition of a topic.
pub(super) type Partition = (String, i32);

/// Identifies a record in flight: its position and the assignment that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    pub(super) partition: Partition,
    pub(super) offset: i64,
    /// Distinguishes this assignment of the partition from earlier ones.
    epoch: u64,
}

/// A position that may be unreadable. Commits do not pass it before it is settled.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Hold {
    pub(super) partition: Partition,
    /// The next offset to read; `None` if nothing of the partition was read yet.
    pub(super) from: Option<i64>,
    epoch: u64,
}

/// The state of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Waiting,
    Running,
    Done,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    step: Step,
    /// The offset after it.
    next: i64,
    /// When it was written, in milliseconds since 1970, if known.
    at_ms: Option<i64>,
}

#[derive(Debug, Default)]
struct Assigned {
    epoch: u64,
    /// Records in flight and skipped ranges. Commits never pass one that is not done.
    open: BTreeMap<i64, Open>,
    /// Positions being examined.
    holds: BTreeSet<Option<i64>>,
    /// The next offset to read, if known.
    next: Option<i64>,
    /// The next offset to commit, if it changed since it was last taken.
    moved: Option<i64>,
    /// True while it is being revoked: running records finish, waiting ones are left to the new
    /// owner.
    is_leaving: bool,
}

impl Assigned {
    /// Advances the offset to commit over everything that is done.
    fn advance(&mut self) {
        while let Some(first) = self.open.first_entry() {
            let is_held = self.holds.first().is_some_and(|held| *held <= Some(*first.key()));
            if first.get().step != Step::Done || is_held {
                break;
            }
            self.moved = Some(first.get().next);
            first.remove();
        }
    }
}

/// The records in flight of all assigned partitions.
#[derive(Debug, Default)]
pub(super) struct Tracker {
    partitions: HashMap<Partition, Assigned>,
    epochs: u64,
}

impl Tracker {
    /// Adds a partition when it is assigned or its first record is read.
    pub(super) fn assign(&mut self, partition: &Partition) {
        self.assigned(partition);
    }

    fn assigned(&mut self, partition: &Partition) -> &mut Assigned {
        let epochs = &mut self.epochs;
        self.partitions.entry(partition.clone()).or_insert_with(|| {
            *epochs += 1;
            Assigned { epoch: *epochs, ..Assigned::default() }
        })
    }

    /// Adds a record that was read; `at_ms` is when it was written, in milliseconds since 1970.
    pub(super) fn add(
        &mut self,
        topic: &str,
        partition: i32,
        offset: i64,
        at_ms: Option<i64>,
    ) -> Ticket {
        let partition = (topic.to_owned(), partition);
        let assigned = self.assigned(&partition);
        let next = offset + 1;
        assigned.open.insert(offset, Open { step: Step::Waiting, next, at_ms });
        assigned.next = Some(next);
        let epoch = assigned.epoch;
        Ticket { partition, offset, epoch }
    }

    /// The next offset to read in each partition that is kept, if known.
    pub(super) fn positions(&self) -> Vec<(Partition, Option<i64>)> {
        let kept = self.partitions.iter().filter(|(_, assigned)| !assigned.is_leaving);
        kept.map(|(partition, assigned)| (partition.clone(), assigned.next)).collect()
    }

    /// The lowest unfinished offset in each partition that is kept, if known.
    pub(super) fn lowest_open(&self) -> Vec<(Partition, i64)> {
        let kept = self.partitions.iter().filter(|(_, assigned)| !assigned.is_leaving);
        let position = |assigned: &Assigned| assigned.open.keys().next().copied().or(assigned.next);
        kept.filter_map(|(partition, assigned)| Some((partition.clone(), position(assigned)?)))
            .collect()
    }

    /// Sets the start of a partition, unless something of it was read already.
    pub(super) fn set_start(&mut self, partition: &Partition, offset: i64) {
        if let Some(assigned) = self.partitions.get_mut(partition)
            // This start is just being examined.
            && !assigned.holds.contains(&None)
        {
            assigned.next.get_or_insert(offset);
        }
    }

    /// Keeps commits of a partition from passing the next offset to read. `None` if the partition
    /// is not assigned, or already held there.
    pub(super) fn hold(&mut self, partition: &Partition) -> Option<Hold> {
        let assigned = self.partitions.get_mut(partition)?;
        let from = assigned.next;
        let is_new = !assigned.is_leaving && assigned.holds.insert(from);
        is_new.then(|| Hold { partition: partition.clone(), from, epoch: assigned.epoch })
    }

    /// True while the partition of a hold is still assigned, so that it can be settled.
    pub(super) fn is_current(&self, hold: &Hold) -> bool {
        let assigned = self.partitions.get(&hold.partition);
        assigned.is_some_and(|assigned| assigned.epoch == hold.epoch && !assigned.is_leaving)
    }

    /// Settles a hold after its position was examined: in the range `passed` (its end is exclusive)
    /// there is nothing to handle. Returns where reading must continue, if it is before that.
    pub(super) fn settle(&mut self, hold: &Hold, passed: Option<(i64, i64)>) -> Option<i64> {
        let assigned = self.partitions.get_mut(&hold.partition)?;
        if assigned.epoch != hold.epoch {
            return None;
        }
        assigned.holds.remove(&hold.from);
        let (from, to) = passed.unzip();
        if let (Some(from), Some(next)) = (from, to) {
            assigned.open.entry(from).or_insert(Open { step: Step::Done, next, at_ms: None });
        }
        assigned.advance();
        let to = to.filter(|to| assigned.next.is_none_or(|next| next < *to));
        assigned.next = to.or(assigned.next);
        to
    }

    /// Marks a record as running. False if its partition is no longer assigned.
    pub(super) fn begin_handling(&mut self, ticket: &Ticket) -> bool {
        let Some(assigned) = self.partitions.get_mut(&ticket.partition) else { return false };
        if assigned.epoch != ticket.epoch || assigned.is_leaving {
            return false;
        }
        if let Some(open) = assigned.open.get_mut(&ticket.offset) {
            open.step = Step::Running;
        }
        true
    }

    /// Marks a record as done. Records of lost partitions are ignored: the new owner handles them
    /// again.
    pub(super) fn finish(&mut self, ticket: &Ticket) {
        let Some(assigned) = self.partitions.get_mut(&ticket.partition) else { return };
        if assigned.epoch != ticket.epoch {
            return;
        }
        if let Some(open) = assigned.open.get_mut(&ticket.offset) {
            open.step = Step::Done;
        }
        assigned.advance();
    }

    /// The offsets to commit on some topics that changed since the last call.
    pub(super) fn take_commits(&mut self, topics: &[String]) -> Vec<(Partition, i64)> {
        self.partitions
            .iter_mut()
            .filter(|((topic, _), _)| topics.contains(topic))
            .filter_map(|(partition, assigned)| Some((partition.clone(), assigned.moved.take()?)))
            .collect()
    }

    /// True if there is something to commit on these topics.
    pub(super) fn has_commits(&self, topics: &[String]) -> bool {
        let mut own = self.partitions.iter().filter(|((topic, _), _)| topics.contains(topic));
        own.any(|(_, assigned)| assigned.moved.is_some())
    }

    /// Records that a commit failed: unless there is a later one, it must be repeated. Otherwise a
    /// partition without new records would show a lag for ever.
    pub(super) fn repeat_commit(&mut self, partition: &Partition, offset: i64) {
        if let Some(assigned) = self.partitions.get_mut(partition) {
            assigned.moved = assigned.moved.max(Some(offset));
        }
    }

    /// Marks partitions as being revoked: none of their records is started any more.
    pub(super) fn begin_revocation(&mut self, partitions: &[Partition]) {
        for partition in partitions {
            if let Some(assigned) = self.partitions.get_mut(partition) {
                assigned.is_leaving = true;
            }
        }
    }

    /// True while records of these partitions are running.
    pub(super) fn is_running(&self, partitions: &[Partition]) -> bool {
        let assigned = partitions.iter().filter_map(|p| self.partitions.get(p));
        assigned.flat_map(|p| p.open.values()).any(|open| open.step == Step::Running)
    }

    /// Removes a revoked partition; returns the last offset to commit.
    pub(super) fn revoke(&mut self, partition: &Partition) -> Option<i64> {
        self.partitions.remove(partition)?.moved
    }

    /// Number of unfinished records.
    pub(super) fn open(&self) -> u64 {
        self.unfinished().count() as u64
    }

    /// When the oldest unfinished record was written, in milliseconds since 1970.
    pub(super) fn oldest_ms(&self) -> Option<i64> {
        self.unfinished().filter_map(|open| open.at_ms).min()
    }

    fn unfinished(&self) -> impl Iterator<Item = &Open> {
        let all = self.partitions.values().flat_map(|assigned| assigned.open.values());
        all.filter(|open| open.step != Step::Done)
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
        let tickets: Vec<_> = (5..9).map(|offset| tracker.add("t", 0, offset, None)).collect();
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
    fn each_topic_is_committed_separately() {
        let mut tracker = Tracker::default();
        let (one, other) = (tracker.add("t", 0, 5, None), tracker.add("u", 0, 8, None));
        tracker.finish(&one);
        tracker.finish(&other);
        assert_eq!(take(&mut tracker), [(partition(), 6)]);
        let u = ["u".to_owned()];
        assert!(tracker.has_commits(&u) && !tracker.has_commits(&["t".to_owned()]));
        assert_eq!(tracker.take_commits(&u), [(("u".to_owned(), 0), 9)]);
        assert!(!tracker.has_commits(&u));
    }

    #[test]
    fn a_failed_commit_is_repeated_unless_there_is_a_later_one() {
        let mut tracker = Tracker::default();
        let tickets: Vec<_> = (5..8).map(|offset| tracker.add("t", 0, offset, None)).collect();
        tracker.finish(&tickets[0]);
        assert_eq!(take(&mut tracker), [(partition(), 6)]);
        tracker.repeat_commit(&partition(), 6);
        assert_eq!(take(&mut tracker), [(partition(), 6)]);
        tracker.finish(&tickets[1]);
        tracker.repeat_commit(&partition(), 6);
        assert_eq!(take(&mut tracker), [(partition(), 7)]);
        tracker.revoke(&partition());
        tracker.repeat_commit(&partition(), 7);
        assert_eq!(take(&mut tracker), [], "it has another owner");
    }

    #[test]
    fn a_revoked_partition_finishes_running_records_and_starts_none() {
        let mut tracker = Tracker::default();
        let (running, waiting) = (tracker.add("t", 0, 5, None), tracker.add("t", 0, 6, None));
        assert!(tracker.begin_handling(&running));
        tracker.begin_revocation(&[partition()]);
        assert!(tracker.is_running(&[partition()]) && !tracker.begin_handling(&waiting));
        tracker.finish(&running);
        assert!(!tracker.is_running(&[partition()]));
        assert_eq!(tracker.revoke(&partition()), Some(6));
    }

    #[test]
    fn tickets_of_a_lost_partition_are_ignored() {
        let mut tracker = Tracker::default();
        let old = tracker.add("t", 0, 5, None);
        let done = tracker.add("t", 0, 4, None);
        tracker.finish(&done);
        assert_eq!(tracker.revoke(&partition()), Some(5));
        let again = tracker.add("t", 0, 5, None);
        assert!(!tracker.begin_handling(&old) && tracker.begin_handling(&again));
        tracker.finish(&old);
        assert_eq!(take(&mut tracker), []);
    }

    #[test]
    fn no_commit_passes_a_held_position() {
        let mut tracker = Tracker::default();
        let before = tracker.add("t", 0, 4, None);
        let hold = tracker.hold(&partition()).unwrap();
        assert_eq!((hold.from, tracker.hold(&partition())), (Some(5), None), "held once");
        // The client has skipped what it could not read.
        let behind = tracker.add("t", 0, 8, None);
        for ticket in [&before, &behind] {
            tracker.finish(ticket);
        }
        assert_eq!(take(&mut tracker), [(partition(), 5)]);
        assert_eq!(tracker.settle(&hold, Some((5, 8))), None, "it reads behind that already");
        assert_eq!(take(&mut tracker), [(partition(), 9)]);
    }

    #[test]
    fn reading_continues_after_a_skipped_range() {
        let mut tracker = Tracker::default();
        tracker.assign(&partition());
        let hold = tracker.hold(&partition()).unwrap();
        assert_eq!(hold.from, None, "nothing was read yet");
        assert_eq!(tracker.settle(&hold, Some((2, 7))), Some(7));
        assert_eq!(take(&mut tracker), [(partition(), 7)]);
        assert_eq!(tracker.positions(), [(partition(), Some(7))]);
        let hold = tracker.hold(&partition()).unwrap();
        assert_eq!(tracker.settle(&hold, None), None, "it could be read after all");
        assert_eq!(take(&mut tracker), []);
    }

    #[test]
    fn a_hold_of_a_lost_partition_settles_nothing() {
        let mut tracker = Tracker::default();
        tracker.assign(&partition());
        let hold = tracker.hold(&partition()).unwrap();
        assert!(tracker.is_current(&hold));
        tracker.revoke(&partition());
        tracker.assign(&partition());
        assert!(!tracker.is_current(&hold));
        assert_eq!(tracker.settle(&hold, Some((0, 7))), None);
        assert_eq!((take(&mut tracker), tracker.positions()), (vec![], vec![(partition(), None)]));
    }

    proptest! {
        #[test]
        fn any_order_of_finishing_commits_everything(order in Just((0_i64..40).collect::<Vec<_>>()).prop_shuffle()) {
            let mut tracker = Tracker::default();
            let tickets: Vec<_> = (0..40).map(|offset| tracker.add("t", 0, offset, None)).collect();
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
