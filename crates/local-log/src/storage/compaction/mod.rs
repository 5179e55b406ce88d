//! Compaction: of records with the same key only the last one stays, at its offset.
//!
//! Offsets never move. Where whole batches go, a batch without records stands in their place, so
//! that the offsets of a partition stay without gaps on the disk and a missing file is noticed.

mod filter;
pub(crate) mod offset_map;
pub(crate) mod rewrite;

use std::fs::File;
use std::io::{self, BufReader, Read};

use super::batch::{BatchHeader, HEADER_BYTES};
use super::segment::Segment;

/// Bytes read at a time.
const BUFFER_BYTES: usize = 256 << 10;

/// Reads the batches of a sealed segment one after the other, and checks each.
pub(crate) struct Batches {
    file: BufReader<File>,
    left_bytes: u64,
}

impl Batches {
    /// From the start of a segment that nothing is appended to any more.
    pub(crate) fn of(segment: &Segment) -> io::Result<Self> {
        let file = BufReader::with_capacity(BUFFER_BYTES, File::open(&segment.path)?);
        Ok(Self { file, left_bytes: segment.visible_bytes() })
    }

    /// The next batch, whole; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<(BatchHeader, Vec<u8>)>> {
        if self.left_bytes == 0 {
            return Ok(None);
        }
        let mut batch = vec![0; HEADER_BYTES];
        self.file.read_exact(&mut batch)?;
        let size_bytes = BatchHeader::parse(&batch).map_err(io::Error::other)?.size_bytes;
        if size_bytes as u64 > self.left_bytes {
            return Err(io::Error::other("a stored batch is cut off"));
        }
        batch.resize(size_bytes, 0);
        self.file.read_exact(&mut batch[HEADER_BYTES..])?;
        self.left_bytes -= size_bytes as u64;
        let header = BatchHeader::verify(&batch).map_err(io::Error::other)?;
        Ok(Some((header, batch)))
    }
}
