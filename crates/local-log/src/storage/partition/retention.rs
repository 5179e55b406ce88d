//! Deletes the oldest segments, by age, by size, or on request.

use std::{
    io,
    sync::{Arc, atomic::Ordering},
    time::UNIX_EPOCH,
};

use super::{
    super::{
        checkpoint::index_path,
        files::{self, sync_folder},
        offset_checkpoint::OffsetCheckpoint,
        segment::Segment,
    },
    Partition,
};
use crate::settings::Policy;

/// Why records cannot be deleted.
#[derive(Debug)]
pub(crate) enum DeleteError {
    /// The offset is negative or above the high watermark.
    OutOfRange,
    /// I/O error.
    Io(io::Error),
}

impl Partition {
    /// Deletes expired segments; returns their number. Blocks.
    pub(crate) fn delete_expired(&self, policy: &Policy, now_ms: i64) -> io::Result<usize> {
        let mut offsets = self.cleaning.lock();
        let segments = self.segments();
        let expired = count_expired(&segments, policy, now_ms)?;
        if expired == 0 || self.is_deleted() {
            return Ok(0);
        }
        let start_offset = match segments.get(expired) {
            Some(first_kept) => first_kept.base_offset,
            None => self.roll_for_deletion()?,
        };
        self.advance_start(&mut offsets, start_offset)?;
        Ok(expired)
    }

    /// Deletes all records before `offset`; returns the new start offset. Blocks.
    pub(crate) fn delete_before(&self, offset: i64) -> Result<i64, DeleteError> {
        let mut offsets = self.cleaning.lock();
        if self.is_deleted() || offset > self.high_watermark() || offset < 0 {
            return Err(DeleteError::OutOfRange);
        }
        if offset > offsets.start_offset {
            self.advance_start(&mut offsets, offset).map_err(DeleteError::Io)?;
        }
        Ok(offsets.start_offset)
    }

    /// Rolls to a new segment, because all existing ones are deleted; returns its base offset.
    fn roll_for_deletion(&self) -> io::Result<i64> {
        let mut log = self.log.lock();
        if log.active_bytes > 0 {
            self.roll(&mut log)?;
        }
        Ok(log.next_offset)
    }

    /// Advances the start offset durably, then removes the segments before it.
    fn advance_start(&self, offsets: &mut OffsetCheckpoint, start_offset: i64) -> io::Result<()> {
        // Keeps the producers of the deleted segments, and the end offset.
        self.write_checkpoint_durably()?;
        let clean_offset = offsets.clean_offset.max(start_offset);
        let advanced = OffsetCheckpoint { start_offset, clean_offset };
        advanced.write(&self.folder)?;
        *offsets = advanced;
        let deleted: Vec<Arc<Segment>> = {
            let mut log = self.log.lock();
            self.start_offset.store(start_offset, Ordering::Release);
            let kept = log.segments.partition_point(|s| s.base_offset <= start_offset);
            log.segments.drain(..kept.saturating_sub(1)).collect()
        };
        self.remove_files(&deleted)
    }

    /// Removes the files of segments that are no longer part of the log.
    pub(super) fn remove_files(&self, segments: &[Arc<Segment>]) -> io::Result<()> {
        for segment in segments {
            segment.pin()?;
            files::remove(&segment.path)?;
            files::remove(&index_path(&segment.path))?;
        }
        if segments.iter().any(|segment| segment.is_damaged()) {
            let _guard = self.inspecting.lock();
            self.write_damage_list()?;
        }
        if segments.is_empty() { Ok(()) } else { sync_folder(&self.folder) }
    }
}

/// Number of expired segments, from the oldest on.
fn count_expired(segments: &[Arc<Segment>], policy: &Policy, now_ms: i64) -> io::Result<usize> {
    let size = |segment: &Arc<Segment>| i64::try_from(segment.visible_bytes()).unwrap_or(i64::MAX);
    let mut by_age = 0;
    if policy.retention_ms >= 0 {
        for segment in segments {
            let age_ms = now_ms.saturating_sub(newest_record_ms(segment)?);
            if size(segment) == 0 || age_ms <= policy.retention_ms {
                break;
            }
            by_age += 1;
        }
    }
    let mut by_size = 0;
    if policy.retention_bytes >= 0 {
        let mut over: i64 = segments.iter().map(size).sum::<i64>() - policy.retention_bytes;
        for segment in segments {
            over -= size(segment);
            if size(segment) == 0 || over < 0 {
                break;
            }
            by_size += 1;
        }
    }
    Ok(by_age.max(by_size))
}

/// Time of the newest record; if records have no timestamp, of the last write.
fn newest_record_ms(segment: &Segment) -> io::Result<i64> {
    let known = segment.with_index(|index| index.max_timestamp_ms());
    if known >= 0 {
        return Ok(known);
    }
    let written = segment.open()?.metadata()?.modified()?.duration_since(UNIX_EPOCH);
    Ok(written.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
}
