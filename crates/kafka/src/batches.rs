//! Headers of record batches, decoded without the records: offsets, number of records, compression.
//!
//! A header may be damaged. So the end of a batch is trusted only if the following data confirms
//! it: the next batch starts there, or the log ends there.

use bytes::Bytes;

use super::raw::{MAX_RESPONSE, PartitionLeader};

/// Size of a batch header, in bytes.
const HEADER_SIZE: usize = 61;
/// Bytes before those that the length field counts.
const PREFIX_SIZE: usize = 12;
/// Position of the first byte covered by the checksum.
const CHECKSUM_FROM: usize = 21;
/// Bytes fetched per request.
const FETCH_SIZE: usize = 1024 * 1024;
/// The current batch format; older ones have a different header.
const MAGIC: u8 = 2;

/// The header of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    /// First offset.
    pub(super) base: i64,
    /// Last offset.
    pub(super) last: i64,
    /// Number of records, according to the header.
    pub(super) records: i64,
    /// A control batch: a transaction marker without records.
    pub(super) is_control: bool,
    /// True if its records count only after their transaction is committed.
    pub(super) is_transactional: bool,
    /// Whether the checksum is right; `None` for a truncated batch.
    pub(super) is_sound: Option<bool>,
    /// True if the compression is unknown or does not match the data.
    pub(super) is_badly_compressed: bool,
    /// Size in bytes.
    pub(super) bytes: usize,
}

/// Consecutive batches of the log.
#[derive(Debug, Default)]
pub(super) struct Batches {
    pub(super) all: Vec<Batch>,
    /// True if all bytes were decoded: nothing is truncated or malformed.
    is_whole: bool,
}

impl Batch {
    /// Decodes the batch at the start of `bytes`, if its header is complete and plausible.
    fn decode(bytes: &[u8]) -> Option<Self> {
        let length = i32::from_be_bytes(read_bytes(bytes, 8)?);
        let size = usize::try_from(length).ok()?.checked_add(PREFIX_SIZE)?;
        if read_bytes::<1>(bytes, 16)? != [MAGIC] || size < HEADER_SIZE || bytes.len() < HEADER_SIZE
        {
            return None;
        }
        let base = i64::from_be_bytes(read_bytes(bytes, 0)?);
        let last = base.checked_add(i32::from_be_bytes(read_bytes(bytes, 23)?).into())?;
        let attributes = i16::from_be_bytes(read_bytes(bytes, CHECKSUM_FROM)?);
        let whole = bytes.get(..size);
        let checksum = u32::from_be_bytes(read_bytes(bytes, 17)?);
        let is_sound = whole.map(|whole| crc32c::crc32c(&whole[CHECKSUM_FROM..]) == checksum);
        let is_badly_compressed = match attributes & 0x07 {
            0 | 2..=4 => false,
            1 => read_bytes(bytes, HEADER_SIZE).is_some_and(|start| !is_deflated(start)),
            _ => true,
        };
        (base >= 0 && last >= base).then(|| Self {
            base,
            last,
            records: i32::from_be_bytes(read_bytes(bytes, 57).unwrap_or_default()).into(),
            is_control: attributes & 0x20 != 0,
            is_transactional: attributes & 0x10 != 0,
            is_sound,
            is_badly_compressed,
            bytes: size,
        })
    }
}

impl Batches {
    /// Decodes consecutive batches.
    fn decode(bytes: &[u8]) -> Self {
        let (mut all, mut from) = (Vec::<Batch>::new(), 0);
        while let Some(batch) = bytes.get(from..).and_then(Batch::decode) {
            if all.last().is_some_and(|before| batch.base <= before.base) {
                break;
            }
            from += batch.bytes;
            all.push(batch);
        }
        Self { all, is_whole: from == bytes.len() }
    }

    /// True if the batches include an offset.
    pub(super) fn covers(&self, at: i64) -> bool {
        let (first, last) = (self.all.first(), self.all.last());
        first.is_some_and(|first| first.base <= at) && last.is_some_and(|last| at <= last.last)
    }

    /// The end of a batch (the offset after its last one), if the following data confirms it.
    /// `high` is the end of the partition.
    fn end(&self, index: usize, high: i64) -> Option<i64> {
        let end = self.all.get(index)?.last + 1;
        match self.all.get(index + 1) {
            Some(next) if next.base == end => Some(end),
            // Compaction leaves gaps.
            Some(next) if next.is_sound == Some(true) && next.base > end => Some(next.base),
            None if self.is_whole && end == high => Some(end),
            _ => None,
        }
    }

    /// The end of the first batch and of all directly following ones that are certainly unreadable:
    /// with wrong compression or, if the client checks it, a wrong checksum.
    fn end_of_bad_run(&self, high: i64, is_checksum_checked: bool) -> Option<i64> {
        let mut end = self.end(0, high)?;
        for (index, batch) in self.all.iter().enumerate().skip(1) {
            let is_bad =
                batch.is_badly_compressed || (is_checksum_checked && batch.is_sound == Some(false));
            match self.end(index, high) {
                Some(next) if is_bad => end = next,
                _ => break,
            }
        }
        Some(end)
    }
}

