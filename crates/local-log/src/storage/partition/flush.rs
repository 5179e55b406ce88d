//! Making a partition durable, telling whoever waits, and noting it for the next start.

use std::io;

use super::super::checkpoint::{Checkpoint, write_index};
use super::super::files::SyncFn;
use super::super::flusher::Durable;
use super::{Log, Partition};

/// Bytes after which a checkpoint is due: what a start may have to scan.
pub(super) const CHECKPOINT_BYTES: u64 = 32 << 20;

impl Partition {
    /// Lets readers see everything before `end_offset`.
    pub(super) fn publish_until(&self, end_offset: i64) {
        self.high_watermark.send_if_modified(|high| {
            let moved = *high < end_offset;
            *high = end_offset.max(*high);
            moved
        });
        for reader in &*self.waiting.lock() {
            reader.notify_one();
        }
    }

    /// Stores what the next start needs to know, if everything was synced.
    pub(crate) fn write_checkpoint(&self) -> io::Result<()> {
        let _order = self.checkpointing.lock();
        let checkpoint = {
            let mut log = self.log.lock();
            if log.unsynced || self.is_gone() {
                return Ok(());
            }
            let Some(checkpoint) = Self::checkpoint(&mut log)? else { return Ok(()) };
            checkpoint
        };
        checkpoint.write(&self.folder)
    }

    /// Syncs everything now and notes it durably: after this, older segments may go.
    pub(super) fn write_checkpoint_durably(&self) -> io::Result<()> {
        let _order = self.checkpointing.lock();
        let (checkpoint, end_offset) = {
            // Under the lock, or a busy partition would never be all on the disk.
            let mut log = self.log.lock();
            let Some(newest) = log.segments.last().cloned() else { return Ok(()) };
            self.force(&*newest.open()?)?;
            if let Some(folder) = log.folder_unsynced.take() {
                folder.sync_all()?;
            }
            newest.note_synced(log.newest_bytes);
            newest.publish(log.newest_bytes);
            log.synced_offset = log.next_offset;
            let Some(checkpoint) = Self::checkpoint(&mut log)? else { return Ok(()) };
            (checkpoint, log.next_offset)
        };
        self.publish_until(end_offset);
        checkpoint.write_durably(&self.folder)
    }

    fn checkpoint(log: &mut Log) -> io::Result<Option<Checkpoint>> {
        let Some(newest) = log.segments.last().cloned() else { return Ok(None) };
        log.since_checkpoint_bytes = 0;
        newest.with_index(|index| write_index(&newest.path, index, log.newest_bytes))?;
        Ok(Some(Checkpoint {
            segment: newest.base_offset,
            length_bytes: log.newest_bytes,
            next_offset: log.next_offset,
            producers: log.producers.clone(),
        }))
    }
}

impl Durable for Partition {
    fn sync(&self, sync: &SyncFn) -> io::Result<()> {
        let (newest, file, folder, bytes, end_offset) = {
            let mut log = self.log.lock();
            log.queued = false;
            let Some(newest) = log.segments.last().cloned().filter(|_| log.unsynced) else {
                return Ok(());
            };
            // Opened before anything is forgotten: without a handle it is tried again.
            let file = newest.open()?;
            log.unsynced = false;
            let folder = log.folder_unsynced.take();
            (newest, file, folder, log.newest_bytes, log.next_offset)
        };
        sync(&file)?;
        if let Some(Err(error)) = folder.map(|folder| folder.sync_all())
            && !self.is_gone()
        {
            return Err(error);
        }
        newest.note_synced(bytes);
        self.log.lock().synced_offset = end_offset;
        let due = self.log.lock().since_checkpoint_bytes >= CHECKPOINT_BYTES;
        if due
            && !self.is_gone()
            && let Err(error) = self.write_checkpoint()
        {
            // It only makes the next start slower.
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
        self.publish_until(end_offset);
    }
}
