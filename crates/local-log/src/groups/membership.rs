//! Requests of members: join, sync, heartbeat, leave, commit. Pure decisions.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use tokio::time::Instant;

use super::group::{Effect, Group, JoinReply, Member, Phase, SyncReply};

/// A validated join request.
#[derive(Debug, Clone)]
pub(crate) struct JoinRequest {
    /// Member id; generated for a new member.
    pub(crate) member_id: String,
    /// Whether the member is new.
    pub(crate) is_new: bool,
    /// Whether a new member must repeat the request with its member id (KIP-394).
    pub(crate) requires_known_id: bool,
    /// Protocol type.
    pub(crate) protocol_type: String,
    /// The member.
    pub(crate) member: Member,
}

/// Reply to a request that may wait.
#[derive(Debug, PartialEq)]
pub(crate) enum Reply<T> {
    /// The reply.
    Now(Result<T, ResponseError>),
    /// The reply follows as an [`Effect`].
    Later,
}

/// Limits from the configuration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Maximum number of members.
    pub(crate) max_members: usize,
    /// Initial rebalance delay of an empty group.
    pub(crate) initial_delay: Duration,
}

impl Group {
    /// Handles a join request.
    pub(crate) fn join(
        &mut self,
        join: JoinRequest,
        limits: Limits,
        now: Instant,
    ) -> (Reply<JoinReply>, Vec<Effect>) {
        let fail = |error| (Reply::Now(Err(error)), Vec::new());
        let instance_id = join.member.instance_id.clone();
        let static_id = instance_id.as_deref().and_then(|id| self.find_static_member(id));
        if !join.is_new
            && let Err(error) = self.check_instance(&join.member_id, instance_id.as_deref())
        {
            return fail(error);
        }
        let is_known = self.members.contains_key(&join.member_id);
        let has_others = !self.members.is_empty();
        let is_consistent = self.shares_protocol(&join.member.protocols)
            && self.protocol_type == join.protocol_type;
        if join.member.protocols.is_empty()
            || join.protocol_type.is_empty()
            || (has_others && !is_consistent)
        {
            return fail(ResponseError::InconsistentGroupProtocol);
        }
        if let Some(old_id) = static_id.filter(|_| join.is_new) {
            return self.replace_static_member(&old_id, join, now);
        }
        if !is_known && self.members.len() + self.pending.len() >= limits.max_members {
            let is_pending = self.pending.contains_key(&join.member_id);
            if !is_pending {
                return fail(ResponseError::GroupMaxSizeReached);
            }
        }
        if join.is_new && join.requires_known_id && instance_id.is_none() {
            self.pending.insert(join.member_id, now + join.member.session_timeout);
            return fail(ResponseError::MemberIdRequired);
        }
        let was_pending = self.pending.remove(&join.member_id).is_some();
        if !is_known && !was_pending && !join.is_new {
            return fail(ResponseError::UnknownMemberId);
        }
        if is_known && let Some(reply) = self.repeat_join_reply(&join) {
            self.extend_session(&join.member_id, now);
            return (Reply::Now(Ok(reply)), Vec::new());
        }
        let was_empty = self.phase == Phase::Empty;
        self.protocol_type = join.protocol_type;
        let old = self.members.remove(&join.member_id);
        let assignment = old.map(|m| m.assignment).unwrap_or_default();
        let member = Member { assignment, is_joining: true, ..join.member };
        self.members.insert(join.member_id, member);
        let mut effects = self.prepare_rebalance(now, was_empty.then_some(limits.initial_delay));
        if let (false, Phase::Preparing { until, initial_until: Some(_) }) = (is_known, self.phase)
        {
            let later = Some((now + limits.initial_delay).min(until));
            self.phase = Phase::Preparing { until, initial_until: later };
        }
        effects.extend(self.try_complete_join(now));
        (Reply::Later, effects)
    }

    /// The reply of the current generation, if a repeated join request changes nothing.
    fn repeat_join_reply(&self, join: &JoinRequest) -> Option<JoinReply> {
        let is_unchanged = self.members.get(&join.member_id)?.protocols == join.member.protocols;
        let is_leader = self.leader.as_ref() == Some(&join.member_id);
        let is_repeated = match self.phase {
            Phase::Completing { .. } => is_unchanged,
            Phase::Stable => is_unchanged && !is_leader,
            Phase::Empty | Phase::Preparing { .. } => false,
        };
        is_repeated.then(|| self.join_reply(&join.member_id))
    }

