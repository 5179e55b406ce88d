//! Reading one segment at start: as little as is safe, and what is damaged in it.

use std::fs::{File, OpenOptions};
use std::path::Path;

use super::Recovered;
use crate::error::StartError;
use crate::storage::checkpoint::{self, Checkpoint};
use crate::storage::damage::Damage;
use crate::storage::index::Index;
use crate::storage::scan::{self, Stretch};
use crate::storage::segment::Segment;
use crate::storage::survey::{Anchor, Piece};

/// Bytes before the checkpoint that are checked all the same: it must fit the file.
const RECHECK_BYTES: u64 = 1 << 20;

/// One segment to be read.
pub(super) struct Job<'a> {
    /// The file.
    pub(super) path: &'a Path,
    /// Offset at which it begins.
    pub(super) base_offset: i64,
    /// The checkpoint, if it is in this segment.
    pub(super) checkpoint: Option<&'a Checkpoint>,
    /// Where the next segment begins, if there is one.
    pub(super) next_base: Option<i64>,
    /// What was damaged when it was last looked at.
    pub(super) damage: Vec<Damage>,
}

impl Job<'_> {
    /// Reads as little as is safe, and adds the segment to `found`.
    pub(super) fn load(&self, trusted: bool, found: &mut Recovered) -> Result<(), StartError> {
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
