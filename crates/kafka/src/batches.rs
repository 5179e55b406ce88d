//! What record batches say of themselves, in plain bytes before their records: where they begin and
//! end, how many records they hold, how those are compressed.
//!
//! A header may be damaged like anything else. So where a batch ends is believed only if what stands
//! behind it in the log says the same: the next batch begins there, or the log ends there.

use bytes::Bytes;

use super::raw::{LARGEST, Raw};

/// Bytes before the records of a batch.
const HEADER: usize = 61;
/// Bytes before what its length counts.
const BEFORE: usize = 12;
/// Where what its checksum is of begins.
const SUMMED: usize = 21;
/// As many bytes are read at a time.
const ROOM: usize = 1024 * 1024;
/// The format of today's batches; older ones have no such header.
const MAGIC: u8 = 2;

/// A batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    /// Its first offset.
    pub(super) base: i64,
    /// Its last one.
    pub(super) last: i64,
    /// How many records it claims to hold.
    pub(super) records: i64,
    /// It holds a mark of a transaction, and no records.
    pub(super) is_control: bool,
    /// Its records count only if its transaction was committed.
    pub(super) is_transactional: bool,
    /// Its checksum is that of its bytes; not known of one that is cut.
    pub(super) is_sound: Option<bool>,
    /// Its compression is none that there is, or not the one that it names.
    pub(super) is_packed_wrong: bool,
    /// How many bytes it takes.
    pub(super) bytes: usize,
}

/// Batches that follow upon one another in the log.
#[derive(Debug, Default)]
pub(super) struct Batches {
    pub(super) all: Vec<Batch>,
    /// All bytes are theirs: nothing is cut, or not understood.
    is_whole: bool,
}

impl Batch {
    /// The batch at the beginning of some bytes, if its header is there and makes sense.
    fn read(bytes: &[u8]) -> Option<Self> {
        let length = i32::from_be_bytes(at(bytes, 8)?);
        let size = usize::try_from(length).ok()?.checked_add(BEFORE)?;
        if at::<1>(bytes, 16)? != [MAGIC] || size < HEADER || bytes.len() < HEADER {
            return None;
        }
        let base = i64::from_be_bytes(at(bytes, 0)?);
        let last = base.checked_add(i32::from_be_bytes(at(bytes, 23)?).into())?;
        let attributes = i16::from_be_bytes(at(bytes, SUMMED)?);
        let whole = bytes.get(..size);
        let checksum = u32::from_be_bytes(at(bytes, 17)?);
        let is_sound = whole.map(|whole| crc32c::crc32c(&whole[SUMMED..]) == checksum);
        let is_packed_wrong = match attributes & 0x07 {
            0 | 2..=4 => false,
            1 => at(bytes, HEADER).is_some_and(|start| !is_deflated(start)),
            _ => true,
        };
        (base >= 0 && last >= base).then(|| Self {
            base,
            last,
            records: i32::from_be_bytes(at(bytes, 57).unwrap_or_default()).into(),
            is_control: attributes & 0x20 != 0,
            is_transactional: attributes & 0x10 != 0,
            is_sound,
            is_packed_wrong,
            bytes: size,
        })
    }
}

impl Batches {
    /// Takes bytes of a log apart.
    fn read(bytes: &[u8]) -> Self {
        let (mut all, mut from) = (Vec::<Batch>::new(), 0);
        while let Some(batch) = bytes.get(from..).and_then(Batch::read) {
            if all.last().is_some_and(|before| batch.base <= before.base) {
                break;
            }
            from += batch.bytes;
            all.push(batch);
        }
        Self { all, is_whole: from == bytes.len() }
    }

    /// True if they tell of an offset.
    pub(super) fn covers(&self, at: i64) -> bool {
        let (first, last) = (self.all.first(), self.all.last());
        first.is_some_and(|first| first.base <= at) && last.is_some_and(|last| at <= last.last)
    }

    /// Where a batch ends (the offset behind its last one), if what follows says the same. `high` is
    /// where the partition ends.
    fn end(&self, which: usize, high: i64) -> Option<i64> {
        let end = self.all.get(which)?.last + 1;
        match self.all.get(which + 1) {
            Some(next) if next.base == end => Some(end),
            // Compaction leaves gaps.
            Some(next) if next.is_sound == Some(true) && next.base > end => Some(next.base),
            None if self.is_whole && end == high => Some(end),
            _ => None,
        }
    }

    /// Where the first batch ends, and with it all that follow upon it and can surely not be read:
    /// their compression is wrong, or, if the client `checks` that, their checksum.
    fn bad_run(&self, high: i64, checks: bool) -> Option<i64> {
        let mut end = self.end(0, high)?;
        for (which, batch) in self.all.iter().enumerate().skip(1) {
            let is_bad = batch.is_packed_wrong || (checks && batch.is_sound == Some(false));
            match self.end(which, high) {
                Some(next) if is_bad => end = next,
                _ => break,
            }
        }
        Some(end)
    }
}

