//! Offsets that a scan did not meet, and what the log says of them.
//!
//! Most gaps are right: compaction removes records, transactions leave marks, and records of those
//! that were called off do not count. But a client may also hand out fewer records than a batch
//! holds, and say nothing: librdkafka unpacks only the first part of gzip that has several. The
//! batches tell one from the other, since each says how many records it holds.

use std::ops::Range;

use super::{
    batches::{Batch, Batches},
    raw::Raw,
};

/// Records that are missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) offsets: Range<i64>,
    /// Why, in plain words.
    pub(super) reason: String,
}

/// What a scan of a partition has met.
#[derive(Clone, Debug, Default)]
pub(super) struct Met {
    /// Where it began and ended.
    pub(super) scanned: Range<i64>,
    /// What lies between and was not handed out, in order.
    pub(super) gaps: Vec<Range<i64>>,
    /// The topic may lack records: it is compacted.
    pub(super) is_compacted: bool,
}

impl Met {
    /// Forgets what lies before an offset: retention has deleted it meanwhile.
    pub(super) fn since(&mut self, low: i64) {
        self.scanned.start = self.scanned.start.max(low);
        self.gaps.iter_mut().for_each(|gap| gap.start = gap.start.max(low));
        self.gaps.retain(|gap| !gap.is_empty());
    }

    /// How many offsets were not handed out that have to be explained.
    pub(super) fn offsets(&self) -> u64 {
        let all: i64 = self.gaps.iter().map(|gap| gap.end - gap.start).sum();
        if self.is_compacted { 0 } else { u64::try_from(all).unwrap_or(0) }
    }

    /// Goes through the gaps, batch by batch. `None` if the batches cannot be asked for.
    pub(super) fn missing(&self, raw: &Raw<'_>) -> Option<Vec<Missing>> {
        let (mut all, mut batches) = (Vec::new(), Batches::default());
        for gap in &self.gaps {
            let mut at = gap.start;
            while at < gap.end {
                if !batches.covers(at) {
                    batches = raw.read(at)?;
                }
                let (missing, next) = self.explain(gap, at, &batches)?;
                all.extend(missing);
                at = next;
            }
        }
        Some(all)
    }

    /// What is missing of a gap from an offset on, as far as batches tell; and how far that is. `None`
    /// if they tell nothing of it.
    fn explain(
        &self,
        gap: &Range<i64>,
        from: i64,
        batches: &Batches,
    ) -> Option<(Vec<Missing>, i64)> {
        let (mut all, mut at) = (Vec::new(), from);
        for batch in batches.all.iter().skip_while(|batch| batch.last < from) {
            let hole = at..batch.base.min(gap.end);
            if !hole.is_empty() && !self.is_compacted {
                let reason = "the log has no records there".to_owned();
                all.push(Missing { offsets: hole, reason });
            }
            if batch.base >= gap.end {
                return Some((all, gap.end));
            }
            let end = (batch.last + 1).min(gap.end);
            if let Some(reason) = self.lacks(batch) {
                all.push(Missing { offsets: at.max(batch.base)..end, reason });
            }
            at = end;
            if at >= gap.end {
                break;
            }
        }
        (at > from).then_some((all, at))
    }

    /// Why fewer records of a batch were handed out than it holds, if that is so.
    fn lacks(&self, batch: &Batch) -> Option<String> {
        let whole = batch.base..batch.last + 1;
        let absent: i64 = self.gaps.iter().map(|gap| common(gap, &whole)).sum();
        let got = common(&self.scanned, &whole) - absent;
        let is_called_off = batch.is_transactional && got == 0;
        // What lies before the scan may all have been records.
        let held = batch.records - (self.scanned.start - batch.base).max(0);
        (held > got && !batch.is_control && !is_called_off).then(|| {
            let records = batch.records;
            format!("a batch of {records} records ends too early when it is unpacked")
        })
    }
}

/// How many offsets two ranges share.
fn common(one: &Range<i64>, other: &Range<i64>) -> i64 {
    (one.end.min(other.end) - one.start.max(other.start)).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(offsets: Range<i64>, records: i64) -> Batch {
        Batch { records, ..Batch::of(offsets) }
    }

    fn explain(met: &Met, all: &[Batch]) -> Vec<(Range<i64>, bool)> {
        let batches = Batches::of(all);
        let mut found = Vec::new();
        for gap in &met.gaps {
            let (missing, next) = met.explain(gap, gap.start, &batches).unwrap();
            assert_eq!(next, gap.end);
            let is_unpacked = |missing: &Missing| missing.reason.contains("unpacked");
            found.extend(missing.into_iter().map(|m| (m.offsets.clone(), is_unpacked(&m))));
        }
        found
    }

    fn met(scanned: Range<i64>, gaps: &[(i64, i64)]) -> Met {
        let gaps = gaps.iter().map(|(from, to)| *from..*to).collect();
        Met { scanned, gaps, is_compacted: false }
    }

    #[test]
    fn a_batch_that_holds_more_than_was_handed_out_lacks_the_rest() {
        let batches = [batch(0..4, 4), batch(4..8, 4)];
        assert_eq!(explain(&met(0..8, &[(2, 4)]), &batches), [(2..4, true)]);
        assert_eq!(explain(&met(0..8, &[(2, 8)]), &batches), [(2..4, true), (4..8, true)]);
        assert_eq!(explain(&met(2..8, &[(2, 4)]), &batches), [(2..4, true)]);
        assert_eq!(explain(&met(3..8, &[]), &batches), [], "what is before the scan is no gap");
    }

    #[test]
    fn compaction_and_transactions_leave_gaps_that_are_right() {
        let compacted = [batch(0..4, 2), batch(4..8, 4)];
        assert_eq!(explain(&met(0..8, &[(0, 1), (2, 3)]), &compacted), []);
        assert_eq!(
            explain(&met(0..8, &[(0, 1), (2, 4)]), &compacted),
            [(0..1, true), (2..4, true)]
        );
        let mark = Batch { is_control: true, ..batch(4..5, 1) };
        assert_eq!(explain(&met(0..5, &[(4, 5)]), &[batch(0..4, 4), mark]), []);
        let open = Batch { is_transactional: true, ..batch(0..4, 4) };
        assert_eq!(explain(&met(0..5, &[(0, 5)]), &[open, mark]), [], "it was called off");
        assert_eq!(explain(&met(0..5, &[(2, 5)]), &[open, mark]), [(2..4, true)]);
    }

    #[test]
    fn offsets_in_no_batch_are_missing_unless_the_topic_is_compacted() {
        let batches = [batch(0..2, 2), batch(5..8, 3)];
        let plain = met(0..8, &[(2, 5)]);
        assert_eq!(explain(&plain, &batches), [(2..5, false)]);
        assert_eq!(explain(&Met { is_compacted: true, ..plain }, &batches), []);
    }
}
