//! Consumer groups: waiting requests, the clock and the journal around the pure decisions.

mod deadlines;
mod deletion;
pub(crate) mod group;
mod instances;
mod journal;
pub(crate) mod membership;
pub(crate) mod offsets;
pub(crate) mod requests;
mod stored;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use group::{Group, JoinReply, SyncReply};
use journal::{Journal, Line};
use kafka_protocol::ResponseError;
use membership::Limits;
use offsets::Offsets;
use parking_lot::Mutex;
use stand_in::StartError;
use tokio::{
    sync::{Notify, oneshot},
    time::Instant,
};

use crate::{config::Config, storage::flusher::Flusher};

/// Sends the reply to a waiting request.
type ReplySender<T> = oneshot::Sender<Result<T, ResponseError>>;

/// All consumer groups.
pub(crate) struct Groups {
    limits: Limits,
    max_entries: usize,
    journal: Arc<Journal>,
    entries: Mutex<BTreeMap<String, GroupEntry>>,
    rewritten_bytes: Mutex<u64>,
    deadline_moved: Notify,
}

/// One group, with its offsets and waiting requests by member id.
struct GroupEntry {
    group: Group,
    offsets: Offsets,
    joins: HashMap<String, ReplySender<JoinReply>>,
    syncs: HashMap<String, ReplySender<SyncReply>>,
}

impl GroupEntry {
    fn new(group: Group) -> Self {
        let (joins, syncs) = (HashMap::new(), HashMap::new());
        Self { group, offsets: Offsets::default(), joins, syncs }
    }
}

impl Groups {
    /// Opens the journal and restores all groups.
    pub(crate) fn open(config: &Config, flusher: &Arc<Flusher>) -> Result<Arc<Self>, StartError> {
        let mut entries = BTreeMap::new();
        let path = config.data.join("groups.journal");
        let now = Instant::now();
        let flusher = Arc::clone(flusher);
        let journal = Journal::open(path.clone(), config.fsync, flusher, |line| match line {
            Line::Group(group) => {
                let entry = entries.entry(group.name.clone());
                let entry = entry.or_insert_with(|| GroupEntry::new(Group::new()));
                entry.group = stored::restore(group, now);
            }
            Line::Offsets(name, offsets) => {
                let entry = entries.entry(name).or_insert_with(|| GroupEntry::new(Group::new()));
                entry.offsets.extend(offsets);
            }
            Line::Deleted(name) => {
                entries.remove(&name);
            }
            Line::OffsetsDeleted(name, partitions) => {
                if let Some(entry) = entries.get_mut(&name) {
                    entry.offsets.remove(&partitions);
                }
            }
        })?;
        let limits = Limits {
            max_members: config.max_group_members,
            initial_delay: Duration::from_millis(config.initial_rebalance_delay_ms),
        };
        let groups = Self {
            limits,
            max_entries: config.max_groups,
            journal: Arc::new(journal),
            entries: Mutex::new(entries),
            rewritten_bytes: Mutex::new(0),
            deadline_moved: Notify::new(),
        };
        groups.compact_journal(&groups.entries.lock()).map_err(StartError::storage(&path))?;
        Ok(Arc::new(groups))
    }

    /// The journal of the groups.
    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Runs `f` with the offsets of a group; an unknown group has none.
    pub(crate) fn with_offsets<T>(&self, name: &str, f: impl FnOnce(&Offsets) -> T) -> T {
        let entries = self.entries.lock();
        let none = Offsets::default();
        f(entries.get(name).map_or(&none, |entry| &entry.offsets))
    }

    /// Runs `f` with a group, if it exists.
    pub(crate) fn with_group<T>(&self, name: &str, f: impl FnOnce(&Group) -> T) -> Option<T> {
        self.entries.lock().get(name).map(|entry| f(&entry.group))
    }

    /// Name, protocol type and state of all groups.
    pub(crate) fn list(&self) -> Vec<(String, String, &'static str)> {
        let describe = |(name, entry): (&String, &GroupEntry)| {
            let group = &entry.group;
            (name.clone(), group.protocol_type.clone(), group.state_name())
        };
        self.entries.lock().iter().map(describe).collect()
    }
}
