//! `JoinGroup`: adds a member to the next generation of its group.

use std::time::Duration;

use kafka_protocol::{
    ResponseError,
    messages::{JoinGroupRequest, JoinGroupResponse, join_group_response::JoinGroupResponseMember},
};
use tokio::time::Instant;
use uuid::Uuid;

use super::{Context, code, text};
use crate::groups::{
    group::{JoinReply, Member},
    membership::JoinRequest,
};

/// First version in which a new member receives its id before it joins (KIP-394).
const REQUIRES_KNOWN_ID: i16 = 4;
/// First version with the instance ids of static members.
const WITH_INSTANCE: i16 = 5;
/// First version in which a leader can be made to skip the assignment (KIP-814).
const WITH_SKIP_ASSIGNMENT: i16 = 9;

/// Answers once the generation is complete.
pub(super) async fn handle(context: &Context<'_>, request: JoinGroupRequest) -> JoinGroupResponse {
    let group = request.group_id.to_string();
    let join = match validate(context, request) {
        Ok(join) => join,
        Err((error, member_id)) => return build_error(context, error, &member_id),
    };
    let member_id = join.member_id.clone();
    let joined = tokio::select! {
        () = context.broker.stopping.cancelled() => Err(ResponseError::CoordinatorNotAvailable),
        joined = context.broker.groups.join(&group, join) => joined,
    };
    match joined {
        Ok(reply) => build_response(context, reply, member_id),
        Err(error) => build_error(context, error, &member_id),
    }
}

fn validate(
    context: &Context<'_>,
    request: JoinGroupRequest,
) -> Result<JoinRequest, (ResponseError, String)> {
    let member_id = request.member_id.to_string();
    if request.group_id.is_empty() {
        return Err((ResponseError::InvalidGroupId, member_id));
    }
    let config = &context.broker.config;
    let allowed = config.min_session_timeout_ms..=config.max_session_timeout_ms;
    if !allowed.contains(&request.session_timeout_ms) {
        return Err((ResponseError::InvalidSessionTimeout, member_id));
    }
    let is_new = member_id.is_empty();
    let instance_id = request.group_instance_id.map(|id| id.to_string());
    let prefix = instance_id.as_ref().unwrap_or(&context.client_id);
    let member_id = if is_new { format!("{prefix}-{}", Uuid::new_v4()) } else { member_id };
    let session_timeout = millis(request.session_timeout_ms);
    // Version 0 has the session timeout only.
    let rebalance_timeout_ms = if context.version == 0 { -1 } else { request.rebalance_timeout_ms };
    let member = Member {
        instance_id,
        client_id: context.client_id.clone(),
        client_host: format!("/{}", context.client.host),
        session_timeout,
        rebalance_timeout: if rebalance_timeout_ms < 0 {
            session_timeout
        } else {
            millis(rebalance_timeout_ms)
        },
        protocols: request
            .protocols
            .into_iter()
            .map(|p| (p.name.to_string(), p.metadata))
            .collect(),
        assignment: bytes::Bytes::new(),
        expires_at: Instant::now() + session_timeout,
        is_joining: false,
        is_syncing: false,
    };
    Ok(JoinRequest {
        member_id,
        is_new,
        requires_known_id: context.version >= REQUIRES_KNOWN_ID,
        protocol_type: request.protocol_type.to_string(),
        member,
    })
}

fn build_response(
    context: &Context<'_>,
    mut reply: JoinReply,
    member_id: String,
) -> JoinGroupResponse {
    if context.version < WITH_SKIP_ASSIGNMENT
        && let Some(former_leader_id) = reply.former_leader_id.take()
    {
        // Older clients assign whenever they lead, so the new leader's id is withheld.
        reply.leader = former_leader_id;
        reply.members.clear();
    }
    let has_instance_ids = context.version >= WITH_INSTANCE;
    let members = reply.members.into_iter().map(|member| {
        JoinGroupResponseMember::default()
            .with_member_id(text(member.id))
            .with_group_instance_id(member.instance_id.filter(|_| has_instance_ids).map(text))
            .with_metadata(member.metadata)
    });
    JoinGroupResponse::default()
        .with_generation_id(reply.generation)
        .with_protocol_type((context.version >= 7).then(|| text(reply.protocol_type)))
        .with_protocol_name(Some(text(reply.protocol)))
        .with_leader(text(reply.leader))
        .with_skip_assignment(reply.former_leader_id.is_some())
        .with_member_id(text(member_id))
        .with_members(members.collect())
}

fn build_error(context: &Context<'_>, error: ResponseError, member_id: &str) -> JoinGroupResponse {
    // The protocol name is not nullable before version 7.
    let name = (context.version < 7).then(|| text(""));
    JoinGroupResponse::default()
        .with_error_code(code(Some(error)))
        .with_generation_id(-1)
        .with_protocol_name(name)
        .with_member_id(text(member_id))
}

fn millis(ms: i32) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}
