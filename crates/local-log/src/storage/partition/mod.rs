//! One partition: its segments, high watermark and waiting fetches.

mod append;
mod compact;
mod flush;
mod inspect;
mod retention;
#[cfg(test)]
mod tests;

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

pub(crate) use self::{append::AppendOutcome, retention::DeleteError};
use super::{
    flusher::Flusher, offset_checkpoint::OffsetCheckpoint, open_files::OpenFiles,
    producers::Producers, recovery::RecoveredPartition, segment::Segment,
};

/// Size of the end of a partition that is probably in the page cache.
const RECENT_BYTES: u64 = 8 << 20;

/// One partition of a topic.
pub(crate) struct Partition {
    folder: PathBuf,
    fsync: bool,
    flusher: Arc<Flusher>,
    files: Arc<OpenFiles>,
    /// Held while segments are deleted or compacted; acquired before all other locks.
    cleaning: Mutex<OffsetCheckpoint>,
    /// Held while a checkpoint is taken and written, so that an older one never replaces a newer.
    checkpointing: Mutex<()>,
    /// Held while segments are inspected and the damage list is written.
    inspecting: Mutex<()>,
    log: Mutex<Log>,
    start_offset: AtomicI64,
    is_deleted: AtomicBool,
    /// Whether compaction failed because of the records; it is not retried.
    is_uncleanable: AtomicBool,
    high_watermark: watch::Sender<i64>,
    waiters: Mutex<Vec<Arc<Notify>>>,
}

/// Mutable state of a partition.
struct Log {
    segments: Vec<Arc<Segment>>,
    next_offset: i64,
    active_bytes: u64,
    synced_offset: i64,
    producers: Producers,
    is_queued: bool,
    has_unsynced: bool,
    /// The folder, while it has unsynced names; opened with the segment file, so that a sync needs
    /// no further file handle.
    unsynced_folder: Option<File>,
    since_checkpoint_bytes: u64,
}

impl Partition {
    /// A recovered partition.
    pub(crate) fn new(
        folder: PathBuf,
        fsync: bool,
        flusher: Arc<Flusher>,
        files: Arc<OpenFiles>,
        recovered: RecoveredPartition,
    ) -> Self {
        let active_bytes = recovered.segments.last().map_or(0, Segment::visible_bytes);
        let log = Log {
            segments: recovered.segments.into_iter().map(Arc::new).collect(),
            next_offset: recovered.next_offset,
            active_bytes,
            synced_offset: recovered.next_offset,
            producers: recovered.producers,
            is_queued: false,
            has_unsynced: false,
            unsynced_folder: None,
            since_checkpoint_bytes: 0,
        };
        let (high_watermark, _) = watch::channel(recovered.next_offset);
        Self {
            folder,
            fsync,
            flusher,
            files,
            cleaning: Mutex::new(recovered.offsets),
            checkpointing: Mutex::default(),
            inspecting: Mutex::default(),
            log: Mutex::new(log),
            start_offset: AtomicI64::new(recovered.offsets.start_offset),
            is_deleted: AtomicBool::new(false),
            is_uncleanable: AtomicBool::new(false),
            high_watermark,
            waiters: Mutex::default(),
        }
    }

    /// Offset after the last record visible to readers.
    pub(crate) fn high_watermark(&self) -> i64 {
        *self.high_watermark.borrow()
    }

    /// Offset of the oldest record.
    pub(crate) fn start_offset(&self) -> i64 {
        self.start_offset.load(Ordering::Acquire)
    }

    /// Whether a read at this offset is probably served from the page cache.
    pub(crate) fn is_recent(&self, offset: i64) -> bool {
        let log = self.log.lock();
        let Some(active) = log.segments.last() else { return true };
        let position = active.find_start(|index| index.floor(offset)).position_bytes;
        offset >= active.base_offset && log.active_bytes - position <= RECENT_BYTES
    }

    /// Offset of the next record, durable or not.
    pub(crate) fn end_offset(&self) -> i64 {
        self.log.lock().next_offset
    }

    /// The segments, oldest first.
    pub(crate) fn segments(&self) -> Vec<Arc<Segment>> {
        self.log.lock().segments.clone()
    }

    /// The segment that contains `offset`, and all after it.
    pub(crate) fn segments_from(&self, offset: i64) -> Vec<Arc<Segment>> {
        let log = self.log.lock();
        let after = log.segments.partition_point(|segment| segment.base_offset <= offset);
        log.segments[after.saturating_sub(1)..].to_vec()
    }

    /// Resolves once all records before `end_offset` are durable; never if the log fails.
    pub(crate) async fn wait_until_durable(&self, end_offset: i64) {
        if self.high_watermark.subscribe().wait_for(|high| *high >= end_offset).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Registers a waiting fetch, which is woken when the high watermark advances.
    pub(crate) fn add_waiter(&self, waiter: &Arc<Notify>) {
        self.waiters.lock().push(Arc::clone(waiter));
    }

    /// Removes a waiting fetch.
    pub(crate) fn remove_waiter(&self, waiter: &Arc<Notify>) {
        self.waiters.lock().retain(|other| !Arc::ptr_eq(other, waiter));
    }

    /// Marks the partition as deleted and wakes waiting fetches. Blocks.
    pub(crate) fn mark_deleted(&self) {
        self.is_deleted.store(true, Ordering::Release);
        // Waits for running work on the files, since a new topic may reuse the folder.
        drop(self.cleaning.lock());
        drop(self.checkpointing.lock());
        drop(self.inspecting.lock());
        drop(self.log.lock());
        for waiter in &*self.waiters.lock() {
            waiter.notify_one();
        }
    }

    /// Whether the topic was deleted.
    pub(crate) fn is_deleted(&self) -> bool {
        self.is_deleted.load(Ordering::Acquire)
    }

    /// Folder of the partition.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}
