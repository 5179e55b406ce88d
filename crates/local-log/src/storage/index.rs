//! Index of a segment: maps offsets to positions, sparsely except for the most recent batches.

use std::collections::VecDeque;

use bytes::{Buf, BufMut};

use super::{batch::BatchHeader, survey::Anchor};

/// Minimum distance between two entries.
const INTERVAL_BYTES: u64 = 128 << 10;
/// Number of recent batches with exact positions, for readers at the end of the log.
const RECENT_BATCHES: usize = 64;
/// Size of a stored entry.
const ENTRY_BYTES: usize = 24;
/// Magic number of the file format; an index in another format is rebuilt.
const MAGIC: u32 = 0x4c4c_4932;
/// Size of the header of a stored index.
const HEADER_BYTES: usize = 36;

/// An index entry: a batch and its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IndexEntry {
    /// Base offset of the batch.
    pub(crate) offset: i64,
    /// Position of the batch, in bytes from the start of the file.
    pub(crate) position_bytes: u64,
    /// Largest timestamp of all preceding batches, or -1.
    pub(crate) max_timestamp_before_ms: i64,
}

impl IndexEntry {
    fn anchor(&self) -> Anchor {
        Anchor { position_bytes: self.position_bytes, offset: self.offset }
    }
}

/// The index of one segment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Index {
    entries: Vec<IndexEntry>,
    recent: VecDeque<(i64, u64)>,
    first_timestamp_ms: Option<i64>,
    max_timestamp_ms: Option<i64>,
    end_offset: Option<i64>,
}

impl Index {
    /// Adds a batch stored at `position_bytes`.
    pub(crate) fn add_batch(&mut self, batch: &BatchHeader, position_bytes: u64) {
        let offset = batch.base_offset;
        let is_due = self
            .entries
            .last()
            .is_none_or(|last| position_bytes - last.position_bytes >= INTERVAL_BYTES);
        if is_due {
            let max_timestamp_before_ms = self.max_timestamp_ms();
            self.entries.push(IndexEntry { offset, position_bytes, max_timestamp_before_ms });
        }
        if self.recent.len() == RECENT_BATCHES {
            self.recent.pop_front();
        }
        self.recent.push_back((offset, position_bytes));
        self.first_timestamp_ms.get_or_insert(batch.max_timestamp_ms);
        self.max_timestamp_ms = Some(self.max_timestamp_ms().max(batch.max_timestamp_ms));
        self.end_offset = Some(batch.last_offset() + 1);
    }

    /// Extends the end offset over damaged offsets.
    pub(crate) fn add_damage(&mut self, last_offset: i64) {
        self.end_offset = Some(self.end_offset.unwrap_or(0).max(last_offset + 1));
    }

    /// The last known position at or before the batch that contains `offset`; `None` means the
    /// start of the segment.
    pub(crate) fn floor(&self, offset: i64) -> Option<Anchor> {
        if self.recent.front().is_some_and(|first| first.0 <= offset) {
            let after = self.recent.partition_point(|recent| recent.0 <= offset);
            let (offset, position_bytes) = self.recent[after - 1];
            return Some(Anchor { position_bytes, offset });
        }
        let after = self.entries.partition_point(|entry| entry.offset <= offset);
        after.checked_sub(1).map(|n| self.entries[n].anchor())
    }

    /// The last known position before which all batches are older than `timestamp_ms`; `None`
    /// means the start of the segment.
    pub(crate) fn floor_by_time(&self, timestamp_ms: i64) -> Option<Anchor> {
        let is_older = |entry: &IndexEntry| entry.max_timestamp_before_ms < timestamp_ms;
        let after = self.entries.partition_point(is_older);
        after.checked_sub(1).map(|n| self.entries[n].anchor())
    }

    /// The last known start of a batch at or before `position_bytes`; `None` means the start of
    /// the segment.
    pub(crate) fn floor_by_position(&self, position_bytes: u64) -> Option<Anchor> {
        let after = self.entries.partition_point(|entry| entry.position_bytes <= position_bytes);
        after.checked_sub(1).map(|n| self.entries[n].anchor())
    }

    /// Known starts of batches.
    pub(crate) fn anchors(&self) -> impl Iterator<Item = Anchor> {
        self.entries.iter().map(IndexEntry::anchor)
    }

