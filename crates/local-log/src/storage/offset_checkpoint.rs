//! Start offset and compaction progress of a partition; durable before any segment is removed.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};
use stand_in::StartError;

use super::files;

/// File name; without the file both offsets are 0.
const FILE: &str = "marks";

/// Start offset and compaction progress of a partition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OffsetCheckpoint {
    /// Start offset; all records before it are deleted.
    pub(crate) start_offset: i64,
    /// Offset up to which the partition is compacted.
    pub(crate) clean_offset: i64,
}

impl OffsetCheckpoint {
    /// Reads the offsets of the partition in `folder`.
    pub(crate) fn read(folder: &Path) -> Result<Self, StartError> {
        let path = folder.join(FILE);
        let content = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            read => read.map_err(StartError::storage(&path))?,
        };
        let offsets = files::unseal(&content).and_then(|body| serde_json::from_slice(body).ok());
        offsets.ok_or_else(|| StartError::corrupt_at_byte(&path, 0, "its checksum does not match"))
    }

    /// Writes the offsets of the partition in `folder` durably.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        files::replace(&folder.join(FILE), &files::seal(&serde_json::to_vec(self)?))
    }
}
