//! Reads whole batches from a partition as they are stored, without decoding them.
//!
//! Each batch is checked before it goes out. Damage that is known goes out as such; where some is
//! found that is not, the read ends and the caller has the segment inspected.

use std::io;
use std::sync::Arc;

use bytes::Bytes;

use super::batch::{BatchError, BatchHeader};
use super::damage::Damage;
use super::partition::Partition;
use super::segment::Segment;

/// Bytes read on top of what was asked for, to step over batches before the offset.
const SLACK_BYTES: u64 = 160 << 10;

/// Why a read has no answer.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The offset is neither stored nor the next one.
    OutOfRange,
    /// The segment is not what it should be: [`Partition::inspect`] finds out what is damaged.
    Unsound(Arc<Segment>),
    /// The operating system failed.
    Io(io::Error),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Batches from the one that holds `offset` on: at most `max_bytes`, but always a whole one.
///
/// Empty when nothing is visible there yet. A client that gets batches without a record, or only
/// damage, would not know how to go on: after those it goes on until there is a record.
pub(crate) fn read(
    partition: &Partition,
    offset: i64,
    max_bytes: usize,
) -> Result<Bytes, ReadError> {
    let visible = partition.high_watermark();
    if offset == visible {
        return Ok(Bytes::new());
    }
    if offset > visible {
        let known = offset <= partition.end_offset();
        return if known { Ok(Bytes::new()) } else { Err(ReadError::OutOfRange) };
    }
    if offset < partition.start_offset() {
        return Err(ReadError::OutOfRange);
    }
    let mut found = Found { max_bytes, ..Found::default() };
    for segment in partition.segments_from(offset) {
        match read_segment(&segment, offset, &mut found) {
            Err(ReadError::Unsound(_)) if found.has_record => break,
            read => read?,
        }
        if found.has_record {
            break;
        }
    }
    Ok(found.into_bytes())
}

/// What a read has come to so far.
#[derive(Debug, Default)]
struct Found {
    max_bytes: usize,
    pieces: Vec<Bytes>,
    bytes: usize,
    /// Whether the last piece is a batch with a record.
    has_record: bool,
    /// The last batch without a record, which tells at least where to go on.
    empty: Bytes,
}

impl Found {
    fn add(&mut self, piece: Bytes, has_record: bool) {
        self.bytes += piece.len();
        self.pieces.push(piece);
        self.has_record = has_record;
    }

    /// Whether a batch of this size has to wait for the next read.
    fn is_full(&self, size_bytes: usize) -> bool {
        self.has_record && self.bytes + size_bytes > self.max_bytes
    }

    fn into_bytes(mut self) -> Bytes {
        match self.pieces.len() {
            0 => self.empty,
            1 => self.pieces.remove(0),
            _ => self.pieces.concat().into(),
        }
    }
}

fn read_segment(segment: &Arc<Segment>, offset: i64, found: &mut Found) -> Result<(), ReadError> {
    let limit = segment.visible_bytes();
    let damage = segment.damage();
    let mut place = segment.place(|index| index.floor(offset));
    let mut wanted = found.max_bytes as u64 + SLACK_BYTES;
    while place.position_bytes < limit {
        if let Some(here) = damage.iter().find(|d| d.position_bytes == place.position_bytes) {
            if here.last_offset >= offset && here.holds_offsets() {
                let bytes = damaged_bytes(segment, here)?;
                if found.is_full(bytes.len()) {
                    return Ok(());
                }
                found.add(bytes, false);
            }
            (place.position_bytes, place.offset) = (here.end_bytes, here.last_offset + 1);
            continue;
        }
        let next = damage.iter().find(|d| d.position_bytes > place.position_bytes);
        let stop = next.map_or(limit, |d| d.position_bytes.min(limit));
        let chunk =
            read_chunk(segment, place.position_bytes, wanted.min(stop - place.position_bytes))?;
        let mut walk = Walk { chunk: &chunk, at: 0, expected: place.offset, from: None };
        let outcome = walk.run(offset, found);
        let (at, expected) = (walk.at, walk.expected);
        let is_all = place.position_bytes + chunk.len() as u64 == stop;
        match outcome {
            Outcome::Full => return Ok(()),
            Outcome::Unsound => return Err(ReadError::Unsound(Arc::clone(segment))),
            Outcome::Partial(_) if is_all => return Err(ReadError::Unsound(Arc::clone(segment))),
            Outcome::Partial(_) if found.has_record => return Ok(()),
            Outcome::Partial(size_bytes) => wanted = wanted.max(size_bytes as u64),
            Outcome::End => {}
        }
        (place.position_bytes, place.offset) = (place.position_bytes + at as u64, expected);
    }
    Ok(())
}

/// What goes out for damage: the bytes with their wrong checksum, or a header that tells as much.
fn damaged_bytes(segment: &Segment, damage: &Damage) -> io::Result<Bytes> {
    if !damage.has_header {
        return Ok(damage.stand_in().into());
    }
    read_chunk(segment, damage.position_bytes, damage.end_bytes - damage.position_bytes)
}

fn read_chunk(segment: &Segment, position_bytes: u64, length_bytes: u64) -> io::Result<Bytes> {
    let mut chunk = vec![0; usize::try_from(length_bytes).map_err(io::Error::other)?];
    let read = segment.read_at(&mut chunk, position_bytes)?;
    chunk.truncate(read);
    Ok(Bytes::from(chunk))
}

/// How a walk ended.
enum Outcome {
    /// Enough was found.
    Full,
    /// The chunk ends with a whole batch.
    End,
    /// The chunk ends in a batch of this size, as far as is known.
    Partial(usize),
    /// What comes next is not a sound batch.
    Unsound,
}

/// Goes over the batches in a chunk of a segment.
struct Walk<'a> {
    chunk: &'a Bytes,
    at: usize,
    expected: i64,
    /// Where the batches begin that go out.
    from: Option<usize>,
}

impl Walk<'_> {
    fn run(&mut self, offset: i64, found: &mut Found) -> Outcome {
        let outcome = self.go(offset, found);
        if let Some(from) = self.from {
            found.add(self.chunk.slice(from..self.at), true);
        }
        outcome
    }

    fn go(&mut self, offset: i64, found: &mut Found) -> Outcome {
        while self.at < self.chunk.len() {
            let rest = &self.chunk[self.at..];
            let header = match BatchHeader::parse(rest) {
                Ok(header) if header.is_stored_at(self.expected) => header,
                Err(BatchError::Short) => return Outcome::Partial(rest.len()),
                _ => return Outcome::Unsound,
            };
            let size_bytes = header.size_bytes;
            let is_before = header.last_offset() < offset;
            if size_bytes > rest.len() {
                return Outcome::Partial(size_bytes);
            }
            if is_before && self.from.is_none() {
                self.pass(&header);
                continue;
            }
            let taken = self.from.map_or(0, |from| self.at - from);
            let is_full = found.is_full(taken + size_bytes)
                || (taken > 0 && found.bytes + taken + size_bytes > found.max_bytes);
            if is_full {
                return Outcome::Full;
            }
            if BatchHeader::verify(rest).is_err() {
                return Outcome::Unsound;
            }
            if self.from.is_none() && header.count == 0 {
                found.empty = self.chunk.slice(self.at..self.at + size_bytes);
            } else {
                self.from.get_or_insert(self.at);
            }
            self.pass(&header);
        }
        Outcome::End
    }

    fn pass(&mut self, header: &BatchHeader) {
        self.at += header.size_bytes;
        self.expected = header.last_offset() + 1;
    }
}
