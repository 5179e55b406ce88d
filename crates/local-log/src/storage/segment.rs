//! One file of a partition, named after the offset it starts at.

use std::fs::{File, OpenOptions};
use std::io::{self, IoSlice, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;

use super::damage::Damage;
use super::index::Index;
use super::survey::Anchor;

/// A segment: a file of batches, and the index that finds them.
#[derive(Debug)]
pub(crate) struct Segment {
    /// Offset at which the segment starts.
    pub(crate) base_offset: i64,
    /// The file of batches.
    pub(crate) path: PathBuf,
    /// Bytes that readers may see.
    visible_bytes: AtomicU64,
    /// Bytes that a sync has really covered.
    synced_bytes: AtomicU64,
    /// Bytes that a sync will have to cover.
    written_bytes: AtomicU64,
    /// Open while the segment is written; others are opened when read.
    file: Mutex<Option<Arc<File>>>,
    /// Whether it was written since somebody last thought of closing it.
    is_used: AtomicBool,
    index: Mutex<Index>,
    /// What does not hold what was stored there, in order.
    damage: Mutex<Arc<[Damage]>>,
}

impl Segment {
    /// Name of the file for a segment that starts at `base_offset`.
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

    /// A segment found at start, of which `bytes` are sound.
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

    /// Closes the file, unless it was just used or has something to be synced.
    pub(crate) fn close_if_unused(&self) -> bool {
        !self.is_used.swap(false, Ordering::AcqRel) && self.close_if_synced()
    }

    /// Closes the file, unless it has something to be synced: a handle that is opened later might
    /// not be told that a write has failed.
    pub(crate) fn close_if_synced(&self) -> bool {
        let is_synced = self.synced_bytes() >= self.written_bytes.load(Ordering::Acquire);
        if is_synced {
            *self.file.lock() = None;
        }
        is_synced
    }

    /// The file for appending, and whether it had to be opened.
    pub(crate) fn open_to_append(&self) -> io::Result<(Arc<File>, bool)> {
        let mut open = self.file.lock();
        self.is_used.store(true, Ordering::Release);
        if let Some(file) = &*open {
            return Ok((Arc::clone(file), false));
        }
        let file = Arc::new(OpenOptions::new().read(true).append(true).open(&self.path)?);
        *open = Some(Arc::clone(&file));
        Ok((file, true))
    }

    /// Appends a batch whose first bytes are replaced by `prefix`, in one system call.
    ///
    /// The file is the one from [`Segment::open_to_append`]. `synced` says whether a sync will
    /// follow.
    pub(crate) fn append(
        &self,
        mut file: &File,
        prefix: &[u8],
        rest: &[u8],
        synced: bool,
    ) -> io::Result<()> {
        let written = file.write_vectored(&[IoSlice::new(prefix), IoSlice::new(rest)])?;
        if written < prefix.len() {
            file.write_all(&prefix[written..])?;
            file.write_all(rest)?;
        } else {
            file.write_all(&rest[written - prefix.len()..])?;
        }
        if synced {
            let bytes = (prefix.len() + rest.len()) as u64;
            self.written_bytes.fetch_add(bytes, Ordering::AcqRel);
        }
        Ok(())
    }

    /// Reads up to `buffer.len()` bytes; returns how many there were.
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

    /// The open file, or a fresh handle on a sealed one.
    pub(crate) fn open(&self) -> io::Result<Arc<File>> {
        // Opened under the lock: between a look and an open the file could be replaced.
        let file = self.file.lock();
        match &*file {
            Some(file) => Ok(Arc::clone(file)),
            None => File::open(&self.path).map(Arc::new),
        }
    }

    /// Keeps the file open although it will be replaced or removed, for whoever still reads it.
    pub(crate) fn pin(&self) -> io::Result<()> {
        let mut file = self.file.lock();
        if file.is_none() {
            *file = Some(Arc::new(File::open(&self.path)?));
        }
        Ok(())
    }

    /// What is known to be damaged, in order.
    pub(crate) fn damage(&self) -> Arc<[Damage]> {
        Arc::clone(&self.damage.lock())
    }

    /// Whether anything is known to be damaged.
    pub(crate) fn is_damaged(&self) -> bool {
        !self.damage.lock().is_empty()
    }

    /// Notes all that is damaged.
    pub(crate) fn set_damage(&self, damage: Vec<Damage>) {
        *self.damage.lock() = damage.into();
    }

    /// Where to begin to read what an index has found: not in the middle of damage.
    pub(crate) fn place(&self, found: impl FnOnce(&Index) -> Option<Anchor>) -> Anchor {
        let found = self.with_index(|index| found(index));
        let place = found.unwrap_or(Anchor { position_bytes: 0, offset: self.base_offset });
        let within = |d: &&Damage| (d.position_bytes..d.end_bytes).contains(&place.position_bytes);
        let damage = self.damage();
        damage
            .iter()
            .find(within)
            .map_or(place, |d| Anchor { position_bytes: d.position_bytes, offset: d.first_offset })
    }

    /// Offset after the last record.
    pub(crate) fn end_offset(&self) -> i64 {
        self.with_index(|index| index.end_offset()).unwrap_or(self.base_offset)
    }

    /// Lets go of the file of a segment that is no longer the newest.
    pub(crate) fn close(&self) {
        *self.file.lock() = None;
        self.with_index(Index::seal);
    }

    /// Bytes that readers may see.
    pub(crate) fn visible_bytes(&self) -> u64 {
        self.visible_bytes.load(Ordering::Acquire)
    }

    /// Lets readers see the first `bytes`.
    pub(crate) fn publish(&self, bytes: u64) {
        self.visible_bytes.fetch_max(bytes, Ordering::AcqRel);
    }

    /// Bytes that a sync has really covered.
    pub(crate) fn synced_bytes(&self) -> u64 {
        self.synced_bytes.load(Ordering::Acquire)
    }

    /// Notes that a sync has covered the first `bytes`.
    pub(crate) fn note_synced(&self, bytes: u64) {
        self.synced_bytes.fetch_max(bytes, Ordering::AcqRel);
    }

    /// Uses the index for a moment.
    pub(crate) fn with_index<T>(&self, f: impl FnOnce(&mut Index) -> T) -> T {
        f(&mut self.index.lock())
    }
}
