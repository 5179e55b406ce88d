//! One partition: appends, what readers may see, and who waits for more.

mod append;
mod compact;
mod flush;
mod inspect;
mod retention;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use parking_lot::Mutex;

use tokio::sync::{Notify, watch};

pub(crate) use self::append::Appended;
pub(crate) use self::retention::DeleteError;
use super::flusher::Flusher;
use super::marks::Marks;
use super::open_files::OpenFiles;
use super::producers::Producers;
use super::recovery::Recovered;
use super::segment::Segment;

/// Bytes at the end of a partition that are likely still in memory.
const RECENT_BYTES: u64 = 8 << 20;

/// One partition of a topic.
pub(crate) struct Partition {
    folder: PathBuf,
    fsync: bool,
    flusher: Arc<Flusher>,
    files: Arc<OpenFiles>,
    /// Held while segments are deleted or compacted; taken before all other locks.
    cleaning: Mutex<Marks>,
    /// Held from the look at the state until it is written, so that none is older than the last.
    checkpointing: Mutex<()>,
    /// Held while segments are inspected, and the list of what is damaged is written.
    inspecting: Mutex<()>,
    log: Mutex<Log>,
    start_offset: AtomicI64,
    gone: AtomicBool,
    uncleanable: AtomicBool,
    high_watermark: watch::Sender<i64>,
    waiting: Mutex<Vec<Arc<Notify>>>,
}

/// What a writer changes, always under the lock.
struct Log {
    segments: Vec<Arc<Segment>>,
    next_offset: i64,
    newest_bytes: u64,
    synced_offset: i64,
    producers: Producers,
    queued: bool,
    unsynced: bool,
    /// The folder, while it has names in it that are not synced: opened with the file, so that a
    /// sync needs no handle more.
    folder_unsynced: Option<File>,
    since_checkpoint_bytes: u64,
}

impl Partition {
    /// A partition as recovery found it.
    pub(crate) fn new(
        folder: PathBuf,
        fsync: bool,
        flusher: Arc<Flusher>,
        files: Arc<OpenFiles>,
        found: Recovered,
    ) -> Self {
        let newest_bytes = found.segments.last().map_or(0, Segment::visible_bytes);
        let log = Log {
            segments: found.segments.into_iter().map(Arc::new).collect(),
            next_offset: found.next_offset,
            newest_bytes,
            synced_offset: found.next_offset,
            producers: found.producers,
            queued: false,
            unsynced: false,
            folder_unsynced: None,
            since_checkpoint_bytes: 0,
        };
        let (high_watermark, _) = watch::channel(found.next_offset);
        Self {
            folder,
            fsync,
            flusher,
            files,
            cleaning: Mutex::new(found.marks),
            checkpointing: Mutex::default(),
            inspecting: Mutex::default(),
            log: Mutex::new(log),
            start_offset: AtomicI64::new(found.marks.start_offset),
            gone: AtomicBool::new(false),
            uncleanable: AtomicBool::new(false),
            high_watermark,
            waiting: Mutex::default(),
        }
    }

    /// Offset after the last record that readers may see.
    pub(crate) fn high_watermark(&self) -> i64 {
        *self.high_watermark.borrow()
    }

    /// Offset of the oldest record.
    pub(crate) fn start_offset(&self) -> i64 {
        self.start_offset.load(Ordering::Acquire)
    }

    /// Whether a read there needs no disk: near the end, or no read at all.
    pub(crate) fn is_recent(&self, offset: i64) -> bool {
        let log = self.log.lock();
        let Some(newest) = log.segments.last() else { return true };
        let place = newest.place(|index| index.floor(offset)).position_bytes;
        offset >= newest.base_offset && log.newest_bytes - place <= RECENT_BYTES
    }

    /// Offset of the next record, durable or not.
    pub(crate) fn end_offset(&self) -> i64 {
        self.log.lock().next_offset
    }

    /// The segments, oldest first.
    pub(crate) fn segments(&self) -> Vec<Arc<Segment>> {
        self.log.lock().segments.clone()
    }

    /// The segment that holds `offset`, and all after it.
    pub(crate) fn segments_from(&self, offset: i64) -> Vec<Arc<Segment>> {
        let log = self.log.lock();
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
        self.waiting.lock().push(Arc::clone(reader));
    }

    /// Undoes [`Partition::wake_at_publish`].
    pub(crate) fn forget(&self, reader: &Arc<Notify>) {
        self.waiting.lock().retain(|waiting| !Arc::ptr_eq(waiting, reader));
    }

    /// Ends the partition because its topic is deleted; wakes whoever waits for records. Blocks.
    pub(crate) fn end(&self) {
        self.gone.store(true, Ordering::Release);
        // Whoever is at work on the files comes to an end: another topic may get the same folder.
        drop(self.cleaning.lock());
        drop(self.checkpointing.lock());
        drop(self.inspecting.lock());
        drop(self.log.lock());
        for reader in &*self.waiting.lock() {
            reader.notify_one();
        }
    }

    /// Whether the topic was deleted.
    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }

    /// Where the partition is stored.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}
