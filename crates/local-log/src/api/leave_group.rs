//! `LeaveGroup`: members say goodbye, so that the others need not wait for their silence.

use kafka_protocol::messages::leave_group_response::MemberResponse;
use kafka_protocol::messages::{LeaveGroupRequest, LeaveGroupResponse};

use super::{Context, code};
use crate::groups::requests::Asker;

/// First version in which several members can leave at once.
const BATCHED: i16 = 3;

/// Removes the members.
pub(super) fn handle(context: &Context<'_>, request: LeaveGroupRequest) -> LeaveGroupResponse {
    let groups = &context.broker.groups;
    if context.version < BATCHED {
        let asker = Asker { member_id: &request.member_id, instance_id: None };
        let left = groups.leave(&request.group_id, asker);
        return LeaveGroupResponse::default().with_error_code(code(left.err()));
    }
    let members = request.members.into_iter().map(|member| {
        let instance_id = member.group_instance_id.as_deref();
        let asker = Asker { member_id: &member.member_id, instance_id };
        let left = groups.leave(&request.group_id, asker);
        MemberResponse::default()
            .with_member_id(member.member_id)
            .with_group_instance_id(member.group_instance_id)
            .with_error_code(code(left.err()))
    });
    LeaveGroupResponse::default().with_members(members.collect())
}
