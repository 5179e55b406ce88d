//! `DescribeGroups`: state and members of groups.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use kafka_protocol::messages::{DescribeGroupsRequest, DescribeGroupsResponse};

use super::{Context, code, text};
use crate::groups::group::Group;

/// First version that has an error for a group that does not exist.
const NOT_FOUND: i16 = 6;

/// First version that has the lasting names of members.
const WITH_INSTANCE: i16 = 4;

/// Describes each group; one that does not exist is called dead.
pub(super) fn handle(
    context: &Context<'_>,
    request: DescribeGroupsRequest,
) -> DescribeGroupsResponse {
    let groups = request.groups.into_iter().map(|id| {
        let found = context.broker.groups.with_group(&id, |group| describe(context, group));
        found.unwrap_or_else(|| dead(context)).with_group_id(id)
    });
    DescribeGroupsResponse::default().with_groups(groups.collect())
}

fn describe(context: &Context<'_>, group: &Group) -> DescribedGroup {
    let named = context.version >= WITH_INSTANCE;
    let members = group.members.iter().map(|(id, member)| {
        let instance_id = member.instance_id.as_deref().filter(|_| named).map(text);
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

fn dead(context: &Context<'_>) -> DescribedGroup {
    let dead = DescribedGroup::default().with_group_state(text("Dead"));
    if context.version < NOT_FOUND {
        return dead;
    }
    dead.with_error_code(code(Some(ResponseError::GroupIdNotFound)))
        .with_error_message(Some(text("there is no such group")))
}
