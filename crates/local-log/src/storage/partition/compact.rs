//! Compacting a partition: when it is due, which segments, and how the new files take over.

use std::fs::{self, File};
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::super::checkpoint::{index_path, write_index};
use super::super::compaction::offset_map::OffsetMap;
use super::super::compaction::rewrite::{CLEANED, Cleaned, Plan, rewrite};
use super::super::files;
use super::super::marks::Marks;
use super::super::segment::Segment;
use super::Partition;
use crate::settings::Policy;

impl Partition {
    /// Compacts the sealed segments if enough in them is new; true if it did so. Blocks.
    ///
    /// `max_keys` bounds the memory; what does not fit waits for the next call.
    pub(crate) fn compact(
        &self,
        policy: &Policy,
        now_ms: i64,
        max_keys: usize,
        stopped: impl Fn() -> bool,
    ) -> io::Result<bool> {
        let mut marks = self.cleaning.lock();
        let stopped = || stopped() || self.is_gone() || self.flusher.has_failed();
        let cleanable = self.cleanable(policy, now_ms);
        if self.uncleanable.load(Ordering::Acquire) || !is_due(&cleanable, &marks, policy, now_ms) {
            return Ok(false);
        }
        let from = marks.clean_offset;
        let compacted = OffsetMap::build(&cleanable, from, max_keys, stopped).and_then(|map| {
            let Some(map) = map else { return Ok(false) };
            self.write_checkpoint_durably()?;
            self.compact_with(&cleanable, &map, policy, now_ms, stopped)?;
            if stopped() || map.end_offset == from {
                return Ok(false);
            }
            *marks = Marks { clean_offset: map.end_offset, ..*marks };
            marks.write(&self.folder)?;
            Ok(true)
        });
        match compacted {
            Err(error) if error.raw_os_error().is_none() => self.find_fault(&cleanable, error),
            done => done,
        }
    }

    /// Not the disk but the records: what is damaged is left alone from the next round on. Where
    /// nothing is, it would fail again and again, until the next start.
    fn find_fault(&self, segments: &[Arc<Segment>], error: io::Error) -> io::Result<bool> {
        let mut is_found = false;
        for segment in segments {
            is_found |= self.inspect(segment)?;
        }
        if is_found {
            return Ok(false);
        }
        self.uncleanable.store(!self.is_gone(), Ordering::Release);
        Err(error)
    }

    /// The segments that may be compacted: sealed, older than the lag, and not damaged.
    fn cleanable(&self, policy: &Policy, now_ms: i64) -> Vec<Arc<Segment>> {
        let mut segments = self.segments();
        segments.pop();
        let young = now_ms.saturating_sub(policy.min_compaction_lag_ms);
        let lag = policy.min_compaction_lag_ms > 0;
        let old = |s: &&Arc<Segment>| !lag || s.with_index(|i| i.max_timestamp_ms()) < young;
        let count = segments.iter().take_while(old).count();
        segments.truncate(count);
        segments.retain(|segment| !segment.is_damaged());
        segments
    }

    /// Rewrites the segments, oldest first, and merges those of which little is left.
    fn compact_with(
        &self,
        segments: &[Arc<Segment>],
        map: &OffsetMap,
        policy: &Policy,
        now_ms: i64,
        stopped: impl Fn() -> bool,
    ) -> io::Result<()> {
        let last_of_producers = self.log.lock().producers.last_offsets();
        let delete_retention_ms = policy.delete_retention_ms;
        let last_of_producers = &last_of_producers;
        // What a tombstone deletes may be in a damaged segment: without it, that would be back.
        let keep_tombstones = self.segments().iter().any(|segment| segment.is_damaged());
        let plan = Plan { map, last_of_producers, now_ms, delete_retention_ms, keep_tombstones };
        self.rewrite_groups(segments, &plan, policy.segment_bytes, 1, &stopped)?;
        // What is left of them may fit into fewer files: each costs a reader a look.
        let of_now: Vec<_> = self.segments().into_iter().filter(|s| !s.is_damaged()).collect();
        let last = segments.last().map_or(0, |segment| segment.base_offset);
        let count = of_now.partition_point(|segment| segment.base_offset <= last);
        self.rewrite_groups(&of_now[..count], &plan, policy.segment_bytes, 2, &stopped)
    }

