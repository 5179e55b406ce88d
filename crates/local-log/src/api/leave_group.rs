//! `LeaveGroup`: removes members at once, without waiting for their session timeout.

use kafka_protocol::messages::{
    LeaveGroupRequest, LeaveGroupResponse, leave_group_response::MemberResponse,
};

use super::{Context, code};
use crate::groups::requests::MemberIdentity;

/// First version with several members.
const BATCHED: i16 = 3;

/// Removes the members.
pub(super) fn handle(context: &Context<'_>, request: LeaveGroupRequest) -> LeaveGroupResponse {
    let groups = &context.broker.groups;
    if context.version < BATCHED {
        let identity = MemberIdentity { member_id: &request.member_id, instance_id: None };
        let left = groups.leave(&request.group_id, identity);
        return LeaveGroupResponse::default().with_error_code(code(left.err()));
    }
    let members = request.members.into_iter().map(|member| {
        let instance_id = member.group_instance_id.as_deref();
        let identity = MemberIdentity { member_id: &member.member_id, instance_id };
        let left = groups.leave(&request.group_id, identity);
        MemberResponse::default()
            .with_member_id(member.member_id)
            .with_group_instance_id(member.group_instance_id)
            .with_error_code(code(left.err()))
    });
    LeaveGroupResponse::default().with_members(members.collect())
}
