//! What members ask of their group: join, sync, heartbeat, leave. Pure decisions.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use tokio::time::Instant;

use super::group::{Effect, Group, JoinReply, Member, Phase, SyncReply};

/// A request to join, already checked for form.
#[derive(Debug, Clone)]
pub(crate) struct Join {
    /// Id of the member; a fresh one for a newcomer.
    pub(crate) member_id: String,
    /// Whether the id was made up just now.
    pub(crate) newcomer: bool,
    /// Whether a newcomer must come back with its id before it counts.
    pub(crate) must_return: bool,
    /// Kind of group.
    pub(crate) protocol_type: String,
    /// The member as it will be.
    pub(crate) member: Member,
}

/// How a request that may have to wait is answered.
#[derive(Debug, PartialEq)]
pub(crate) enum Reply<T> {
    /// At once.
    Now(Result<T, ResponseError>),
    /// By a later effect.
    Later,
}

/// Limits from the configuration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Largest number of members.
    pub(crate) max_members: usize,
    /// How long an empty group waits for more members.
    pub(crate) initial_delay: Duration,
}

impl Group {
    /// Decides about a member that wants to be in the next generation.
    pub(crate) fn join(
        &mut self,
        join: Join,
        limits: Limits,
        now: Instant,
    ) -> (Reply<JoinReply>, Vec<Effect>) {
        let at_once = |error| (Reply::Now(Err(error)), Vec::new());
        let instance_id = join.member.instance_id.clone();
        let namesake = instance_id.as_deref().and_then(|id| self.member_of(id));
        if !join.newcomer
            && let Err(error) = self.check_instance(&join.member_id, instance_id.as_deref())
        {
            return at_once(error);
        }
        let known = self.members.contains_key(&join.member_id);
        let others = !self.members.is_empty();
        let fits = self.shares_protocol(&join.member.protocols)
            && self.protocol_type == join.protocol_type;
        if join.member.protocols.is_empty() || join.protocol_type.is_empty() || (others && !fits) {
            return at_once(ResponseError::InconsistentGroupProtocol);
        }
        if let Some(old_id) = namesake.filter(|_| join.newcomer) {
            return self.replace(&old_id, join, now);
        }
        if !known && self.members.len() + self.pending.len() >= limits.max_members {
            let reserved = self.pending.contains_key(&join.member_id);
            if !reserved {
                return at_once(ResponseError::GroupMaxSizeReached);
            }
        }
        if join.newcomer && join.must_return && instance_id.is_none() {
            self.pending.insert(join.member_id, now + join.member.session_timeout);
            return at_once(ResponseError::MemberIdRequired);
        }
        let returned = self.pending.remove(&join.member_id).is_some();
        if !known && !returned && !join.newcomer {
            return at_once(ResponseError::UnknownMemberId);
        }
        if known && let Some(reply) = self.rejoin_unchanged(&join) {
            self.touch(&join.member_id, now);
            return (Reply::Now(Ok(reply)), Vec::new());
        }
        let was_empty = self.phase == Phase::Empty;
        self.protocol_type = join.protocol_type;
        let old = self.members.remove(&join.member_id);
        let assignment = old.map(|m| m.assignment).unwrap_or_default();
        let member = Member { assignment, joining: true, ..join.member };
        self.members.insert(join.member_id, member);
        let mut effects = self.prepare(now, was_empty.then_some(limits.initial_delay));
        if let (false, Phase::Preparing { until, initial_until: Some(_) }) = (known, self.phase) {
            let later = Some((now + limits.initial_delay).min(until));
            self.phase = Phase::Preparing { until, initial_until: later };
        }
        effects.extend(self.try_complete_join(now));
        (Reply::Later, effects)
    }

    /// A member that asks again with nothing new to say gets the current generation again.
    fn rejoin_unchanged(&self, join: &Join) -> Option<JoinReply> {
        let unchanged = self.members.get(&join.member_id)?.protocols == join.member.protocols;
        let leads = self.leader.as_ref() == Some(&join.member_id);
        let repeat = match self.phase {
            Phase::Completing { .. } => unchanged,
            Phase::Stable => unchanged && !leads,
            Phase::Empty | Phase::Preparing { .. } => false,
        };
        repeat.then(|| self.join_reply(&join.member_id))
    }

