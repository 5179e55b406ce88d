//! Recovery of one segment: reads as little as is safe, and finds damage.

use std::{
    fs::{File, OpenOptions},
    path::Path,
};

use stand_in::StartError;

use super::RecoveredPartition;
use crate::storage::{
    checkpoint::{self, Checkpoint},
    damage::Damage,
    index::Index,
    scan::{self, ScanRange},
    segment::Segment,
    survey::{Anchor, Piece},
};

/// Bytes before the checkpoint that are scanned too, to verify that it matches the file.
const RECHECK_BYTES: u64 = 1 << 20;

/// A segment to recover.
pub(super) struct SegmentRecovery<'a> {
    /// File.
    pub(super) path: &'a Path,
    /// Base offset.
    pub(super) base_offset: i64,
    /// The checkpoint, if it refers to this segment.
    pub(super) checkpoint: Option<&'a Checkpoint>,
    /// Base offset of the next segment, if there is one.
    pub(super) next_base_offset: Option<i64>,
    /// Damage from the stored list.
    pub(super) damage: Vec<Damage>,
}

impl SegmentRecovery<'_> {
    /// Recovers the segment and adds it to `recovered`. The index of a trusted segment replaces a
    /// scan.
    pub(super) fn run(
        &self,
        is_trusted: bool,
        recovered: &mut RecoveredPartition,
    ) -> Result<(), StartError> {
        let file = OpenOptions::new().read(true).write(true).open(self.path);
        let file = file.map_err(StartError::storage(self.path))?;
        let size = file.metadata().map_err(StartError::storage(self.path))?.len();
        let stored = checkpoint::read_index(self.path);
        if let (true, Some((index, covered))) = (is_trusted, &stored)
            && *covered == size
            && !index.is_empty()
        {
            let segment = Segment::sealed(self.path.into(), self.base_offset, size, index.clone());
            segment.set_damage(self.recheck_damage(&file, size)?);
            recovered.next_offset = segment.end_offset();
            recovered.segments.push(segment);
            return Ok(());
        }
        let checkpoint_bytes = self.checkpoint.map_or(0, |c| c.length_bytes);
        if size < checkpoint_bytes {
            let reason = format!("{checkpoint_bytes} bytes were stored, but only {size} are left");
            return Err(StartError::corrupt_at_byte(self.path, size, reason));
        }
        let start = Anchor { position_bytes: 0, offset: self.base_offset };
        let mut scan =
            ScanStart { from: start, index: Index::default(), indexed_bytes: 0, checkpoint_bytes };
        if let (Some(checkpoint), Some((stored, covered))) = (self.checkpoint, stored)
            && covered == checkpoint.length_bytes
            && !stored.is_empty()
        {
            let recheck_from = checkpoint_bytes.saturating_sub(RECHECK_BYTES);
            scan.from = stored.floor_by_position(recheck_from).unwrap_or(start);
            scan.indexed_bytes = checkpoint_bytes;
            scan.index = stored;
        }
        if let Some(checkpoint) = self.checkpoint {
            recovered.producers = checkpoint.producers.clone();
            recovered.next_offset = checkpoint.next_offset;
        }
        self.scan(&file, size, scan, recovered)
    }

    /// Scans the segment and truncates a torn tail, which was never acknowledged.
    fn scan(
        &self,
        file: &File,
        size: u64,
        mut start: ScanStart,
        recovered: &mut RecoveredPartition,
    ) -> Result<(), StartError> {
        let mut anchors: Vec<Anchor> = start.index.anchors().collect();
        let end = |checkpoint: &Checkpoint| Anchor {
            position_bytes: checkpoint.length_bytes,
            offset: checkpoint.next_offset,
        };
        anchors.extend(self.checkpoint.map(end));
        anchors.extend(self.next_base_offset.map(|offset| Anchor { position_bytes: size, offset }));
        let mut damage = self.recheck_damage(file, start.from.position_bytes)?;
        let mut next_offset = recovered.next_offset.max(self.base_offset);
        let range = ScanRange { file, from: start.from, to_bytes: size, anchors: &anchors };
        let torn = scan::scan(&range, |piece| match piece {
            Piece::Valid(batch, position) => {
                if position >= start.indexed_bytes {
                    start.index.add_batch(&batch, position);
                }
                if position >= start.checkpoint_bytes {
                    recovered.producers.record_batch(&batch);
                    next_offset = batch.last_offset() + 1;
                }
            }
            Piece::Damaged(here) => {
                if here.position_bytes >= start.indexed_bytes {
                    start.index.add_damage(here.last_offset);
                }
                next_offset = next_offset.max(here.last_offset + 1);
                damage.push(here);
            }
        })
        .map_err(StartError::storage(self.path))?;
        let valid_bytes = torn.unwrap_or(size);
        if valid_bytes < size {
            tracing::warn!(
                file = %self.path.display(), truncated_bytes = size - valid_bytes,
                "truncated a torn tail, which was never acknowledged"
            );
            file.set_len(valid_bytes).map_err(StartError::storage(self.path))?;
            file.sync_data().map_err(StartError::storage(self.path))?;
        }
        recovered.next_offset = next_offset;
        let segment = Segment::sealed(self.path.into(), self.base_offset, valid_bytes, start.index);
        segment.set_damage(damage);
        recovered.segments.push(segment);
        Ok(())
    }

    /// Checks which known damage before `end_bytes` remains, since files may be restored.
    fn recheck_damage(&self, file: &File, end_bytes: u64) -> Result<Vec<Damage>, StartError> {
        let mut damage = Vec::new();
        for known in self.damage.iter().filter(|known| known.end_bytes <= end_bytes) {
            let at = |position_bytes, offset| Anchor { position_bytes, offset };
            let from = at(known.position_bytes, known.first_offset);
            let anchors = [at(known.end_bytes, known.last_offset + 1)];
            let to_bytes = known.end_bytes;
            let range = ScanRange { file, from, to_bytes, anchors: &anchors };
            scan::scan(&range, |piece| {
                if let Piece::Damaged(here) = piece {
                    damage.push(here);
                }
            })
            .map_err(StartError::storage(self.path))?;
        }
        Ok(damage)
    }
}

/// Start state of a scan.
struct ScanStart {
    /// Position.
    from: Anchor,
    /// The stored index, or an empty one.
    index: Index,
    /// Bytes covered by `index`.
    indexed_bytes: u64,
    /// Bytes covered by the checkpoint.
    checkpoint_bytes: u64,
}
