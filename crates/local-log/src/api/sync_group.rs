//! `SyncGroup`: the leader sends the assignments, every member receives its own.

use kafka_protocol::{
    ResponseError,
    messages::{SyncGroupRequest, SyncGroupResponse},
};

use super::{Context, code, text};
use crate::groups::requests::MemberIdentity;

/// Answers once the leader has sent the assignments.
pub(super) async fn handle(context: &Context<'_>, request: SyncGroupRequest) -> SyncGroupResponse {
    let protocol = (request.protocol_type.as_deref(), request.protocol_name.as_deref());
    let assignments = request.assignments.into_iter();
    let assignments = assignments.map(|a| (a.member_id.to_string(), a.assignment)).collect();
    let generation = request.generation_id;
    let groups = &context.broker.groups;
    let instance_id = request.group_instance_id.as_deref();
    let identity = MemberIdentity { member_id: &request.member_id, instance_id };
    let syncing = groups.sync(&request.group_id, identity, generation, protocol, assignments);
    let synced = tokio::select! {
        () = context.broker.stopping.cancelled() => Err(ResponseError::CoordinatorNotAvailable),
        synced = syncing => synced,
    };
    let has_protocol = context.version >= 5;
    match synced {
        Ok(reply) => SyncGroupResponse::default()
            .with_protocol_type(has_protocol.then(|| text(reply.protocol_type)))
            .with_protocol_name(has_protocol.then(|| text(reply.protocol)))
            .with_assignment(reply.assignment),
        Err(error) => SyncGroupResponse::default().with_error_code(code(Some(error))),
    }
}
