//! Reads whole batches from a partition as they are stored, without decoding them.

use std::io;

use bytes::Bytes;

use super::batch::{BatchHeader, HEADER_BYTES};
use super::partition::Partition;
use super::segment::Segment;

/// Bytes read on top of what was asked for, to step over batches before the offset.
const SLACK_BYTES: u64 = 160 << 10;

/// Why a read has no answer.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The offset is neither stored nor the next one.
    OutOfRange,
    /// The operating system failed.
    Io(io::Error),
}

/// Batches from the one that holds `offset` on: at most `max_bytes`, but always a whole one.
///
/// Empty when nothing is visible there yet. Only one segment is read at a time.
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
    for segment in partition.segments_from(offset) {
        let batches = read_segment(&segment, offset, max_bytes).map_err(ReadError::Io)?;
        if !batches.is_empty() {
            return Ok(batches);
        }
    }
    Ok(Bytes::new())
}

fn read_segment(segment: &Segment, offset: i64, max_bytes: usize) -> io::Result<Bytes> {
    let limit = segment.visible_bytes();
    let mut position = segment.with_index(|index| index.floor(offset));
    let mut wanted = max_bytes as u64 + SLACK_BYTES;
    while position < limit {
        let chunk = read_chunk(segment, position, wanted.min(limit - position))?;
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "a stored batch is damaged");
        let skipped = skip_to(&chunk, offset).ok_or_else(damaged)?;
        let rest = chunk.slice(skipped..);
        if let Some(first) = first_batch(&rest)
            && first.size_bytes <= rest.len()
        {
            let length = whole_batches(&rest, max_bytes.max(first.size_bytes));
            return Ok(rest.slice(..length));
        }
        if skipped == 0 && chunk.len() as u64 == limit - position {
            return Err(damaged());
        }
        let missing = first_batch(&rest).map_or(SLACK_BYTES, |h| h.size_bytes as u64);
        position += skipped as u64;
        wanted = missing.max(max_bytes as u64 + SLACK_BYTES);
    }
    Ok(Bytes::new())
}

fn read_chunk(segment: &Segment, position_bytes: u64, length_bytes: u64) -> io::Result<Bytes> {
    let mut chunk = vec![0; usize::try_from(length_bytes).map_err(io::Error::other)?];
    let read = segment.read_at(&mut chunk, position_bytes)?;
    chunk.truncate(read);
    Ok(Bytes::from(chunk))
}

fn first_batch(bytes: &[u8]) -> Option<BatchHeader> {
    BatchHeader::parse(bytes).ok()
}

/// Bytes before the first batch that reaches `offset`, or what is known of it so far.
fn skip_to(chunk: &[u8], offset: i64) -> Option<usize> {
    let mut at = 0;
    while chunk.len() - at >= HEADER_BYTES {
        let header = first_batch(&chunk[at..])?;
        if header.last_offset() >= offset || at + header.size_bytes > chunk.len() {
            return Some(at);
        }
        at += header.size_bytes;
    }
    Some(at)
}

/// Length of the whole batches within the first `max_bytes`.
fn whole_batches(bytes: &[u8], max_bytes: usize) -> usize {
    let mut at = 0;
    while let Some(header) = first_batch(&bytes[at..]) {
        let end = at + header.size_bytes;
        if end > max_bytes || end > bytes.len() {
            break;
        }
        at = end;
    }
    at
}
