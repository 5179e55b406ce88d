//! What becomes of one batch.

use std::io;

use super::offset_map::OffsetMap;
use crate::storage::batch::{BatchHeader, Rewrite};
use crate::storage::records::{self, Record};

/// What a filter goes by.
pub(super) struct Rules<'a> {
    /// The last offsets of the keys.
    pub(super) map: &'a OffsetMap,
    /// The present.
    pub(super) now_ms: i64,
    /// How long tombstones stay after they were first compacted.
    pub(super) delete_retention_ms: i64,
    /// Whether tombstones stay for now.
    pub(super) keep_tombstones: bool,
}

/// What becomes of a batch.
pub(super) enum Kept {
    /// All of it.
    All,
    /// Some of its records, in this batch.
    Some(Vec<u8>),
    /// No record.
    Nothing,
}

/// Removes superseded records, records without a key, and tombstones whose time has come.
pub(super) fn filter(header: &BatchHeader, batch: &[u8], rules: &Rules<'_>) -> io::Result<Kept> {
    if header.count == 0 {
        return Ok(Kept::Nothing);
    }
    let horizon = header.delete_horizon_ms();
    let over = !rules.keep_tombstones && horizon.is_some_and(|horizon| horizon <= rules.now_ms);
    let plain = records::decompress(header, batch)?;
    let mut kept: Vec<Record<'_>> = Vec::new();
    records::each_record(header, &plain, |record| {
        let offset = header.base_offset + record.offset_delta;
        let last = record.key.is_some_and(|key| !rules.map.supersedes(key, offset));
        if last && !(record.is_tombstone && over) {
            kept.push(record);
        }
    })?;
    let first_seen = horizon.is_none() && kept.iter().any(|record| record.is_tombstone);
    if kept.is_empty() {
        return Ok(Kept::Nothing);
    }
    if kept.len() == usize::try_from(header.count).unwrap_or(0) && !first_seen {
        return Ok(Kept::All);
    }
    let begin = rules.now_ms.saturating_add(rules.delete_retention_ms);
    let horizon = if first_seen { Some(begin) } else { horizon };
    Ok(Kept::Some(rebuild(header, &kept, horizon)))
}

fn rebuild(header: &BatchHeader, kept: &[Record<'_>], horizon_ms: Option<i64>) -> Vec<u8> {
    let base_timestamp_ms = horizon_ms.unwrap_or(header.base_timestamp_ms);
    let moved_ms = header.base_timestamp_ms.wrapping_sub(base_timestamp_ms);
    let (mut body, mut latest_ms) = (Vec::new(), i64::MIN);
    for record in kept {
        latest_ms = latest_ms.max(header.record_time_ms(record.timestamp_delta_ms));
        record.encode(record.timestamp_delta_ms.wrapping_add(moved_ms), &mut body);
    }
    let rewrite = Rewrite {
        original: *header,
        base_timestamp_ms,
        max_timestamp_ms: latest_ms,
        has_horizon: horizon_ms.is_some(),
        count: i32::try_from(kept.len()).unwrap_or(i32::MAX),
    };
    rewrite.encode(&body)
}
