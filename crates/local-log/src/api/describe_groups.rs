//! `DescribeGroups`: describes the state and the members of groups.

use kafka_protocol::{
    ResponseError,
    messages::{
        DescribeGroupsRequest, DescribeGroupsResponse,
        describe_groups_response::{DescribedGroup, DescribedGroupMember},
    },
};

use super::{Context, code, text};
use crate::groups::group::Group;

/// First version with an error for an unknown group.
const WITH_NOT_FOUND: i16 = 6;

/// First version with the instance ids of static members.
const WITH_INSTANCE: i16 = 4;

/// Describes each group; an unknown one has the state `Dead`.
pub(super) fn handle(
    context: &Context<'_>,
    request: DescribeGroupsRequest,
) -> DescribeGroupsResponse {
    let groups = request.groups.into_iter().map(|id| {
        let found = context.broker.groups.with_group(&id, |group| describe(context, group));
        found.unwrap_or_else(|| describe_unknown(context)).with_group_id(id)
    });
    DescribeGroupsResponse::default().with_groups(groups.collect())
}

fn describe(context: &Context<'_>, group: &Group) -> DescribedGroup {
    let has_instance_ids = context.version >= WITH_INSTANCE;
    let members = group.members.iter().map(|(id, member)| {
        let instance_id = member.instance_id.as_deref().filter(|_| has_instance_ids).map(text);
        DescribedGroupMember::default()
            .with_member_id(text(id.as_str()))
            .with_group_instance_id(instance_id)
            .with_client_id(text(member.client_id.as_str()))
            .with_client_host(text(member.client_host.as_str()))
            .with_member_metadata(member.metadata(&group.protocol))
            .with_member_assignment(member.assignment.clone())
    });
    DescribedGroup::default()
        .with_group_state(text(group.state_name()))
        .with_protocol_type(text(group.protocol_type.as_str()))
        .with_protocol_data(text(group.protocol.as_str()))
        .with_members(members.collect())
}

fn describe_unknown(context: &Context<'_>) -> DescribedGroup {
    let dead = DescribedGroup::default().with_group_state(text("Dead"));
    if context.version < WITH_NOT_FOUND {
        return dead;
    }
    dead.with_error_code(code(Some(ResponseError::GroupIdNotFound)))
        .with_error_message(Some(text("there is no such group")))
}
