//! What a partition's folder holds, found out at start.
//!
//! Bytes before the last checkpoint were synced: what is not sound there was damaged since. After
//! it a torn tail is cut off, since nothing in it was acknowledged; what has sound batches behind
//! it was damaged. Damage is noted, and served as such. Files that are missing or too short are
//! refused: no batch in them could stand for what is lost.

mod job;
mod leftovers;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use self::job::Job;
use super::checkpoint::Checkpoint;
use super::compaction::rewrite::CLEANED;
use super::damage::{self, Listed};
use super::marks::Marks;
use super::producers::Producers;
use super::segment::Segment;
use crate::error::StartError;

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
    let listed = damage::read_list(folder);
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
        let next_base = files.get(n + 1).map(|next| next.0);
        let listed = listed.iter().find(|listed| listed.segment == *base_offset);
        let damage = listed.map_or_else(Vec::new, |listed| listed.damage.clone());
        let job = Job { path, base_offset: *base_offset, checkpoint: here, next_base, damage };
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
    note_damage(folder, &found, &listed).map_err(StartError::storage(folder))?;
    Ok(found)
}

/// Says what is damaged, and writes it down if it is not what was known.
fn note_damage(folder: &Path, found: &Recovered, listed: &[Listed]) -> io::Result<()> {
    let mut list = Vec::new();
    for segment in found.segments.iter().filter(|segment| segment.is_damaged()) {
        let damage = segment.damage().to_vec();
        for here in &damage {
            damage::tell(folder, &segment.path, here);
        }
        list.push(Listed { segment: segment.base_offset, damage });
    }
    if list == listed { Ok(()) } else { damage::write_list(folder, &list) }
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
