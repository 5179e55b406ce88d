//! What clients ask of groups, and how they wait for the answers.

use std::io;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::group::{Group, JoinReply, SyncReply};
use super::journal::{Line, StoredOffset};
use super::membership::{Join, Reply};
use super::offsets::Committed;
use super::{Entry, Groups, stored};

impl Groups {
    /// Joins; waits until the generation has formed.
    pub(crate) async fn join(&self, name: &str, join: Join) -> Result<JoinReply, ResponseError> {
        let waiting = {
            let mut entries = self.entries.lock();
            if entries.len() >= self.max_entries && !entries.contains_key(name) {
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
        asker: Asker<'_>,
        generation: i32,
        protocol: (Option<&str>, Option<&str>),
        assignments: Vec<(String, Bytes)>,
    ) -> Result<SyncReply, ResponseError> {
        let waiting = {
            let mut entries = self.entries.lock();
            let entry = entries.get_mut(name).ok_or(ResponseError::UnknownMemberId)?;
            let member_id = asker.member_id;
            entry.group.check_instance(member_id, asker.instance_id)?;
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
        asker: Asker<'_>,
        generation: i32,
    ) -> Result<(), ResponseError> {
        let mut entries = self.entries.lock();
        let entry = entries.get_mut(name).ok_or(ResponseError::UnknownMemberId)?;
        entry.group.check_instance(asker.member_id, asker.instance_id)?;
        entry.group.heartbeat(asker.member_id, generation, Instant::now())
    }

    /// Removes a member; a static one also by its lasting name alone.
    pub(crate) fn leave(&self, name: &str, asker: Asker<'_>) -> Result<(), ResponseError> {
        let mut entries = self.entries.lock();
        let entry = entries.get_mut(name).ok_or(ResponseError::UnknownMemberId)?;
        let named = asker.instance_id.filter(|_| asker.member_id.is_empty());
        let member_id = match named {
            Some(name) => entry.group.member_of(name).ok_or(ResponseError::UnknownMemberId)?,
            None => asker.member_id.to_owned(),
        };
        if named.is_none() {
            entry.group.check_instance(&member_id, asker.instance_id)?;
        }
        let (left, effects) = entry.group.leave(&member_id, Instant::now());
        self.apply(name, entry, effects);
        self.deadline_moved.notify_one();
        left
    }

    /// Commits offsets; returns once they are durable.
    pub(crate) async fn commit(
        &self,
        name: &str,
        asker: Asker<'_>,
        generation: i32,
        offsets: Vec<(String, i32, Committed)>,
    ) -> Result<(), ResponseError> {
        let number = {
            let mut entries = self.entries.lock();
            let known = entries.contains_key(name);
            if !known && (generation >= 0 || entries.len() >= self.max_entries) {
                return Err(ResponseError::IllegalGeneration);
            }
            let entry = entries.entry(name.into()).or_insert_with(|| Entry::new(Group::new()));
            entry.group.check_instance(asker.member_id, asker.instance_id)?;
            entry.group.check_commit(asker.member_id, generation, Instant::now())?;
            let stored: Vec<StoredOffset> = offsets.into_iter().map(stored::offset).collect();
            let line = Line::Offsets(name.into(), stored.clone());
            let number = self.journal.append(&line).map_err(|error| failed(&error))?;
            entry.offsets.extend(stored);
            if let Err(error) = self.rewrite_if_long(&entries) {
                // The journal as it is goes on being sound, only long.
                tracing::warn!(%error, "cannot rewrite the journal of the groups");
            }
            number
        };
        self.journal.durable(number).await;
        Ok(())
    }
}

/// Who asks: the member's id, and its lasting name, if it has one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker<'a> {
    /// The id.
    pub(crate) member_id: &'a str,
    /// The lasting name.
    pub(crate) instance_id: Option<&'a str>,
}

/// Notes a failure of the disk, and answers with an error that clients understand.
pub(super) fn failed(error: &io::Error) -> ResponseError {
    tracing::error!(%error, "cannot store offsets");
    ResponseError::UnknownServerError
}
