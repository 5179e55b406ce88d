//! Flushing a partition: sync, high watermark, checkpoints.

use std::io;

use super::{
    super::{
        checkpoint::{Checkpoint, write_index},
        files::SyncFn,
        flusher::FlushTarget,
    },
    Log, Partition,
};

/// Bytes between two checkpoints, which a start may have to scan.
pub(super) const CHECKPOINT_BYTES: u64 = 32 << 20;

impl Partition {
    /// Advances the high watermark and wakes waiting fetches.
    pub(super) fn advance_high_watermark(&self, end_offset: i64) {
        self.high_watermark.send_if_modified(|high| {
            let moved = *high < end_offset;
            *high = end_offset.max(*high);
            moved
        });
        for waiter in &*self.waiters.lock() {
            waiter.notify_one();
        }
    }

    /// Writes a checkpoint, if everything is synced.
    pub(crate) fn write_checkpoint(&self) -> io::Result<()> {
        let _order = self.checkpointing.lock();
        let checkpoint = {
            let mut log = self.log.lock();
            if log.has_unsynced || self.is_deleted() {
                return Ok(());
            }
            let Some(checkpoint) = Self::take_checkpoint(&mut log)? else { return Ok(()) };
            checkpoint
        };
        checkpoint.write(&self.folder)
    }

    /// Syncs everything and writes a durable checkpoint; older segments may then be deleted.
    pub(super) fn write_checkpoint_durably(&self) -> io::Result<()> {
        let _order = self.checkpointing.lock();
        let (checkpoint, end_offset) = {
            // Under the lock: a busy partition would never be completely synced otherwise.
            let mut log = self.log.lock();
            let Some(active) = log.segments.last().cloned() else { return Ok(()) };
            self.sync_file(&*active.open()?)?;
            if let Some(folder) = log.unsynced_folder.take() {
                folder.sync_all()?;
            }
            active.mark_synced(log.active_bytes);
            active.publish(log.active_bytes);
            log.synced_offset = log.next_offset;
            let Some(checkpoint) = Self::take_checkpoint(&mut log)? else { return Ok(()) };
            (checkpoint, log.next_offset)
        };
        self.advance_high_watermark(end_offset);
        checkpoint.write_durably(&self.folder)
    }

    fn take_checkpoint(log: &mut Log) -> io::Result<Option<Checkpoint>> {
        let Some(active) = log.segments.last().cloned() else { return Ok(None) };
        log.since_checkpoint_bytes = 0;
        active.with_index(|index| write_index(&active.path, index, log.active_bytes))?;
        Ok(Some(Checkpoint {
            segment: active.base_offset,
            length_bytes: log.active_bytes,
            next_offset: log.next_offset,
            producers: log.producers.clone(),
        }))
    }
}

impl FlushTarget for Partition {
    fn sync(&self, sync: &SyncFn) -> io::Result<()> {
        let (active, file, folder, bytes, end_offset) = {
            let mut log = self.log.lock();
            log.is_queued = false;
            let Some(active) = log.segments.last().cloned().filter(|_| log.has_unsynced) else {
                return Ok(());
            };
            // Opened before the state changes: without a file handle the sync is retried.
            let file = active.open()?;
            log.has_unsynced = false;
            let folder = log.unsynced_folder.take();
            (active, file, folder, log.active_bytes, log.next_offset)
        };
        sync(&file)?;
        if let Some(Err(error)) = folder.map(|folder| folder.sync_all())
            && !self.is_deleted()
        {
            return Err(error);
        }
        active.mark_synced(bytes);
        self.log.lock().synced_offset = end_offset;
        let is_due = self.log.lock().since_checkpoint_bytes >= CHECKPOINT_BYTES;
        if is_due
            && !self.is_deleted()
            && let Err(error) = self.write_checkpoint()
        {
            // A missing checkpoint only slows down the next start.
            tracing::warn!(%error, folder = %self.folder.display(), "cannot write a checkpoint");
        }
        Ok(())
    }

    fn publish(&self) {
        let end_offset = {
            let log = self.log.lock();
            if let Some(segment) = log.segments.last() {
                segment.publish(segment.synced_bytes());
            }
            log.synced_offset
        };
        self.advance_high_watermark(end_offset);
    }
}
