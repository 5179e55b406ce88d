//! Decompression of records, within bounds.

use std::borrow::Cow;
use std::io::{self, Read};

use super::batch::{BatchHeader, HEADER_BYTES};
use super::records::malformed;

/// Largest size of the records of a batch after decompression: more is a bomb.
const MAX_BYTES: u64 = 256 << 20;
/// First bytes of the frames in which Java clients wrap Snappy.
const XERIAL: &[u8] = b"\x82SNAPPY\0";
/// Bytes of the whole start of such a frame: the magic and two versions.
const XERIAL_HEAD_BYTES: usize = 16;

/// The decompressed records of a whole batch.
pub(crate) fn decompress<'a>(header: &BatchHeader, batch: &'a [u8]) -> io::Result<Cow<'a, [u8]>> {
    let records = batch.get(HEADER_BYTES..header.size_bytes).ok_or_else(malformed)?;
    if header.count == 0 {
        return Ok(Cow::Borrowed(&[]));
    }
    if header.compression() == 0 {
        return Ok(Cow::Borrowed(records));
    }
    let mut bytes = Vec::new();
    reader(header.compression(), records)?.read_to_end(&mut bytes)?;
    Ok(Cow::Owned(bytes))
}

/// Reads compressed records; it fails where they grow too large.
pub(super) fn reader(codec: i16, records: &[u8]) -> io::Result<Box<dyn Read + '_>> {
    Ok(match codec {
        // One member, though RFC 1952 allows several: librdkafka reads the first one and drops the rest
        // without a word. Records that it would not see are missed by their number, and refused.
        1 => bounded(flate2::read::GzDecoder::new(records)),
        2 => bounded(io::Cursor::new(snappy(records)?)),
        3 => bounded(lz4_flex::frame::FrameDecoder::new(records)),
        4 => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(records);
            bounded(Whole(decoder.map_err(io::Error::other)?))
        }
        other => return Err(io::Error::other(format!("compression {other} is unknown"))),
    })
}

/// A zstd frame, and nothing behind it: clients refuse a batch with more.
struct Whole<'a>(ruzstd::decoding::StreamingDecoder<&'a [u8], ruzstd::decoding::FrameDecoder>);

impl Read for Whole<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        let is_over = read == 0 && !buffer.is_empty();
        if is_over && !self.0.get_ref().is_empty() { Err(malformed()) } else { Ok(read) }
    }
}

fn bounded<'a>(decoder: impl Read + 'a) -> Box<dyn Read + 'a> {
    Box::new(Bounded { decoder, left_bytes: MAX_BYTES })
}

/// A decoder that gives up on a bomb.
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

/// Snappy as librdkafka sends it, or in the frames of Java clients.
fn snappy(bytes: &[u8]) -> io::Result<Vec<u8>> {
    if !bytes.starts_with(XERIAL) {
        return snappy_block(bytes);
    }
    let mut rest = bytes.get(XERIAL_HEAD_BYTES..).ok_or_else(malformed)?;
    let mut out = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let (block, after) = after.split_at_checked(length).ok_or_else(malformed)?;
        out.extend(snappy_block(block)?);
        if out.len() as u64 > MAX_BYTES {
            return Err(malformed());
        }
        rest = after;
    }
    Ok(out)
}

fn snappy_block(block: &[u8]) -> io::Result<Vec<u8>> {
    if snap::raw::decompress_len(block).map_err(io::Error::other)? as u64 > MAX_BYTES {
        return Err(malformed());
    }
    snap::raw::Decoder::new().decompress_vec(block).map_err(io::Error::other)
}