impl PartitionLeader<'_> {
    /// The batches from the one with an offset on: that one complete, and enough of the next to
    /// confirm its end. `None` if they cannot be fetched.
    pub(super) fn read_batches(&self, at: i64) -> Option<Batches> {
        let mut room = FETCH_SIZE;
        loop {
            let bytes = self.fetch(at, room)?;
            let batches = Batches::decode(&bytes);
            let first = batches.all.first()?;
            let needed = first.bytes + FETCH_SIZE;
            if bytes.len() >= first.bytes + HEADER_SIZE || room >= needed {
                return Some(batches);
            }
            if needed > MAX_RESPONSE {
                return None;
            }
            room = needed;
        }
    }

    fn fetch(&self, at: i64, room: usize) -> Option<Bytes> {
        let asked = self.fetch_batches(at, room);
        let Self { topic, partition, .. } = self;
        asked.inspect_err(|error| tracing::debug!(%error, topic, partition, at, "no batches")).ok()
    }

    /// The first offset after the unreadable batch with `bad` and any unreadable batches that
    /// follow it. `None` unless that is certain.
    pub(super) fn next_candidate(&self, bad: i64, high: i64) -> Option<i64> {
        let batches = self.read_batches(bad)?;
        let holds = batches.all.first().is_some_and(|first| first.last >= bad);
        batches.end_of_bad_run(high, self.is_checksum_checked).filter(|end| holds && *end > bad)
    }
}

/// The first two bytes of gzip or zlib data; the client accepts both.
fn is_deflated(start: [u8; 2]) -> bool {
    start == [0x1f, 0x8b] || (start[0] & 0x0f == 8 && u16::from_be_bytes(start).is_multiple_of(31))
}

fn read_bytes<const N: usize>(bytes: &[u8], from: usize) -> Option<[u8; N]> {
    bytes.get(from..from.checked_add(N)?)?.try_into().ok()
}

#[cfg(test)]
impl Batch {
    /// A valid batch with these offsets.
    pub(super) fn of(offsets: std::ops::Range<i64>) -> Self {
        Self {
            base: offsets.start,
            last: offsets.end - 1,
            records: offsets.end - offsets.start,
            is_control: false,
            is_transactional: false,
            is_sound: Some(true),
            is_badly_compressed: false,
            bytes: 100,
        }
    }
}

#[cfg(test)]
impl Batches {
    pub(super) fn of(all: &[Batch]) -> Self {
        Self { all: all.to_vec(), is_whole: true }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bad_batch(offsets: std::ops::Range<i64>) -> Batch {
        Batch { is_badly_compressed: true, ..Batch::of(offsets) }
    }

    #[test]
    fn the_end_of_a_batch_must_be_confirmed_by_what_follows() {
        let end = |all: &[Batch], high| Batches::of(all).end_of_bad_run(high, true);
        assert_eq!(end(&[bad_batch(3..9), Batch::of(9..10)], 10), Some(9));
        assert_eq!(end(&[bad_batch(3..9)], 9), Some(9), "the log ends there");
        assert_eq!(end(&[bad_batch(3..9)], 12), None, "something has to follow");
        assert_eq!(end(&[bad_batch(3..9), Batch::of(7..10)], 10), None, "it says too much");
        assert_eq!(end(&[bad_batch(3..9), Batch::of(11..12)], 12), Some(11), "a gap");
        let doubtful = Batch { is_sound: None, ..Batch::of(11..12) };
        assert_eq!(end(&[bad_batch(3..9), doubtful], 12), None);
        let cut = Batches { is_whole: false, ..Batches::of(&[bad_batch(3..9)]) };
        assert_eq!(cut.end_of_bad_run(9, true), None);
    }

    #[test]
    fn certainly_unreadable_batches_are_skipped_together() {
        let altered = Batch { is_sound: Some(false), ..Batch::of(12..15) };
        let all = Batches::of(&[bad_batch(3..9), bad_batch(9..12), altered, Batch::of(15..16)]);
        assert_eq!(all.end_of_bad_run(16, true), Some(15));
        assert_eq!(all.end_of_bad_run(16, false), Some(12), "the client does not check checksums");
    }

    proptest! {
        /// For any batches, one that may be readable is never skipped.
        #[test]
        fn the_run_ends_before_the_first_batch_that_may_be_good(
            bad in proptest::collection::vec((1_i64..50, any::<bool>()), 1..40),
        ) {
            let (mut all, mut at) = (vec![bad_batch(0..7)], 7);
            for (length, is_bad) in bad {
                let offsets = at..at + length;
                at = offsets.end;
                all.push(if is_bad { bad_batch(offsets) } else { Batch::of(offsets) });
            }
            let first_good = all.iter().find(|batch| !batch.is_badly_compressed);
            let expected = first_good.map_or(at, |good| good.base);
            prop_assert_eq!(Batches::of(&all).end_of_bad_run(at, true), Some(expected));
        }
    }
}
