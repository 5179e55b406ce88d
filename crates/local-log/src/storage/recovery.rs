//! What a partition's folder holds, found out at start.
//!
//! Bytes before the last checkpoint were synced: damage there is refused. After it a torn tail is
//! cut off, since nothing in it was acknowledged; damage with sound batches behind it is refused.

mod leftovers;

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use super::checkpoint::{self, Checkpoint};
use super::compaction::rewrite::CLEANED;
use super::index::Index;
use super::marks::Marks;
use super::producers::Producers;
use super::scan::{self, End};
use super::segment::Segment;
use crate::error::StartError;

/// Bytes before the checkpoint that are checked all the same: it must fit the file.
const RECHECK_BYTES: u64 = 1 << 20;

/// A partition as found.
#[derive(Debug, Default)]
pub(crate) struct Recovered {
    /// Oldest first.
    pub(crate) segments: Vec<Segment>,
    /// Where it begins, and how far it was compacted.
    pub(crate) marks: Marks,
    /// Offset of the next record.
    pub(crate) next_offset: i64,
    /// The idempotent producers.
    pub(crate) producers: Producers,
}

/// Reads the partition in `folder`, and finishes what a crash has interrupted in it.
pub(crate) fn recover(folder: &Path) -> Result<Recovered, StartError> {
    let marks = Marks::read(folder)?;
    let files = leftovers::remove_deleted(segment_files(folder)?, marks.start_offset)?;
    let known = Checkpoint::read(folder);
    let mut found = Recovered { marks, next_offset: marks.start_offset, ..Recovered::default() };
    let mut checkpoint_seen = known.is_none();
    let mut newest_offset = None;
    for (n, (base_offset, path)) in files.iter().enumerate() {
        let is_first = found.segments.is_empty();
        if is_first && *base_offset <= marks.start_offset {
            found.next_offset = *base_offset;
        }
        if *base_offset < found.next_offset {
            leftovers::remove_covered(path, *base_offset, found.next_offset)?;
            continue;
        }
        if *base_offset > found.next_offset {
            let lost = format!(
                "the records from offset {} to {} before it are missing, a file is gone",
                found.next_offset,
                base_offset - 1
            );
            return Err(StartError::corrupt(path, 0, lost));
        }
        let here = known.as_ref().filter(|c| c.segment == *base_offset);
        checkpoint_seen |= here.is_some();
        let is_last = n + 1 == files.len();
        let job = Job { path, base_offset: *base_offset, checkpoint: here, is_last };
        let trusted = known.as_ref().is_some_and(|c| *base_offset < c.segment);
        job.load(trusted, &mut found)?;
        newest_offset = Some(*base_offset);
    }
    let named = known.map(|known| known.segment).filter(|_| !checkpoint_seen);
    let behind = found.next_offset < marks.start_offset || newest_offset.is_none();
    if let Some(lost) = named.or((behind && marks.start_offset > 0).then_some(marks.start_offset)) {
        let path = folder.join(Segment::file_name(lost));
        return Err(StartError::corrupt(&path, 0, "the file is missing"));
    }
    Ok(found)
}

/// The segment files of a folder with their base offsets, oldest first.
fn segment_files(folder: &Path) -> Result<Vec<(i64, PathBuf)>, StartError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(StartError::storage(folder))? {
        let path = entry.map_err(StartError::storage(folder))?.path();
        if path.extension().is_some_and(|e| e == CLEANED) {
            fs::remove_file(&path).map_err(StartError::storage(&path))?;
        }
        if path.extension().is_some_and(|e| e == "log") {
            let base = path.file_stem().and_then(|s| s.to_str()).and_then(|s| s.parse().ok());
            let base = base.ok_or_else(|| {
                StartError::corrupt(&path, 0, "the name of the file is not an offset")
            })?;
            files.push((base, path));
        }
    }
    files.sort();
    Ok(files)
}

/// One segment to be read.
struct Job<'a> {
    path: &'a Path,
    base_offset: i64,
    checkpoint: Option<&'a Checkpoint>,
    is_last: bool,
}

impl Job<'_> {
    /// Reads as little as is safe, and adds the segment to `found`.
    fn load(&self, trusted: bool, found: &mut Recovered) -> Result<(), StartError> {
        let file = OpenOptions::new().read(true).write(true).open(self.path);
        let file = file.map_err(StartError::storage(self.path))?;
        let size = file.metadata().map_err(StartError::storage(self.path))?.len();
        let stored = checkpoint::read_index(self.path);
        if let (true, Some((index, covered))) = (trusted, &stored)
            && *covered == size
        {
            let segment = Segment::sealed(self.path.into(), self.base_offset, size, index.clone());
            found.next_offset = segment.end_offset();
            found.segments.push(segment);
            return Ok(());
        }
        let known = self.checkpoint.map_or(0, |c| c.length_bytes);
        if size < known {
            let reason = format!("{known} bytes were stored, and {size} are left");
            return Err(StartError::corrupt(self.path, size, reason));
        }
        let mut index = Index::default();
        let mut from = 0;
        if let (Some(checkpoint), Some((stored, covered))) = (self.checkpoint, stored)
            && covered == checkpoint.length_bytes
        {
            from = stored.floor_at(known.saturating_sub(RECHECK_BYTES));
            index = stored;
        }
        let fresh_index_from = if from > 0 || !index.is_empty() { known } else { 0 };
        if let Some(checkpoint) = self.checkpoint {
            found.producers = checkpoint.producers.clone();
            found.next_offset = checkpoint.next_offset;
        }
        let mut next_offset = if self.checkpoint.is_some() { found.next_offset } else { -1 };
        let first = (from == 0).then_some(self.base_offset);
        let end = scan::scan(&file, from, size, first, |batch, position| {
            if position >= fresh_index_from {
                index.note(batch, position);
            }
            if position >= known {
                found.producers.record(batch);
                next_offset = batch.last_offset() + 1;
            }
        })
        .map_err(StartError::storage(self.path))?;
        let sound = self.judge(&end, size, known)?;
        if sound < size {
            tracing::warn!(
                file = %self.path.display(), cut_bytes = size - sound,
                "cut off a tail that was never acknowledged"
            );
            file.set_len(sound).map_err(StartError::storage(self.path))?;
            file.sync_data().map_err(StartError::storage(self.path))?;
        }
        found.next_offset = found.next_offset.max(self.base_offset).max(next_offset);
        found.segments.push(Segment::sealed(self.path.into(), self.base_offset, sound, index));
        Ok(())
    }

    /// How many bytes of the file are sound, or why it is refused.
    fn judge(&self, end: &End, size: u64, known: u64) -> Result<u64, StartError> {
        match end {
            End::Clean => Ok(size),
            End::Torn(at) if self.is_last && *at >= known => Ok(*at),
            End::Torn(at) => Err(StartError::corrupt(self.path, *at, "a stored batch is damaged")),
            End::Corrupt(at, error) => Err(StartError::corrupt(self.path, *at, error.to_string())),
        }
    }
}
