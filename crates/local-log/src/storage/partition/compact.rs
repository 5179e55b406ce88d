//! Compacting a partition: selecting segments and replacing them by compacted ones.

use std::{
    fs::{self, File},
    io,
    sync::{Arc, atomic::Ordering},
};

use super::{
    super::{
        checkpoint::{index_path, write_index},
        compaction::{
            offset_map::OffsetMap,
            rewrite::{CLEANED_EXTENSION, CleanedSegment, CompactionPlan, rewrite},
        },
        files,
        offset_checkpoint::OffsetCheckpoint,
        segment::Segment,
    },
    Partition,
};
use crate::settings::Policy;

impl Partition {
    /// Compacts the sealed segments if a compaction is due; true if it was. Blocks.
    ///
    /// `max_keys` bounds the memory; further keys are left to the next call.
    pub(crate) fn compact(
        &self,
        policy: &Policy,
        now_ms: i64,
        max_keys: usize,
        is_cancelled: impl Fn() -> bool,
    ) -> io::Result<bool> {
        let mut offsets = self.cleaning.lock();
        let is_cancelled = || is_cancelled() || self.is_deleted() || self.flusher.has_failed();
        let cleanable = self.cleanable_segments(policy, now_ms);
        if self.is_uncleanable.load(Ordering::Acquire)
            || !is_due(&cleanable, &offsets, policy, now_ms)
        {
            return Ok(false);
        }
        let from = offsets.clean_offset;
        let compacted =
            OffsetMap::build(&cleanable, from, max_keys, is_cancelled).and_then(|map| {
                let Some(map) = map else { return Ok(false) };
                self.write_checkpoint_durably()?;
                self.compact_with(&cleanable, &map, policy, now_ms, is_cancelled)?;
                if is_cancelled() || map.end_offset == from {
                    return Ok(false);
                }
                *offsets = OffsetCheckpoint { clean_offset: map.end_offset, ..*offsets };
                offsets.write(&self.folder)?;
                Ok(true)
            });
        match compacted {
            Err(error) if error.raw_os_error().is_none() => {
                self.handle_invalid_records(&cleanable, error)
            }
            done => done,
        }
    }

    /// Handles a failure caused by the records rather than the disk. New damage is excluded from
    /// the next round; without any, the partition is not compacted again until the next start.
    fn handle_invalid_records(
        &self,
        segments: &[Arc<Segment>],
        error: io::Error,
    ) -> io::Result<bool> {
        let mut has_new_damage = false;
        for segment in segments {
            has_new_damage |= self.inspect(segment)?;
        }
        if has_new_damage {
            return Ok(false);
        }
        self.is_uncleanable.store(!self.is_deleted(), Ordering::Release);
        Err(error)
    }

    /// The segments that may be compacted: sealed, older than the minimum lag, undamaged.
    fn cleanable_segments(&self, policy: &Policy, now_ms: i64) -> Vec<Arc<Segment>> {
        let mut segments = self.segments();
        segments.pop();
        let newest_ms = now_ms.saturating_sub(policy.min_compaction_lag_ms);
        let has_lag = policy.min_compaction_lag_ms > 0;
        let is_old =
            |s: &&Arc<Segment>| !has_lag || s.with_index(|i| i.max_timestamp_ms()) < newest_ms;
        let count = segments.iter().take_while(is_old).count();
        segments.truncate(count);
        segments.retain(|segment| !segment.is_damaged());
        segments
    }

    /// Rewrites the segments, oldest first, then merges small ones.
    fn compact_with(
        &self,
        segments: &[Arc<Segment>],
        map: &OffsetMap,
        policy: &Policy,
        now_ms: i64,
        is_cancelled: impl Fn() -> bool,
    ) -> io::Result<()> {
        let producer_last_offsets = self.log.lock().producers.last_offsets();
        let plan = CompactionPlan {
            map,
            producer_last_offsets: &producer_last_offsets,
            now_ms,
            delete_retention_ms: policy.delete_retention_ms,
            // A damaged segment may contain the record that a tombstone deletes, and be restored.
            keep_tombstones: self.segments().iter().any(|segment| segment.is_damaged()),
        };
        self.rewrite_groups(segments, &plan, policy.segment_bytes, 1, &is_cancelled)?;
        // The rest may fit into fewer files, which makes reads cheaper.
        let current: Vec<_> = self.segments().into_iter().filter(|s| !s.is_damaged()).collect();
        let last = segments.last().map_or(0, |segment| segment.base_offset);
        let count = current.partition_point(|segment| segment.base_offset <= last);
        self.rewrite_groups(&current[..count], &plan, policy.segment_bytes, 2, &is_cancelled)
    }

