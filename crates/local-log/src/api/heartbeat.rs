//! `Heartbeat`: a member is alive; the answer tells it when to rejoin.

use kafka_protocol::messages::{HeartbeatRequest, HeartbeatResponse};

use super::{Context, code};

/// Answers at once.
pub(super) async fn handle(context: &Context<'_>, request: HeartbeatRequest) -> HeartbeatResponse {
    let groups = &context.broker.groups;
    let alive = groups.heartbeat(&request.group_id, &request.member_id, request.generation_id);
    HeartbeatResponse::default().with_error_code(code(alive.err()))
}
