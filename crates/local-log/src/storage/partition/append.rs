//! Appending to a partition: sequence check, write, and rolling of segments.

use std::{fs::File, io, sync::Arc};

use super::{
    super::{
        batch::{BatchHeader, PATCHED_BYTES, patched_prefix},
        checkpoint::write_index,
        producers::SequenceCheck,
        segment::Segment,
    },
    Log, Partition,
    flush::CHECKPOINT_BYTES,
};
use crate::settings::Policy;

/// Outcome of appending a batch.
#[derive(Debug)]
pub(crate) enum AppendOutcome {
    /// The batch is stored; it may be acknowledged once `end_offset` is durable.
    Stored {
        /// Offset of its first record.
        base_offset: i64,
        /// Offset after its last record.
        end_offset: i64,
    },
    /// The sequence number was refused.
    Refused(SequenceCheck),
    /// The topic was deleted.
    Deleted,
}

impl Partition {
    /// Appends a verified batch, unless its sequence number is refused.
    pub(crate) fn append(
        self: &Arc<Self>,
        batch: &[u8],
        header: &BatchHeader,
        policy: &Policy,
    ) -> io::Result<AppendOutcome> {
        let mut log = self.log.lock();
        if self.is_deleted() {
            return Ok(AppendOutcome::Deleted);
        }
        match log.producers.check_sequence(header) {
            SequenceCheck::InOrder => {}
            SequenceCheck::Duplicate { base_offset, last_offset } => {
                return Ok(AppendOutcome::Stored { base_offset, end_offset: last_offset + 1 });
            }
            refused => return Ok(AppendOutcome::Refused(refused)),
        }
        let segment = self.writable_segment(&mut log, header, policy)?;
        // Opened before any change, so that a failure needs no rollback.
        let file = self.files.open(&segment)?;
        let (base_offset, position) = (log.next_offset, log.active_bytes);
        let prefix = patched_prefix(batch.len(), base_offset);
        if let Err(error) = segment.append(&file, &prefix, &batch[PATCHED_BYTES..], self.fsync) {
            if let Err(again) = file.set_len(position) {
                self.flusher.fail(format!("cannot undo a failed write: {again}"));
            }
            return Err(error);
        }
        let stored = header.with_base_offset(base_offset);
        let end_offset = stored.last_offset() + 1;
        segment.with_index(|i| i.add_batch(&stored, position));
        log.producers.record_batch(&stored);
        log.next_offset = end_offset;
        log.active_bytes += batch.len() as u64;
        log.since_checkpoint_bytes += batch.len() as u64;
        log.has_unsynced = true;
        if !self.fsync {
            segment.publish(log.active_bytes);
            drop(log);
            self.advance_high_watermark(end_offset);
        } else if !std::mem::replace(&mut log.is_queued, true) {
            drop(log);
            self.flusher.enqueue(Arc::<Self>::clone(self));
        }
        Ok(AppendOutcome::Stored { base_offset, end_offset })
    }

    /// The active segment, after rolling to a new one if it is full or too old.
    fn writable_segment(
        &self,
        log: &mut Log,
        batch: &BatchHeader,
        policy: &Policy,
    ) -> io::Result<Arc<Segment>> {
        if let Some(active) = log.segments.last() {
            let is_full = log.active_bytes + batch.size_bytes as u64 > policy.segment_bytes;
            let first = active.with_index(|index| index.first_timestamp_ms());
            let age_ms = first.map_or(0, |first| batch.max_timestamp_ms.saturating_sub(first));
            if log.active_bytes == 0 || !(is_full || age_ms > policy.segment_age_ms()) {
                return Ok(Arc::clone(active));
            }
        }
        self.roll(log)
    }

    /// Seals the active segment and starts a new one.
    pub(super) fn roll(&self, log: &mut Log) -> io::Result<Arc<Segment>> {
        if let Some(sealed) = log.segments.last() {
            // Synced before the next segment exists, so that only the active segment can be torn.
            self.sync_file(&*sealed.open()?)?;
            sealed.mark_synced(log.active_bytes);
            sealed.publish(log.active_bytes);
            if let Err(error) =
                sealed.with_index(|i| write_index(&sealed.path, i, log.active_bytes))
            {
                // A missing index only slows down the next start.
                tracing::warn!(%error, file = %sealed.path.display(), "cannot write an index");
            }
        }
        let folder = self.files.open_with_retry(|| File::open(&self.folder))?;
        let create = || Segment::create(&self.folder, log.next_offset);
        let segment = Arc::new(self.files.open_with_retry(create)?);
        if let Some(sealed) = log.segments.last() {
            sealed.close();
        }
        self.files.track(&segment);
        log.segments.push(Arc::clone(&segment));
        log.active_bytes = 0;
        log.unsynced_folder = Some(folder);
        log.since_checkpoint_bytes = CHECKPOINT_BYTES;
        Ok(segment)
    }

    /// Syncs a file immediately; a failure stops the log.
    pub(super) fn sync_file(&self, file: &File) -> io::Result<()> {
        let synced = (self.flusher.sync())(file);
        if let Err(error) = &synced {
            self.flusher.fail(format!("cannot write to the disk: {error}"));
        }
        synced
    }
}