    /// Whether the index has no entries.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The largest timestamp in the segment, or -1.
    pub(crate) fn max_timestamp_ms(&self) -> i64 {
        self.max_timestamp_ms.unwrap_or(-1)
    }

    /// The timestamp of the first batch; `None` for an empty segment.
    pub(crate) fn first_timestamp_ms(&self) -> Option<i64> {
        self.first_timestamp_ms
    }

    /// Offset after the last record; `None` for an empty segment.
    pub(crate) fn end_offset(&self) -> Option<i64> {
        self.end_offset
    }

    /// Releases memory only needed for appending.
    pub(crate) fn seal(&mut self) {
        self.recent = VecDeque::new();
        self.entries.shrink_to_fit();
    }

    /// Encodes the index of the first `covered_bytes`.
    pub(crate) fn encode(&self, covered_bytes: u64) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_BYTES + 4 + self.entries.len() * ENTRY_BYTES);
        out.put_u32(MAGIC);
        out.put_u64(covered_bytes);
        out.put_i64(self.first_timestamp_ms.unwrap_or(-1));
        out.put_i64(self.max_timestamp_ms());
        out.put_i64(self.end_offset.unwrap_or(-1));
        for entry in self.entries.iter().filter(|e| e.position_bytes < covered_bytes) {
            out.put_i64(entry.offset);
            out.put_u64(entry.position_bytes);
            out.put_i64(entry.max_timestamp_before_ms);
        }
        out.put_u32(crc32c::crc32c(&out));
        out
    }

    /// Decodes an index and the number of bytes it covers; `None` if it is damaged.
    pub(crate) fn decode(bytes: &[u8]) -> Option<(Self, u64)> {
        let (body, mut crc) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
        if body.len() < HEADER_BYTES || crc32c::crc32c(body) != crc.get_u32() {
            return None;
        }
        let mut body = body;
        if body.get_u32() != MAGIC {
            return None;
        }
        let covered_bytes = body.get_u64();
        let mut index = Self {
            first_timestamp_ms: Some(body.get_i64()),
            max_timestamp_ms: Some(body.get_i64()),
            end_offset: Some(body.get_i64()),
            ..Self::default()
        };
        index.entries.reserve_exact(body.len() / ENTRY_BYTES);
        while body.len() >= ENTRY_BYTES {
            index.entries.push(IndexEntry {
                offset: body.get_i64(),
                position_bytes: body.get_u64(),
                max_timestamp_before_ms: body.get_i64(),
            });
        }
        if index.entries.is_empty() {
            return Some((Self::default(), covered_bytes));
        }
        Some((index, covered_bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::batch::tests::build, *};

    fn filled() -> Index {
        let mut index = Index::default();
        for n in 0..1_000 {
            let mut batch = build(n * 10, 10, (-1, -1, -1), b"");
            batch[35..43].copy_from_slice(&n.to_be_bytes());
            let batch = BatchHeader::parse(&batch).unwrap();
            index.add_batch(&batch, u64::try_from(n).unwrap() * 1_000);
        }
        index
    }

    #[test]
    fn floor_never_exceeds_the_offset_and_is_exact_at_the_end() {
        let index = filled();
        for offset in 0..10_000 {
            let exact = u64::try_from(offset / 10).unwrap() * 1_000;
            let floor = index.floor(offset).unwrap().position_bytes;
            assert!(floor <= exact && exact - floor <= INTERVAL_BYTES + 1_000);
        }
        assert_eq!(index.floor(9_995).unwrap(), Anchor { position_bytes: 999_000, offset: 9_990 });
    }

    #[test]
    fn floor_by_time_skips_no_matching_record() {
        let index = filled();
        for time in 0..1_000 {
            let floor = index.floor_by_time(time).map_or(0, |anchor| anchor.position_bytes);
            assert!(floor <= u64::try_from(time).unwrap() * 1_000);
        }
    }

    #[test]
    fn an_index_is_decoded_and_damage_is_detected() {
        let index = filled();
        let mut bytes = index.encode(1_000_000);
        let (read, covered) = Index::decode(&bytes).unwrap();
        assert_eq!((&read.entries, covered), (&index.entries, 1_000_000));
        assert_eq!((read.end_offset(), read.max_timestamp_ms()), (Some(10_000), 999));
        assert_eq!(read.first_timestamp_ms(), Some(0));
        bytes[30] ^= 1;
        assert!(Index::decode(&bytes).is_none());
        assert!(Index::decode(&[]).is_none());
    }
}
