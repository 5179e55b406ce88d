//! Static members: clients whose name outlives a restart, so that a restart moves no partitions.

use kafka_protocol::ResponseError;
use tokio::time::Instant;

use super::group::{Effect, Group, JoinReply, Member, Phase};
use super::membership::{Join, Reply};

impl Group {
    /// The id of the member with this lasting name.
    pub(crate) fn member_of(&self, instance_id: &str) -> Option<String> {
        let named = |m: &Member| m.instance_id.as_deref() == Some(instance_id);
        self.members.iter().find(|(_, member)| named(member)).map(|(id, _)| id.clone())
    }

    /// Whether a lasting name, if there is one, still belongs to this member.
    pub(crate) fn check_instance(
        &self,
        member_id: &str,
        instance_id: Option<&str>,
    ) -> Result<(), ResponseError> {
        let Some(instance_id) = instance_id else { return Ok(()) };
        match self.member_of(instance_id) {
            None => Err(ResponseError::UnknownMemberId),
            Some(current) if current != member_id => Err(ResponseError::FencedInstanceId),
            Some(_) => Ok(()),
        }
    }

    /// A client has come back under its lasting name: it takes the place of its former self.
    ///
    /// While the group is stable and goes on with the same strategy, nobody else notices.
    pub(super) fn replace(
        &mut self,
        old_id: &str,
        join: Join,
        now: Instant,
    ) -> (Reply<JoinReply>, Vec<Effect>) {
        let mut effects = Vec::new();
        let Some(old) = self.members.remove(old_id) else {
            return (Reply::Now(Err(ResponseError::UnknownMemberId)), effects);
        };
        let fenced = ResponseError::FencedInstanceId;
        if old.joining {
            effects.push(Effect::Joined(old_id.to_owned(), Err(fenced)));
        } else if old.syncing {
            effects.push(Effect::Synced(old_id.to_owned(), Err(fenced)));
        }
        let id = join.member_id;
        let led = self.leader.as_deref() == Some(old_id);
        if led {
            self.leader = Some(id.clone());
        }
        let member = Member { assignment: old.assignment, ..join.member };
        self.members.insert(id.clone(), member);
        if self.phase == Phase::Stable && self.choose_protocol() == self.protocol {
            effects.push(Effect::Persist);
            let led_as = led.then(|| old_id.to_owned());
            let reply = JoinReply { led_as, ..self.join_reply(&id) };
            return (Reply::Now(Ok(reply)), effects);
        }
        if let Some(member) = self.members.get_mut(&id) {
            member.joining = true;
        }
        effects.extend(self.prepare(now, None));
        effects.extend(self.try_complete_join(now));
        (Reply::Later, effects)
    }
}
