//! Finds records by time.

use std::io;

use super::batch::{BatchError, BatchHeader, HEADER_BYTES};
use super::partition::Partition;
use super::records;
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
pub(crate) fn first_since(partition: &Partition, timestamp_ms: i64) -> io::Result<Option<Found>> {
    let start = partition.start_offset();
    for segment in partition.segments() {
        if segment.with_index(|index| index.max_timestamp_ms()) < timestamp_ms {
            continue;
        }
        let wanted = |r: &Found| r.timestamp_ms >= timestamp_ms && r.offset >= start;
        let finding = || find(&segment, timestamp_ms, wanted);
        if let Some(found) = partition.with_sound(&segment, finding)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The record with the largest timestamp, and of several the first.
pub(crate) fn latest(partition: &Partition) -> io::Result<Option<Found>> {
    let start = partition.start_offset();
    let mut newest: Option<(i64, _)> = None;
    for segment in partition.segments() {
        let time = segment.with_index(|index| index.max_timestamp_ms());
        if segment.visible_bytes() > 0 && newest.as_ref().is_none_or(|(best, _)| *best < time) {
            newest = Some((time, segment));
        }
    }
    let Some((time, segment)) = newest else { return Ok(None) };
    let wanted = |r: &Found| r.timestamp_ms >= time && r.offset >= start;
    partition.with_sound(&segment, || find(&segment, time, wanted))
}

/// The first visible record from a time on that `wanted` accepts; what is damaged is left out.
fn find(
    segment: &Segment,
    timestamp_ms: i64,
    wanted: impl Fn(&Found) -> bool,
) -> io::Result<Option<Found>> {
    let (limit, damage) = (segment.visible_bytes(), segment.damage());
    let place = segment.place(|index| index.floor_by_time(timestamp_ms));
    let (mut position, mut expected) = (place.position_bytes, place.offset);
    let mut start = [0; HEADER_BYTES];
    while position < limit {
        if let Some(here) = damage.iter().find(|d| d.position_bytes == position) {
            (position, expected) = (here.end_bytes, here.last_offset + 1);
            continue;
        }
        segment.read_at(&mut start, position)?;
        let header = BatchHeader::parse(&start).map_err(io::Error::other)?;
        if !header.is_stored_at(expected) {
            return Err(io::Error::other(BatchError::Place));
        }
        if header.max_timestamp_ms >= timestamp_ms && header.count > 0 {
            let mut bytes = vec![0; header.size_bytes];
            segment.read_at(&mut bytes, position)?;
            BatchHeader::verify(&bytes).map_err(io::Error::other)?;
            if let Some(found) = all(&header, &bytes).into_iter().find(&wanted) {
                return Ok(Some(found));
            }
        }
        position += header.size_bytes as u64;
        expected = header.last_offset() + 1;
    }
    Ok(None)
}

/// Places and times of the records of a batch; where they cannot be decoded, of its first one.
fn all(header: &BatchHeader, batch: &[u8]) -> Vec<Found> {
    let mut found = Vec::new();
    let read = records::decompress(header, batch).and_then(|records| {
        records::each_record(header, &records, |record| {
            found.push(Found {
                offset: header.base_offset + record.offset_delta,
                timestamp_ms: header.record_time_ms(record.timestamp_delta_ms),
            });
        })
    });
    if read.is_err() {
        // Earlier than asked for, never later.
        let (offset, timestamp_ms) = (header.base_offset, header.max_timestamp_ms);
        found = vec![Found { offset, timestamp_ms }];
    }
    found
}
