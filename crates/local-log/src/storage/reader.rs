//! Reads stored batches from a partition, without decoding them.
//!
//! Each batch is verified before it is sent. Known damage is sent as corrupt; unknown damage ends
//! the read, and the caller inspects the segment.

use std::{io, sync::Arc};

use bytes::Bytes;

use super::{
    batch::{BatchError, BatchHeader},
    damage::Damage,
    partition::Partition,
    segment::Segment,
};

/// Bytes read beyond the requested size, to skip batches before the offset.
const SLACK_BYTES: u64 = 160 << 10;

/// Why a read failed.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The offset is neither stored nor the next one.
    OutOfRange,
    /// The segment has unknown damage, to be found by [`Partition::inspect`].
    Corrupt(Arc<Segment>),
    /// I/O error.
    Io(io::Error),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads batches, starting with the one that contains `offset`: at most `max_bytes`, but at least
/// one batch.
///
/// Empty if nothing is visible at `offset` yet. Clients cannot advance over a response without
/// records, so the read continues over empty batches and damage until there is a record.
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
        let is_stored = offset <= partition.end_offset();
        return if is_stored { Ok(Bytes::new()) } else { Err(ReadError::OutOfRange) };
    }
    if offset < partition.start_offset() {
        return Err(ReadError::OutOfRange);
    }
    let mut output = ReadOutput { max_bytes, ..ReadOutput::default() };
    for segment in partition.segments_from(offset) {
        match read_segment(&segment, offset, &mut output) {
            Err(ReadError::Corrupt(_)) if output.has_record => break,
            read => read?,
        }
        if output.has_record {
            break;
        }
    }
    Ok(output.into_bytes())
}

/// The batches read so far.
#[derive(Debug, Default)]
struct ReadOutput {
    max_bytes: usize,
    chunks: Vec<Bytes>,
    bytes: usize,
    /// Whether the last chunk contains a record.
    has_record: bool,
    /// The last batch without records, which is sent if there is nothing else.
    empty: Bytes,
}

impl ReadOutput {
    fn add(&mut self, chunk: Bytes, has_record: bool) {
        self.bytes += chunk.len();
        self.chunks.push(chunk);
        self.has_record = has_record;
    }

    /// Whether a batch of this size exceeds `max_bytes`.
    fn is_full(&self, size_bytes: usize) -> bool {
        self.has_record && self.bytes + size_bytes > self.max_bytes
    }

    fn into_bytes(mut self) -> Bytes {
        match self.chunks.len() {
            0 => self.empty,
            1 => self.chunks.remove(0),
            _ => self.chunks.concat().into(),
        }
    }
}

fn read_segment(
    segment: &Arc<Segment>,
    offset: i64,
    output: &mut ReadOutput,
) -> Result<(), ReadError> {
    let limit = segment.visible_bytes();
    let damage = segment.damage();
    let mut start = segment.find_start(|index| index.floor(offset));
    let mut chunk_bytes = output.max_bytes as u64 + SLACK_BYTES;
    while start.position_bytes < limit {
        if let Some(here) = damage.iter().find(|d| d.position_bytes == start.position_bytes) {
            if here.last_offset >= offset && here.has_offsets() {
                let bytes = read_damage(segment, here)?;
                if output.is_full(bytes.len()) {
                    return Ok(());
                }
                output.add(bytes, false);
            }
            (start.position_bytes, start.offset) = (here.end_bytes, here.last_offset + 1);
            continue;
        }
        let next = damage.iter().find(|d| d.position_bytes > start.position_bytes);
        let stop = next.map_or(limit, |d| d.position_bytes.min(limit));
        let length_bytes = chunk_bytes.min(stop - start.position_bytes);
        let chunk = read_chunk(segment, start.position_bytes, length_bytes)?;
        let mut walk = BatchWalk { chunk: &chunk, at: 0, expected: start.offset, from: None };
        let end = walk.collect(offset, output);
        let (at, expected) = (walk.at, walk.expected);
        let is_complete = start.position_bytes + chunk.len() as u64 == stop;
        match end {
            WalkEnd::Full => return Ok(()),
            WalkEnd::Corrupt => return Err(ReadError::Corrupt(Arc::clone(segment))),
            WalkEnd::Partial(_) if is_complete => {
                return Err(ReadError::Corrupt(Arc::clone(segment)));
            }
            WalkEnd::Partial(_) if output.has_record => return Ok(()),
            WalkEnd::Partial(size_bytes) => chunk_bytes = chunk_bytes.max(size_bytes as u64),
            WalkEnd::Complete => {}
        }
        (start.position_bytes, start.offset) = (start.position_bytes + at as u64, expected);
    }
    Ok(())
}

/// The bytes sent for damage: as stored, or a placeholder if there is no valid header.
fn read_damage(segment: &Segment, damage: &Damage) -> io::Result<Bytes> {
    if !damage.has_header {
        return Ok(damage.encode_placeholder().into());
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
enum WalkEnd {
    /// `max_bytes` is reached.
    Full,
    /// The chunk ends with a complete batch.
    Complete,
    /// The chunk ends within a batch of this size, or of at least this size.
    Partial(usize),
    /// The next batch is not valid.
    Corrupt,
}

/// Walks over the batches in a chunk of a segment.
struct BatchWalk<'a> {
    chunk: &'a Bytes,
    at: usize,
    expected: i64,
    /// Position of the first batch to send.
    from: Option<usize>,
}

impl BatchWalk<'_> {
    fn collect(&mut self, offset: i64, output: &mut ReadOutput) -> WalkEnd {
        let end = self.walk(offset, output);
        if let Some(from) = self.from {
            output.add(self.chunk.slice(from..self.at), true);
        }
        end
    }

    fn walk(&mut self, offset: i64, output: &mut ReadOutput) -> WalkEnd {
        while self.at < self.chunk.len() {
            let rest = &self.chunk[self.at..];
            let header = match BatchHeader::parse(rest) {
                Ok(header) if header.is_stored_at(self.expected) => header,
                Err(BatchError::Short) => return WalkEnd::Partial(rest.len()),
                _ => return WalkEnd::Corrupt,
            };
            let size_bytes = header.size_bytes;
            let is_before = header.last_offset() < offset;
            if size_bytes > rest.len() {
                return WalkEnd::Partial(size_bytes);
            }
            if is_before && self.from.is_none() {
                self.advance(&header);
                continue;
            }
            let pending = self.from.map_or(0, |from| self.at - from);
            let is_full = output.is_full(pending + size_bytes)
                || (pending > 0 && output.bytes + pending + size_bytes > output.max_bytes);
            if is_full {
                return WalkEnd::Full;
            }
            if BatchHeader::verify(rest).is_err() {
                return WalkEnd::Corrupt;
            }
            if self.from.is_none() && header.count == 0 {
                output.empty = self.chunk.slice(self.at..self.at + size_bytes);
            } else {
                self.from.get_or_insert(self.at);
            }
            self.advance(&header);
        }
        WalkEnd::Complete
    }

    fn advance(&mut self, header: &BatchHeader) {
        self.at += header.size_bytes;
        self.expected = header.last_offset() + 1;
    }
}
