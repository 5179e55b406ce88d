//! Finds the valid batches in bytes of a segment that start with invalid ones.
//!
//! After a damaged length, the next batch has to be searched for. A record may itself contain the
//! bytes of a batch, so a candidate must lead, batch by batch, to a known boundary.

use super::{
    batch::{BatchHeader, HEADER_BYTES},
    damage::Damage,
};

/// Page size of the operating system; a page of zeros was never written.
const PAGE_BYTES: usize = 4_096;

/// Number of consecutive zeros in a batch that suggests an unwritten part.
const UNWRITTEN_ZEROS: usize = 256;
/// Number of zeros at the end of a batch that suggests an unwritten part; records end with few.
const UNWRITTEN_ZEROS_AT_END: usize = 16;

/// A known batch boundary in a segment: the start of a batch, or the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Anchor {
    /// Position, in bytes from the start of the segment.
    pub(crate) position_bytes: u64,
    /// Offset of the next record.
    pub(crate) offset: i64,
}

/// A piece of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A valid batch, at this position.
    Valid(BatchHeader, u64),
    /// A damaged range.
    Damaged(Damage),
}

/// Bytes of a segment to survey.
pub(crate) struct Survey<'a> {
    /// The bytes.
    pub(crate) bytes: &'a [u8],
    /// Position of the bytes in the segment.
    pub(crate) start_bytes: u64,
    /// Known batch boundaries, in order.
    pub(crate) anchors: &'a [Anchor],
}

