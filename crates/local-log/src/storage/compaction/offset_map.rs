//! The offset of the last record of each key, within a memory bound.

use std::{collections::HashMap, io, sync::Arc};

use sha2::{Digest, Sha256};

use super::BatchReader;
use crate::storage::{records, segment::Segment};

/// Truncated digest of a key, long enough to be collision-resistant.
type KeyHash = [u8; 16];

/// The last offset of each key in a range of offsets.
#[derive(Debug, Default)]
pub(crate) struct OffsetMap {
    last: HashMap<KeyHash, i64>,
    /// End of the range, exclusive.
    pub(crate) end_offset: i64,
}

impl OffsetMap {
    /// Reads sealed segments from `from_offset` to their end, or until `max_keys` is reached.
    ///
    /// Always reads at least one batch. `None` if cancelled.
    pub(crate) fn build(
        segments: &[Arc<Segment>],
        from_offset: i64,
        max_keys: usize,
        is_cancelled: impl Fn() -> bool,
    ) -> io::Result<Option<Self>> {
        let mut map = Self { end_offset: from_offset, ..Self::default() };
        for segment in segments.iter().filter(|s| s.end_offset() > from_offset) {
            let mut batches = BatchReader::open(segment)?;
            while let Some((header, batch)) = batches.read_next()? {
                if is_cancelled() {
                    return Ok(None);
                }
                if header.last_offset() < from_offset {
                    continue;
                }
                let count = usize::try_from(header.count).unwrap_or(0);
                if !map.last.is_empty() && map.last.len() + count > max_keys {
                    return Ok(Some(map));
                }
                let plain = records::decompress(&header, &batch)?;
                records::for_each_record(&header, &plain, |record| {
                    if let Some(key) = record.key {
                        map.last.insert(hash(key), header.base_offset + record.offset_delta);
                    }
                })?;
                map.end_offset = header.last_offset() + 1;
            }
        }
        Ok(Some(map))
    }

    /// Whether a later record has the same key.
    pub(crate) fn is_superseded(&self, key: &[u8], offset: i64) -> bool {
        self.last.get(&hash(key)).is_some_and(|last| *last > offset)
    }
}

fn hash(key: &[u8]) -> KeyHash {
    let digest = Sha256::digest(key);
    let mut hash = KeyHash::default();
    hash.copy_from_slice(&digest[..16]);
    hash
}