    /// Rewrites neighbours that fit into one file together, where at least this many do.
    fn rewrite_groups(
        &self,
        segments: &[Arc<Segment>],
        plan: &Plan<'_>,
        segment_bytes: u64,
        at_least: usize,
        stopped: &impl Fn() -> bool,
    ) -> io::Result<()> {
        let mut rest = segments;
        while !rest.is_empty() && rest[0].base_offset < plan.map.end_offset {
            let (group, after) = rest.split_at(group_length(rest, segment_bytes));
            if group.len() < at_least {
                rest = after;
                continue;
            }
            let unfinished = group[0].path.with_extension(CLEANED);
            match rewrite(group, plan, stopped) {
                Ok(Some(cleaned)) if cleaned.changed => self.take_over(group, cleaned)?,
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

    /// Puts a compacted file in the place of the segments it was made of.
    ///
    /// The rename replaces the first of them at once; the others are covered by it from then on,
    /// and a start removes them if this does not come to it.
    fn take_over(&self, group: &[Arc<Segment>], cleaned: Cleaned) -> io::Result<()> {
        let Cleaned { path, file, index, bytes, .. } = cleaned;
        self.force(&file)?;
        for segment in group {
            segment.pin()?;
            files::remove(&index_path(&segment.path))?;
        }
        // An index must never stand beside a file that it does not describe.
        let folder = File::open(&self.folder)?;
        folder.sync_all()?;
        let first = &group[0];
        fs::rename(&path, &first.path)?;
        if let Err(error) = folder.sync_all() {
            self.flusher.fail(format!("cannot write to the disk: {error}"));
            return Err(error);
        }
        if let Err(error) = write_index(&first.path, &index, bytes) {
            // It only makes the next start slower.
            tracing::warn!(%error, file = %first.path.display(), "cannot write an index");
        }
        let new = Segment::sealed(first.path.clone(), first.base_offset, bytes, index);
        {
            let mut log = self.log.lock();
            let at = log.segments.iter().position(|s| s.base_offset == first.base_offset);
            let at = at.ok_or_else(|| io::Error::other("a segment is gone"))?;
            log.segments.splice(at..at + group.len(), [Arc::new(new)]);
        }
        self.remove(&group[1..])
    }
}

/// Whether enough is new, or something has waited for too long.
fn is_due(segments: &[Arc<Segment>], marks: &Marks, policy: &Policy, now_ms: i64) -> bool {
    let (mut dirty, mut all, mut overdue) = (0.0, 0.0, false);
    for segment in segments {
        #[allow(clippy::cast_precision_loss, reason = "a ratio")]
        let bytes = segment.visible_bytes() as f64;
        all += bytes;
        if segment.end_offset() > marks.clean_offset {
            dirty += bytes;
            let first = segment.with_index(|i| i.first_timestamp_ms()).unwrap_or(now_ms);
            overdue |= now_ms.saturating_sub(first) > policy.max_compaction_lag_ms;
        }
    }
    dirty > 0.0 && (overdue || dirty / all >= policy.min_dirty_ratio)
}

/// How many segments, from the first on, fit into one.
fn group_length(segments: &[Arc<Segment>], segment_bytes: u64) -> usize {
    let mut bytes = 0;
    let mut follows = segments.first().map_or(0, |segment| segment.base_offset);
    let fits = |segment: &&Arc<Segment>| {
        bytes += segment.visible_bytes();
        // A damaged one, or one that is too new, may lie between.
        let is_next = segment.base_offset == std::mem::replace(&mut follows, segment.end_offset());
        is_next && bytes <= segment_bytes
    };
    segments.iter().take_while(fits).count().max(1)
}
