//! Finds out what is sound in bytes of a segment that begin with something unsound.
//!
//! A damaged length does not tell where the next batch begins, so it is looked for. A record may
//! hold the bytes of a batch, too: what is found must lead, batch after batch, to a place that is
//! known for certain.

use super::batch::{BatchHeader, HEADER_BYTES};
use super::damage::Damage;

/// Unit in which an operating system writes; a whole one of zeros was never written.
const PAGE_BYTES: usize = 4_096;

/// Bytes of zeros in a batch from which on it may be that they were never written.
const SECTOR_BYTES: usize = 256;
/// The same, at the end of a batch: a record ends with few zeros.
const ZEROS_AT_END: usize = 16;

/// A place in a segment that is known for certain: there begins a batch, or the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Anchor {
    /// Bytes from the start of the segment.
    pub(crate) position_bytes: u64,
    /// Offset of the first record from there on.
    pub(crate) offset: i64,
}

/// What a stretch of a segment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A sound batch, at this position.
    Sound(BatchHeader, u64),
    /// No sound batch.
    Damaged(Damage),
}

/// The bytes of a segment from some place to the end, or to where it is looked at.
pub(crate) struct Survey<'a> {
    /// The bytes.
    pub(crate) bytes: &'a [u8],
    /// Where in the segment they begin.
    pub(crate) start_bytes: u64,
    /// Places that are known for certain, in order.
    pub(crate) anchors: &'a [Anchor],
}

impl Survey<'_> {
    /// Calls `each` with every piece; returns where a tail begins that was never wholly written.
    ///
    /// `expected` is the offset that comes first.
    pub(crate) fn run(&self, mut expected: i64, mut each: impl FnMut(Piece)) -> Option<u64> {
        let mut at = 0;
        while at < self.bytes.len() {
            if let Some(header) = self.sound_at(at, expected) {
                each(Piece::Sound(header, self.start_bytes + at as u64));
                (at, expected) = (at + header.size_bytes, header.last_offset() + 1);
                continue;
            }
            let Some((end, next_offset, has_header)) = self.end_of_damage(at, expected) else {
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

    /// The batch at a place, if it is sound and has this offset.
    fn sound_at(&self, at: usize, expected: i64) -> Option<BatchHeader> {
        let header = BatchHeader::verify(self.bytes.get(at..)?).ok()?;
        header.is_stored_at(expected).then_some(header)
    }

    /// The next place after `at` that is known for certain.
    fn next_anchor(&self, at: usize) -> Option<(usize, i64)> {
        let after = |a: &&Anchor| a.position_bytes > self.start_bytes + at as u64;
        let anchor = self.anchors.iter().find(after)?;
        let position = usize::try_from(anchor.position_bytes - self.start_bytes).ok()?;
        (position <= self.bytes.len()).then_some((position, anchor.offset))
    }

    /// Where damage ends: the place, the offset there, and whether the header is sound all the
    /// same. `None` if it is a tail that was never wholly written.
    fn end_of_damage(&self, at: usize, expected: i64) -> Option<(usize, i64, bool)> {
        let anchor = self.next_anchor(at);
        if let Some((end, next_offset)) = self.end_by_header(at, expected, anchor) {
            return Some((end, next_offset, true));
        }
        if anchor.is_none()
            && let Some((end, next_offset)) = self.end_of_written(at, expected)
        {
            return Some((end, next_offset, true));
        }
        let found = self.resume(at, expected, anchor);
        // Before a place that is known for certain, nothing is a torn tail.
        let is_written =
            |(end, _): &(usize, i64)| anchor.is_some() || !self.was_never_written(at, *end);
        let (end, offset) = found.filter(is_written).or(anchor)?;
        Some((end, offset, false))
    }

    /// Where the header says that the batch ends, if what comes there proves it right.
    fn end_by_header(
        &self,
        at: usize,
        expected: i64,
        anchor: Option<(usize, i64)>,
    ) -> Option<(usize, i64)> {
        let header = BatchHeader::parse(self.bytes.get(at..)?).ok()?;
        let end = at.checked_add(header.size_bytes)?;
        let next_offset = header.last_offset().checked_add(1)?;
        let is_right = header.is_stored_at(expected) && next_offset > expected;
        let proven = anchor == Some((end, next_offset))
            || (anchor.is_none_or(|(stop, _)| end < stop)
                && self.sound_at(end, next_offset).is_some());
        (is_right && proven).then_some((end, next_offset))
    }

    /// The end of the last batch, if it was wholly written and has changed since.
    ///
    /// Were its offsets given again, who has read them would not see what comes.
    fn end_of_written(&self, at: usize, expected: i64) -> Option<(usize, i64)> {
        let batch = self.bytes.get(at..)?;
        let header = BatchHeader::parse(batch).ok()?;
        let is_whole = header.is_stored_at(expected) && header.size_bytes == batch.len();
        let unwritten = |part: &[u8]| part.iter().all(|byte| *byte == 0);
        let is_written = !batch.chunks_exact(SECTOR_BYTES).any(unwritten)
            && !unwritten(&batch[batch.len().saturating_sub(ZEROS_AT_END)..]);
        let next_offset = header.last_offset().checked_add(1)?;
        (is_whole && is_written && header.is_dense()).then_some((batch.len(), next_offset))
    }

    /// The first place after `at` at which sound batches go on: the place, and the offset there.
    fn resume(
        &self,
        at: usize,
        expected: i64,
        anchor: Option<(usize, i64)>,
    ) -> Option<(usize, i64)> {
        let stop = anchor.map_or(self.bytes.len(), |(stop, _)| stop);
        let newest = anchor.map_or(expected.saturating_add(i64::from(i32::MAX)), |(_, o)| o);
        let mut start = at + 1;
        while start + HEADER_BYTES <= stop {
            // A cheap look first: nearly every place fails it.
            if self.bytes[start + 16] == 2
                && let Ok(header) = BatchHeader::parse(&self.bytes[start..])
                && (expected..=newest).contains(&header.base_offset)
                && self.sound_at(start, header.base_offset).is_some()
            {
                let (end, is_credible) = self.follow(start, header.base_offset, anchor);
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

    /// Where sound batches lead from a place on, and whether they are what was stored there.
    ///
    /// The value of a record may be a batch. It stands alone, and leads nowhere: behind it comes
    /// the rest of the record.
    fn follow(&self, start: usize, offset: i64, anchor: Option<(usize, i64)>) -> (usize, bool) {
        let stop = anchor.map_or(self.bytes.len(), |(stop, _)| stop);
        let (mut at, mut expected, mut count) = (start, offset, 0);
        while at < stop
            && let Some(header) = self.sound_at(at, expected)
        {
            (at, expected) = (at + header.size_bytes, header.last_offset() + 1);
            count += 1;
        }
        let leads = at == stop && anchor.is_none_or(|(_, offset)| offset == expected);
        let rest = self.bytes.get(at..).unwrap_or_default();
        let goes_on = || BatchHeader::parse(rest).is_ok_and(|next| next.is_stored_at(expected));
        (at, leads || count > 1 || goes_on())
    }

    /// Whether there is a page between the places that the operating system never wrote.
    fn was_never_written(&self, from: usize, to: usize) -> bool {
        let into_page = usize::try_from(self.start_bytes).unwrap_or(0).wrapping_add(from);
        let first_page = from + into_page.next_multiple_of(PAGE_BYTES) - into_page;
        let before = self.bytes.get(first_page..to).unwrap_or_default();
        before.chunks_exact(PAGE_BYTES).any(|page| page.iter().all(|byte| *byte == 0))
    }
}

#[cfg(test)]
mod tests;