    /// Decides about a member that wants its assignment, or brings everyone's.
    pub(crate) fn sync(
        &mut self,
        member_id: &str,
        generation: i32,
        protocol: (Option<&str>, Option<&str>),
        assignments: Vec<(String, Bytes)>,
        now: Instant,
    ) -> (Reply<SyncReply>, Vec<Effect>) {
        let at_once = |error| (Reply::Now(Err(error)), Vec::new());
        if let Err(error) = self.check(member_id, generation) {
            return at_once(error);
        }
        let fits = |given: Option<&str>, ours: &String| given.is_none_or(|given| given == ours);
        if !(fits(protocol.0, &self.protocol_type) && fits(protocol.1, &self.protocol)) {
            return at_once(ResponseError::InconsistentGroupProtocol);
        }
        self.touch(member_id, now);
        match self.phase {
            Phase::Empty => at_once(ResponseError::UnknownMemberId),
            Phase::Preparing { .. } => at_once(ResponseError::RebalanceInProgress),
            Phase::Stable => (Reply::Now(Ok(self.sync_reply(member_id))), Vec::new()),
            Phase::Completing { .. } => {
                if let Some(member) = self.members.get_mut(member_id) {
                    member.syncing = true;
                }
                let leads = self.leader.as_deref() == Some(member_id);
                let effects = if leads { self.assign(assignments, now) } else { Vec::new() };
                (Reply::Later, effects)
            }
        }
    }

    /// The leader has spoken: the generation is stable.
    fn assign(&mut self, assignments: Vec<(String, Bytes)>, now: Instant) -> Vec<Effect> {
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
            self.members.iter().filter(|(_, m)| m.syncing).map(|(id, _)| id.clone()).collect();
        for id in waiting {
            effects.push(Effect::Synced(id.clone(), Ok(self.sync_reply(&id))));
            if let Some(member) = self.members.get_mut(&id) {
                member.syncing = false;
            }
            self.touch(&id, now);
        }
        effects
    }

    /// A sign of life; the error tells the member to rejoin.
    pub(crate) fn heartbeat(
        &mut self,
        member_id: &str,
        generation: i32,
        now: Instant,
    ) -> Result<(), ResponseError> {
        self.check(member_id, generation)?;
        self.touch(member_id, now);
        match self.phase {
            Phase::Preparing { .. } => Err(ResponseError::RebalanceInProgress),
            _ => Ok(()),
        }
    }

    /// Removes a member that says goodbye.
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
            let gone = ResponseError::UnknownMemberId;
            if member.joining {
                effects.push(Effect::Joined(member_id.to_owned(), Err(gone)));
            } else if member.syncing {
                effects.push(Effect::Synced(member_id.to_owned(), Err(gone)));
            }
            effects.extend(self.prepare(now, None));
        }
        effects.extend(self.try_complete_join(now));
        (Ok(()), effects)
    }

    /// Whether a member may commit offsets now.
    pub(crate) fn check_commit(
        &mut self,
        member_id: &str,
        generation: i32,
        now: Instant,
    ) -> Result<(), ResponseError> {
        if generation < 0 {
            let unmanaged = self.members.is_empty();
            return if unmanaged { Ok(()) } else { Err(ResponseError::UnknownMemberId) };
        }
        self.check(member_id, generation)?;
        self.touch(member_id, now);
        match self.phase {
            Phase::Completing { .. } => Err(ResponseError::RebalanceInProgress),
            _ => Ok(()),
        }
    }

    fn check(&self, member_id: &str, generation: i32) -> Result<(), ResponseError> {
        if !self.members.contains_key(member_id) {
            return Err(ResponseError::UnknownMemberId);
        }
        if generation != self.generation {
            return Err(ResponseError::IllegalGeneration);
        }
        Ok(())
    }

    fn touch(&mut self, member_id: &str, now: Instant) {
        if let Some(member) = self.members.get_mut(member_id) {
            member.expires_at = now + member.session_timeout;
        }
    }
}
