//! What a partition's folder holds, found out at start.
//!
//! Bytes before the last checkpoint were synced: what is not sound there was damaged since. After
//! it a torn tail is cut off, since nothing in it was acknowledged; what has sound batches behind
//! it was damaged. Damage is noted, and served as such. Files that are missing or too short are
//! refused: no batch in them could stand for what is lost.

mod leftovers;

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::checkpoint::{self, Checkpoint};
use super::compaction::rewrite::CLEANED;
use super::damage::{self, Damage, Listed};
use super::index::Index;
use super::marks::Marks;
use super::producers::Producers;
use super::scan::{self, Stretch};
use super::segment::Segment;
use super::survey::{Anchor, Piece};
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

/// One segment to be read.
struct Job<'a> {
    path: &'a Path,
    base_offset: i64,
    checkpoint: Option<&'a Checkpoint>,
    /// Where the next segment begins, if there is one.
    next_base: Option<i64>,
    /// What was damaged when it was last looked at.
    damage: Vec<Damage>,
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
            && !index.is_empty()
        {
            let segment = Segment::sealed(self.path.into(), self.base_offset, size, index.clone());
            segment.set_damage(self.still_damaged(&file, size)?);
            found.next_offset = segment.end_offset();
            found.segments.push(segment);
            return Ok(());
        }
        let known = self.checkpoint.map_or(0, |c| c.length_bytes);
        if size < known {
            let reason = format!("{known} bytes were stored, and {size} are left");
            return Err(StartError::corrupt(self.path, size, reason));
        }
        let start = Anchor { position_bytes: 0, offset: self.base_offset };
        let mut job = Scanned { from: start, index: Index::default(), fresh_from: 0, known };
        if let (Some(checkpoint), Some((stored, covered))) = (self.checkpoint, stored)
            && covered == checkpoint.length_bytes
            && !stored.is_empty()
        {
            job.from = stored.floor_at(known.saturating_sub(RECHECK_BYTES)).unwrap_or(start);
            job.fresh_from = known;
            job.index = stored;
        }
        if let Some(checkpoint) = self.checkpoint {
            found.producers = checkpoint.producers.clone();
            found.next_offset = checkpoint.next_offset;
        }
        self.scan(&file, size, job, found)
    }

    /// Reads from some place on, and cuts off a tail that was never acknowledged.
    fn scan(
        &self,
        file: &File,
        size: u64,
        mut job: Scanned,
        found: &mut Recovered,
    ) -> Result<(), StartError> {
        let mut anchors: Vec<Anchor> = job.index.anchors().collect();
        let end = |checkpoint: &Checkpoint| Anchor {
            position_bytes: checkpoint.length_bytes,
            offset: checkpoint.next_offset,
        };
        anchors.extend(self.checkpoint.map(end));
        anchors.extend(self.next_base.map(|offset| Anchor { position_bytes: size, offset }));
        let mut damage = self.still_damaged(file, job.from.position_bytes)?;
        let mut next_offset = found.next_offset.max(self.base_offset);
        let stretch = Stretch { file, from: job.from, to_bytes: size, anchors: &anchors };
        let torn = scan::scan(&stretch, |piece| match piece {
            Piece::Sound(batch, position) => {
                if position >= job.fresh_from {
                    job.index.note(&batch, position);
                }
                if position >= job.known {
                    found.producers.record(&batch);
                    next_offset = batch.last_offset() + 1;
                }
            }
            Piece::Damaged(here) => {
                if here.position_bytes >= job.fresh_from {
                    job.index.note_damage(here.last_offset);
                }
                next_offset = next_offset.max(here.last_offset + 1);
                damage.push(here);
            }
        })
        .map_err(StartError::storage(self.path))?;
        let sound = torn.unwrap_or(size);
        if sound < size {
            tracing::warn!(
                file = %self.path.display(), cut_bytes = size - sound,
                "cut off a tail that was never acknowledged"
            );
            file.set_len(sound).map_err(StartError::storage(self.path))?;
            file.sync_data().map_err(StartError::storage(self.path))?;
        }
        found.next_offset = next_offset;
        let segment = Segment::sealed(self.path.into(), self.base_offset, sound, job.index);
        segment.set_damage(damage);
        found.segments.push(segment);
        Ok(())
    }

    /// What is still damaged of what was known before `end_bytes`: a file may have been restored.
    fn still_damaged(&self, file: &File, end_bytes: u64) -> Result<Vec<Damage>, StartError> {
        let mut damage = Vec::new();
        for known in self.damage.iter().filter(|known| known.end_bytes <= end_bytes) {
            let at = |position_bytes, offset| Anchor { position_bytes, offset };
            let from = at(known.position_bytes, known.first_offset);
            let anchors = [at(known.end_bytes, known.last_offset + 1)];
            let to_bytes = known.end_bytes;
            let stretch = Stretch { file, from, to_bytes, anchors: &anchors };
            scan::scan(&stretch, |piece| {
                if let Piece::Damaged(here) = piece {
                    damage.push(here);
                }
            })
            .map_err(StartError::storage(self.path))?;
        }
        Ok(damage)
    }
}

/// What a scan begins with.
struct Scanned {
    /// Where it begins.
    from: Anchor,
    /// The index, as far as it is known.
    index: Index,
    /// From where on the index knows nothing yet.
    fresh_from: u64,
    /// Bytes that the checkpoint describes.
    known: u64,
}
