//! `Heartbeat`: a member is alive; the answer tells it when to rejoin.

use kafka_protocol::messages::{HeartbeatRequest, HeartbeatResponse};

use super::{Context, code};

/// Answers at once.
pub(super) fn handle(context: &Context<'_>, request: HeartbeatRequest) -> HeartbeatResponse {
    let HeartbeatRequest { group_id, member_id, generation_id, .. } = request;
    let alive = context.broker.groups.heartbeat(&group_id, &member_id, generation_id);
    HeartbeatResponse::default().with_error_code(code(alive.err()))
}
