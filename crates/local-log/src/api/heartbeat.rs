//! `Heartbeat`: keeps a member's session alive; an error makes the member rejoin.

use kafka_protocol::messages::{HeartbeatRequest, HeartbeatResponse};

use super::{Context, code};
use crate::groups::requests::MemberIdentity;

/// Extends the session of the member.
pub(super) fn handle(context: &Context<'_>, request: HeartbeatRequest) -> HeartbeatResponse {
    let HeartbeatRequest { group_id, member_id, generation_id, group_instance_id, .. } = request;
    let instance_id = group_instance_id.as_deref();
    let identity = MemberIdentity { member_id: &member_id, instance_id };
    let result = context.broker.groups.heartbeat(&group_id, identity, generation_id);
    HeartbeatResponse::default().with_error_code(code(result.err()))
}
