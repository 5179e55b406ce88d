//! Walks a stretch of a segment, checks every batch, and finds out what is sound and what is not.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::batch::{BatchError, BatchHeader};
use super::survey::{Anchor, Piece, Survey};

/// Bytes read at a time; a larger batch is read whole.
const CHUNK_BYTES: u64 = 1 << 20;

/// A stretch of a segment, and what is known of it.
pub(crate) struct Stretch<'a> {
    /// The file of the segment.
    pub(crate) file: &'a File,
    /// Where it begins: a place at which a batch was stored.
    pub(crate) from: Anchor,
    /// Where it ends.
    pub(crate) to_bytes: u64,
    /// Places in it, or its end, that are known for certain, in order.
    pub(crate) anchors: &'a [Anchor],
}

/// Calls `each` with every piece of a stretch.
///
/// Returns where a tail begins that was never wholly written, if there is one.
pub(crate) fn scan(stretch: &Stretch<'_>, mut each: impl FnMut(Piece)) -> io::Result<Option<u64>> {
    let Stretch { file, from, to_bytes, anchors } = *stretch;
    let mut expected = from.offset;
    let (mut position, mut chunk) = (from.position_bytes, Vec::new());
    let mut chunk_start = position;
    while position < to_bytes {
        let at = usize::try_from(position - chunk_start).unwrap_or(usize::MAX);
        let verdict = BatchHeader::verify(chunk.get(at..).unwrap_or_default());
        let end_of_chunk = chunk_start + chunk.len() as u64;
        match verdict {
            Ok(header) if header.is_stored_at(expected) => {
                each(Piece::Sound(header, position));
                expected = header.last_offset() + 1;
                position += header.size_bytes as u64;
            }
            Err(BatchError::Short) if end_of_chunk < to_bytes => {
                let rest = chunk.get(at..).unwrap_or_default();
                let wanted = BatchHeader::parse(rest).map_or(0, |h| h.size_bytes as u64);
                chunk = read(file, position, to_bytes.min(position + wanted.max(CHUNK_BYTES)))?;
                chunk_start = position;
            }
            _ => {
                let bytes = read(file, position, to_bytes)?;
                let survey = Survey { bytes: &bytes, start_bytes: position, anchors };
                return Ok(survey.run(expected, each));
            }
        }
    }
    Ok(None)
}

fn read(file: &File, from: u64, to: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(to - from).map_err(io::Error::other)?];
    file.read_exact_at(&mut bytes, from)?;
    Ok(bytes)
}
