//! `ListGroups`: lists the groups, optionally by state or type.

use kafka_protocol::{
    messages::{GroupId, ListGroupsRequest, ListGroupsResponse, list_groups_response::ListedGroup},
    protocol::StrBytes,
};

use super::{Context, text};

/// First version with the state of a group.
const WITH_STATE: i16 = 4;
/// First version with the type of a group.
const WITH_TYPE: i16 = 5;

/// Lists the groups that match the filters.
pub(super) fn handle(context: &Context<'_>, request: ListGroupsRequest) -> ListGroupsResponse {
    let ListGroupsRequest { states_filter, types_filter, .. } = request;
    let matches = |filter: &[StrBytes], name: &str| {
        filter.is_empty() || filter.iter().any(|one| one.eq_ignore_ascii_case(name))
    };
    let groups = context.broker.groups.list().into_iter();
    let groups = groups
        .filter(|(_, _, state)| matches(&states_filter, state))
        .filter(|_| matches(&types_filter, "classic"))
        .map(|(name, protocol_type, state)| {
            let state = if context.version >= WITH_STATE { state } else { "" };
            let kind = if context.version >= WITH_TYPE { "classic" } else { "" };
            ListedGroup::default()
                .with_group_id(GroupId(text(name)))
                .with_protocol_type(text(protocol_type))
                .with_group_state(text(state))
                .with_group_type(text(kind))
        });
    ListGroupsResponse::default().with_groups(groups.collect())
}
