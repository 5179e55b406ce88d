//! Finds records by timestamp.

use std::io;

use super::{
    batch::{BatchError, BatchHeader, HEADER_BYTES},
    partition::Partition,
    records,
    segment::Segment,
};

/// Offset and timestamp of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimestampOffset {
    /// Offset of the record.
    pub(crate) offset: i64,
    /// Timestamp.
    pub(crate) timestamp_ms: i64,
}

/// Finds the first record with at least this timestamp.
pub(crate) fn find_first_since(
    partition: &Partition,
    timestamp_ms: i64,
) -> io::Result<Option<TimestampOffset>> {
    let start = partition.start_offset();
    for segment in partition.segments() {
        if segment.with_index(|index| index.max_timestamp_ms()) < timestamp_ms {
            continue;
        }
        let matches = |r: &TimestampOffset| r.timestamp_ms >= timestamp_ms && r.offset >= start;
        let finding = || find(&segment, timestamp_ms, matches);
        if let Some(found) = partition.inspect_and_retry(&segment, finding)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Finds the first record with the largest timestamp.
pub(crate) fn find_latest(partition: &Partition) -> io::Result<Option<TimestampOffset>> {
    let start = partition.start_offset();
    let mut newest: Option<(i64, _)> = None;
    for segment in partition.segments() {
        let time = segment.with_index(|index| index.max_timestamp_ms());
        if segment.visible_bytes() > 0 && newest.as_ref().is_none_or(|(best, _)| *best < time) {
            newest = Some((time, segment));
        }
    }
    let Some((time, segment)) = newest else { return Ok(None) };
    let matches = |r: &TimestampOffset| r.timestamp_ms >= time && r.offset >= start;
    partition.inspect_and_retry(&segment, || find(&segment, time, matches))
}

/// Finds the first visible record from a timestamp on that matches; skips known damage.
fn find(
    segment: &Segment,
    timestamp_ms: i64,
    matches: impl Fn(&TimestampOffset) -> bool,
) -> io::Result<Option<TimestampOffset>> {
    let (limit, damage) = (segment.visible_bytes(), segment.damage());
    let from = segment.find_start(|index| index.floor_by_time(timestamp_ms));
    let (mut position, mut expected) = (from.position_bytes, from.offset);
    let mut start = [0; HEADER_BYTES];
    while position < limit {
        if let Some(here) = damage.iter().find(|d| d.position_bytes == position) {
            (position, expected) = (here.end_bytes, here.last_offset + 1);
            continue;
        }
        segment.read_at(&mut start, position)?;
        let header = BatchHeader::parse(&start).map_err(io::Error::other)?;
        if !header.is_stored_at(expected) {
            return Err(io::Error::other(BatchError::UnexpectedOffset));
        }
        if header.max_timestamp_ms >= timestamp_ms && header.count > 0 {
            let mut bytes = vec![0; header.size_bytes];
            segment.read_at(&mut bytes, position)?;
            BatchHeader::verify(&bytes).map_err(io::Error::other)?;
            if let Some(found) = list_records(&header, &bytes).into_iter().find(&matches) {
                return Ok(Some(found));
            }
        }
        position += header.size_bytes as u64;
        expected = header.last_offset() + 1;
    }
    Ok(None)
}

/// Lists offset and timestamp of all records of a batch; if they cannot be decoded, its base offset
/// and largest timestamp.
fn list_records(header: &BatchHeader, batch: &[u8]) -> Vec<TimestampOffset> {
    let mut found = Vec::new();
    let read = records::decompress(header, batch).and_then(|records| {
        records::for_each_record(header, &records, |record| {
            found.push(TimestampOffset {
                offset: header.base_offset + record.offset_delta,
                timestamp_ms: header.record_time_ms(record.timestamp_delta_ms),
            });
        })
    });
    if read.is_err() {
        // May be too early, but never too late.
        let (offset, timestamp_ms) = (header.base_offset, header.max_timestamp_ms);
        found = vec![TimestampOffset { offset, timestamp_ms }];
    }
    found
}
