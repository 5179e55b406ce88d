//! Walks a stretch of a segment at start, checks every batch, and judges the first bad one.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::batch::{BatchError, BatchHeader, HEADER_BYTES};

/// Bytes read at a time; a larger batch is read whole.
const CHUNK_BYTES: u64 = 1 << 20;
/// Unit in which an operating system writes; a whole one of zeros was never written.
const PAGE_BYTES: u64 = 4_096;

/// How a scan ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Every byte belongs to a sound batch.
    Clean,
    /// The bytes from here on were being written when the machine or the process stopped.
    Torn(u64),
    /// The bytes here are damaged, though sound ones follow.
    Corrupt(u64, BatchError),
}

/// Calls `each` with every sound batch in `[from, to)` and its position.
///
/// The first one must be at `base_offset`, where that is known, and each must follow the last.
pub(crate) fn scan(
    file: &File,
    from: u64,
    to: u64,
    base_offset: Option<i64>,
    mut each: impl FnMut(&BatchHeader, u64),
) -> io::Result<End> {
    let mut expected = base_offset;
    let (mut position, mut chunk, mut chunk_start) = (from, Vec::new(), from);
    while position < to {
        let at = usize::try_from(position - chunk_start).unwrap_or(usize::MAX);
        let verdict = BatchHeader::verify(chunk.get(at..).unwrap_or_default());
        let end_of_chunk = chunk_start + chunk.len() as u64;
        match verdict {
            Ok(header) if header.is_stored_at(expected.unwrap_or(header.base_offset)) => {
                each(&header, position);
                expected = Some(header.last_offset() + 1);
                position += header.size_bytes as u64;
            }
            Err(BatchError::Short) if end_of_chunk < to => {
                let rest = chunk.get(at..).unwrap_or_default();
                let wanted = BatchHeader::parse(rest).map_or(0, |h| h.size_bytes as u64);
                chunk = read(file, position, to.min(position + wanted.max(CHUNK_BYTES)))?;
                chunk_start = position;
            }
            Ok(_) => return judge(file, position, to, expected, BatchError::Place),
            Err(error) => return judge(file, position, to, expected, error),
        }
    }
    Ok(End::Clean)
}

/// A torn tail has nothing sound after it, or a page that was never written.
fn judge(
    file: &File,
    at: u64,
    to: u64,
    expected: Option<i64>,
    error: BatchError,
) -> io::Result<End> {
    let rest = read(file, at, to)?;
    let next_offset = expected.unwrap_or(0);
    let sound = (1..rest.len()).find(|&n| is_sound(&rest[n..], next_offset));
    let Some(sound) = sound else {
        return Ok(End::Torn(at));
    };
    let first_page = usize::try_from(at.next_multiple_of(PAGE_BYTES) - at).unwrap_or(usize::MAX);
    let before = rest.get(first_page..sound).unwrap_or_default();
    let unwritten = |page: &[u8]| page.iter().all(|byte| *byte == 0);
    let page_bytes = usize::try_from(PAGE_BYTES).unwrap_or(usize::MAX);
    if before.chunks_exact(page_bytes).any(unwritten) {
        return Ok(End::Torn(at));
    }
    Ok(End::Corrupt(at, error))
}

/// Whether a batch that may follow `next_offset` begins here; cheap looks come first.
fn is_sound(bytes: &[u8], next_offset: i64) -> bool {
    bytes.len() >= HEADER_BYTES
        && bytes[16] == 2
        && BatchHeader::parse(bytes)
            .is_ok_and(|h| h.base_offset >= next_offset && h.size_bytes <= bytes.len())
        && BatchHeader::verify(bytes).is_ok()
}

fn read(file: &File, from: u64, to: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(to - from).map_err(io::Error::other)?];
    file.read_exact_at(&mut bytes, from)?;
    Ok(bytes)
}
