//! Checkpoints: the state of a partition at some time, from which recovery starts.
//!
//! A checkpoint describes synced bytes only. A missing or damaged one costs a full scan, so it is
//! usually written without a sync. Before segments are deleted it is written durably, since it is
//! then the only record of the producers in them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{files, index::Index, producers::Producers};

/// File name.
const FILE: &str = "checkpoint";

/// The state of a partition up to a position in its active segment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    /// Base offset of the active segment.
    pub(crate) segment: i64,
    /// Valid bytes of the active segment.
    pub(crate) length_bytes: u64,
    /// Offset of the next record.
    pub(crate) next_offset: i64,
    /// Idempotent producers.
    pub(crate) producers: Producers,
}

impl Checkpoint {
    /// Writes the checkpoint of the partition in `folder`; a power cut may lose it.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        files::replace_unsynced(&folder.join(FILE), &files::seal(&serde_json::to_vec(self)?))
    }

    /// Writes the checkpoint of the partition in `folder` durably.
    pub(crate) fn write_durably(&self, folder: &Path) -> io::Result<()> {
        files::replace(&folder.join(FILE), &files::seal(&serde_json::to_vec(self)?))
    }

    /// Reads the checkpoint of the partition in `folder`, if there is a valid one.
    pub(crate) fn read(folder: &Path) -> Option<Self> {
        let content = fs::read(folder.join(FILE)).ok()?;
        serde_json::from_slice(files::unseal(&content)?).ok()
    }
}

/// The index file beside a segment file.
pub(crate) fn index_path(segment: &Path) -> PathBuf {
    segment.with_extension("index")
}

/// Writes the index of the first `covered_bytes` of a segment.
pub(crate) fn write_index(segment: &Path, index: &Index, covered_bytes: u64) -> io::Result<()> {
    files::replace_unsynced(&index_path(segment), &index.encode(covered_bytes))
}

/// Reads the index beside a segment, and the number of bytes it covers.
pub(crate) fn read_index(segment: &Path) -> Option<(Index, u64)> {
    Index::decode(&fs::read(index_path(segment)).ok()?)
}
