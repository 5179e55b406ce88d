//! Files that a crash has kept from being removed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::error::StartError;
use crate::storage::checkpoint::{index_path, read_index};
use crate::storage::scan::{self, Stretch};
use crate::storage::survey::{Anchor, Piece};

/// Removes the segments that lie wholly before the start; the rest is returned.
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

/// Removes a segment whose records are in the compacted one before it; refuses any other overlap.
pub(super) fn remove_covered(
    path: &Path,
    base_offset: i64,
    next_offset: i64,
) -> Result<(), StartError> {
    if end_of(path, base_offset)?.is_some_and(|end| end <= next_offset) {
        return remove(path);
    }
    Err(StartError::corrupt(path, 0, "it overlaps the segment before it"))
}

/// Offset after the last record of a segment, if all of it is sound.
fn end_of(path: &Path, base_offset: i64) -> Result<Option<i64>, StartError> {
    let file = File::open(path).map_err(StartError::storage(path))?;
    let size = file.metadata().map_err(StartError::storage(path))?.len();
    if let Some((index, covered)) = read_index(path)
        && covered == size
    {
        return Ok(index.end_offset());
    }
    let (mut end_offset, mut is_sound) = (base_offset, true);
    let from = Anchor { position_bytes: 0, offset: base_offset };
    let stretch = Stretch { file: &file, from, to_bytes: size, anchors: &[] };
    let torn = scan::scan(&stretch, |piece| match piece {
        Piece::Sound(batch, _) => end_offset = batch.last_offset() + 1,
        Piece::Damaged(_) => is_sound = false,
    });
    is_sound &= torn.map_err(StartError::storage(path))?.is_none();
    Ok(is_sound.then_some(end_offset))
}

fn remove(path: &Path) -> Result<(), StartError> {
    tracing::info!(file = %path.display(), "removed what a stop had left behind");
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
