//! Requests of clients to groups, and waiting for their replies.

use std::io;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use tokio::{sync::oneshot, time::Instant};

use super::{
    GroupEntry, Groups,
    group::{Group, JoinReply, SyncReply},
    journal::{Line, StoredOffset},
    membership::{JoinRequest, Reply},
    offsets::CommittedOffset,
    stored,
};

impl Groups {
    /// Joins a group; waits until the generation is complete.
    pub(crate) async fn join(
        &self,
        name: &str,
        join: JoinRequest,
    ) -> Result<JoinReply, ResponseError> {
        let waiting = {
            let mut entries = self.entries.lock();
            if entries.len() >= self.max_entries && !entries.contains_key(name) {
                return Err(ResponseError::GroupMaxSizeReached);
            }
            let is_known = entries.contains_key(name);
            if !is_known && !join.is_new {
                return Err(ResponseError::UnknownMemberId);
            }
            let entry = entries.entry(name.into()).or_insert_with(|| GroupEntry::new(Group::new()));
            let id = join.member_id.clone();
            let (sender, waiting) = oneshot::channel();
            // Fails an older request of the same member, which would otherwise never be answered.
            drop(entry.joins.insert(id.clone(), sender));
            let (reply, effects) = entry.group.join(join, self.limits, Instant::now());
            if let Reply::Now(reply) = reply {
                entry.joins.remove(&id);
                self.deadline_moved.notify_one();
                return reply;
            }
            self.apply_effects(name, entry, effects);
            waiting
        };
        self.deadline_moved.notify_one();
        waiting.await.unwrap_or(Err(ResponseError::RebalanceInProgress))
    }

    /// Requests the assignment; waits until the leader has sent it.
    pub(crate) async fn sync(
        &self,
        name: &str,
        identity: MemberIdentity<'_>,
        generation: i32,
        protocol: (Option<&str>, Option<&str>),
        assignments: Vec<(String, Bytes)>,
    ) -> Result<SyncReply, ResponseError> {
        let waiting = {
            let mut entries = self.entries.lock();
            let entry = entries.get_mut(name).ok_or(ResponseError::UnknownMemberId)?;
            let member_id = identity.member_id;
            entry.group.check_instance(member_id, identity.instance_id)?;
            let (sender, waiting) = oneshot::channel();
            let now = Instant::now();
            match entry.group.sync(member_id, generation, protocol, assignments, now) {
                (Reply::Now(reply), _) => return reply,
                (Reply::Later, effects) => {
                    drop(entry.syncs.insert(member_id.into(), sender));
                    self.apply_effects(name, entry, effects);
                }
            }
            waiting
        };
        self.deadline_moved.notify_one();
        waiting.await.unwrap_or(Err(ResponseError::RebalanceInProgress))
    }

    /// Extends the session of a member.
    pub(crate) fn heartbeat(
        &self,
        name: &str,
        identity: MemberIdentity<'_>,
        generation: i32,
    ) -> Result<(), ResponseError> {
        let mut entries = self.entries.lock();
        let entry = entries.get_mut(name).ok_or(ResponseError::UnknownMemberId)?;
        entry.group.check_instance(identity.member_id, identity.instance_id)?;
        entry.group.heartbeat(identity.member_id, generation, Instant::now())
    }

    /// Removes a member, which may be identified by its instance id alone.
    pub(crate) fn leave(
        &self,
        name: &str,
        identity: MemberIdentity<'_>,
    ) -> Result<(), ResponseError> {
        let mut entries = self.entries.lock();
        let entry = entries.get_mut(name).ok_or(ResponseError::UnknownMemberId)?;
        let instance_id = identity.instance_id.filter(|_| identity.member_id.is_empty());
        let member_id = match instance_id {
            Some(id) => entry.group.find_static_member(id).ok_or(ResponseError::UnknownMemberId)?,
            None => identity.member_id.to_owned(),
        };
        if instance_id.is_none() {
            entry.group.check_instance(&member_id, identity.instance_id)?;
        }
        let (left, effects) = entry.group.leave(&member_id, Instant::now());
        self.apply_effects(name, entry, effects);
        self.deadline_moved.notify_one();
        left
    }

    /// Commits offsets; returns once they are durable.
    pub(crate) async fn commit(
        &self,
        name: &str,
        identity: MemberIdentity<'_>,
        generation: i32,
        offsets: Vec<(String, i32, CommittedOffset)>,
    ) -> Result<(), ResponseError> {
        let number = {
            let mut entries = self.entries.lock();
            let is_known = entries.contains_key(name);
            if !is_known && (generation >= 0 || entries.len() >= self.max_entries) {
                return Err(ResponseError::IllegalGeneration);
            }
            let entry = entries.entry(name.into()).or_insert_with(|| GroupEntry::new(Group::new()));
            entry.group.check_instance(identity.member_id, identity.instance_id)?;
            entry.group.check_commit(identity.member_id, generation, Instant::now())?;
            let stored: Vec<StoredOffset> = offsets.into_iter().map(stored::store_offset).collect();
            let line = Line::Offsets(name.into(), stored.clone());
            let number = self.journal.append(&line).map_err(|error| storage_error(&error))?;
            entry.offsets.extend(stored);
            if let Err(error) = self.compact_journal(&entries) {
                // The old journal remains valid.
                tracing::warn!(%error, "cannot rewrite the journal of the groups");
            }
            number
        };
        self.journal.wait_until_durable(number).await;
        Ok(())
    }
}

/// Identity of a member in a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MemberIdentity<'a> {
    /// Member id.
    pub(crate) member_id: &'a str,
    /// Instance id of a static member.
    pub(crate) instance_id: Option<&'a str>,
}

/// Logs a storage failure and returns the error for the client.
pub(super) fn storage_error(error: &io::Error) -> ResponseError {
    tracing::error!(%error, "cannot store offsets");
    ResponseError::UnknownServerError
}
