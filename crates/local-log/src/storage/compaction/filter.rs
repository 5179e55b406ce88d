//! Filters the records of one batch.

use std::io;

use super::offset_map::OffsetMap;
use crate::storage::{
    batch::{BatchHeader, RewrittenBatch},
    records::{self, Record},
};

/// Rules of a compaction.
pub(super) struct Rules<'a> {
    /// Last offset of each key.
    pub(super) map: &'a OffsetMap,
    /// Current time.
    pub(super) now_ms: i64,
    /// How long tombstones are kept after their first compaction.
    pub(super) delete_retention_ms: i64,
    /// Whether all tombstones are kept.
    pub(super) keep_tombstones: bool,
}

/// A filtered batch.
pub(super) enum FilteredBatch {
    /// All records are kept.
    Unchanged,
    /// A new batch with the remaining records.
    Changed(Vec<u8>),
    /// No record is kept.
    Empty,
}

/// Removes superseded records, records without a key, and expired tombstones.
pub(super) fn filter(
    header: &BatchHeader,
    batch: &[u8],
    rules: &Rules<'_>,
) -> io::Result<FilteredBatch> {
    if header.count == 0 {
        return Ok(FilteredBatch::Empty);
    }
    let horizon = header.delete_horizon_ms();
    let is_expired =
        !rules.keep_tombstones && horizon.is_some_and(|horizon| horizon <= rules.now_ms);
    let plain = records::decompress(header, batch)?;
    let mut kept: Vec<Record<'_>> = Vec::new();
    records::for_each_record(header, &plain, |record| {
        let offset = header.base_offset + record.offset_delta;
        let is_last = record.key.is_some_and(|key| !rules.map.is_superseded(key, offset));
        if is_last && !(record.is_tombstone && is_expired) {
            kept.push(record);
        }
    })?;
    let needs_horizon = horizon.is_none() && kept.iter().any(|record| record.is_tombstone);
    if kept.is_empty() {
        return Ok(FilteredBatch::Empty);
    }
    if kept.len() == usize::try_from(header.count).unwrap_or(0) && !needs_horizon {
        return Ok(FilteredBatch::Unchanged);
    }
    let new_horizon = rules.now_ms.saturating_add(rules.delete_retention_ms);
    let horizon = if needs_horizon { Some(new_horizon) } else { horizon };
    Ok(FilteredBatch::Changed(rebuild_batch(header, &kept, horizon)))
}

fn rebuild_batch(header: &BatchHeader, kept: &[Record<'_>], horizon_ms: Option<i64>) -> Vec<u8> {
    let base_timestamp_ms = horizon_ms.unwrap_or(header.base_timestamp_ms);
    let shift_ms = header.base_timestamp_ms.wrapping_sub(base_timestamp_ms);
    let (mut body, mut max_timestamp_ms) = (Vec::new(), i64::MIN);
    for record in kept {
        max_timestamp_ms = max_timestamp_ms.max(header.record_time_ms(record.timestamp_delta_ms));
        record.encode(record.timestamp_delta_ms.wrapping_add(shift_ms), &mut body);
    }
    let rewrite = RewrittenBatch {
        original: *header,
        base_timestamp_ms,
        max_timestamp_ms,
        has_horizon: horizon_ms.is_some(),
        count: i32::try_from(kept.len()).unwrap_or(i32::MAX),
    };
    rewrite.encode(&body)
}
