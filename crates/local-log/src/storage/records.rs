//! The records of a batch, decoded as far as the log needs them.

use std::io::{self, Read};

pub(crate) use super::codec::decompress;
use super::{
    batch::{BatchHeader, HEADER_BYTES},
    codec,
};

/// A record, borrowed from its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    /// Offset relative to the base offset.
    pub(crate) offset_delta: i64,
    /// Timestamp relative to the base timestamp.
    pub(crate) timestamp_delta_ms: i64,
    /// Key, nullable.
    pub(crate) key: Option<&'a [u8]>,
    /// Whether the value is null, which deletes the key.
    pub(crate) is_tombstone: bool,
    attributes: u8,
    after_timestamp: &'a [u8],
    headers: &'a [u8],
}

impl Record<'_> {
    /// Whether the headers match their count, without trailing bytes.
    fn has_valid_headers(&self) -> bool {
        let mut rest = self.headers;
        let count = varint(&mut rest).and_then(|count| u64::try_from(count).ok());
        count.is_some_and(|count| (0..count).all(|_| skip_header(&mut rest).is_some()))
            && rest.is_empty()
    }

    /// Appends the record with another timestamp delta to `out`.
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

/// Calls `each` with every record; fails if their number differs from the header.
pub(crate) fn for_each_record<'a>(
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

/// Like [`for_each_record`], for a complete batch: decompresses one record at a time, and validates
/// record headers.
pub(crate) fn read_batch(
    header: &BatchHeader,
    batch: &[u8],
    mut each: impl FnMut(&Record<'_>),
) -> io::Result<()> {
    let records = batch.get(HEADER_BYTES..header.size_bytes).ok_or_else(malformed)?;
    if header.compression() == 0 {
        let mut is_valid = true;
        for_each_record(header, records, |record| {
            is_valid &= record.has_valid_headers();
            each(&record);
        })?;
        return if is_valid { Ok(()) } else { Err(malformed()) };
    }
    let mut reader = io::BufReader::new(codec::open_reader(header.compression(), records)?);
    let mut record = Vec::new();
    for _ in 0..header.count {
        let length = read_varint(&mut reader)?;
        let length = u64::try_from(length).map_err(|_| malformed())?;
        record.clear();
        // The buffer grows with the bytes read, not by the length alone.
        if (&mut reader).take(length).read_to_end(&mut record)? as u64 != length {
            return Err(malformed());
        }
        let record = parse_record(&record).filter(Record::has_valid_headers);
        each(&record.ok_or_else(malformed)?);
    }
    if reader.read(&mut [0])? == 0 { Ok(()) } else { Err(malformed()) }
}

fn next_record<'a>(rest: &mut &'a [u8]) -> Option<Record<'a>> {
    let length = usize::try_from(varint(rest)?).ok()?;
    let (record, after) = rest.split_at_checked(length)?;
    *rest = after;
    parse_record(record)
}

fn parse_record(record: &[u8]) -> Option<Record<'_>> {
    let (attributes, mut fields) = record.split_first()?;
    let timestamp_delta_ms = varint(&mut fields)?;
    let after_timestamp = fields;
    let offset_delta = varint(&mut fields)?;
    let key = read_bytes(&mut fields)?;
    let is_tombstone = read_bytes(&mut fields)?.is_none();
    let (attributes, headers) = (*attributes, fields);
    Some(Record {
        offset_delta,
        timestamp_delta_ms,
        key,
        is_tombstone,
        attributes,
        after_timestamp,
        headers,
    })
}

/// Skips a record header: a key and a nullable value.
fn skip_header(rest: &mut &[u8]) -> Option<()> {
    read_bytes(rest)??;
    read_bytes(rest).map(|_| ())
}

/// Reads nullable bytes after their length; `Some(None)` means null.
#[allow(clippy::option_option, reason = "malformed and null differ")]
fn read_bytes<'a>(fields: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let Ok(length) = usize::try_from(varint(fields)?) else { return Some(None) };
    let (bytes, after) = fields.split_at_checked(length)?;
    *fields = after;
    Some(Some(bytes))
}

/// Reads a zigzag-encoded variable-length number.
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

fn read_varint(reader: &mut impl Read) -> io::Result<i64> {
    let (mut bytes, mut length) = ([0; 10], 0);
    while length < bytes.len() {
        reader.read_exact(&mut bytes[length..=length])?;
        length += 1;
        if bytes[length - 1] & 0x80 == 0 {
            return varint(&mut &bytes[..length]).ok_or_else(malformed);
        }
    }
    Err(malformed())
}

fn put_varint(out: &mut Vec<u8>, value: i64) {
    let mut raw = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while raw >= 0x80 {
        out.push(raw.to_le_bytes()[0] | 0x80);
        raw >>= 7;
    }
    out.push(raw.to_le_bytes()[0]);
}

pub(super) fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the records of the batch are malformed")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn varints_are_zigzag_encoded() {
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
        fn an_encoded_varint_decodes_to_the_same_value(value in any::<i64>()) {
            let mut out = Vec::new();
            put_varint(&mut out, value);
            prop_assert_eq!(varint(&mut &out[..]), Some(value));
        }

        #[test]
        fn garbage_is_refused_without_a_panic(
            codec in 0..5u8,
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut batch = super::super::batch::tests::build(0, 3, (-1, -1, -1), &bytes);
            batch[22] = codec;
            let header = BatchHeader::parse(&batch).unwrap();
            if let Ok(records) = decompress(&header, &batch) {
                let _ = for_each_record(&header, &records, |_| {});
            }
            let read = read_batch(&header, &batch, |_| {});
            prop_assert!(codec == 0 || read.is_err());
        }
    }
}
