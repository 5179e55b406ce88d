//! Idempotent producers of a partition: detects duplicates, gaps and fenced producers.

use std::collections::{HashMap, VecDeque};

use super::batch::BatchHeader;

/// Batches remembered per producer, the maximum number in flight
/// (`max.in.flight.requests.per.connection` of an idempotent producer).
const MAX_BATCHES: usize = 5;
/// Producers remembered per partition; those idle longest are removed first.
const MAX_PRODUCERS: usize = 1_024;

/// Result of checking the sequence number of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SequenceCheck {
    /// The batch follows the last one, or has no sequence number.
    InOrder,
    /// The batch is already stored, at these offsets.
    Duplicate {
        /// Offset of its first record.
        base_offset: i64,
        /// Offset of its last record.
        last_offset: i64,
    },
    /// There is a gap, or the batch is an old duplicate whose offset is no longer remembered;
    /// Apache Kafka does not distinguish the two.
    OutOfOrder,
    /// A newer epoch of this producer exists.
    Fenced,
}

/// A stored batch of a producer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct StoredBatch {
    first_sequence: i32,
    last_sequence: i32,
    base_offset: i64,
    last_offset: i64,
}

/// An idempotent producer and its last batches.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Producer {
    epoch: i16,
    window: VecDeque<StoredBatch>,
}

/// The idempotent producers of one partition, by producer id.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Producers(HashMap<i64, Producer>);

impl Producers {
    /// Checks the sequence number of a batch.
    pub(crate) fn check_sequence(&self, batch: &BatchHeader) -> SequenceCheck {
        if batch.producer_id < 0 {
            return SequenceCheck::InOrder;
        }
        let Some(producer) = self.0.get(&batch.producer_id) else {
            // Its records may have been deleted since, so any first number is accepted.
            return SequenceCheck::InOrder;
        };
        if batch.producer_epoch < producer.epoch {
            return SequenceCheck::Fenced;
        }
        if batch.producer_epoch > producer.epoch {
            let is_first = batch.base_sequence == 0;
            return if is_first { SequenceCheck::InOrder } else { SequenceCheck::OutOfOrder };
        }
        let (first, last) = (batch.base_sequence, batch.last_sequence());
        let is_same = |s: &&StoredBatch| s.first_sequence == first && s.last_sequence == last;
        if let Some(s) = producer.window.iter().find(is_same) {
            return SequenceCheck::Duplicate {
                base_offset: s.base_offset,
                last_offset: s.last_offset,
            };
        }
        match producer.window.back() {
            Some(s) if next_sequence(s.last_sequence) != first => SequenceCheck::OutOfOrder,
            _ => SequenceCheck::InOrder,
        }
    }

    /// Records a stored batch.
    pub(crate) fn record_batch(&mut self, batch: &BatchHeader) {
        if batch.producer_id < 0 {
            return;
        }
        let producer = self.0.entry(batch.producer_id).or_default();
        if producer.epoch != batch.producer_epoch {
            *producer = Producer { epoch: batch.producer_epoch, window: VecDeque::new() };
        }
        if producer.window.len() == MAX_BATCHES {
            producer.window.pop_front();
        }
        producer.window.push_back(StoredBatch {
            first_sequence: batch.base_sequence,
            last_sequence: batch.last_sequence(),
            base_offset: batch.base_offset,
            last_offset: batch.last_offset(),
        });
        if self.0.len() > MAX_PRODUCERS {
            self.remove_idle();
        }
    }

    /// Offset of the last record of each producer.
    pub(crate) fn last_offsets(&self) -> HashMap<i64, i64> {
        let last = |(id, p): (&i64, &Producer)| Some((*id, p.window.back()?.last_offset));
        self.0.iter().filter_map(last).collect()
    }

    /// Removes the eighth of the producers that was idle longest.
    fn remove_idle(&mut self) {
        let last = |p: &Producer| p.window.back().map_or(-1, |s| s.last_offset);
        let mut offsets: Vec<i64> = self.0.values().map(last).collect();
        offsets.sort_unstable();
        let oldest_kept = offsets[MAX_PRODUCERS / 8];
        self.0.retain(|_, p| last(p) >= oldest_kept);
    }
}

/// The next sequence number, which wraps to 0.
fn next_sequence(last: i32) -> i32 {
    last.checked_add(1).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::batch::tests::build, *};

    fn batch(offset: i64, count: i32, producer: (i64, i16, i32)) -> BatchHeader {
        BatchHeader::parse(&build(offset, count, producer, b"")).unwrap()
    }

    fn producers_with(count: usize) -> Producers {
        let mut producers = Producers::default();
        for n in 0..i32::try_from(count).unwrap() {
            producers.record_batch(&batch(i64::from(n) * 10, 10, (1, 0, n * 10)));
        }
        producers
    }

    #[test]
    fn duplicates_of_the_last_five_batches_return_their_offsets() {
        let producers = producers_with(7);
        for n in 2..7 {
            let check = producers.check_sequence(&batch(0, 10, (1, 0, n * 10)));
            let base_offset = i64::from(n) * 10;
            assert_eq!(
                check,
                SequenceCheck::Duplicate { base_offset, last_offset: base_offset + 9 }
            );
        }
        assert_eq!(producers.check_sequence(&batch(0, 10, (1, 0, 10))), SequenceCheck::OutOfOrder);
        assert_eq!(producers.check_sequence(&batch(0, 10, (1, 0, 70))), SequenceCheck::InOrder);
        assert_eq!(producers.check_sequence(&batch(0, 10, (1, 0, 80))), SequenceCheck::OutOfOrder);
    }

    #[test]
    fn a_new_epoch_starts_at_zero_and_fences_the_old_one() {
        let mut producers = producers_with(1);
        assert_eq!(producers.check_sequence(&batch(0, 1, (1, 1, 10))), SequenceCheck::OutOfOrder);
        let first = batch(10, 1, (1, 1, 0));
        assert_eq!(producers.check_sequence(&first), SequenceCheck::InOrder);
        producers.record_batch(&first);
        assert_eq!(producers.check_sequence(&batch(0, 1, (1, 0, 10))), SequenceCheck::Fenced);
    }

    #[test]
    fn sequence_numbers_wrap_to_zero() {
        let mut producers = Producers::default();
        producers.record_batch(&batch(0, 2, (1, 0, i32::MAX - 1)));
        assert_eq!(producers.check_sequence(&batch(0, 1, (1, 0, 0))), SequenceCheck::InOrder);
        assert_eq!(producers.check_sequence(&batch(0, 1, (1, 0, 1))), SequenceCheck::OutOfOrder);
    }

    #[test]
    fn the_number_of_producers_is_bounded_and_idle_ones_are_removed_first() {
        let mut producers = Producers::default();
        for id in 0..5_000 {
            producers.record_batch(&batch(id, 1, (id, 0, 0)));
        }
        assert!(producers.0.len() <= MAX_PRODUCERS);
        assert_ne!(producers.check_sequence(&batch(0, 1, (4_999, 0, 0))), SequenceCheck::InOrder);
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
                    match producers.check_sequence(&batch) {
                        SequenceCheck::InOrder => {
                            prop_assert_eq!(i64::from(*first), stored);
                            producers.record_batch(&batch);
                            stored += i64::from(*count);
                        }
                        SequenceCheck::Duplicate { base_offset, .. } => {
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
