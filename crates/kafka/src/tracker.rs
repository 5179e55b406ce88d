//! Which offsets may be committed: per partition, everything below the lowest record that is not
//! finished. Pure bookkeeping; the worker does the I/O.

use std::collections::{BTreeMap, BTreeSet, HashMap};

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

/// A place in a partition where something may stand that nobody can read. Commits do not pass it
/// before it is settled.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Hold {
    pub(super) partition: Partition,
    /// The next offset that was to be read; `None` if nothing of the partition was read yet.
    pub(super) from: Option<i64>,
    epoch: u64,
}

/// How far a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Waiting,
    Running,
    Done,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    step: Step,
    /// The offset behind it.
    next: i64,
    /// When it was written, in milliseconds since 1970, if that is known.
    at_ms: Option<i64>,
}

#[derive(Debug, Default)]
struct Assigned {
    epoch: u64,
    /// Records handed out, and ranges that were passed over. Commits never pass one that is not
    /// done.
    open: BTreeMap<i64, Open>,
    /// Places that are being looked at.
    holds: BTreeSet<Option<i64>>,
    /// The next offset to be read, as far as it is known.
    next: Option<i64>,
    /// The next offset to commit, if it moved since it was last taken.
    moved: Option<i64>,
    /// It is being given up: what runs is finished, what waits is left to the next owner.
    is_leaving: bool,
}

impl Assigned {
    /// Moves what may be committed over everything that is done.
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
    /// A partition was received, or its first record came.
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

    /// A record was read that was written at a time, in milliseconds since 1970.
    pub(super) fn start(
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

    /// The next offset to be read of each partition that is kept, where it is known.
    pub(super) fn positions(&self) -> Vec<(Partition, Option<i64>)> {
        let kept = self.partitions.iter().filter(|(_, assigned)| !assigned.is_leaving);
        kept.map(|(partition, assigned)| (partition.clone(), assigned.next)).collect()
    }

    /// The lowest offset that is not done of each partition that is kept, where it is known.
    pub(super) fn places(&self) -> Vec<(Partition, i64)> {
        let kept = self.partitions.iter().filter(|(_, assigned)| !assigned.is_leaving);
        let place = |assigned: &Assigned| assigned.open.keys().next().copied().or(assigned.next);
        kept.filter_map(|(partition, assigned)| Some((partition.clone(), place(assigned)?)))
            .collect()
    }

    /// Where reading of a partition begins, unless something of it was read by now.
    pub(super) fn begins(&mut self, partition: &Partition, offset: i64) {
        if let Some(assigned) = self.partitions.get_mut(partition)
            // A look at where it begins is under way, and is about this very place.
            && !assigned.holds.contains(&None)
        {
            assigned.next.get_or_insert(offset);
        }
    }

    /// Lets no commit of a partition pass the next offset to be read. `None` if it is not ours, or
    /// held there already.
    pub(super) fn hold(&mut self, partition: &Partition) -> Option<Hold> {
        let assigned = self.partitions.get_mut(partition)?;
        let from = assigned.next;
        let is_new = !assigned.is_leaving && assigned.holds.insert(from);
        is_new.then(|| Hold { partition: partition.clone(), from, epoch: assigned.epoch })
    }

    /// True while the partition of a hold is still ours, so that it can be settled.
    pub(super) fn keeps(&self, hold: &Hold) -> bool {
        let assigned = self.partitions.get(&hold.partition);
        assigned.is_some_and(|assigned| assigned.epoch == hold.epoch && !assigned.is_leaving)
    }

    /// The place that was held is looked at. From there up to (not including) the second offset of
    /// `passed` there is nothing to be handled. Answers where reading has to go on, if it stands
    /// before that.
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

    /// A record is about to be handled. False if it is not ours to handle any more.
    pub(super) fn take_up(&mut self, ticket: &Ticket) -> bool {
        let Some(assigned) = self.partitions.get_mut(&ticket.partition) else { return false };
        if assigned.epoch != ticket.epoch || assigned.is_leaving {
            return false;
        }
        if let Some(open) = assigned.open.get_mut(&ticket.offset) {
            open.step = Step::Running;
        }
        true
    }

    /// A record's effects and events are done. Records of lost partitions are ignored: their new
    /// owner handles them again.
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
        assigned.flat_map(|p| p.open.values()).any(|open| open.step == Step::Running)
    }

    /// A partition is taken away; answers the last offset to commit for it.
    pub(super) fn revoke(&mut self, partition: &Partition) -> Option<i64> {
        self.partitions.remove(partition)?.moved
    }

    /// How many records are not done.
    pub(super) fn open(&self) -> u64 {
        self.unfinished().count() as u64
    }

    /// When the oldest record was written that is not done, in milliseconds since 1970.
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
        let tickets: Vec<_> = (5..9).map(|offset| tracker.start("t", 0, offset, None)).collect();
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
        let (one, other) = (tracker.start("t", 0, 5, None), tracker.start("u", 0, 8, None));
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
        let tickets: Vec<_> = (5..8).map(|offset| tracker.start("t", 0, offset, None)).collect();
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
        let (running, waiting) = (tracker.start("t", 0, 5, None), tracker.start("t", 0, 6, None));
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
        let old = tracker.start("t", 0, 5, None);
        let done = tracker.start("t", 0, 4, None);
        tracker.finish(&done);
        assert_eq!(tracker.revoke(&partition()), Some(5));
        let again = tracker.start("t", 0, 5, None);
        assert!(!tracker.take_up(&old) && tracker.take_up(&again));
        tracker.finish(&old);
        assert_eq!(take(&mut tracker), []);
    }

    #[test]
    fn no_commit_passes_a_place_that_is_looked_at() {
        let mut tracker = Tracker::default();
        let before = tracker.start("t", 0, 4, None);
        let hold = tracker.hold(&partition()).unwrap();
        assert_eq!((hold.from, tracker.hold(&partition())), (Some(5), None), "held once");
        // The client has passed over what it could not read.
        let behind = tracker.start("t", 0, 8, None);
        for ticket in [&before, &behind] {
            tracker.finish(ticket);
        }
        assert_eq!(take(&mut tracker), [(partition(), 5)]);
        assert_eq!(tracker.settle(&hold, Some((5, 8))), None, "it reads behind that already");
        assert_eq!(take(&mut tracker), [(partition(), 9)]);
    }

    #[test]
    fn reading_goes_on_behind_a_range_that_is_passed_over() {
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
        assert!(tracker.keeps(&hold));
        tracker.revoke(&partition());
        tracker.assign(&partition());
        assert!(!tracker.keeps(&hold));
        assert_eq!(tracker.settle(&hold, Some((0, 7))), None);
        assert_eq!((take(&mut tracker), tracker.positions()), (vec![], vec![(partition(), None)]));
    }

    proptest! {
        #[test]
        fn any_order_of_finishing_commits_everything(order in Just((0_i64..40).collect::<Vec<_>>()).prop_shuffle()) {
            let mut tracker = Tracker::default();
            let tickets: Vec<_> = (0..40).map(|offset| tracker.start("t", 0, offset, None)).collect();
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
