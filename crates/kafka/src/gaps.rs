//! Offsets that a scan did not receive, and what the batches say about them.
//!
//! Most gaps are legitimate: compaction removes records, transactions leave markers, and records of
//! aborted ones do not count. But a client may also return fewer records than a batch has without
//! an error: librdkafka decompresses only the first member of gzip data. Batch headers distinguish
//! these cases, since each has its number of records.

use std::ops::Range;

use super::{
    batches::{Batch, Batches},
    raw::PartitionLeader,
};

/// Missing records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MissingRecords {
    pub(super) offsets: Range<i64>,
    /// The reason, in plain words.
    pub(super) reason: String,
}

/// What a scan of a partition received.
#[derive(Clone, Debug, Default)]
pub(super) struct ScannedOffsets {
    /// The scanned range.
    pub(super) scanned: Range<i64>,
    /// Offsets in it that were not received, in order.
    pub(super) gaps: Vec<Range<i64>>,
    /// True for a compacted topic, which may lack records.
    pub(super) is_compacted: bool,
}

impl ScannedOffsets {
    /// Drops gaps before an offset: retention has deleted that part meanwhile.
    pub(super) fn drop_before(&mut self, low: i64) {
        self.scanned.start = self.scanned.start.max(low);
        self.gaps.iter_mut().for_each(|gap| gap.start = gap.start.max(low));
        self.gaps.retain(|gap| !gap.is_empty());
    }

    /// Number of offsets that need an explanation.
    pub(super) fn offsets(&self) -> u64 {
        let all: i64 = self.gaps.iter().map(|gap| gap.end - gap.start).sum();
        if self.is_compacted { 0 } else { u64::try_from(all).unwrap_or(0) }
    }

    /// Explains the gaps batch by batch. `None` if the batches cannot be fetched.
    pub(super) fn missing(&self, leader: &PartitionLeader<'_>) -> Option<Vec<MissingRecords>> {
        let (mut all, mut batches) = (Vec::new(), Batches::default());
        for gap in &self.gaps {
            let mut at = gap.start;
            while at < gap.end {
                if !batches.covers(at) {
                    batches = leader.read_batches(at)?;
                }
                let (missing, next) = self.explain(gap, at, &batches)?;
                all.extend(missing);
                at = next;
            }
        }
        Some(all)
    }

    /// The missing records of a gap from an offset on, as far as these batches reach, and the
    /// offset reached. `None` if they do not reach the gap.
    fn explain(
        &self,
        gap: &Range<i64>,
        from: i64,
        batches: &Batches,
    ) -> Option<(Vec<MissingRecords>, i64)> {
        let (mut all, mut at) = (Vec::new(), from);
        for batch in batches.all.iter().skip_while(|batch| batch.last < from) {
            let hole = at..batch.base.min(gap.end);
            if !hole.is_empty() && !self.is_compacted {
                let reason = "the log has no records there".to_owned();
                all.push(MissingRecords { offsets: hole, reason });
            }
            if batch.base >= gap.end {
                return Some((all, gap.end));
            }
            let end = (batch.last + 1).min(gap.end);
            if let Some(reason) = self.missing_reason(batch) {
                all.push(MissingRecords { offsets: at.max(batch.base)..end, reason });
            }
            at = end;
            if at >= gap.end {
                break;
            }
        }
        (at > from).then_some((all, at))
    }

    /// Why fewer records of a batch were received than it has, if so.
    fn missing_reason(&self, batch: &Batch) -> Option<String> {
        let whole = batch.base..batch.last + 1;
        let absent: i64 = self.gaps.iter().map(|gap| overlap(gap, &whole)).sum();
        let got = overlap(&self.scanned, &whole) - absent;
        let is_called_off = batch.is_transactional && got == 0;
        // All offsets before the scan may have been records.
        let held = batch.records - (self.scanned.start - batch.base).max(0);
        (held > got && !batch.is_control && !is_called_off).then(|| {
            let records = batch.records;
            format!("a batch of {records} records ends too early when it is unpacked")
        })
    }
}

/// Number of offsets that two ranges share.
fn overlap(one: &Range<i64>, other: &Range<i64>) -> i64 {
    (one.end.min(other.end) - one.start.max(other.start)).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(offsets: Range<i64>, records: i64) -> Batch {
        Batch { records, ..Batch::of(offsets) }
    }

    fn explain(met: &ScannedOffsets, all: &[Batch]) -> Vec<(Range<i64>, bool)> {
        let batches = Batches::of(all);
        let mut found = Vec::new();
        for gap in &met.gaps {
            let (missing, next) = met.explain(gap, gap.start, &batches).unwrap();
            assert_eq!(next, gap.end);
            let is_unpacked = |missing: &MissingRecords| missing.reason.contains("unpacked");
            found.extend(missing.into_iter().map(|m| (m.offsets.clone(), is_unpacked(&m))));
        }
        found
    }

    fn met(scanned: Range<i64>, gaps: &[(i64, i64)]) -> ScannedOffsets {
        let gaps = gaps.iter().map(|(from, to)| *from..*to).collect();
        ScannedOffsets { scanned, gaps, is_compacted: false }
    }

    #[test]
    fn a_batch_with_more_records_than_received_is_missing_the_rest() {
        let batches = [batch(0..4, 4), batch(4..8, 4)];
        assert_eq!(explain(&met(0..8, &[(2, 4)]), &batches), [(2..4, true)]);
        assert_eq!(explain(&met(0..8, &[(2, 8)]), &batches), [(2..4, true), (4..8, true)]);
        assert_eq!(explain(&met(2..8, &[(2, 4)]), &batches), [(2..4, true)]);
        assert_eq!(explain(&met(3..8, &[]), &batches), [], "what is before the scan is no gap");
    }

    #[test]
    fn compaction_and_transactions_leave_legitimate_gaps() {
        let compacted = [batch(0..4, 2), batch(4..8, 4)];
        assert_eq!(explain(&met(0..8, &[(0, 1), (2, 3)]), &compacted), []);
        assert_eq!(
            explain(&met(0..8, &[(0, 1), (2, 4)]), &compacted),
            [(0..1, true), (2..4, true)]
        );
        let mark = Batch { is_control: true, ..batch(4..5, 1) };
        assert_eq!(explain(&met(0..5, &[(4, 5)]), &[batch(0..4, 4), mark]), []);
        let open = Batch { is_transactional: true, ..batch(0..4, 4) };
        assert_eq!(explain(&met(0..5, &[(0, 5)]), &[open, mark]), [], "it was aborted");
        assert_eq!(explain(&met(0..5, &[(2, 5)]), &[open, mark]), [(2..4, true)]);
    }

    #[test]
    fn offsets_in_no_batch_are_missing_unless_the_topic_is_compacted() {
        let batches = [batch(0..2, 2), batch(5..8, 3)];
        let plain = met(0..8, &[(2, 5)]);
        assert_eq!(explain(&plain, &batches), [(2..5, false)]);
        assert_eq!(explain(&ScannedOffsets { is_compacted: true, ..plain }, &batches), []);
    }
}