    /// Rewrites groups of adjacent segments that fit into one file, if they have at least
    /// `min_segments`.
    fn rewrite_groups(
        &self,
        segments: &[Arc<Segment>],
        plan: &CompactionPlan<'_>,
        segment_bytes: u64,
        min_segments: usize,
        is_cancelled: &impl Fn() -> bool,
    ) -> io::Result<()> {
        let mut rest = segments;
        while !rest.is_empty() && rest[0].base_offset < plan.map.end_offset {
            let (group, after) = rest.split_at(group_length(rest, segment_bytes));
            if group.len() < min_segments {
                rest = after;
                continue;
            }
            let unfinished = group[0].path.with_extension(CLEANED_EXTENSION);
            match rewrite(group, plan, is_cancelled) {
                Ok(Some(cleaned)) if cleaned.is_changed => self.replace_segments(group, cleaned)?,
                Ok(Some(_)) => files::remove(&unfinished)?,
                Ok(None) => return files::remove(&unfinished),
                Err(error) => {
                    files::remove(&unfinished)?;
                    return Err(error);
                }
            }
            rest = after;
        }
        Ok(())
    }

    /// Replaces segments by the compacted one.
    ///
    /// The rename replaces the first segment atomically. The new file covers the others, which the
    /// next start removes if this is interrupted.
    fn replace_segments(&self, group: &[Arc<Segment>], cleaned: CleanedSegment) -> io::Result<()> {
        let CleanedSegment { path, file, index, bytes, .. } = cleaned;
        self.sync_file(&file)?;
        for segment in group {
            segment.pin()?;
            files::remove(&index_path(&segment.path))?;
        }
        // Durable before the rename, so that no index ever belongs to another file.
        let folder = File::open(&self.folder)?;
        folder.sync_all()?;
        let first = &group[0];
        fs::rename(&path, &first.path)?;
        if let Err(error) = folder.sync_all() {
            self.flusher.fail(format!("cannot write to the disk: {error}"));
            return Err(error);
        }
        if let Err(error) = write_index(&first.path, &index, bytes) {
            // A missing index only slows down the next start.
            tracing::warn!(%error, file = %first.path.display(), "cannot write an index");
        }
        let new = Segment::sealed(first.path.clone(), first.base_offset, bytes, index);
        {
            let mut log = self.log.lock();
            let at = log.segments.iter().position(|s| s.base_offset == first.base_offset);
            let at = at.ok_or_else(|| io::Error::other("a segment is missing"))?;
            log.segments.splice(at..at + group.len(), [Arc::new(new)]);
        }
        self.remove_files(&group[1..])
    }
}

/// Whether the dirty ratio or the maximum compaction lag is exceeded.
fn is_due(
    segments: &[Arc<Segment>],
    offsets: &OffsetCheckpoint,
    policy: &Policy,
    now_ms: i64,
) -> bool {
    let (mut dirty, mut total, mut is_overdue) = (0.0, 0.0, false);
    for segment in segments {
        #[allow(clippy::cast_precision_loss, reason = "a ratio")]
        let bytes = segment.visible_bytes() as f64;
        total += bytes;
        if segment.end_offset() > offsets.clean_offset {
            dirty += bytes;
            let first = segment.with_index(|i| i.first_timestamp_ms()).unwrap_or(now_ms);
            is_overdue |= now_ms.saturating_sub(first) > policy.max_compaction_lag_ms;
        }
    }
    dirty > 0.0 && (is_overdue || dirty / total >= policy.min_dirty_ratio)
}

/// Number of adjacent segments, from the first on, that fit into one.
fn group_length(segments: &[Arc<Segment>], segment_bytes: u64) -> usize {
    let mut bytes = 0;
    let mut next_offset = segments.first().map_or(0, |segment| segment.base_offset);
    let fits = |segment: &&Arc<Segment>| {
        bytes += segment.visible_bytes();
        // Excluded segments, such as damaged ones, leave gaps.
        let expected = std::mem::replace(&mut next_offset, segment.end_offset());
        segment.base_offset == expected && bytes <= segment_bytes
    };
    segments.iter().take_while(fits).count().max(1)
}
