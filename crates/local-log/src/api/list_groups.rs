//! `ListGroups`: the groups there are.

use kafka_protocol::messages::list_groups_response::ListedGroup;
use kafka_protocol::messages::{GroupId, ListGroupsRequest, ListGroupsResponse};
use kafka_protocol::protocol::StrBytes;

use super::{Context, text};

/// First version that has states.
const WITH_STATE: i16 = 4;
/// First version that has kinds of groups.
const WITH_TYPE: i16 = 5;

/// Lists the groups in the states asked for.
pub(super) fn handle(context: &Context<'_>, request: ListGroupsRequest) -> ListGroupsResponse {
    let ListGroupsRequest { states_filter, types_filter, .. } = request;
    let among = |wanted: &[StrBytes], name: &str| {
        wanted.is_empty() || wanted.iter().any(|one| one.eq_ignore_ascii_case(name))
    };
    let groups = context.broker.groups.list().into_iter();
    let groups = groups
        .filter(|(_, _, state)| among(&states_filter, state))
        .filter(|_| among(&types_filter, "classic"))
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
