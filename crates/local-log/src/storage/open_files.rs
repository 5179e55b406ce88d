//! Segment files open for appending, bounded by the file handles of the process.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io,
    sync::{Arc, Weak},
};

use parking_lot::Mutex;

use super::segment::Segment;
use crate::throttled_log::is_out_of_files;

/// Active segments with an open file, least recently opened first.
pub(crate) struct OpenFiles {
    limit: usize,
    open: Mutex<VecDeque<Weak<Segment>>>,
}

impl OpenFiles {
    /// Keeps at most `limit` files open, and at most a quarter of the process's file handles, since
    /// connections need them too. Files with unsynced writes stay open beyond the limit.
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        let limit = read_handle_limit().map_or(limit, |handles| limit.min(handles / 4));
        Arc::new(Self { limit: limit.max(1), open: Mutex::default() })
    }

    /// Opens the file of a segment for appending, and closes the files least recently used.
    pub(crate) fn open(&self, segment: &Arc<Segment>) -> io::Result<Arc<File>> {
        let (file, is_new) = self.open_with_retry(|| segment.open_for_append())?;
        if is_new {
            self.track(segment);
        }
        Ok(file)
    }

    /// Opens a file; without free file handles, closes others and retries once.
    pub(crate) fn open_with_retry<T>(&self, open: impl Fn() -> io::Result<T>) -> io::Result<T> {
        match open() {
            Err(error) if is_out_of_files(&error) && self.close_synced() => open(),
            done => done,
        }
    }

    /// Closes all files without unsynced writes; true if there were any.
    fn close_synced(&self) -> bool {
        let mut open = self.open.lock();
        let before = open.len();
        open.retain(|other| {
            other.upgrade().is_some_and(|other| other.is_open() && !other.close_if_synced())
        });
        open.len() < before
    }

    /// Tracks a segment whose file was opened, and closes files beyond the limit.
    pub(crate) fn track(&self, segment: &Arc<Segment>) {
        let mut open = self.open.lock();
        if open.len() >= self.limit {
            open.retain(|other| other.upgrade().is_some_and(|other| other.is_open()));
        }
        open.push_back(Arc::downgrade(segment));
        // At most two passes: the first clears the used flag, the second closes.
        for _ in 0..2 * open.len() {
            if open.len() <= self.limit {
                return;
            }
            let Some(oldest) = open.pop_front() else { return };
            if oldest.upgrade().is_some_and(|oldest| !oldest.close_if_unused()) {
                open.push_back(oldest);
            }
        }
    }
}

/// The process's limit of file handles, on Linux.
fn read_handle_limit() -> Option<usize> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_beyond_the_limit_are_closed_unless_they_have_unsynced_writes() {
        let folder = tempfile::tempdir().unwrap();
        let files = OpenFiles::new(3);
        let segments: Vec<_> = (0..10)
            .map(|n| Arc::new(Segment::create(folder.path(), n).unwrap()))
            .inspect(|segment| {
                let file = files.open(segment).unwrap();
                segment.append(&file, b"some", b"thing", true).unwrap();
                files.track(segment);
            })
            .collect();
        let open = || segments.iter().filter(|segment| segment.is_open()).count();
        assert_eq!(open(), 10);
        segments.iter().skip(1).for_each(|segment| segment.mark_synced(9));
        for _ in 0..3 {
            files.track(&segments[9]);
        }
        assert!(open() <= 3 && segments[0].is_open());
        let file = files.open(&segments[5]).unwrap();
        assert!(segments[5].append(&file, b"more", b"", true).is_ok());
    }
}
