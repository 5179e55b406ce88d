//! Damaged ranges of a segment: where they are, and what readers receive for them.
//!
//! Damaged bytes stay in the file. A range with a valid header is sent as stored, so that readers
//! detect the wrong checksum. For any other range, readers receive a placeholder: a batch with the
//! lost offsets and a wrong checksum, which they can skip.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::{batch::RewrittenBatch, files};

/// Name of the file that lists the damage of a partition.
const FILE: &str = "damage";

/// A damaged range of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Damage {
    /// Start, in bytes from the start of the segment.
    pub(crate) position_bytes: u64,
    /// End, exclusive, in bytes from the start of the segment.
    pub(crate) end_bytes: u64,
    /// First lost offset.
    pub(crate) first_offset: i64,
    /// Last lost offset; less than `first_offset` if no offset is lost.
    pub(crate) last_offset: i64,
    /// Whether the range starts with a header whose length and offsets are valid.
    pub(crate) has_header: bool,
}

impl Damage {
    /// Whether any offset is lost.
    pub(crate) fn has_offsets(&self) -> bool {
        self.last_offset >= self.first_offset
    }

    /// Encodes the placeholder of a range without a valid header.
    pub(crate) fn encode_placeholder(&self) -> Vec<u8> {
        let delta = i32::try_from(self.last_offset - self.first_offset).unwrap_or(i32::MAX);
        RewrittenBatch::filler(self.first_offset, delta).encode_corrupt()
    }
}

/// The known damage of one segment, as stored in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SegmentDamage {
    /// Base offset of the segment.
    pub(crate) segment: i64,
    /// The damaged ranges, in order.
    pub(crate) damage: Vec<Damage>,
}

/// Reads the list of the partition in `folder`. A damaged list counts as empty: readers detect the
/// damage again.
pub(crate) fn read_list(folder: &Path) -> Vec<SegmentDamage> {
    let content = fs::read(folder.join(FILE)).unwrap_or_default();
    let list = files::unseal(&content).and_then(|body| serde_json::from_slice(body).ok());
    list.unwrap_or_default()
}

/// Writes the list of the partition in `folder` durably; an empty list removes the file.
pub(crate) fn write_list(folder: &Path, list: &[SegmentDamage]) -> io::Result<()> {
    let path = folder.join(FILE);
    if list.is_empty() {
        return files::remove(&path);
    }
    files::replace(&path, &files::seal(&serde_json::to_vec(list)?))
}

/// Logs a damaged range for the operators.
pub(crate) fn log_damage(folder: &Path, segment: &Path, damage: &Damage) {
    let name = |path: Option<&Path>| {
        path.and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let (topic, partition) = (name(folder.parent()), name(Some(folder)));
    let Damage { position_bytes, end_bytes, first_offset, last_offset, .. } = damage;
    tracing::error!(
        topic, partition, first_offset, last_offset, file = %segment.display(), position_bytes,
        end_bytes, "records are damaged on disk: readers receive these offsets as corrupt and \
        continue after them; restore the file from a backup to recover them"
    );
}
