//! Which batches of an idempotent producer a partition has already stored.

use std::collections::{HashMap, VecDeque};

use super::batch::BatchHeader;

/// Batches remembered for each producer: as many as a client may have in flight.
const WINDOW: usize = 5;
/// Producers remembered for each partition; the ones idle longest are forgotten first.
const MAX_PRODUCERS: usize = 1_024;

/// What to do with a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Store it.
    Append,
    /// It is stored already, at these offsets: acknowledge it again.
    Duplicate {
        /// Offset of its first record.
        base_offset: i64,
        /// Offset of its last record.
        last_offset: i64,
    },
    /// Batches before it are missing, or it was stored so long ago that its offset is forgotten:
    /// Apache Kafka tells neither from the other.
    OutOfOrder,
    /// A newer instance of this producer has taken over.
    Fenced,
}

/// One stored batch of a producer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Stored {
    first_sequence: i32,
    last_sequence: i32,
    base_offset: i64,
    last_offset: i64,
}

/// What is remembered of one producer.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Producer {
    epoch: i16,
    window: VecDeque<Stored>,
}

/// The idempotent producers of one partition, by producer id.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Producers(HashMap<i64, Producer>);

impl Producers {
    /// Decides about a batch without changing anything.
    pub(crate) fn check(&self, batch: &BatchHeader) -> Verdict {
        if batch.producer_id < 0 {
            return Verdict::Append;
        }
        let Some(producer) = self.0.get(&batch.producer_id) else {
            // Its records may have been deleted since: any first number is as good as another.
            return Verdict::Append;
        };
        if batch.producer_epoch < producer.epoch {
            return Verdict::Fenced;
        }
        if batch.producer_epoch > producer.epoch {
            let fresh = batch.base_sequence == 0;
            return if fresh { Verdict::Append } else { Verdict::OutOfOrder };
        }
        let (first, last) = (batch.base_sequence, batch.last_sequence());
        let same = |s: &&Stored| s.first_sequence == first && s.last_sequence == last;
        if let Some(s) = producer.window.iter().find(same) {
            return Verdict::Duplicate { base_offset: s.base_offset, last_offset: s.last_offset };
        }
        match producer.window.back() {
            Some(s) if next_sequence(s.last_sequence) != first => Verdict::OutOfOrder,
            _ => Verdict::Append,
        }
    }

    /// Remembers a batch that has been stored at the offsets in its header.
    pub(crate) fn record(&mut self, batch: &BatchHeader) {
        if batch.producer_id < 0 {
            return;
        }
        let producer = self.0.entry(batch.producer_id).or_default();
        if producer.epoch != batch.producer_epoch {
            *producer = Producer { epoch: batch.producer_epoch, window: VecDeque::new() };
        }
        if producer.window.len() == WINDOW {
            producer.window.pop_front();
        }
        producer.window.push_back(Stored {
            first_sequence: batch.base_sequence,
            last_sequence: batch.last_sequence(),
            base_offset: batch.base_offset,
            last_offset: batch.last_offset(),
        });
        if self.0.len() > MAX_PRODUCERS {
            self.forget_idle();
        }
    }

    /// Offset of the last record of every producer.
    pub(crate) fn last_offsets(&self) -> HashMap<i64, i64> {
        let last = |(id, p): (&i64, &Producer)| Some((*id, p.window.back()?.last_offset));
        self.0.iter().filter_map(last).collect()
    }

    /// Drops the eighth part that has been idle longest, so that this happens rarely.
    fn forget_idle(&mut self) {
        let last = |p: &Producer| p.window.back().map_or(-1, |s| s.last_offset);
        let mut offsets: Vec<i64> = self.0.values().map(last).collect();
        offsets.sort_unstable();
        let oldest_kept = offsets[MAX_PRODUCERS / 8];
        self.0.retain(|_, p| last(p) >= oldest_kept);
    }
}

