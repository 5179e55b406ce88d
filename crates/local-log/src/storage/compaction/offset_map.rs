//! For each key the offset of its last record, as far as memory allows.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::Batches;
use crate::storage::records;
use crate::storage::segment::Segment;

/// A key: so much of its digest that no two keys share it, not even made-up ones.
type KeyHash = [u8; 16];

/// The last offsets of the keys in a stretch of a partition.
#[derive(Debug, Default)]
pub(crate) struct OffsetMap {
    last: HashMap<KeyHash, i64>,
    /// Offset after the stretch.
    pub(crate) end_offset: i64,
}

impl OffsetMap {
    /// Reads sealed segments from `from_offset` on until they end or `max_keys` are reached.
    ///
    /// Always takes in one batch at least. `None` when `stopped` says so.
    pub(crate) fn build(
        segments: &[Arc<Segment>],
        from_offset: i64,
        max_keys: usize,
        stopped: impl Fn() -> bool,
    ) -> io::Result<Option<Self>> {
        let mut map = Self { end_offset: from_offset, ..Self::default() };
        for segment in segments.iter().filter(|s| s.end_offset() > from_offset) {
            let mut batches = Batches::of(segment)?;
            while let Some((header, batch)) = batches.next()? {
                if stopped() {
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
                records::each_record(&header, &plain, |record| {
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
    pub(crate) fn supersedes(&self, key: &[u8], offset: i64) -> bool {
        self.last.get(&hash(key)).is_some_and(|last| *last > offset)
    }
}

fn hash(key: &[u8]) -> KeyHash {
    let digest = Sha256::digest(key);
    let mut hash = KeyHash::default();
    hash.copy_from_slice(&digest[..16]);
    hash
}
