//! The header of a stored record batch (magic 2), read and patched without decoding records.

use bytes::{Buf, BufMut};

/// Size of the header, in front of the records.
pub(crate) const HEADER_BYTES: usize = 61;
/// Size of base offset and length, which the length field does not count.
const PREFIX_BYTES: usize = 12;
/// Position from which on the checksum covers the batch.
const CRC_START: usize = 21;
/// Position of the maximum timestamp.
const MAX_TIMESTAMP_START: usize = 35;
/// Size of base offset, length and leader epoch, which the checksum does not cover.
pub(crate) const PATCHED_BYTES: usize = 16;

/// Attribute bits of the compression codec.
const CODEC_BITS: i16 = 7;
/// Attribute: the maximum timestamp is the log append time, and applies to all records.
const APPEND_TIME_BIT: i16 = 8;
/// Attribute: the base timestamp is the delete horizon of the tombstones (KIP-534).
const HORIZON_BIT: i16 = 64;

/// The header of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchHeader {
    /// Offset of the first record.
    pub(crate) base_offset: i64,
    /// Size of the whole batch.
    pub(crate) size_bytes: usize,
    leader_epoch: i32,
    magic: i8,
    crc: u32,
    attributes: i16,
    /// Offset of the last record, relative to the base offset.
    pub(crate) last_offset_delta: i32,
    /// Timestamp of the first record.
    pub(crate) base_timestamp_ms: i64,
    /// Largest timestamp in the batch.
    pub(crate) max_timestamp_ms: i64,
    /// Id of the idempotent producer, or -1.
    pub(crate) producer_id: i64,
    /// Epoch of the idempotent producer, or -1.
    pub(crate) producer_epoch: i16,
    /// Sequence number of the first record, or -1.
    pub(crate) base_sequence: i32,
    /// Number of records.
    pub(crate) count: i32,
}

/// Why bytes are not a valid batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BatchError {
    /// The bytes end before the batch.
    #[error("the batch is cut off")]
    Short,
    /// The length field is impossible.
    #[error("the batch has an impossible length")]
    Length,
    /// The message format is not version 2.
    #[error("the batch has message format {0}, and only 2 is supported")]
    Magic(i8),
    /// The checksum does not match.
    #[error("the checksum of the batch does not match")]
    Checksum,
    /// The base offset does not follow the previous batch.
    #[error("the batch has an unexpected offset")]
    UnexpectedOffset,
    /// Record count and offsets contradict each other.
    #[error("the batch has an impossible number of records")]
    Count,
}

