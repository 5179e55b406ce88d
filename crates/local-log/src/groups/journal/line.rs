//! A line of the journal: its content, its checksum, and what a crash may leave of it.

use std::io;

use serde::{Deserialize, Serialize};

/// Length of the checksum and the following space.
const CRC_BYTES: usize = 9;

/// A line of the journal: one change.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::groups) enum Line {
    /// Generation and members of a group.
    Group(StoredGroup),
    /// Offsets committed by a group.
    Offsets(String, Vec<StoredOffset>),
    /// A group was deleted.
    Deleted(String),
    /// Offsets of a group were deleted: topic and partition.
    OffsetsDeleted(String, Vec<(String, i32)>),
}

/// Generation and members of a group.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::groups) struct StoredGroup {
    pub(in crate::groups) name: String,
    pub(in crate::groups) generation: i32,
    pub(in crate::groups) protocol_type: String,
    pub(in crate::groups) protocol: String,
    pub(in crate::groups) leader: Option<String>,
    pub(in crate::groups) members: Vec<StoredMember>,
}

/// A member of a group.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::groups) struct StoredMember {
    pub(in crate::groups) id: String,
    #[serde(default)]
    pub(in crate::groups) instance_id: Option<String>,
    pub(in crate::groups) client_id: String,
    pub(in crate::groups) client_host: String,
    pub(in crate::groups) session_timeout_ms: u64,
    pub(in crate::groups) rebalance_timeout_ms: u64,
    pub(in crate::groups) protocols: Vec<(String, Vec<u8>)>,
    pub(in crate::groups) assignment: Vec<u8>,
}

/// A committed offset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::groups) struct StoredOffset {
    pub(in crate::groups) topic: String,
    pub(in crate::groups) partition: i32,
    pub(in crate::groups) offset: i64,
    pub(in crate::groups) leader_epoch: i32,
    pub(in crate::groups) metadata: String,
}

/// The line with its checksum in front.
pub(super) fn encode(line: &Line) -> io::Result<Vec<u8>> {
    let body = serde_json::to_vec(line)?;
    let mut bytes = format!("{:08x} ", crc32c::crc32c(&body)).into_bytes();
    bytes.extend_from_slice(&body);
    bytes.push(b'\n');
    Ok(bytes)
}

/// The content of a whole line; `None` if it is damaged.
pub(super) fn decode(bytes: &[u8]) -> Option<Line> {
    let (crc, body) = bytes.split_at_checked(CRC_BYTES)?;
    let crc = u32::from_str_radix(std::str::from_utf8(crc).ok()?.trim_end(), 16).ok()?;
    let body = body.strip_suffix(b"\n")?;
    (crc32c::crc32c(body) == crc).then(|| serde_json::from_slice(body).ok())?
}

/// Whether an invalid line is an unfinished write of a crash: the last line without an end, or a
/// line with zeros left by a power cut.
pub(super) fn is_torn(line: &[u8], after: &[u8]) -> bool {
    let has_zeros = line.windows(2).any(|bytes| bytes == [0, 0]);
    has_zeros || (after.is_empty() && !line.ends_with(b"\n"))
}
