//! Scans a range of a segment, verifies every batch, and locates damage.

use std::{fs::File, io, os::unix::fs::FileExt};

use super::{
    batch::{BatchError, BatchHeader},
    survey::{Anchor, Piece, Survey},
};

/// Bytes read at a time; a larger batch is read at once.
const CHUNK_BYTES: u64 = 1 << 20;

/// A range of a segment to scan.
pub(crate) struct ScanRange<'a> {
    /// Segment file.
    pub(crate) file: &'a File,
    /// Start of the range, at the start of a batch.
    pub(crate) from: Anchor,
    /// End of the range, exclusive.
    pub(crate) to_bytes: u64,
    /// Known batch boundaries in the range, in order; its end may be one.
    pub(crate) anchors: &'a [Anchor],
}

/// Calls `each` with every piece of the range.
///
/// Returns the start of a torn tail, if there is one.
pub(crate) fn scan(range: &ScanRange<'_>, mut each: impl FnMut(Piece)) -> io::Result<Option<u64>> {
    let ScanRange { file, from, to_bytes, anchors } = *range;
    let mut expected = from.offset;
    let (mut position, mut chunk) = (from.position_bytes, Vec::new());
    let mut chunk_start = position;
    while position < to_bytes {
        let at = usize::try_from(position - chunk_start).unwrap_or(usize::MAX);
        let verified = BatchHeader::verify(chunk.get(at..).unwrap_or_default());
        let end_of_chunk = chunk_start + chunk.len() as u64;
        match verified {
            Ok(header) if header.is_stored_at(expected) => {
                each(Piece::Valid(header, position));
                expected = header.last_offset() + 1;
                position += header.size_bytes as u64;
            }
            Err(BatchError::Short) if end_of_chunk < to_bytes => {
                let rest = chunk.get(at..).unwrap_or_default();
                let batch_bytes = BatchHeader::parse(rest).map_or(0, |h| h.size_bytes as u64);
                let length_bytes = batch_bytes.max(CHUNK_BYTES);
                chunk = read(file, position, to_bytes.min(position + length_bytes))?;
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
