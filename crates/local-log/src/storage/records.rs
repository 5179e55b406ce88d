//! The records in a batch, as far as a log needs to know them; and their decompression.

use std::borrow::Cow;
use std::io::{self, Read};

use super::batch::{BatchHeader, HEADER_BYTES};

/// Largest size of the records of a batch after decompression: more is a bomb.
const MAX_BYTES: u64 = 256 << 20;
/// First bytes of the frames in which Java clients wrap Snappy.
const XERIAL: &[u8] = b"\x82SNAPPY\0";
/// Bytes of the whole start of such a frame: the magic and two versions.
const XERIAL_HEAD_BYTES: usize = 16;

/// A record, borrowed from its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    /// Offset from the base of the batch.
    pub(crate) offset_delta: i64,
    /// Time from the base of the batch.
    pub(crate) timestamp_delta_ms: i64,
    /// The key, if it has one.
    pub(crate) key: Option<&'a [u8]>,
    /// Whether it has no value: the key is deleted.
    pub(crate) is_tombstone: bool,
    attributes: u8,
    after_timestamp: &'a [u8],
}

impl Record<'_> {
    /// Appends the record with another time from the base of its batch.
    pub(crate) fn encode(&self, timestamp_delta_ms: i64, out: &mut Vec<u8>) {
        let mut time = Vec::with_capacity(10);
        put_varint(&mut time, timestamp_delta_ms);
        let length = 1 + time.len() + self.after_timestamp.len();
        put_varint(out, i64::try_from(length).unwrap_or(i64::MAX));
        out.push(self.attributes);
        out.extend_from_slice(&time);
        out.extend_from_slice(self.after_timestamp);
    }
}

/// The decompressed records of a whole batch.
pub(crate) fn decompress<'a>(header: &BatchHeader, batch: &'a [u8]) -> io::Result<Cow<'a, [u8]>> {
    let records = batch.get(HEADER_BYTES..header.size_bytes).ok_or_else(malformed)?;
    if header.count == 0 {
        return Ok(Cow::Borrowed(&[]));
    }
    Ok(match header.compression() {
        0 => Cow::Borrowed(records),
        1 => read_all(flate2::read::MultiGzDecoder::new(records))?,
        2 => Cow::Owned(snappy(records)?),
        3 => read_all(lz4_flex::frame::FrameDecoder::new(records))?,
        4 => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(records);
            read_all(decoder.map_err(io::Error::other)?)?
        }
        other => return Err(io::Error::other(format!("compression {other} is unknown"))),
    })
}

fn read_all(decoder: impl Read) -> io::Result<Cow<'static, [u8]>> {
    let mut bytes = Vec::new();
    if decoder.take(MAX_BYTES + 1).read_to_end(&mut bytes)? as u64 > MAX_BYTES {
        return Err(io::Error::other("the batch is too large when decompressed"));
    }
    Ok(Cow::Owned(bytes))
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

/// Calls `each` with every record; they must be as many as the header says.
pub(crate) fn each_record<'a>(
    header: &BatchHeader,
    records: &'a [u8],
    mut each: impl FnMut(Record<'a>),
) -> io::Result<()> {
    let mut rest = records;
    for _ in 0..header.count {
        each(next_record(&mut rest).ok_or_else(malformed)?);
    }
    if rest.is_empty() { Ok(()) } else { Err(malformed()) }
}

fn next_record<'a>(rest: &mut &'a [u8]) -> Option<Record<'a>> {
    let length = usize::try_from(varint(rest)?).ok()?;
    let (record, after) = rest.split_at_checked(length)?;
    *rest = after;
    let (attributes, mut fields) = record.split_first()?;
    let timestamp_delta_ms = varint(&mut fields)?;
    let after_timestamp = fields;
    let offset_delta = varint(&mut fields)?;
    let key = blob(&mut fields)?;
    let is_tombstone = blob(&mut fields)?.is_none();
    let attributes = *attributes;
    Some(Record {
        offset_delta,
        timestamp_delta_ms,
        key,
        is_tombstone,
        attributes,
        after_timestamp,
    })
}

/// Bytes behind their length; `Some(None)` where the length says that there are none.
#[allow(clippy::option_option, reason = "malformed and absent differ")]
fn blob<'a>(fields: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let Ok(length) = usize::try_from(varint(fields)?) else { return Some(None) };
    let (bytes, after) = fields.split_at_checked(length)?;
    *fields = after;
    Some(Some(bytes))
}

/// A zigzag-coded number of variable length.
fn varint(bytes: &mut &[u8]) -> Option<i64> {
    let mut raw = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        raw |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((raw >> 1).cast_signed() ^ -(raw & 1).cast_signed());
        }
    }
    None
}

fn put_varint(out: &mut Vec<u8>, value: i64) {
    let mut raw = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while raw >= 0x80 {
        out.push(raw.to_le_bytes()[0] | 0x80);
        raw >>= 7;
    }
    out.push(raw.to_le_bytes()[0]);
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the records of the batch are malformed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn varints_are_zigzag_coded() {
        for (bytes, value) in [(&[0u8][..], 0), (&[1], -1), (&[2], 1), (&[0xac, 2], 150)] {
            assert_eq!(varint(&mut &*bytes), Some(value));
            let mut out = Vec::new();
            put_varint(&mut out, value);
            assert_eq!(out, bytes);
        }
        assert_eq!(varint(&mut &[0x80u8][..]), None);
    }

    proptest! {
        #[test]
        fn varints_come_back(value in any::<i64>()) {
            let mut out = Vec::new();
            put_varint(&mut out, value);
            prop_assert_eq!(varint(&mut &out[..]), Some(value));
        }

        #[test]
        fn garbage_is_no_record_and_no_panic(
            codec in 0..5u8,
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut batch = super::super::batch::tests::build(0, 3, (-1, -1, -1), &bytes);
            batch[22] = codec;
            let header = BatchHeader::parse(&batch).unwrap();
            if let Ok(records) = decompress(&header, &batch) {
                let _ = each_record(&header, &records, |_| {});
            }
        }
    }
}
