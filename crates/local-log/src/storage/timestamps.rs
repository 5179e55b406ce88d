//! Finds records by time: by batch headers, and by record where a batch is not compressed.

use std::io;

use super::batch::{BatchHeader, HEADER_BYTES};
use super::partition::Partition;
use super::segment::Segment;

/// A record's place and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// Offset of the record.
    pub(crate) offset: i64,
    /// Its timestamp.
    pub(crate) timestamp_ms: i64,
}

/// The first record that is not older than `timestamp_ms`.
///
/// In a compressed batch that is its first record: earlier than asked for, never later.
pub(crate) fn first_since(partition: &Partition, timestamp_ms: i64) -> io::Result<Option<Found>> {
    for segment in partition.segments() {
        if segment.with_index(|index| index.max_timestamp_ms()) < timestamp_ms {
            continue;
        }
        let from = segment.with_index(|index| index.floor_by_time(timestamp_ms));
        let hit = find_batch(&segment, from, |batch| batch.max_timestamp_ms >= timestamp_ms)?;
        if let Some((batch, bytes)) = hit {
            let exact =
                records(&batch, &bytes).into_iter().find(|r| r.timestamp_ms >= timestamp_ms);
            let first = Found { offset: batch.base_offset, timestamp_ms: batch.base_timestamp_ms };
            return Ok(Some(exact.unwrap_or(first)));
        }
    }
    Ok(None)
}

/// The record with the largest timestamp; of a compressed batch, its last one.
pub(crate) fn latest(partition: &Partition) -> io::Result<Option<Found>> {
    let mut newest: Option<(i64, _)> = None;
    for segment in partition.segments() {
        let time = segment.with_index(|index| index.max_timestamp_ms());
        if segment.visible_bytes() > 0 && newest.as_ref().is_none_or(|(best, _)| *best < time) {
            newest = Some((time, segment));
        }
    }
    let Some((time, segment)) = newest else { return Ok(None) };
    let from = segment.with_index(|index| index.floor_by_time(time));
    let hit = find_batch(&segment, from, |batch| batch.max_timestamp_ms >= time)?;
    Ok(hit.map(|(batch, bytes)| {
        let timestamp_ms = batch.max_timestamp_ms;
        let exact = records(&batch, &bytes).into_iter().find(|r| r.timestamp_ms == timestamp_ms);
        exact.unwrap_or(Found { offset: batch.last_offset(), timestamp_ms })
    }))
}

/// The first visible batch at or after a position that `wanted` accepts.
fn find_batch(
    segment: &Segment,
    mut position: u64,
    wanted: impl Fn(&BatchHeader) -> bool,
) -> io::Result<Option<(BatchHeader, Vec<u8>)>> {
    let limit = segment.visible_bytes();
    let mut start = [0; HEADER_BYTES];
    while position < limit {
        segment.read_at(&mut start, position)?;
        let header = BatchHeader::parse(&start).map_err(io::Error::other)?;
        if wanted(&header) {
            let mut bytes = vec![0; header.size_bytes];
            segment.read_at(&mut bytes, position)?;
            return Ok(Some((header, bytes)));
        }
        position += header.size_bytes as u64;
    }
    Ok(None)
}

/// Offsets and timestamps of the records of a batch; none, if it is compressed.
fn records(header: &BatchHeader, batch: &[u8]) -> Vec<Found> {
    if header.compression() != 0 {
        return Vec::new();
    }
    let mut rest = &batch[HEADER_BYTES..];
    let mut found = Vec::new();
    while let Some(length) = varint(&mut rest).and_then(|n| usize::try_from(n).ok()) {
        let Some((record, after)) = rest.split_at_checked(length) else { break };
        let mut fields = record.get(1..).unwrap_or_default();
        let (Some(time), Some(offset)) = (varint(&mut fields), varint(&mut fields)) else { break };
        found.push(Found {
            offset: header.base_offset + offset,
            timestamp_ms: header.base_timestamp_ms + time,
        });
        rest = after;
    }
    found
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_are_zigzag_coded() {
        for (bytes, value) in [(&[0u8][..], 0), (&[1], -1), (&[2], 1), (&[0xac, 2], 150)] {
            assert_eq!(varint(&mut &*bytes), Some(value));
        }
        assert_eq!(varint(&mut &[0x80u8][..]), None);
    }
}
