//! Consumer groups: the shell around the pure decisions. It keeps who waits, the clock, the file.

pub(crate) mod group;
mod journal;
pub(crate) mod membership;
pub(crate) mod offsets;
mod stored;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::error::StartError;
use crate::storage::flusher::Flusher;
use crate::storage::segment::lock;
use group::{Effect, Group, JoinReply, SyncReply};
use journal::{Journal, Line, StoredOffset};
use membership::{Join, Limits, Reply};
use offsets::{Committed, Offsets};

/// Length from which the journal is worth rewriting.
const REWRITE_BYTES: u64 = 16 << 20;

/// An answer that may come later.
type Waiting<T> = oneshot::Sender<Result<T, ResponseError>>;

/// All consumer groups.
pub(crate) struct Groups {
    limits: Limits,
    max_groups: usize,
    journal: Arc<Journal>,
    entries: Mutex<BTreeMap<String, Entry>>,
    rewritten_bytes: Mutex<u64>,
    deadline_moved: Notify,
}

/// One group, and who waits for it.
struct Entry {
    group: Group,
    offsets: Offsets,
    joins: HashMap<String, Waiting<JoinReply>>,
    syncs: HashMap<String, Waiting<SyncReply>>,
}

impl Entry {
    fn new(group: Group) -> Self {
        let (joins, syncs) = (HashMap::new(), HashMap::new());
        Self { group, offsets: Offsets::default(), joins, syncs }
    }
}

impl Groups {
    /// Reads the journal.
    pub(crate) fn open(config: &Config, flusher: &Arc<Flusher>) -> Result<Arc<Self>, StartError> {
        let mut entries = BTreeMap::new();
        let path = config.data.join("groups.journal");
        let now = Instant::now();
        let flusher = Arc::clone(flusher);
        let journal = Journal::open(path.clone(), config.fsync, flusher, |line| match line {
            Line::Group(group) => {
                let entry = entries.entry(group.name.clone());
                let entry = entry.or_insert_with(|| Entry::new(Group::new()));
                entry.group = stored::restore(group, now);
            }
            Line::Offsets(name, offsets) => {
                let entry = entries.entry(name).or_insert_with(|| Entry::new(Group::new()));
                offsets.into_iter().for_each(|offset| entry.offsets.apply(offset));
            }
        })?;
        let limits = Limits {
            max_members: config.max_group_members,
            initial_delay: Duration::from_millis(config.initial_rebalance_delay_ms),
        };
        let groups = Self {
            limits,
            max_groups: config.max_groups,
            journal: Arc::new(journal),
            entries: Mutex::new(entries),
            rewritten_bytes: Mutex::new(0),
            deadline_moved: Notify::new(),
        };
        groups.rewrite_if_long(&lock(&groups.entries)).map_err(StartError::storage(&path))?;
        Ok(Arc::new(groups))
    }

    /// The file that remembers groups.
    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Joins; waits until the generation has formed.
    pub(crate) async fn join(&self, name: &str, join: Join) -> Result<JoinReply, ResponseError> {
        let waiting = {
            let mut entries = lock(&self.entries);
            if entries.len() >= self.max_groups && !entries.contains_key(name) {
                return Err(ResponseError::GroupMaxSizeReached);
            }
            let known = entries.contains_key(name);
            if !known && !join.newcomer {
                return Err(ResponseError::UnknownMemberId);
            }
            let entry = entries.entry(name.into()).or_insert_with(|| Entry::new(Group::new()));
            let id = join.member_id.clone();
            let (sender, waiting) = oneshot::channel();
            // An older request of the same member would otherwise wait for ever.
            drop(entry.joins.insert(id.clone(), sender));
            let (reply, effects) = entry.group.join(join, self.limits, Instant::now());
            if let Reply::Now(reply) = reply {
                entry.joins.remove(&id);
                self.deadline_moved.notify_one();
                return reply;
            }
            self.apply(name, entry, effects);
            waiting
        };
        self.deadline_moved.notify_one();
        waiting.await.unwrap_or(Err(ResponseError::RebalanceInProgress))
    }

    /// Asks for an assignment; waits until the leader has brought it.
    pub(crate) async fn sync(
        &self,
        name: &str,
        member_id: &str,
        generation: i32,
        protocol: (Option<&str>, Option<&str>),
        assignments: Vec<(String, Bytes)>,
    ) -> Result<SyncReply, ResponseError> {
        let waiting = {
            let mut entries = lock(&self.entries);
            let entry = entries.get_mut(name).ok_or(ResponseError::UnknownMemberId)?;
            let (sender, waiting) = oneshot::channel();
            let now = Instant::now();
            let decided = entry.group.sync(member_id, generation, protocol, assignments, now);
            match decided {
                (Reply::Now(reply), _) => return reply,
                (Reply::Later, effects) => {
                    drop(entry.syncs.insert(member_id.into(), sender));
                    self.apply(name, entry, effects);
                }
            }
            waiting
        };
        self.deadline_moved.notify_one();
        waiting.await.unwrap_or(Err(ResponseError::RebalanceInProgress))
    }

