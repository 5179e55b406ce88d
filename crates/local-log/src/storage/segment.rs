//! A segment: one file of a partition, named after its base offset.

use std::{
    fs::{File, OpenOptions},
    io::{self, IoSlice, Write},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;

use super::{damage::Damage, index::Index, survey::Anchor};

/// A segment: a file of batches and its index.
#[derive(Debug)]
pub(crate) struct Segment {
    /// Base offset.
    pub(crate) base_offset: i64,
    /// The file of batches.
    pub(crate) path: PathBuf,
    /// Bytes visible to readers.
    visible_bytes: AtomicU64,
    /// Bytes covered by a sync.
    synced_bytes: AtomicU64,
    /// Bytes to be covered by a sync.
    written_bytes: AtomicU64,
    /// Open for appending to the active segment; sealed segments are opened per read.
    file: Mutex<Option<Arc<File>>>,
    /// Whether the file was used since [`Segment::close_if_unused`] last checked.
    is_used: AtomicBool,
    index: Mutex<Index>,
    /// Known damage, in order.
    damage: Mutex<Arc<[Damage]>>,
}

impl Segment {
    /// File name of the segment with this base offset.
    pub(crate) fn file_name(base_offset: i64) -> String {
        format!("{base_offset:020}.log")
    }

    /// Creates an empty segment in `folder`.
    pub(crate) fn create(folder: &Path, base_offset: i64) -> io::Result<Self> {
        let path = folder.join(Self::file_name(base_offset));
        let file = OpenOptions::new().read(true).append(true).create_new(true).open(&path)?;
        let segment = Self::sealed(path, base_offset, 0, Index::default());
        *segment.file.lock() = Some(Arc::new(file));
        Ok(segment)
    }

    /// An existing segment with `bytes` valid bytes.
    pub(crate) fn sealed(path: PathBuf, base_offset: i64, bytes: u64, index: Index) -> Self {
        Self {
            base_offset,
            path,
            visible_bytes: AtomicU64::new(bytes),
            synced_bytes: AtomicU64::new(bytes),
            written_bytes: AtomicU64::new(bytes),
            is_used: AtomicBool::new(true),
            file: Mutex::new(None),
            index: Mutex::new(index),
            damage: Mutex::new(Arc::from([])),
        }
    }

    /// Whether the file is open.
    pub(crate) fn is_open(&self) -> bool {
        self.file.lock().is_some()
    }

    /// Closes the file, unless it was used recently or has unsynced writes.
    pub(crate) fn close_if_unused(&self) -> bool {
        !self.is_used.swap(false, Ordering::AcqRel) && self.close_if_synced()
    }

    /// Closes the file, unless it has unsynced writes: a file handle opened later might not report
    /// a failed write.
    pub(crate) fn close_if_synced(&self) -> bool {
        let is_synced = self.synced_bytes() >= self.written_bytes.load(Ordering::Acquire);
        if is_synced {
            *self.file.lock() = None;
        }
        is_synced
    }

    /// The file for appending, and whether it was opened just now.
    pub(crate) fn open_for_append(&self) -> io::Result<(Arc<File>, bool)> {
        let mut open = self.file.lock();
        self.is_used.store(true, Ordering::Release);
        if let Some(file) = &*open {
            return Ok((Arc::clone(file), false));
        }
        let file = Arc::new(OpenOptions::new().read(true).append(true).open(&self.path)?);
        *open = Some(Arc::clone(&file));
        Ok((file, true))
    }

    /// Appends a batch, given as prefix and rest, in one system call.
    ///
    /// `file` comes from [`Segment::open_for_append`]. `needs_sync` means that a sync follows.
    pub(crate) fn append(
        &self,
        mut file: &File,
        prefix: &[u8],
        rest: &[u8],
        needs_sync: bool,
    ) -> io::Result<()> {
        let written = file.write_vectored(&[IoSlice::new(prefix), IoSlice::new(rest)])?;
        if written < prefix.len() {
            file.write_all(&prefix[written..])?;
            file.write_all(rest)?;
        } else {
            file.write_all(&rest[written - prefix.len()..])?;
        }
        if needs_sync {
            let bytes = (prefix.len() + rest.len()) as u64;
            self.written_bytes.fetch_add(bytes, Ordering::AcqRel);
        }
        Ok(())
    }

    /// Reads up to `buffer.len()` bytes; returns the number of bytes read.
    pub(crate) fn read_at(&self, buffer: &mut [u8], position_bytes: u64) -> io::Result<usize> {
        let file = self.open()?;
        let mut done = 0;
        while done < buffer.len() {
            match file.read_at(&mut buffer[done..], position_bytes + done as u64) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    /// The open file, or a new file handle.
    pub(crate) fn open(&self) -> io::Result<Arc<File>> {
        // Opened under the lock, since the file can be replaced.
        let file = self.file.lock();
        match &*file {
            Some(file) => Ok(Arc::clone(file)),
            None => File::open(&self.path).map(Arc::new),
        }
    }

    /// Opens the file and keeps it open, for readers, before it is replaced or removed.
    pub(crate) fn pin(&self) -> io::Result<()> {
        let mut file = self.file.lock();
        if file.is_none() {
            *file = Some(Arc::new(File::open(&self.path)?));
        }
        Ok(())
    }

    /// Known damage, in order.
    pub(crate) fn damage(&self) -> Arc<[Damage]> {
        Arc::clone(&self.damage.lock())
    }

    /// Whether there is known damage.
    pub(crate) fn is_damaged(&self) -> bool {
        !self.damage.lock().is_empty()
    }

    /// Replaces the known damage.
    pub(crate) fn set_damage(&self, damage: Vec<Damage>) {
        *self.damage.lock() = damage.into();
    }

    /// Start of a read, from an index lookup; inside damage, the start of the damage.
    pub(crate) fn find_start(&self, look_up: impl FnOnce(&Index) -> Option<Anchor>) -> Anchor {
        let found = self.with_index(|index| look_up(index));
        let start = found.unwrap_or(Anchor { position_bytes: 0, offset: self.base_offset });
        let is_inside =
            |d: &&Damage| (d.position_bytes..d.end_bytes).contains(&start.position_bytes);
        let damage = self.damage();
        damage
            .iter()
            .find(is_inside)
            .map_or(start, |d| Anchor { position_bytes: d.position_bytes, offset: d.first_offset })
    }

    /// Offset after the last record.
    pub(crate) fn end_offset(&self) -> i64 {
        self.with_index(|index| index.end_offset()).unwrap_or(self.base_offset)
    }

    /// Closes the file of a sealed segment.
    pub(crate) fn close(&self) {
        *self.file.lock() = None;
        self.with_index(Index::seal);
    }

    /// Bytes visible to readers.
    pub(crate) fn visible_bytes(&self) -> u64 {
        self.visible_bytes.load(Ordering::Acquire)
    }

    /// Makes the first `bytes` visible to readers.
    pub(crate) fn publish(&self, bytes: u64) {
        self.visible_bytes.fetch_max(bytes, Ordering::AcqRel);
    }

    /// Bytes covered by a sync.
    pub(crate) fn synced_bytes(&self) -> u64 {
        self.synced_bytes.load(Ordering::Acquire)
    }

    /// Records that a sync has covered the first `bytes`.
    pub(crate) fn mark_synced(&self, bytes: u64) {
        self.synced_bytes.fetch_max(bytes, Ordering::AcqRel);
    }

    /// Runs `f` with the locked index.
    pub(crate) fn with_index<T>(&self, f: impl FnOnce(&mut Index) -> T) -> T {
        f(&mut self.index.lock())
    }
}
