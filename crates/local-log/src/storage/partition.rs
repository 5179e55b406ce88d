//! One partition: appends, what readers may see, and who waits for more.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, watch};

use super::batch::{BatchHeader, PATCHED_BYTES, patched_prefix};
use super::checkpoint::{Checkpoint, write_index};
use super::files::{SyncFn, sync_folder};
use super::flusher::{Durable, Flusher};
use super::producers::{Producers, Verdict};
use super::recovery::Recovered;
use super::segment::{Segment, lock};

/// Bytes after which a checkpoint is due: what a start may have to scan.
const CHECKPOINT_BYTES: u64 = 32 << 20;

/// Bytes at the end of a partition that are likely still in memory.
const RECENT_BYTES: u64 = 8 << 20;

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
}

/// One partition of a topic.
pub(crate) struct Partition {
    folder: PathBuf,
    fsync: bool,
    flusher: Arc<Flusher>,
    log: Mutex<Log>,
    high_watermark: watch::Sender<i64>,
    waiting: Mutex<Vec<Arc<Notify>>>,
}

/// What a writer changes, always under the lock.
struct Log {
    segments: Vec<Arc<Segment>>,
    next_offset: i64,
    newest_bytes: u64,
    producers: Producers,
    queued: bool,
    unsynced: bool,
    folder_unsynced: bool,
    since_checkpoint_bytes: u64,
}

impl Partition {
    /// A partition as recovery found it.
    pub(crate) fn new(
        folder: PathBuf,
        fsync: bool,
        flusher: Arc<Flusher>,
        found: Recovered,
    ) -> io::Result<Self> {
        let newest_bytes = found.segments.last().map_or(0, Segment::visible_bytes);
        if let Some(newest) = found.segments.last() {
            newest.reopen()?;
        }
        let log = Log {
            segments: found.segments.into_iter().map(Arc::new).collect(),
            next_offset: found.next_offset,
            newest_bytes,
            producers: found.producers,
            queued: false,
            unsynced: false,
            folder_unsynced: false,
            since_checkpoint_bytes: 0,
        };
        let (high_watermark, _) = watch::channel(found.next_offset);
        let (log, waiting) = (Mutex::new(log), Mutex::default());
        Ok(Self { folder, fsync, flusher, log, high_watermark, waiting })
    }

    /// Appends a verified batch at the end, unless its producer's numbers forbid it.
    pub(crate) fn append(
        self: &Arc<Self>,
        batch: &[u8],
        header: &BatchHeader,
        segment_bytes: u64,
    ) -> io::Result<Appended> {
        let mut log = lock(&self.log);
        match log.producers.check(header) {
            Verdict::Append => {}
            Verdict::Duplicate { base_offset, last_offset } => {
                return Ok(Appended::Stored { base_offset, end_offset: last_offset + 1 });
            }
            refused => return Ok(Appended::Refused(refused)),
        }
        let segment = self.writable_segment(&mut log, batch.len() as u64, segment_bytes)?;
        let (base_offset, position) = (log.next_offset, log.newest_bytes);
        let prefix = patched_prefix(batch.len(), base_offset);
        if let Err(error) = segment.append(&prefix, &batch[PATCHED_BYTES..]) {
            if let Err(again) = segment.truncate(position) {
                self.flusher.fail(format!("cannot undo a failed write: {again}"));
            }
            return Err(error);
        }
        let stored = header.at(base_offset);
        let end_offset = stored.last_offset() + 1;
        segment.with_index(|i| i.note(base_offset, position, stored.max_timestamp_ms));
        log.producers.record(&stored);
        log.next_offset = end_offset;
        log.newest_bytes += batch.len() as u64;
        log.since_checkpoint_bytes += batch.len() as u64;
        log.unsynced = true;
        if !self.fsync {
            segment.publish(log.newest_bytes);
            drop(log);
            self.publish(end_offset);
        } else if !std::mem::replace(&mut log.queued, true) {
            drop(log);
            self.flusher.enqueue(Arc::<Self>::clone(self));
        }
        Ok(Appended::Stored { base_offset, end_offset })
    }

    /// The newest segment, after starting another when this one is full.
    fn writable_segment(
        &self,
        log: &mut Log,
        batch_bytes: u64,
        segment_bytes: u64,
    ) -> io::Result<Arc<Segment>> {
        let full = log.newest_bytes > 0 && log.newest_bytes + batch_bytes > segment_bytes;
        if let Some(newest) = log.segments.last()
            && !full
        {
            return Ok(Arc::clone(newest));
        }
        if let Some(sealed) = log.segments.last() {
            // Only the newest segment may ever be torn, so the others are synced before it exists.
            if let Err(error) = (self.flusher.sync())(&*sealed.open()?) {
                self.flusher.fail(format!("cannot write to the disk: {error}"));
                return Err(error);
            }
            sealed.note_synced(log.newest_bytes);
            sealed.publish(log.newest_bytes);
            sealed.with_index(|index| write_index(&sealed.path, index, log.newest_bytes))?;
            sealed.close();
            log.since_checkpoint_bytes = CHECKPOINT_BYTES;
        }
        let segment = Arc::new(Segment::create(&self.folder, log.next_offset)?);
        log.segments.push(Arc::clone(&segment));
        log.newest_bytes = 0;
        log.folder_unsynced = true;
        Ok(segment)
    }

