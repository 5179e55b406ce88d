//! Recovery of a partition at start.
//!
//! Bytes before the last checkpoint were synced, so invalid ones are damaged. After it, a torn tail
//! is truncated, since nothing in it was acknowledged; invalid bytes with valid batches after them
//! are damaged. Damage is recorded and served as corrupt. Missing or truncated files fail the
//! start.

mod leftovers;
mod segment;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use stand_in::StartError;

use self::segment::SegmentRecovery;
use super::{
    checkpoint::Checkpoint,
    compaction::rewrite::CLEANED_EXTENSION,
    damage::{self, SegmentDamage},
    offset_checkpoint::OffsetCheckpoint,
    producers::Producers,
    segment::Segment,
};

/// A recovered partition.
#[derive(Debug, Default)]
pub(crate) struct RecoveredPartition {
    /// Segments, oldest first.
    pub(crate) segments: Vec<Segment>,
    /// Start offset and compaction progress.
    pub(crate) offsets: OffsetCheckpoint,
    /// Offset of the next record.
    pub(crate) next_offset: i64,
    /// Idempotent producers.
    pub(crate) producers: Producers,
}

/// Recovers the partition in `folder`, and finishes work interrupted by a crash.
pub(crate) fn recover(folder: &Path) -> Result<RecoveredPartition, StartError> {
    let offsets = OffsetCheckpoint::read(folder)?;
    let files = leftovers::remove_deleted(list_segment_files(folder)?, offsets.start_offset)?;
    let checkpoint = Checkpoint::read(folder);
    let listed = damage::read_list(folder);
    let mut recovered = RecoveredPartition {
        offsets,
        next_offset: offsets.start_offset,
        ..RecoveredPartition::default()
    };
    let mut is_checkpoint_used = checkpoint.is_none();
    let mut newest_offset = None;
    for (n, (base_offset, path)) in files.iter().enumerate() {
        let is_first = recovered.segments.is_empty();
        if is_first && *base_offset <= offsets.start_offset {
            recovered.next_offset = *base_offset;
        }
        if *base_offset < recovered.next_offset {
            leftovers::remove_covered(path, *base_offset, recovered.next_offset)?;
            continue;
        }
        if *base_offset > recovered.next_offset {
            let reason = format!(
                "the records from offset {} to {} before it are missing, because a file is missing",
                recovered.next_offset,
                base_offset - 1
            );
            return Err(StartError::corrupt_at_byte(path, 0, reason));
        }
        let own_checkpoint = checkpoint.as_ref().filter(|c| c.segment == *base_offset);
        is_checkpoint_used |= own_checkpoint.is_some();
        let listed = listed.iter().find(|listed| listed.segment == *base_offset);
        let segment = SegmentRecovery {
            path,
            base_offset: *base_offset,
            checkpoint: own_checkpoint,
            next_base_offset: files.get(n + 1).map(|next| next.0),
            damage: listed.map_or_else(Vec::new, |listed| listed.damage.clone()),
        };
        let is_trusted = checkpoint.as_ref().is_some_and(|c| *base_offset < c.segment);
        segment.run(is_trusted, &mut recovered)?;
        newest_offset = Some(*base_offset);
    }
    let start = offsets.start_offset;
    let unused = checkpoint.map(|c| c.segment).filter(|_| !is_checkpoint_used);
    let is_incomplete = recovered.next_offset < start || newest_offset.is_none();
    if let Some(missing) = unused.or((is_incomplete && start > 0).then_some(start)) {
        let path = folder.join(Segment::file_name(missing));
        return Err(StartError::corrupt_at_byte(&path, 0, "the file is missing"));
    }
    record_damage(folder, &recovered, &listed).map_err(StartError::storage(folder))?;
    Ok(recovered)
}

/// Logs the damage, and updates the stored list if it has changed.
fn record_damage(
    folder: &Path,
    recovered: &RecoveredPartition,
    listed: &[SegmentDamage],
) -> io::Result<()> {
    let mut list = Vec::new();
    for segment in recovered.segments.iter().filter(|segment| segment.is_damaged()) {
        let damage = segment.damage().to_vec();
        for here in &damage {
            damage::log_damage(folder, &segment.path, here);
        }
        list.push(SegmentDamage { segment: segment.base_offset, damage });
    }
    if list == listed { Ok(()) } else { damage::write_list(folder, &list) }
}

/// Lists the segment files of a folder with their base offsets, oldest first.
fn list_segment_files(folder: &Path) -> Result<Vec<(i64, PathBuf)>, StartError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(StartError::storage(folder))? {
        let path = entry.map_err(StartError::storage(folder))?.path();
        if path.extension().is_some_and(|e| e == CLEANED_EXTENSION) {
            fs::remove_file(&path).map_err(StartError::storage(&path))?;
        }
        if path.extension().is_some_and(|e| e == "log") {
            let base = path.file_stem().and_then(|s| s.to_str()).and_then(|s| s.parse().ok());
            let base = base.ok_or_else(|| {
                StartError::corrupt_at_byte(&path, 0, "the name of the file is not an offset")
            })?;
            files.push((base, path));
        }
    }
    files.sort();
    Ok(files)
}
