//! Committed offsets of groups.

use std::collections::BTreeMap;

use super::journal::StoredOffset;

/// A committed offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommittedOffset {
    /// Offset of the next record to read.
    pub(crate) offset: i64,
    /// Leader epoch known to the client, or -1.
    pub(crate) leader_epoch: i32,
    /// Metadata from the client.
    pub(crate) metadata: String,
}

/// The offsets of one group, by topic and partition.
#[derive(Debug, Default)]
pub(crate) struct Offsets(BTreeMap<String, BTreeMap<i32, CommittedOffset>>);

impl Offsets {
    /// Adds stored offsets.
    pub(super) fn extend(&mut self, stored: Vec<StoredOffset>) {
        for StoredOffset { topic, partition, offset, leader_epoch, metadata } in stored {
            let committed = CommittedOffset { offset, leader_epoch, metadata };
            self.0.entry(topic).or_default().insert(partition, committed);
        }
    }

    /// Removes the offsets of these partitions.
    pub(super) fn remove(&mut self, partitions: &[(String, i32)]) {
        for (topic, partition) in partitions {
            if let Some(committed) = self.0.get_mut(topic) {
                committed.remove(partition);
            }
        }
        self.0.retain(|_, partitions| !partitions.is_empty());
    }

    /// The committed offset of a partition.
    pub(crate) fn get(&self, topic: &str, partition: i32) -> Option<&CommittedOffset> {
        self.0.get(topic)?.get(&partition)
    }

    /// All committed offsets.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &BTreeMap<i32, CommittedOffset>)> {
        self.0.iter().map(|(topic, partitions)| (topic.as_str(), partitions))
    }

    /// All committed offsets in their stored form.
    pub(super) fn to_stored(&self) -> Vec<StoredOffset> {
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
