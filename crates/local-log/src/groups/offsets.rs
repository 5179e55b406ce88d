//! The offsets that groups have committed.

use std::collections::BTreeMap;

use super::journal::StoredOffset;

/// One committed offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Committed {
    /// Offset of the next record to read.
    pub(crate) offset: i64,
    /// Leader epoch that the client knew, or -1.
    pub(crate) leader_epoch: i32,
    /// A note of the client's own.
    pub(crate) metadata: String,
}

/// The offsets of one group, by topic and partition.
#[derive(Debug, Default)]
pub(crate) struct Offsets(BTreeMap<String, BTreeMap<i32, Committed>>);

impl Offsets {
    /// Takes over what was stored.
    pub(super) fn extend(&mut self, stored: Vec<StoredOffset>) {
        for StoredOffset { topic, partition, offset, leader_epoch, metadata } in stored {
            let committed = Committed { offset, leader_epoch, metadata };
            self.0.entry(topic).or_default().insert(partition, committed);
        }
    }

    /// Forgets what was committed for these partitions.
    pub(super) fn remove(&mut self, partitions: &[(String, i32)]) {
        for (topic, partition) in partitions {
            if let Some(committed) = self.0.get_mut(topic) {
                committed.remove(partition);
            }
        }
        self.0.retain(|_, partitions| !partitions.is_empty());
    }

    /// What was committed for a partition.
    pub(crate) fn get(&self, topic: &str, partition: i32) -> Option<&Committed> {
        self.0.get(topic)?.get(&partition)
    }

    /// Everything that was committed.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &BTreeMap<i32, Committed>)> {
        self.0.iter().map(|(topic, partitions)| (topic.as_str(), partitions))
    }

    /// Everything, as it is stored.
    pub(super) fn stored(&self) -> Vec<StoredOffset> {
        let mut stored = Vec::new();
        for (topic, partitions) in &self.0 {
            for (partition, committed) in partitions {
                stored.push(StoredOffset {
                    topic: topic.clone(),
                    partition: *partition,
                    offset: committed.offset,
                    leader_epoch: committed.leader_epoch,
                    metadata: committed.metadata.clone(),
                });
            }
        }
        stored
    }
}
