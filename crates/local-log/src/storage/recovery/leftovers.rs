//! Removes files that a crash has left behind.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use stand_in::StartError;

use crate::storage::{
    checkpoint::{index_path, read_index},
    scan::{self, ScanRange},
    survey::{Anchor, Piece},
};

/// Removes the segments before the start offset; returns the others.
pub(super) fn remove_deleted(
    mut files: Vec<(i64, PathBuf)>,
    start_offset: i64,
) -> Result<Vec<(i64, PathBuf)>, StartError> {
    let kept = files.partition_point(|file| file.0 <= start_offset).saturating_sub(1);
    for (_, path) in files.drain(..kept) {
        remove(&path)?;
    }
    Ok(files)
}

/// Removes a segment that is covered by the compacted one before it; fails on any other overlap.
pub(super) fn remove_covered(
    path: &Path,
    base_offset: i64,
    next_offset: i64,
) -> Result<(), StartError> {
    if valid_end_offset(path, base_offset)?.is_some_and(|end| end <= next_offset) {
        return remove(path);
    }
    Err(StartError::corrupt_at_byte(path, 0, "it overlaps the segment before it"))
}

/// Offset after the last record of a segment; `None` if it is damaged.
fn valid_end_offset(path: &Path, base_offset: i64) -> Result<Option<i64>, StartError> {
    let file = File::open(path).map_err(StartError::storage(path))?;
    let size = file.metadata().map_err(StartError::storage(path))?.len();
    if let Some((index, covered)) = read_index(path)
        && covered == size
    {
        return Ok(index.end_offset());
    }
    let (mut end_offset, mut is_valid) = (base_offset, true);
    let from = Anchor { position_bytes: 0, offset: base_offset };
    let range = ScanRange { file: &file, from, to_bytes: size, anchors: &[] };
    let torn = scan::scan(&range, |piece| match piece {
        Piece::Valid(batch, _) => end_offset = batch.last_offset() + 1,
        Piece::Damaged(_) => is_valid = false,
    });
    is_valid &= torn.map_err(StartError::storage(path))?.is_none();
    Ok(is_valid.then_some(end_offset))
}

fn remove(path: &Path) -> Result<(), StartError> {
    tracing::info!(file = %path.display(), "removed a file left behind by a crash");
    for file in [path.to_path_buf(), index_path(path)] {
        match fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StartError::storage(&file)(error));
            }
            _ => {}
        }
    }
    Ok(())
}
