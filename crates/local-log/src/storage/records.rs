//! The records in a batch, as far as a log needs to know them.

use std::io::{self, Read};

use super::batch::{BatchHeader, HEADER_BYTES};
use super::codec;
pub(crate) use super::codec::decompress;

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
    headers: &'a [u8],
}

impl Record<'_> {
    /// Whether the headers are as many as they should be, and nothing comes after them.
    fn has_whole_headers(&self) -> bool {
        let mut rest = self.headers;
        let count = varint(&mut rest).and_then(|count| u64::try_from(count).ok());
        count.is_some_and(|count| (0..count).all(|_| skip_header(&mut rest).is_some()))
            && rest.is_empty()
    }

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

/// Like [`each_record`], straight from a batch: compressed ones take no more memory than their
/// largest record. Headers of records are looked at, too.
pub(crate) fn inspect(
    header: &BatchHeader,
    batch: &[u8],
    mut each: impl FnMut(&Record<'_>),
) -> io::Result<()> {
    let records = batch.get(HEADER_BYTES..header.size_bytes).ok_or_else(malformed)?;
    if header.compression() == 0 {
        let mut whole = true;
        each_record(header, records, |record| {
            whole &= record.has_whole_headers();
            each(&record);
        })?;
        return if whole { Ok(()) } else { Err(malformed()) };
    }
    let mut reader = io::BufReader::new(codec::reader(header.compression(), records)?);
    let mut record = Vec::new();
    for _ in 0..header.count {
        let length = read_varint(&mut reader)?;
        let length = u64::try_from(length).map_err(|_| malformed())?;
        record.clear();
        // It grows with what is there, not with what the length says.
        if (&mut reader).take(length).read_to_end(&mut record)? as u64 != length {
            return Err(malformed());
        }
        let record = parse_record(&record).filter(Record::has_whole_headers);
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
    let key = blob(&mut fields)?;
    let is_tombstone = blob(&mut fields)?.is_none();
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

/// Steps over a header: a key that is there, and a value that may be absent.
fn skip_header(rest: &mut &[u8]) -> Option<()> {
    blob(rest)??;
    blob(rest).map(|_| ())
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
            let inspected = inspect(&header, &batch, |_| {});
            prop_assert!(codec == 0 || inspected.is_err());
        }
    }
}
