//! Appending to a partition: the idempotent check, the write, and a new segment when one is full.

use std::fs::File;
use std::io;
use std::sync::Arc;

use super::super::batch::{BatchHeader, PATCHED_BYTES, patched_prefix};
use super::super::checkpoint::write_index;
use super::super::producers::Verdict;
use super::super::segment::Segment;
use super::flush::CHECKPOINT_BYTES;
use super::{Log, Partition};
use crate::settings::Policy;

/// What appending a batch came to.
#[derive(Debug)]
pub(crate) enum Appended {
    /// The batch is stored; wait for `end_offset` to be durable before acknowledging.
    Stored {
        /// Offset of its first record.
        base_offset: i64,
        /// Offset after its last record.
        end_offset: i64,
    },
    /// The batch was not stored, for this reason.
    Refused(Verdict),
    /// The topic was deleted.
    Gone,
}

impl Partition {
    /// Appends a verified batch at the end, unless its producer's numbers forbid it.
    pub(crate) fn append(
        self: &Arc<Self>,
        batch: &[u8],
        header: &BatchHeader,
        policy: &Policy,
    ) -> io::Result<Appended> {
        let mut log = self.log.lock();
        if self.is_gone() {
            return Ok(Appended::Gone);
        }
        match log.producers.check(header) {
            Verdict::Append => {}
            Verdict::Duplicate { base_offset, last_offset } => {
                return Ok(Appended::Stored { base_offset, end_offset: last_offset + 1 });
            }
            refused => return Ok(Appended::Refused(refused)),
        }
        let segment = self.writable_segment(&mut log, header, policy)?;
        // Before anything is written: without a file handle, nothing has to be undone.
        let file = self.files.open(&segment)?;
        let (base_offset, position) = (log.next_offset, log.newest_bytes);
        let prefix = patched_prefix(batch.len(), base_offset);
        if let Err(error) = segment.append(&file, &prefix, &batch[PATCHED_BYTES..], self.fsync) {
            if let Err(again) = file.set_len(position) {
                self.flusher.fail(format!("cannot undo a failed write: {again}"));
            }
            return Err(error);
        }
        let stored = header.at(base_offset);
        let end_offset = stored.last_offset() + 1;
        segment.with_index(|i| i.note(&stored, position));
        log.producers.record(&stored);
        log.next_offset = end_offset;
        log.newest_bytes += batch.len() as u64;
        log.since_checkpoint_bytes += batch.len() as u64;
        log.unsynced = true;
        if !self.fsync {
            segment.publish(log.newest_bytes);
            drop(log);
            self.publish_until(end_offset);
        } else if !std::mem::replace(&mut log.queued, true) {
            drop(log);
            self.flusher.enqueue(Arc::<Self>::clone(self));
        }
        Ok(Appended::Stored { base_offset, end_offset })
    }

    /// The newest segment, after starting another when this one is full or old.
    fn writable_segment(
        &self,
        log: &mut Log,
        batch: &BatchHeader,
        policy: &Policy,
    ) -> io::Result<Arc<Segment>> {
        if let Some(newest) = log.segments.last() {
            let full = log.newest_bytes + batch.size_bytes as u64 > policy.segment_bytes;
            let first = newest.with_index(|index| index.first_timestamp_ms());
            let age_ms = first.map_or(0, |first| batch.max_timestamp_ms.saturating_sub(first));
            if log.newest_bytes == 0 || !(full || age_ms > policy.segment_age_ms()) {
                return Ok(Arc::clone(newest));
            }
        }
        self.roll(log)
    }

    /// Seals the newest segment, and starts another after it.
    pub(super) fn roll(&self, log: &mut Log) -> io::Result<Arc<Segment>> {
        if let Some(sealed) = log.segments.last() {
            // Only the newest segment may ever be torn, so the others are synced before it exists.
            self.force(&*sealed.open()?)?;
            sealed.note_synced(log.newest_bytes);
            sealed.publish(log.newest_bytes);
            if let Err(error) =
                sealed.with_index(|i| write_index(&sealed.path, i, log.newest_bytes))
            {
                // It only makes the next start slower.
                tracing::warn!(%error, file = %sealed.path.display(), "cannot write an index");
            }
        }
        let folder = self.files.with_room(|| File::open(&self.folder))?;
        let create = || Segment::create(&self.folder, log.next_offset);
        let segment = Arc::new(self.files.with_room(create)?);
        if let Some(sealed) = log.segments.last() {
            sealed.close();
        }
        self.files.admit(&segment);
        log.segments.push(Arc::clone(&segment));
        log.newest_bytes = 0;
        log.folder_unsynced = Some(folder);
        log.since_checkpoint_bytes = CHECKPOINT_BYTES;
        Ok(segment)
    }

    /// Syncs a file now; what cannot be synced stops the log.
    pub(super) fn force(&self, file: &File) -> io::Result<()> {
        let synced = (self.flusher.sync())(file);
        if let Err(error) = &synced {
            self.flusher.fail(format!("cannot write to the disk: {error}"));
        }
        synced
    }
}
