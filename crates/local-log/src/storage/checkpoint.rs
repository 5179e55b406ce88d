//! What a partition knew for certain at some moment, so that a start need not read everything.
//!
//! A checkpoint describes synced bytes only. One that is missing or damaged costs a full scan,
//! so it is mostly written without a sync of its own. Before segments go it is made durable: it
//! then is all that is left of the producers in them.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use super::files;
use super::index::Index;
use super::producers::Producers;

/// Name of the file.
const FILE: &str = "checkpoint";

/// The state of a partition up to a place in its newest segment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    /// Base offset of the newest segment.
    pub(crate) segment: i64,
    /// Sound bytes of it.
    pub(crate) length_bytes: u64,
    /// Offset of the next record after them.
    pub(crate) next_offset: i64,
    /// The idempotent producers up to there.
    pub(crate) producers: Producers,
}

impl Checkpoint {
    /// Writes the checkpoint of the partition in `folder`; it may be lost in a power cut.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        files::replace_lazily(&folder.join(FILE), &files::seal(&serde_json::to_vec(self)?))
    }

    /// Writes the checkpoint of the partition in `folder`, for good.
    pub(crate) fn write_durably(&self, folder: &Path) -> io::Result<()> {
        files::replace(&folder.join(FILE), &files::seal(&serde_json::to_vec(self)?))
    }

    /// Reads the checkpoint of the partition in `folder`, if there is a sound one.
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
    files::replace_lazily(&index_path(segment), &index.encode(covered_bytes))
}

/// Reads the index beside a segment: how much it covers, too.
pub(crate) fn read_index(segment: &Path) -> Option<(Index, u64)> {
    Index::decode(&fs::read(index_path(segment)).ok()?)
}
