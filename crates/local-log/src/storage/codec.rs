//! Bounded decompression of records.

use std::{
    borrow::Cow,
    io::{self, Read},
};

use super::{
    batch::{BatchHeader, HEADER_BYTES},
    records::malformed,
};

/// Maximum size of the records of a batch after decompression, against decompression bombs. Clients
/// compress batches of at most a few megabytes, and hold what they unpack in memory several times.
const MAX_BYTES: u64 = 32 << 20;
/// Magic bytes of the xerial framing, in which Java clients wrap Snappy.
const XERIAL: &[u8] = b"\x82SNAPPY\0";
/// Size of the xerial header: the magic bytes and two versions.
const XERIAL_HEAD_BYTES: usize = 16;

/// Decompresses the records of a complete batch.
pub(crate) fn decompress<'a>(header: &BatchHeader, batch: &'a [u8]) -> io::Result<Cow<'a, [u8]>> {
    let records = batch.get(HEADER_BYTES..header.size_bytes).ok_or_else(malformed)?;
    if header.count == 0 {
        return Ok(Cow::Borrowed(&[]));
    }
    if header.compression() == 0 {
        return Ok(Cow::Borrowed(records));
    }
    let mut bytes = Vec::new();
    open_reader(header.compression(), records)?.read_to_end(&mut bytes)?;
    Ok(Cow::Owned(bytes))
}

/// A reader of decompressed records, which fails beyond `MAX_BYTES`.
pub(super) fn open_reader(codec: i16, records: &[u8]) -> io::Result<Box<dyn Read + '_>> {
    Ok(match codec {
        // A single member, although RFC 1952 allows several: librdkafka silently ignores all but
        // the first. Batches with records in others fail the check of the record count.
        1 => bounded(flate2::read::GzDecoder::new(records)),
        2 => bounded(io::Cursor::new(decompress_snappy(records)?)),
        3 => bounded(lz4_flex::frame::FrameDecoder::new(records)),
        4 => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(records);
            bounded(SingleFrame(decoder.map_err(io::Error::other)?))
        }
        other => return Err(io::Error::other(format!("compression {other} is unknown"))),
    })
}

/// A zstd frame with nothing after it; clients refuse a batch with trailing bytes.
struct SingleFrame<'a>(
    ruzstd::decoding::StreamingDecoder<&'a [u8], ruzstd::decoding::FrameDecoder>,
);

impl Read for SingleFrame<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        let is_at_end = read == 0 && !buffer.is_empty();
        if is_at_end && !self.0.get_ref().is_empty() { Err(malformed()) } else { Ok(read) }
    }
}

fn bounded<'a>(decoder: impl Read + 'a) -> Box<dyn Read + 'a> {
    Box::new(Bounded { decoder, left_bytes: MAX_BYTES })
}

/// A decoder that fails on a decompression bomb.
struct Bounded<R> {
    decoder: R,
    left_bytes: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.decoder.read(buffer)?;
        let left_bytes = self.left_bytes.checked_sub(read as u64);
        self.left_bytes = left_bytes
            .ok_or_else(|| io::Error::other("the records are too large when decompressed"))?;
        Ok(read)
    }
}

/// Decompresses Snappy, raw as sent by librdkafka or in the framing of Java clients.
fn decompress_snappy(bytes: &[u8]) -> io::Result<Vec<u8>> {
    if !bytes.starts_with(XERIAL) {
        return decompress_snappy_block(bytes);
    }
    let mut rest = bytes.get(XERIAL_HEAD_BYTES..).ok_or_else(malformed)?;
    let mut out = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let (block, after) = after.split_at_checked(length).ok_or_else(malformed)?;
        out.extend(decompress_snappy_block(block)?);
        if out.len() as u64 > MAX_BYTES {
            return Err(malformed());
        }
        rest = after;
    }
    Ok(out)
}

fn decompress_snappy_block(block: &[u8]) -> io::Result<Vec<u8>> {
    if snap::raw::decompress_len(block).map_err(io::Error::other)? as u64 > MAX_BYTES {
        return Err(malformed());
    }
    snap::raw::Decoder::new().decompress_vec(block).map_err(io::Error::other)
}
