//! Compaction: keeps only the last record of each key, at its offset.
//!
//! Offsets never change. An empty batch takes the place of removed batches, so that the offsets on
//! disk have no gaps and a missing file is detected.

mod filter;
pub(crate) mod offset_map;
pub(crate) mod rewrite;

use std::{
    fs::File,
    io::{self, BufReader, Read},
};

use super::{
    batch::{BatchHeader, HEADER_BYTES},
    segment::Segment,
};

/// Bytes read at a time.
const BUFFER_BYTES: usize = 256 << 10;

/// Reads and verifies the batches of a sealed segment in order.
pub(crate) struct BatchReader {
    file: BufReader<File>,
    left_bytes: u64,
}

impl BatchReader {
    /// Opens a sealed segment.
    pub(crate) fn open(segment: &Segment) -> io::Result<Self> {
        let file = BufReader::with_capacity(BUFFER_BYTES, File::open(&segment.path)?);
        Ok(Self { file, left_bytes: segment.visible_bytes() })
    }

    /// The next complete batch; `None` at the end.
    pub(crate) fn read_next(&mut self) -> io::Result<Option<(BatchHeader, Vec<u8>)>> {
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
