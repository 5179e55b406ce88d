//! Static members: clients with an instance id, which keep their partitions across restarts
//! (KIP-345).

use kafka_protocol::ResponseError;
use tokio::time::Instant;

use super::{
    group::{Effect, Group, JoinReply, Member, Phase},
    membership::{JoinRequest, Reply},
};

impl Group {
    /// Finds the member id of the static member with this instance id.
    pub(crate) fn find_static_member(&self, instance_id: &str) -> Option<String> {
        let matches = |m: &Member| m.instance_id.as_deref() == Some(instance_id);
        self.members.iter().find(|(_, member)| matches(member)).map(|(id, _)| id.clone())
    }

    /// Checks that an instance id, if given, belongs to this member.
    pub(crate) fn check_instance(
        &self,
        member_id: &str,
        instance_id: Option<&str>,
    ) -> Result<(), ResponseError> {
        let Some(instance_id) = instance_id else { return Ok(()) };
        match self.find_static_member(instance_id) {
            None => Err(ResponseError::UnknownMemberId),
            Some(current) if current != member_id => Err(ResponseError::FencedInstanceId),
            Some(_) => Ok(()),
        }
    }

    /// Replaces a static member that joins again under a new member id.
    ///
    /// A stable group does not rebalance, unless the chosen strategy changes.
    pub(super) fn replace_static_member(
        &mut self,
        old_id: &str,
        join: JoinRequest,
        now: Instant,
    ) -> (Reply<JoinReply>, Vec<Effect>) {
        let mut effects = Vec::new();
        let Some(old) = self.members.remove(old_id) else {
            return (Reply::Now(Err(ResponseError::UnknownMemberId)), effects);
        };
        let fenced = ResponseError::FencedInstanceId;
        if old.is_joining {
            effects.push(Effect::AnswerJoin(old_id.to_owned(), Err(fenced)));
        } else if old.is_syncing {
            effects.push(Effect::AnswerSync(old_id.to_owned(), Err(fenced)));
        }
        let id = join.member_id;
        let was_leader = self.leader.as_deref() == Some(old_id);
        if was_leader {
            self.leader = Some(id.clone());
        }
        let member = Member { assignment: old.assignment, ..join.member };
        self.members.insert(id.clone(), member);
        if self.phase == Phase::Stable && self.choose_protocol() == self.protocol {
            effects.push(Effect::Persist);
            let former_leader_id = was_leader.then(|| old_id.to_owned());
            let reply = JoinReply { former_leader_id, ..self.join_reply(&id) };
            return (Reply::Now(Ok(reply)), effects);
        }
        if let Some(member) = self.members.get_mut(&id) {
            member.is_joining = true;
        }
        effects.extend(self.prepare_rebalance(now, None));
        effects.extend(self.try_complete_join(now));
        (Reply::Later, effects)
    }
}