impl Raw<'_> {
    /// The batches from the one that holds an offset on: that one whole, and what follows it so far
    /// as to see whether it ends where it says. Nothing if they cannot be asked for.
    pub(super) fn read(&self, at: i64) -> Option<Batches> {
        let mut room = ROOM;
        loop {
            let bytes = self.ask(at, room)?;
            let batches = Batches::read(&bytes);
            let first = batches.all.first()?;
            let needed = first.bytes + ROOM;
            if bytes.len() >= first.bytes + HEADER || room >= needed {
                return Some(batches);
            }
            if needed > LARGEST {
                return None;
            }
            room = needed;
        }
    }

    fn ask(&self, at: i64, room: usize) -> Option<Bytes> {
        let asked = self.batches(at, room);
        let Self { topic, partition, .. } = self;
        asked.inspect_err(|error| tracing::debug!(%error, topic, partition, at, "no batches")).ok()
    }

    /// Behind an offset that cannot be read: the first one that does not belong to its batch, nor to
    /// one behind it that can surely not be read. Nothing unless that is certain.
    pub(super) fn behind(&self, bad: i64, high: i64) -> Option<i64> {
        let batches = self.read(bad)?;
        let holds = batches.all.first().is_some_and(|first| first.last >= bad);
        batches.bad_run(high, self.checks).filter(|end| holds && *end > bad)
    }
}

/// Two bytes that begin what gzip or zlib have made; the client takes both.
fn is_deflated(start: [u8; 2]) -> bool {
    start == [0x1f, 0x8b] || (start[0] & 0x0f == 8 && u16::from_be_bytes(start).is_multiple_of(31))
}

fn at<const N: usize>(bytes: &[u8], from: usize) -> Option<[u8; N]> {
    bytes.get(from..from.checked_add(N)?)?.try_into().ok()
}

#[cfg(test)]
impl Batch {
    /// A right one that holds these offsets.
    pub(super) fn of(offsets: std::ops::Range<i64>) -> Self {
        Self {
            base: offsets.start,
            last: offsets.end - 1,
            records: offsets.end - offsets.start,
            is_control: false,
            is_transactional: false,
            is_sound: Some(true),
            is_packed_wrong: false,
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

    fn wrong(offsets: std::ops::Range<i64>) -> Batch {
        Batch { is_packed_wrong: true, ..Batch::of(offsets) }
    }

    #[test]
    fn a_batch_ends_where_it_says_only_if_what_follows_says_so() {
        let end = |all: &[Batch], high| Batches::of(all).bad_run(high, true);
        assert_eq!(end(&[wrong(3..9), Batch::of(9..10)], 10), Some(9));
        assert_eq!(end(&[wrong(3..9)], 9), Some(9), "the log ends there");
        assert_eq!(end(&[wrong(3..9)], 12), None, "something has to follow");
        assert_eq!(end(&[wrong(3..9), Batch::of(7..10)], 10), None, "it says too much");
        assert_eq!(end(&[wrong(3..9), Batch::of(11..12)], 12), Some(11), "a gap");
        let doubtful = Batch { is_sound: None, ..Batch::of(11..12) };
        assert_eq!(end(&[wrong(3..9), doubtful], 12), None);
        let cut = Batches { is_whole: false, ..Batches::of(&[wrong(3..9)]) };
        assert_eq!(cut.bad_run(9, true), None);
    }

    #[test]
    fn what_can_surely_not_be_read_is_passed_over_with_it() {
        let altered = Batch { is_sound: Some(false), ..Batch::of(12..15) };
        let all = Batches::of(&[wrong(3..9), wrong(9..12), altered, Batch::of(15..16)]);
        assert_eq!(all.bad_run(16, true), Some(15));
        assert_eq!(all.bad_run(16, false), Some(12), "the client does not look at checksums");
    }

    proptest! {
        /// Whatever stands where, a batch that may be good is never passed over.
        #[test]
        fn the_run_ends_before_the_first_batch_that_may_be_good(
            bad in proptest::collection::vec((1_i64..50, any::<bool>()), 1..40),
        ) {
            let (mut all, mut at) = (vec![wrong(0..7)], 7);
            for (length, is_bad) in bad {
                let offsets = at..at + length;
                at = offsets.end;
                all.push(if is_bad { wrong(offsets) } else { Batch::of(offsets) });
            }
            let first_good = all.iter().find(|batch| !batch.is_packed_wrong);
            let expected = first_good.map_or(at, |good| good.base);
            prop_assert_eq!(Batches::of(&all).bad_run(at, true), Some(expected));
        }
    }
}
