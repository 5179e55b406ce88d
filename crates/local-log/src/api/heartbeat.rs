//! `Heartbeat`: a member is alive; the answer tells it when to rejoin.

use kafka_protocol::messages::{HeartbeatRequest, HeartbeatResponse};

use super::{Context, code};
use crate::groups::requests::Asker;

/// Answers at once.
pub(super) fn handle(context: &Context<'_>, request: HeartbeatRequest) -> HeartbeatResponse {
    let HeartbeatRequest { group_id, member_id, generation_id, group_instance_id, .. } = request;
    let instance_id = group_instance_id.as_deref();
    let asker = Asker { member_id: &member_id, instance_id };
    let alive = context.broker.groups.heartbeat(&group_id, asker, generation_id);
    HeartbeatResponse::default().with_error_code(code(alive.err()))
}