impl BatchHeader {
    /// Parses the header at the start of `bytes`, which need not contain the whole batch.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, BatchError> {
        if bytes.len() < HEADER_BYTES {
            return Err(BatchError::Short);
        }
        let mut b = bytes;
        let base_offset = b.get_i64();
        let length = usize::try_from(b.get_i32()).map_err(|_| BatchError::Length)?;
        let header = Self {
            base_offset,
            size_bytes: length + PREFIX_BYTES,
            leader_epoch: b.get_i32(),
            magic: b.get_i8(),
            crc: b.get_u32(),
            attributes: b.get_i16(),
            last_offset_delta: b.get_i32(),
            base_timestamp_ms: b.get_i64(),
            max_timestamp_ms: b.get_i64(),
            producer_id: b.get_i64(),
            producer_epoch: b.get_i16(),
            base_sequence: b.get_i32(),
            count: b.get_i32(),
        };
        if header.magic != 2 {
            return Err(BatchError::Magic(header.magic));
        }
        if header.size_bytes < HEADER_BYTES {
            return Err(BatchError::Length);
        }
        Ok(header)
    }

    /// Parses the header of a batch that is complete in `bytes`, and verifies the checksum.
    pub(crate) fn verify(bytes: &[u8]) -> Result<Self, BatchError> {
        let header = Self::parse(bytes)?;
        let Some(batch) = bytes.get(..header.size_bytes) else {
            return Err(BatchError::Short);
        };
        if crc32c::crc32c(&batch[CRC_START..]) != header.crc {
            return Err(BatchError::Checksum);
        }
        if header.last_offset_delta < 0 || header.count < 0 {
            return Err(BatchError::Count);
        }
        Ok(header)
    }

    /// The header with another base offset.
    pub(crate) fn with_base_offset(self, base_offset: i64) -> Self {
        Self { base_offset, ..self }
    }

    /// Offset of the last record.
    pub(crate) fn last_offset(&self) -> i64 {
        self.base_offset + i64::from(self.last_offset_delta)
    }

    /// Whether the bytes outside the checksum match [`patched_prefix`] at `base_offset`.
    pub(crate) fn is_stored_at(&self, base_offset: i64) -> bool {
        self.base_offset == base_offset && self.leader_epoch == 0
    }

    /// Whether the batch has at least one record and no gaps, as sent by producers.
    pub(crate) fn is_dense(&self) -> bool {
        self.count > 0 && self.last_offset_delta == self.count - 1
    }

    /// Compression codec: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.
    pub(crate) fn compression(&self) -> i16 {
        self.attributes & CODEC_BITS
    }

    /// The timestamp of all records, if it is the log append time.
    pub(crate) fn append_time_ms(&self) -> Option<i64> {
        (self.attributes & APPEND_TIME_BIT != 0).then_some(self.max_timestamp_ms)
    }

    /// The timestamp of a record, from its delta to the base timestamp.
    pub(crate) fn record_time_ms(&self, delta_ms: i64) -> i64 {
        self.append_time_ms().unwrap_or_else(|| self.base_timestamp_ms.saturating_add(delta_ms))
    }

    /// Rewrites the maximum timestamp and its type; `None` if both are right already.
    pub(crate) fn restamp(
        &self,
        batch: &[u8],
        max_timestamp_ms: i64,
        is_append_time: bool,
    ) -> Option<(Self, Vec<u8>)> {
        let bit = if is_append_time { APPEND_TIME_BIT } else { 0 };
        let attributes = self.attributes & !APPEND_TIME_BIT | bit;
        if (attributes, max_timestamp_ms) == (self.attributes, self.max_timestamp_ms) {
            return None;
        }
        let mut batch = batch.to_vec();
        batch[CRC_START..CRC_START + 2].copy_from_slice(&attributes.to_be_bytes());
        batch[MAX_TIMESTAMP_START..MAX_TIMESTAMP_START + 8]
            .copy_from_slice(&max_timestamp_ms.to_be_bytes());
        let crc = crc32c::crc32c(&batch[CRC_START..]);
        batch[CRC_START - 4..CRC_START].copy_from_slice(&crc.to_be_bytes());
        Some((Self { crc, attributes, max_timestamp_ms, ..*self }, batch))
    }

    /// Time from which on tombstones in the batch may be removed, if set by a compaction.
    pub(crate) fn delete_horizon_ms(&self) -> Option<i64> {
        (self.attributes & HORIZON_BIT != 0).then_some(self.base_timestamp_ms)
    }

    /// Whether the batch is an empty placeholder for removed records.
    pub(crate) fn is_filler(&self) -> bool {
        self.count == 0 && self.producer_id < 0
    }

    /// Whether the batch belongs to a transaction.
    pub(crate) fn is_transactional(&self) -> bool {
        self.attributes & 16 != 0
    }

    /// Whether the batch holds transaction markers instead of records.
    pub(crate) fn is_control(&self) -> bool {
        self.attributes & 32 != 0
    }

    /// Sequence number of the last record; sequence numbers wrap to 0 after `i32::MAX`.
    pub(crate) fn last_sequence(&self) -> i32 {
        let last = i64::from(self.base_sequence) + i64::from(self.last_offset_delta);
        i32::try_from(last & i64::from(i32::MAX)).unwrap_or(i32::MAX)
    }
}

/// A batch written by the log itself, in place of an original one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RewrittenBatch {
    /// Header of the original batch.
    pub(crate) original: BatchHeader,
    /// Timestamp to which the record timestamps are relative.
    pub(crate) base_timestamp_ms: i64,
    /// Largest timestamp of the records.
    pub(crate) max_timestamp_ms: i64,
    /// Whether the base timestamp is the delete horizon.
    pub(crate) has_horizon: bool,
    /// Number of remaining records.
    pub(crate) count: i32,
}

impl RewrittenBatch {
    /// An empty placeholder for removed batches.
    pub(crate) fn filler(base_offset: i64, last_offset_delta: i32) -> Self {
        let original = BatchHeader {
            base_offset,
            size_bytes: HEADER_BYTES,
            leader_epoch: 0,
            magic: 2,
            crc: 0,
            attributes: 0,
            last_offset_delta,
            base_timestamp_ms: -1,
            max_timestamp_ms: -1,
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
            count: 0,
        };
        Self::emptied(original)
    }

    /// The batch without its records; it keeps the producer's last sequence number.
    pub(crate) fn emptied(original: BatchHeader) -> Self {
        let base_timestamp_ms = original.base_timestamp_ms;
        let max_timestamp_ms = original.max_timestamp_ms;
        Self { original, base_timestamp_ms, max_timestamp_ms, has_horizon: false, count: 0 }
    }

