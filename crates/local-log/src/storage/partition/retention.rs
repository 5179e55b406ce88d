//! Deleting the oldest segments: by age, by size, or because a client said so.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::UNIX_EPOCH;

use super::super::checkpoint::index_path;
use super::super::files::{self, sync_folder};
use super::super::marks::Marks;
use super::super::segment::Segment;
use super::Partition;
use crate::settings::Policy;

/// Why records cannot be deleted.
#[derive(Debug)]
pub(crate) enum DeleteError {
    /// The offset lies after the last record.
    OutOfRange,
    /// The operating system failed.
    Io(io::Error),
}

impl Partition {
    /// Deletes the segments that are too old or too many; returns how many. Blocks.
    pub(crate) fn expire(&self, policy: &Policy, now_ms: i64) -> io::Result<usize> {
        let mut marks = self.cleaning.lock();
        let segments = self.segments();
        let expired = expired(&segments, policy, now_ms)?;
        if expired == 0 || self.is_gone() {
            return Ok(0);
        }
        let start_offset = match segments.get(expired) {
            Some(first_kept) => first_kept.base_offset,
            None => self.roll_for_deletion()?,
        };
        self.delete_until(&mut marks, start_offset)?;
        Ok(expired)
    }

    /// Deletes everything before `offset`; returns where the partition begins now. Blocks.
    pub(crate) fn delete_before(&self, offset: i64) -> Result<i64, DeleteError> {
        let mut marks = self.cleaning.lock();
        if self.is_gone() || offset > self.high_watermark() || offset < 0 {
            return Err(DeleteError::OutOfRange);
        }
        if offset > marks.start_offset {
            self.delete_until(&mut marks, offset).map_err(DeleteError::Io)?;
        }
        Ok(marks.start_offset)
    }

    /// Starts a new segment because all the others go; returns where it begins.
    fn roll_for_deletion(&self) -> io::Result<i64> {
        let mut log = self.log.lock();
        if log.newest_bytes > 0 {
            self.roll(&mut log)?;
        }
        Ok(log.next_offset)
    }

    /// Moves the start for good, then removes what lies before it.
    fn delete_until(&self, marks: &mut Marks, start_offset: i64) -> io::Result<()> {
        // The producers in it must not be forgotten, and the new end must not be lost.
        self.write_checkpoint_durably()?;
        let clean_offset = marks.clean_offset.max(start_offset);
        let moved = Marks { start_offset, clean_offset };
        moved.write(&self.folder)?;
        *marks = moved;
        let deleted: Vec<Arc<Segment>> = {
            let mut log = self.log.lock();
            self.start_offset.store(start_offset, Ordering::Release);
            let kept = log.segments.partition_point(|s| s.base_offset <= start_offset);
            log.segments.drain(..kept.saturating_sub(1)).collect()
        };
        self.remove(&deleted)
    }

    /// Removes the files of segments that the log has let go of.
    pub(super) fn remove(&self, segments: &[Arc<Segment>]) -> io::Result<()> {
        for segment in segments {
            segment.pin()?;
            files::remove(&segment.path)?;
            files::remove(&index_path(&segment.path))?;
        }
        if segments.iter().any(|segment| segment.is_damaged()) {
            let _one_at_a_time = self.inspecting.lock();
            self.list_damage()?;
        }
        if segments.is_empty() { Ok(()) } else { sync_folder(&self.folder) }
    }
}

/// How many segments, from the oldest on, the policy lets go.
fn expired(segments: &[Arc<Segment>], policy: &Policy, now_ms: i64) -> io::Result<usize> {
    let size = |segment: &Arc<Segment>| i64::try_from(segment.visible_bytes()).unwrap_or(i64::MAX);
    let mut by_age = 0;
    if policy.retention_ms >= 0 {
        for segment in segments {
            let age_ms = now_ms.saturating_sub(newest_ms(segment)?);
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

/// Time of the newest record; where records carry none, of the last write.
fn newest_ms(segment: &Segment) -> io::Result<i64> {
    let known = segment.with_index(|index| index.max_timestamp_ms());
    if known >= 0 {
        return Ok(known);
    }
    let written = segment.open()?.metadata()?.modified()?.duration_since(UNIX_EPOCH);
    Ok(written.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
}