/// The number that follows; after the largest comes 0.
fn next_sequence(last: i32) -> i32 {
    last.checked_add(1).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::batch::tests::build;
    use super::*;
    use proptest::prelude::*;

    fn batch(offset: i64, count: i32, producer: (i64, i16, i32)) -> BatchHeader {
        BatchHeader::parse(&build(offset, count, producer, b"")).unwrap()
    }

    fn appended(count: usize) -> Producers {
        let mut producers = Producers::default();
        for n in 0..i32::try_from(count).unwrap() {
            producers.record(&batch(i64::from(n) * 10, 10, (1, 0, n * 10)));
        }
        producers
    }

    #[test]
    fn the_last_five_are_acknowledged_again_with_their_offsets() {
        let producers = appended(7);
        for n in 2..7 {
            let verdict = producers.check(&batch(0, 10, (1, 0, n * 10)));
            let base_offset = i64::from(n) * 10;
            assert_eq!(verdict, Verdict::Duplicate { base_offset, last_offset: base_offset + 9 });
        }
        assert_eq!(producers.check(&batch(0, 10, (1, 0, 10))), Verdict::OutOfOrder);
        assert_eq!(producers.check(&batch(0, 10, (1, 0, 70))), Verdict::Append);
        assert_eq!(producers.check(&batch(0, 10, (1, 0, 80))), Verdict::OutOfOrder);
    }

    #[test]
    fn a_new_epoch_starts_at_zero_and_fences_the_old_one() {
        let mut producers = appended(1);
        assert_eq!(producers.check(&batch(0, 1, (1, 1, 10))), Verdict::OutOfOrder);
        let first = batch(10, 1, (1, 1, 0));
        assert_eq!(producers.check(&first), Verdict::Append);
        producers.record(&first);
        assert_eq!(producers.check(&batch(0, 1, (1, 0, 10))), Verdict::Fenced);
    }

    #[test]
    fn sequence_numbers_wrap_to_zero() {
        let mut producers = Producers::default();
        producers.record(&batch(0, 2, (1, 0, i32::MAX - 1)));
        assert_eq!(producers.check(&batch(0, 1, (1, 0, 0))), Verdict::Append);
        assert_eq!(producers.check(&batch(0, 1, (1, 0, 1))), Verdict::OutOfOrder);
    }

    #[test]
    fn state_is_bounded_and_forgets_the_idle_first() {
        let mut producers = Producers::default();
        for id in 0..5_000 {
            producers.record(&batch(id, 1, (id, 0, 0)));
        }
        assert!(producers.0.len() <= MAX_PRODUCERS);
        assert_ne!(producers.check(&batch(0, 1, (4_999, 0, 0))), Verdict::Append);
    }

    proptest! {
        #[test]
        fn a_retrying_producer_is_stored_once_and_in_order(
            counts in proptest::collection::vec(1..50i32, 1..40),
            resend in proptest::collection::vec(0..5usize, 1..40),
        ) {
            let (mut producers, mut sent, mut stored) = (Producers::default(), Vec::new(), 0i64);
            let mut sequence = 0;
            for (n, count) in counts.iter().enumerate() {
                sent.push((sequence, *count));
                sequence += count;
                let back = resend[n % resend.len()].min(sent.len() - 1);
                for (first, count) in sent[sent.len() - 1 - back..].iter().rev() {
                    let batch = batch(stored, *count, (9, 0, *first));
                    match producers.check(&batch) {
                        Verdict::Append => {
                            prop_assert_eq!(i64::from(*first), stored);
                            producers.record(&batch);
                            stored += i64::from(*count);
                        }
                        Verdict::Duplicate { base_offset, .. } => {
                            prop_assert_eq!(base_offset, i64::from(*first));
                        }
                        other => prop_assert!(false, "unexpected {:?}", other),
                    }
                }
            }
            prop_assert_eq!(stored, i64::from(sequence));
        }
    }
}
