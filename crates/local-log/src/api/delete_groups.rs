//! `DeleteGroups`: deletes groups without members.

use kafka_protocol::messages::{
    DeleteGroupsRequest, DeleteGroupsResponse, delete_groups_response::DeletableGroupResult,
};

use super::{Context, code};

/// Deletes each group separately.
pub(super) async fn handle(
    context: &Context<'_>,
    request: DeleteGroupsRequest,
) -> DeleteGroupsResponse {
    let mut results = Vec::with_capacity(request.groups_names.len());
    for id in request.groups_names {
        let deleted = context.broker.groups.delete(&id).await;
        let result = DeletableGroupResult::default().with_group_id(id);
        results.push(result.with_error_code(code(deleted.err())));
    }
    DeleteGroupsResponse::default().with_results(results)
}