    /// A sign of life.
    pub(crate) fn heartbeat(
        &self,
        name: &str,
        member_id: &str,
        generation: i32,
    ) -> Result<(), ResponseError> {
        let mut entries = lock(&self.entries);
        let entry = entries.get_mut(name).ok_or(ResponseError::UnknownMemberId)?;
        entry.group.heartbeat(member_id, generation, Instant::now())
    }

    /// Removes a member.
    pub(crate) fn leave(&self, name: &str, member_id: &str) -> Result<(), ResponseError> {
        let mut entries = lock(&self.entries);
        let entry = entries.get_mut(name).ok_or(ResponseError::UnknownMemberId)?;
        let (left, effects) = entry.group.leave(member_id, Instant::now());
        self.apply(name, entry, effects);
        self.deadline_moved.notify_one();
        left
    }

    /// Commits offsets; returns once they are durable.
    pub(crate) async fn commit(
        &self,
        name: &str,
        member_id: &str,
        generation: i32,
        offsets: Vec<(String, i32, Committed)>,
    ) -> Result<(), ResponseError> {
        let number = {
            let mut entries = lock(&self.entries);
            let known = entries.contains_key(name);
            if !known && (generation >= 0 || entries.len() >= self.max_groups) {
                return Err(ResponseError::IllegalGeneration);
            }
            let entry = entries.entry(name.into()).or_insert_with(|| Entry::new(Group::new()));
            entry.group.check_commit(member_id, generation, Instant::now())?;
            let stored: Vec<StoredOffset> = offsets.into_iter().map(stored::offset).collect();
            let line = Line::Offsets(name.into(), stored.clone());
            let number = self.journal.append(&line).map_err(|error| failed(&error))?;
            stored.into_iter().for_each(|offset| entry.offsets.apply(offset));
            self.rewrite_if_long(&entries).map_err(|error| failed(&error))?;
            number
        };
        self.journal.durable(number).await;
        Ok(())
    }

    /// Looks at a group's offsets.
    pub(crate) fn with_offsets<T>(&self, name: &str, f: impl FnOnce(&Offsets) -> T) -> T {
        let entries = lock(&self.entries);
        let none = Offsets::default();
        f(entries.get(name).map_or(&none, |entry| &entry.offsets))
    }

    /// Looks at a group, if there is one.
    pub(crate) fn with_group<T>(&self, name: &str, f: impl FnOnce(&Group) -> T) -> Option<T> {
        lock(&self.entries).get(name).map(|entry| f(&entry.group))
    }

    /// Name, kind and state of every group.
    pub(crate) fn list(&self) -> Vec<(String, String, &'static str)> {
        let listed = |(name, entry): (&String, &Entry)| {
            let group = &entry.group;
            (name.clone(), group.protocol_type.clone(), group.state_name())
        };
        lock(&self.entries).iter().map(listed).collect()
    }

    /// Removes silent members and ends phases when their time is up. Sleeps otherwise.
    pub(crate) async fn watch_deadlines(self: Arc<Self>, stop: CancellationToken) {
        loop {
            let deadlines = |e: &BTreeMap<String, Entry>| {
                e.values().filter_map(|entry| entry.group.next_deadline()).min()
            };
            let next = deadlines(&lock(&self.entries));
            let sleep = async {
                match next {
                    Some(next) => sleep_until(next).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.deadline_moved.notified() => {}
                () = sleep => {
                    let now = Instant::now();
                    for (name, entry) in &mut *lock(&self.entries) {
                        if entry.group.next_deadline().is_some_and(|next| next <= now) {
                            let effects = entry.group.expire(now);
                            self.apply(name, entry, effects);
                        }
                    }
                }
            }
        }
    }

    /// Carries out what was decided. Generations are written first, and answered then.
    fn apply(&self, name: &str, entry: &mut Entry, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Joined(id, reply) => {
                    entry.joins.remove(&id).map(|waiting| waiting.send(reply));
                }
                Effect::Synced(id, reply) => {
                    entry.syncs.remove(&id).map(|waiting| waiting.send(reply));
                }
                Effect::Persist => {
                    let line = Line::Group(stored::store(name, &entry.group));
                    if let Err(error) = self.journal.append(&line) {
                        // The group works on; after a restart it forms again.
                        tracing::error!(%error, group = name, "cannot store a generation");
                    }
                }
            }
        }
    }

    fn rewrite_if_long(&self, entries: &BTreeMap<String, Entry>) -> io::Result<()> {
        let mut rewritten_bytes = lock(&self.rewritten_bytes);
        if self.journal.length_bytes() < REWRITE_BYTES.max(*rewritten_bytes * 2) {
            return Ok(());
        }
        let lines = entries.iter().flat_map(|(name, entry)| {
            let group = Line::Group(stored::store(name, &entry.group));
            [group, Line::Offsets(name.clone(), entry.offsets.stored())]
        });
        self.journal.rewrite(lines)?;
        *rewritten_bytes = self.journal.length_bytes();
        Ok(())
    }
}

fn failed(error: &io::Error) -> ResponseError {
    tracing::error!(%error, "cannot store offsets");
    ResponseError::UnknownServerError
}