    /// Encodes a batch without records but with a full record count and a wrong checksum.
    pub(crate) fn encode_corrupt(mut self) -> Vec<u8> {
        self.count = self.original.last_offset_delta.saturating_add(1);
        let mut batch = self.encode(&[]);
        for byte in &mut batch[CRC_START - 4..CRC_START] {
            *byte = !*byte;
        }
        batch
    }

    /// Encodes the batch with these uncompressed records.
    pub(crate) fn encode(&self, records: &[u8]) -> Vec<u8> {
        let old = &self.original;
        let mut batch = Vec::with_capacity(HEADER_BYTES + records.len());
        let size_bytes = HEADER_BYTES + records.len();
        batch.put_slice(&patched_prefix(size_bytes, old.base_offset));
        batch.put_i8(2);
        batch.put_u32(0);
        let kept = old.attributes & !(CODEC_BITS | HORIZON_BIT);
        batch.put_i16(if self.has_horizon { kept | HORIZON_BIT } else { kept });
        batch.put_i32(old.last_offset_delta);
        batch.put_i64(self.base_timestamp_ms);
        batch.put_i64(self.max_timestamp_ms);
        batch.put_i64(old.producer_id);
        batch.put_i16(old.producer_epoch);
        batch.put_i32(old.base_sequence);
        batch.put_i32(self.count);
        batch.put_slice(records);
        let crc = crc32c::crc32c(&batch[CRC_START..]);
        batch[CRC_START - 4..CRC_START].copy_from_slice(&crc.to_be_bytes());
        batch
    }
}

/// The first bytes of a batch stored at `base_offset`, which replace those of the producer.
///
/// The leader epoch is always 0 on a single node.
pub(crate) fn patched_prefix(size_bytes: usize, base_offset: i64) -> [u8; PATCHED_BYTES] {
    let mut prefix = [0; PATCHED_BYTES];
    prefix[..8].copy_from_slice(&base_offset.to_be_bytes());
    let length = i32::try_from(size_bytes - PREFIX_BYTES).unwrap_or(i32::MAX);
    prefix[8..12].copy_from_slice(&length.to_be_bytes());
    prefix
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A well-formed batch around opaque record bytes.
    pub(crate) fn build(base: i64, count: i32, producer: (i64, i16, i32), body: &[u8]) -> Vec<u8> {
        let mut batch = vec![0u8; HEADER_BYTES];
        batch[..8].copy_from_slice(&base.to_be_bytes());
        let length = i32::try_from(HEADER_BYTES - PREFIX_BYTES + body.len()).unwrap();
        batch[8..12].copy_from_slice(&length.to_be_bytes());
        batch[16] = 2;
        batch[23..27].copy_from_slice(&(count - 1).to_be_bytes());
        batch[27..35].copy_from_slice(&1_000_i64.to_be_bytes());
        batch[35..43].copy_from_slice(&(1_000 + i64::from(count)).to_be_bytes());
        batch[43..51].copy_from_slice(&producer.0.to_be_bytes());
        batch[51..53].copy_from_slice(&producer.1.to_be_bytes());
        batch[53..57].copy_from_slice(&producer.2.to_be_bytes());
        batch[57..61].copy_from_slice(&count.to_be_bytes());
        batch.extend_from_slice(body);
        let crc = crc32c::crc32c(&batch[CRC_START..]);
        batch[17..21].copy_from_slice(&crc.to_be_bytes());
        batch
    }

    proptest! {
        #[test]
        fn parse_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = BatchHeader::verify(&bytes);
        }

        #[test]
        fn patching_the_offset_keeps_the_checksum(
            base in 0..i64::MAX / 2,
            count in 1..1_000i32,
            body in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let mut batch = build(0, count, (7, 1, 5), &body);
            batch[12..16].copy_from_slice(&[0xff; 4]);
            let prefix = patched_prefix(batch.len(), base);
            batch[..PATCHED_BYTES].copy_from_slice(&prefix);
            let header = BatchHeader::verify(&batch).unwrap();
            prop_assert_eq!(header.base_offset, base);
            prop_assert_eq!(header.size_bytes, batch.len());
            prop_assert_eq!(header.last_offset(), base + i64::from(count) - 1);
            prop_assert!(header.is_dense());
        }

        #[test]
        fn any_flipped_bit_after_the_prefix_is_detected(at in 16usize..161, bit in 0u8..8) {
            let mut batch = build(3, 4, (-1, -1, -1), &[9; 100]);
            batch[at] ^= 1 << bit;
            prop_assert!(BatchHeader::verify(&batch).is_err());
        }
    }

    #[test]
    fn sequence_numbers_wrap() {
        let batch = build(0, 3, (1, 0, i32::MAX - 1), b"");
        assert_eq!(BatchHeader::parse(&batch).unwrap().last_sequence(), 0);
    }
}