    /// Offset after the last record that readers may see.
    pub(crate) fn high_watermark(&self) -> i64 {
        *self.high_watermark.borrow()
    }

    /// Offset of the oldest record.
    pub(crate) fn start_offset(&self) -> i64 {
        lock(&self.log).segments.first().map_or(0, |oldest| oldest.base_offset)
    }

    /// Whether a read there needs no disk: near the end, or no read at all.
    pub(crate) fn is_recent(&self, offset: i64) -> bool {
        let log = lock(&self.log);
        let Some(newest) = log.segments.last() else { return true };
        let place = newest.with_index(|index| index.floor(offset));
        offset >= newest.base_offset && log.newest_bytes - place <= RECENT_BYTES
    }

    /// Offset of the next record, durable or not.
    pub(crate) fn end_offset(&self) -> i64 {
        lock(&self.log).next_offset
    }

    /// The segments, oldest first.
    pub(crate) fn segments(&self) -> Vec<Arc<Segment>> {
        lock(&self.log).segments.clone()
    }

    /// The segment that holds `offset`, and all after it.
    pub(crate) fn segments_from(&self, offset: i64) -> Vec<Arc<Segment>> {
        let log = lock(&self.log);
        let after = log.segments.partition_point(|segment| segment.base_offset <= offset);
        log.segments[after.saturating_sub(1)..].to_vec()
    }

    /// Resolves once every record before `end_offset` is durable; never, if the log fails.
    pub(crate) async fn durable(&self, end_offset: i64) {
        if self.high_watermark.subscribe().wait_for(|high| *high >= end_offset).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Wakes `reader` at the next publication, until [`Partition::forget`].
    pub(crate) fn wake_at_publish(&self, reader: &Arc<Notify>) {
        lock(&self.waiting).push(Arc::clone(reader));
    }

    /// Undoes [`Partition::wake_at_publish`].
    pub(crate) fn forget(&self, reader: &Arc<Notify>) {
        lock(&self.waiting).retain(|waiting| !Arc::ptr_eq(waiting, reader));
    }

    fn publish(&self, end_offset: i64) {
        self.high_watermark.send_if_modified(|high| {
            let moved = *high < end_offset;
            *high = end_offset.max(*high);
            moved
        });
        for reader in &*lock(&self.waiting) {
            reader.notify_one();
        }
    }

    /// Stores what the next start needs to know; only after everything was synced.
    pub(crate) fn write_checkpoint(&self) -> io::Result<()> {
        let (newest, checkpoint) = {
            let mut log = lock(&self.log);
            let Some(newest) = log.segments.last().cloned() else { return Ok(()) };
            if log.unsynced {
                return Ok(());
            }
            log.since_checkpoint_bytes = 0;
            let checkpoint = Checkpoint {
                segment: newest.base_offset,
                length_bytes: log.newest_bytes,
                next_offset: log.next_offset,
                producers: log.producers.clone(),
            };
            newest.with_index(|i| write_index(&newest.path, i, checkpoint.length_bytes))?;
            (newest, checkpoint)
        };
        drop(newest);
        checkpoint.write(&self.folder)
    }

    /// Where the partition is stored.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Durable for Partition {
    fn flush(&self, sync: &SyncFn) -> io::Result<()> {
        let (newest, bytes, end_offset, folder) = {
            let mut log = lock(&self.log);
            log.queued = false;
            if !std::mem::take(&mut log.unsynced) {
                return Ok(());
            }
            let Some(newest) = log.segments.last().cloned() else { return Ok(()) };
            let folder = std::mem::take(&mut log.folder_unsynced);
            (newest, log.newest_bytes, log.next_offset, folder)
        };
        sync(&*newest.open()?)?;
        if folder {
            sync_folder(&self.folder)?;
        }
        newest.note_synced(bytes);
        newest.publish(bytes);
        self.publish(end_offset);
        let due = lock(&self.log).since_checkpoint_bytes >= CHECKPOINT_BYTES;
        if due && let Err(error) = self.write_checkpoint() {
            // It only makes the next start slower.
            tracing::warn!(%error, folder = %self.folder.display(), "cannot write a checkpoint");
        }
        Ok(())
    }
}
