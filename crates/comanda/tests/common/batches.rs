//! Handmade record batches that no client would send, and the files of the embedded log.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};

/// A fault of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchFault {
    /// Marked as gzip, but uncompressed.
    NotGzip,
    /// Marked with an unknown codec.
    UnknownCodec,
    /// A valid checksum over invalid records.
    NotRecords,
    /// An invalid checksum.
    Checksum,
    /// Two gzip members, the first with one record: librdkafka decompresses only the first member.
    TwoParts,
    /// Two gzip members, the first empty and the second with the records.
    EmptyPart,
    /// Its header counts records, but its data decompresses to nothing.
    Empty(Codec),
    /// Its records have a header whose name is not UTF-8. Kafka allows that.
    HeaderName,
    /// Its second and third record claim an offset far beyond the batch.
    FarOffset,
    /// None.
    Nothing,
}

/// A codec, with its number in the attributes of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    Gzip = 1,
    Snappy = 2,
    Lz4 = 3,
    Zstd = 4,
}

impl Codec {
    /// The compressed form of no bytes.
    fn packed_nothing(self) -> &'static [u8] {
        match self {
            Self::Gzip => b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\x03\0\0\0\0\0\0\0\0\0",
            Self::Snappy => b"\0",
            Self::Lz4 => b"\x04\x22\x4d\x18\x60\x40\x82\0\0\0\0",
            Self::Zstd => b"\x28\xb5\x2f\xfd\x20\0\x01\0\0",
        }
    }
}

/// A batch of `count` records with the same value, with the base offset `base`.
pub fn batch(base: i64, count: i32, value: &[u8], fault: BatchFault) -> Vec<u8> {
    let (mut body, mut parts) = (Vec::new(), Vec::new());
    for n in 0..count {
        let mut record = vec![0, 0];
        let is_far = fault == BatchFault::FarOffset && matches!(n, 1 | 2);
        varint(&mut record, if is_far { i32::MAX } else { n }.into());
        varint(&mut record, 1);
        record.push(b'k');
        varint(&mut record, i64::try_from(value.len()).unwrap());
        record.extend_from_slice(value);
        match fault {
            BatchFault::HeaderName => record.extend_from_slice(b"\x02\x02\xff\x02x"),
            _ => record.push(0),
        }
        varint(&mut body, i64::try_from(record.len()).unwrap());
        body.extend_from_slice(&record);
        if fault == BatchFault::TwoParts && (n == 0 || n == count - 1) {
            parts.extend(packed(&std::mem::take(&mut body)));
        }
    }
    body.splice(0..0, parts);
    match fault {
        BatchFault::NotRecords => body.fill(0xff),
        BatchFault::EmptyPart => body = [Codec::Gzip.packed_nothing(), &packed(&body)].concat(),
        BatchFault::Empty(codec) => body = codec.packed_nothing().to_vec(),
        _ => {}
    }
    let attributes: i16 = match fault {
        BatchFault::NotGzip | BatchFault::TwoParts | BatchFault::EmptyPart => 1,
        BatchFault::Empty(codec) => codec as i16,
        BatchFault::UnknownCodec => 7,
        _ => 0,
    };
    let mut tail = Vec::new();
    tail.extend_from_slice(&attributes.to_be_bytes());
    tail.extend_from_slice(&(count - 1).to_be_bytes());
    let now_ms = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
    let now_ms = i64::try_from(now_ms).unwrap();
    for time in [now_ms, now_ms] {
        tail.extend_from_slice(&time.to_be_bytes());
    }
    // No idempotent producer.
    tail.extend_from_slice(&(-1_i64).to_be_bytes());
    tail.extend_from_slice(&(-1_i16).to_be_bytes());
    tail.extend_from_slice(&(-1_i32).to_be_bytes());
    tail.extend_from_slice(&count.to_be_bytes());
    tail.extend_from_slice(&body);
    let right = crc32c::crc32c(&tail);
    let checksum = if fault == BatchFault::Checksum { !right } else { right };
    let mut batch = base.to_be_bytes().to_vec();
    batch.extend_from_slice(&i32::try_from(tail.len() + 9).unwrap().to_be_bytes());
    batch.extend_from_slice(&0_i32.to_be_bytes());
    batch.push(2);
    batch.extend_from_slice(&checksum.to_be_bytes());
    batch.extend_from_slice(&tail);
    batch
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn varint(to: &mut Vec<u8>, n: i64) {
    let mut rest = u64::from_ne_bytes(((n << 1) ^ (n >> 63)).to_ne_bytes());
    while rest > 0x7f {
        to.push(u8::try_from(rest & 0x7f).unwrap() | 0x80);
        rest >>= 7;
    }
    to.push(u8::try_from(rest).unwrap());
}

/// The newest file of a partition of the embedded log; the path of the first one if there is none.
fn newest(data: &Path, topic: &str, partition: i32) -> PathBuf {
    let folder = data.join(format!("log/topics/{topic}/{partition}"));
    let files = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let newest = files.filter(|file| file.extension().is_some_and(|e| e == "log")).max();
    newest.unwrap_or_else(|| folder.join("00000000000000000000.log"))
}

/// Appends bytes to a partition while the log is stopped.
pub fn append(data: &Path, topic: &str, partition: i32, bytes: &[u8]) {
    let file = newest(data, topic, partition);
    OpenOptions::new().append(true).create(true).open(file).unwrap().write_all(bytes).unwrap();
}
