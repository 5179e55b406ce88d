//! The files that are open for appending: bounded, as the handles of the process are.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::segment::Segment;
use crate::trouble::is_out_of_files;

/// The newest segments that have their files open, those that were opened first in front.
pub(crate) struct OpenFiles {
    limit: usize,
    open: Mutex<VecDeque<Weak<Segment>>>,
}

impl OpenFiles {
    /// At most `limit`, unless more have something to be synced; and only a part of the handles
    /// that the process may have, for there are connections, too.
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        let limit = allowed().map_or(limit, |allowed| limit.min(allowed / 4));
        Arc::new(Self { limit: limit.max(1), open: Mutex::default() })
    }

    /// The file of a segment for appending. If it has to be opened, others are closed that have not
    /// been used for a while.
    pub(crate) fn open(&self, segment: &Arc<Segment>) -> io::Result<Arc<File>> {
        let (file, is_fresh) = self.with_room(|| segment.open_to_append())?;
        if is_fresh {
            self.admit(segment);
        }
        Ok(file)
    }

    /// Opens something; where the process has no handles left, after closing what can be closed.
    pub(crate) fn with_room<T>(&self, open: impl Fn() -> io::Result<T>) -> io::Result<T> {
        match open() {
            Err(error) if is_out_of_files(&error) && self.give_way() => open(),
            done => done,
        }
    }

    /// Closes every file that has nothing to be synced; true if there was one.
    fn give_way(&self) -> bool {
        let mut open = self.open.lock();
        let before = open.len();
        open.retain(|other| {
            other.upgrade().is_some_and(|other| other.is_open() && !other.close_if_synced())
        });
        open.len() < before
    }

    /// Counts a segment whose file has been opened.
    pub(crate) fn admit(&self, segment: &Arc<Segment>) {
        let mut open = self.open.lock();
        if open.len() >= self.limit {
            open.retain(|other| other.upgrade().is_some_and(|other| other.is_open()));
        }
        open.push_back(Arc::downgrade(segment));
        // Each is looked at twice at most: once because it was used, once to close it.
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

/// How many handles the process may have, where the operating system tells it in a file.
fn allowed() -> Option<usize> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_beyond_the_bound_are_closed_unless_they_have_something_to_be_synced() {
        let folder = tempfile::tempdir().unwrap();
        let files = OpenFiles::new(3);
        let segments: Vec<_> = (0..10)
            .map(|n| Arc::new(Segment::create(folder.path(), n).unwrap()))
            .inspect(|segment| {
                let file = files.open(segment).unwrap();
                segment.append(&file, b"some", b"thing", true).unwrap();
                files.admit(segment);
            })
            .collect();
        let open = || segments.iter().filter(|segment| segment.is_open()).count();
        assert_eq!(open(), 10);
        segments.iter().skip(1).for_each(|segment| segment.note_synced(9));
        for _ in 0..3 {
            files.admit(&segments[9]);
        }
        assert!(open() <= 3 && segments[0].is_open());
        let file = files.open(&segments[5]).unwrap();
        assert!(segments[5].append(&file, b"more", b"", true).is_ok());
    }
}