    /// Handles a sync request; that of the leader contains the assignments.
    pub(crate) fn sync(
        &mut self,
        member_id: &str,
        generation: i32,
        protocol: (Option<&str>, Option<&str>),
        assignments: Vec<(String, Bytes)>,
        now: Instant,
    ) -> (Reply<SyncReply>, Vec<Effect>) {
        let fail = |error| (Reply::Now(Err(error)), Vec::new());
        if let Err(error) = self.check_generation(member_id, generation) {
            return fail(error);
        }
        let matches = |given: Option<&str>, own: &String| given.is_none_or(|given| given == own);
        if !(matches(protocol.0, &self.protocol_type) && matches(protocol.1, &self.protocol)) {
            return fail(ResponseError::InconsistentGroupProtocol);
        }
        self.extend_session(member_id, now);
        match self.phase {
            Phase::Empty => fail(ResponseError::UnknownMemberId),
            Phase::Preparing { .. } => fail(ResponseError::RebalanceInProgress),
            Phase::Stable => (Reply::Now(Ok(self.sync_reply(member_id))), Vec::new()),
            Phase::Completing { .. } => {
                if let Some(member) = self.members.get_mut(member_id) {
                    member.is_syncing = true;
                }
                let is_leader = self.leader.as_deref() == Some(member_id);
                let effects =
                    if is_leader { self.complete_sync(assignments, now) } else { Vec::new() };
                (Reply::Later, effects)
            }
        }
    }

    /// Stores the leader's assignments; the generation is stable.
    fn complete_sync(&mut self, assignments: Vec<(String, Bytes)>, now: Instant) -> Vec<Effect> {
        for member in self.members.values_mut() {
            member.assignment = Bytes::new();
        }
        for (id, assignment) in assignments {
            if let Some(member) = self.members.get_mut(&id) {
                member.assignment = assignment;
            }
        }
        self.phase = Phase::Stable;
        let mut effects = vec![Effect::Persist];
        let waiting: Vec<String> =
            self.members.iter().filter(|(_, m)| m.is_syncing).map(|(id, _)| id.clone()).collect();
        for id in waiting {
            effects.push(Effect::AnswerSync(id.clone(), Ok(self.sync_reply(&id))));
            if let Some(member) = self.members.get_mut(&id) {
                member.is_syncing = false;
            }
            self.extend_session(&id, now);
        }
        effects
    }

    /// Handles a heartbeat; an error makes the member rejoin.
    pub(crate) fn heartbeat(
        &mut self,
        member_id: &str,
        generation: i32,
        now: Instant,
    ) -> Result<(), ResponseError> {
        self.check_generation(member_id, generation)?;
        self.extend_session(member_id, now);
        match self.phase {
            Phase::Preparing { .. } => Err(ResponseError::RebalanceInProgress),
            _ => Ok(()),
        }
    }

    /// Removes a member that leaves.
    pub(crate) fn leave(
        &mut self,
        member_id: &str,
        now: Instant,
    ) -> (Result<(), ResponseError>, Vec<Effect>) {
        let mut effects = Vec::new();
        if self.pending.remove(member_id).is_none() {
            let Some(member) = self.members.remove(member_id) else {
                return (Err(ResponseError::UnknownMemberId), effects);
            };
            let removed = ResponseError::UnknownMemberId;
            if member.is_joining {
                effects.push(Effect::AnswerJoin(member_id.to_owned(), Err(removed)));
            } else if member.is_syncing {
                effects.push(Effect::AnswerSync(member_id.to_owned(), Err(removed)));
            }
            effects.extend(self.prepare_rebalance(now, None));
        }
        effects.extend(self.try_complete_join(now));
        (Ok(()), effects)
    }

    /// Checks whether a member may commit offsets.
    pub(crate) fn check_commit(
        &mut self,
        member_id: &str,
        generation: i32,
        now: Instant,
    ) -> Result<(), ResponseError> {
        if generation < 0 {
            let is_empty = self.members.is_empty();
            return if is_empty { Ok(()) } else { Err(ResponseError::UnknownMemberId) };
        }
        self.check_generation(member_id, generation)?;
        self.extend_session(member_id, now);
        match self.phase {
            Phase::Completing { .. } => Err(ResponseError::RebalanceInProgress),
            _ => Ok(()),
        }
    }

    fn check_generation(&self, member_id: &str, generation: i32) -> Result<(), ResponseError> {
        if !self.members.contains_key(member_id) {
            return Err(ResponseError::UnknownMemberId);
        }
        if generation != self.generation {
            return Err(ResponseError::IllegalGeneration);
        }
        Ok(())
    }

    fn extend_session(&mut self, member_id: &str, now: Instant) {
        if let Some(member) = self.members.get_mut(member_id) {
            member.expires_at = now + member.session_timeout;
        }
    }
}
