//! Where a partition begins, and how far it has been compacted: durable before anything goes.

use std::path::Path;
use std::{fs, io};

use serde::{Deserialize, Serialize};

use super::files;
use crate::error::StartError;

/// Name of the file; without it a partition begins at 0.
const FILE: &str = "marks";

/// Two offsets of a partition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Marks {
    /// Offset of the first record; what lies before it has been deleted.
    pub(crate) start_offset: i64,
    /// Every record before this offset has been compacted against those before it.
    pub(crate) clean_offset: i64,
}

impl Marks {
    /// Reads the marks of the partition in `folder`.
    pub(crate) fn read(folder: &Path) -> Result<Self, StartError> {
        let path = folder.join(FILE);
        let content = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            read => read.map_err(StartError::storage(&path))?,
        };
        let marks = files::unseal(&content).and_then(|body| serde_json::from_slice(body).ok());
        marks.ok_or_else(|| StartError::corrupt(&path, 0, "its checksum does not match"))
    }

    /// Writes the marks of the partition in `folder`, for good.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        files::replace(&folder.join(FILE), &files::seal(&serde_json::to_vec(self)?))
    }
}