impl Survey<'_> {
    /// Calls `each` with every piece; returns the start of a torn tail, if there is one.
    ///
    /// `expected` is the first offset.
    pub(crate) fn run(&self, mut expected: i64, mut each: impl FnMut(Piece)) -> Option<u64> {
        let mut at = 0;
        while at < self.bytes.len() {
            if let Some(header) = self.valid_batch_at(at, expected) {
                each(Piece::Valid(header, self.start_bytes + at as u64));
                (at, expected) = (at + header.size_bytes, header.last_offset() + 1);
                continue;
            }
            let Some((end, next_offset, has_header)) = self.find_damage_end(at, expected) else {
                return Some(self.start_bytes + at as u64);
            };
            each(Piece::Damaged(Damage {
                position_bytes: self.start_bytes + at as u64,
                end_bytes: self.start_bytes + end as u64,
                first_offset: expected,
                last_offset: next_offset - 1,
                has_header,
            }));
            (at, expected) = (end, next_offset);
        }
        None
    }

    /// The batch at a position, if it is valid and has this base offset.
    fn valid_batch_at(&self, at: usize, expected: i64) -> Option<BatchHeader> {
        let header = BatchHeader::verify(self.bytes.get(at..)?).ok()?;
        header.is_stored_at(expected).then_some(header)
    }

    /// The next known boundary after `at`.
    fn next_anchor(&self, at: usize) -> Option<(usize, i64)> {
        let after = |a: &&Anchor| a.position_bytes > self.start_bytes + at as u64;
        let anchor = self.anchors.iter().find(after)?;
        let position = usize::try_from(anchor.position_bytes - self.start_bytes).ok()?;
        (position <= self.bytes.len()).then_some((position, anchor.offset))
    }

    /// The end of damage: its position, its offset, and whether the damage has a valid header.
    /// `None` if it is a torn tail.
    fn find_damage_end(&self, at: usize, expected: i64) -> Option<(usize, i64, bool)> {
        let anchor = self.next_anchor(at);
        if let Some((end, next_offset)) = self.find_end_by_header(at, expected, anchor) {
            return Some((end, next_offset, true));
        }
        if anchor.is_none()
            && let Some((end, next_offset)) = self.find_end_of_last_batch(at, expected)
        {
            return Some((end, next_offset, true));
        }
        let found = self.find_next_batch(at, expected, anchor);
        // Nothing before a known boundary is a torn tail.
        let is_written =
            |(end, _): &(usize, i64)| anchor.is_some() || !self.has_unwritten_page(at, *end);
        let (end, offset) = found.filter(is_written).or(anchor)?;
        Some((end, offset, false))
    }

    /// The end of the batch by its header, if a valid batch or a known boundary follows there.
    fn find_end_by_header(
        &self,
        at: usize,
        expected: i64,
        anchor: Option<(usize, i64)>,
    ) -> Option<(usize, i64)> {
        let header = BatchHeader::parse(self.bytes.get(at..)?).ok()?;
        let end = at.checked_add(header.size_bytes)?;
        let next_offset = header.last_offset().checked_add(1)?;
        let is_plausible = header.is_stored_at(expected) && next_offset > expected;
        let is_proven = anchor == Some((end, next_offset))
            || (anchor.is_none_or(|(stop, _)| end < stop)
                && self.valid_batch_at(end, next_offset).is_some());
        (is_plausible && is_proven).then_some((end, next_offset))
    }

    /// The end of the last batch, if it was completely written and damaged later.
    ///
    /// Its offsets may have been read, so they must not be assigned again.
    fn find_end_of_last_batch(&self, at: usize, expected: i64) -> Option<(usize, i64)> {
        let batch = self.bytes.get(at..)?;
        let header = BatchHeader::parse(batch).ok()?;
        let is_complete = header.is_stored_at(expected) && header.size_bytes == batch.len();
        let is_zeros = |part: &[u8]| part.iter().all(|byte| *byte == 0);
        let is_written = !batch.chunks_exact(UNWRITTEN_ZEROS).any(is_zeros)
            && !is_zeros(&batch[batch.len().saturating_sub(UNWRITTEN_ZEROS_AT_END)..]);
        let next_offset = header.last_offset().checked_add(1)?;
        (is_complete && is_written && header.is_dense()).then_some((batch.len(), next_offset))
    }

    /// The first position after `at` from which valid batches follow, and its offset.
    fn find_next_batch(
        &self,
        at: usize,
        expected: i64,
        anchor: Option<(usize, i64)>,
    ) -> Option<(usize, i64)> {
        let stop = anchor.map_or(self.bytes.len(), |(stop, _)| stop);
        let newest = anchor.map_or(expected.saturating_add(i64::from(i32::MAX)), |(_, o)| o);
        let mut start = at + 1;
        while start + HEADER_BYTES <= stop {
            // A cheap check first, which rules out nearly every position.
            if self.bytes[start + 16] == 2
                && let Ok(header) = BatchHeader::parse(&self.bytes[start..])
                && (expected..=newest).contains(&header.base_offset)
                && self.valid_batch_at(start, header.base_offset).is_some()
            {
                let (end, is_credible) = self.follow_batches(start, header.base_offset, anchor);
                if is_credible {
                    return Some((start, header.base_offset));
                }
                start = end;
            } else {
                start += 1;
            }
        }
        None
    }

    /// The end of consecutive valid batches, and whether they are real batches of the segment.
    ///
    /// A batch inside the value of a record stands alone: the rest of the record follows it.
    fn follow_batches(
        &self,
        start: usize,
        offset: i64,
        anchor: Option<(usize, i64)>,
    ) -> (usize, bool) {
        let stop = anchor.map_or(self.bytes.len(), |(stop, _)| stop);
        let (mut at, mut expected, mut count) = (start, offset, 0);
        while at < stop
            && let Some(header) = self.valid_batch_at(at, expected)
        {
            (at, expected) = (at + header.size_bytes, header.last_offset() + 1);
            count += 1;
        }
        let reaches_end = at == stop && anchor.is_none_or(|(_, offset)| offset == expected);
        let rest = self.bytes.get(at..).unwrap_or_default();
        let continues = || BatchHeader::parse(rest).is_ok_and(|next| next.is_stored_at(expected));
        (at, reaches_end || count > 1 || continues())
    }

    /// Whether the range contains a page that was never written.
    fn has_unwritten_page(&self, from: usize, to: usize) -> bool {
        let into_page = usize::try_from(self.start_bytes).unwrap_or(0).wrapping_add(from);
        let first_page = from + into_page.next_multiple_of(PAGE_BYTES) - into_page;
        let before = self.bytes.get(first_page..to).unwrap_or_default();
        before.chunks_exact(PAGE_BYTES).any(|page| page.iter().all(|byte| *byte == 0))
    }
}

#[cfg(test)]
mod tests;
