//! Stretches of a segment that a disk has damaged: what is known of them, and what readers get.
//!
//! They stay in the file as they are. A stretch whose header is sound goes out as it is, so that
//! readers find the wrong checksum; in the place of any other, a header is made up that tells its
//! offsets and has a wrong checksum, so that readers can step over it.

use std::path::Path;
use std::{fs, io};

use serde::{Deserialize, Serialize};

use super::batch::Rewrite;
use super::files;

/// Name of the file that lists what is damaged in a partition.
const FILE: &str = "damage";

/// A stretch of a segment that does not hold what was stored there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Damage {
    /// First byte of it in the segment.
    pub(crate) position_bytes: u64,
    /// First byte after it.
    pub(crate) end_bytes: u64,
    /// First offset that was stored there.
    pub(crate) first_offset: i64,
    /// Last offset that was stored there; before the first, if there is none.
    pub(crate) last_offset: i64,
    /// Whether the bytes still begin with a header that tells length and offsets rightly.
    pub(crate) has_header: bool,
}

impl Damage {
    /// Whether there is an offset in it, so that readers have to be told.
    pub(crate) fn holds_offsets(&self) -> bool {
        self.last_offset >= self.first_offset
    }

    /// What stands for it where not even its header can be read: a batch that tells the offsets,
    /// and whose checksum is wrong.
    pub(crate) fn stand_in(&self) -> Vec<u8> {
        let delta = i32::try_from(self.last_offset - self.first_offset).unwrap_or(i32::MAX);
        Rewrite::filler(self.first_offset, delta).encode_corrupt()
    }
}

/// What is damaged in one segment, as the file tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listed {
    /// Base offset of the segment.
    pub(crate) segment: i64,
    /// The stretches, in order.
    pub(crate) damage: Vec<Damage>,
}

/// Reads what is known to be damaged in the partition in `folder`; a list that is itself damaged
/// is made anew as readers come by.
pub(crate) fn read_list(folder: &Path) -> Vec<Listed> {
    let content = fs::read(folder.join(FILE)).unwrap_or_default();
    let list = files::unseal(&content).and_then(|body| serde_json::from_slice(body).ok());
    list.unwrap_or_default()
}

/// Writes the list for the partition in `folder`, for good; an empty one is no file.
pub(crate) fn write_list(folder: &Path, list: &[Listed]) -> io::Result<()> {
    let path = folder.join(FILE);
    if list.is_empty() {
        return files::remove(&path);
    }
    files::replace(&path, &files::seal(&serde_json::to_vec(list)?))
}

/// One line for the people who run the log.
pub(crate) fn tell(folder: &Path, segment: &Path, damage: &Damage) {
    let name = |path: Option<&Path>| {
        path.and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let (topic, partition) = (name(folder.parent()), name(Some(folder)));
    let Damage { position_bytes, end_bytes, first_offset, last_offset, .. } = damage;
    tracing::error!(
        topic, partition, first_offset, last_offset, file = %segment.display(), position_bytes,
        end_bytes, "records are damaged on the disk: readers are told that these offsets are \
        corrupt, and read on after them; restore the file from a backup to have them back"
    );
}
