//! `JoinGroup`: a member wants to be in the next generation of its group.

use std::time::Duration;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::join_group_response::JoinGroupResponseMember;
use kafka_protocol::messages::{JoinGroupRequest, JoinGroupResponse};
use tokio::time::Instant;
use uuid::Uuid;

use super::{Context, code, text};
use crate::groups::group::{JoinReply, Member};
use crate::groups::membership::Join;

/// First version in which a newcomer is given its id before it joins.
const MUST_RETURN: i16 = 4;
/// First version that has the lasting names of members.
const WITH_INSTANCE: i16 = 5;
/// First version in which a leader can be told not to assign.
const MAY_SKIP: i16 = 9;

/// Answers once the generation has formed.
pub(super) async fn handle(context: &Context<'_>, request: JoinGroupRequest) -> JoinGroupResponse {
    let group = request.group_id.to_string();
    let join = match check(context, request) {
        Ok(join) => join,
        Err((error, member_id)) => return refuse(context, error, &member_id),
    };
    let member_id = join.member_id.clone();
    let joined = tokio::select! {
        () = context.broker.stopping.cancelled() => Err(ResponseError::CoordinatorNotAvailable),
        joined = context.broker.groups.join(&group, join) => joined,
    };
    match joined {
        Ok(reply) => accept(context, reply, member_id),
        Err(error) => refuse(context, error, &member_id),
    }
}

fn check(
    context: &Context<'_>,
    request: JoinGroupRequest,
) -> Result<Join, (ResponseError, String)> {
    let member_id = request.member_id.to_string();
    if request.group_id.is_empty() {
        return Err((ResponseError::InvalidGroupId, member_id));
    }
    let config = &context.broker.config;
    let allowed = config.min_session_timeout_ms..=config.max_session_timeout_ms;
    if !allowed.contains(&request.session_timeout_ms) {
        return Err((ResponseError::InvalidSessionTimeout, member_id));
    }
    let newcomer = member_id.is_empty();
    let instance_id = request.group_instance_id.map(|id| id.to_string());
    let prefix = instance_id.as_ref().unwrap_or(&context.client_id);
    let member_id = if newcomer { format!("{prefix}-{}", Uuid::new_v4()) } else { member_id };
    let session_timeout = millis(request.session_timeout_ms);
    // Version 0 knows one time-out only.
    let rebalance = if context.version == 0 { -1 } else { request.rebalance_timeout_ms };
    let member = Member {
        instance_id,
        client_id: context.client_id.clone(),
        client_host: format!("/{}", context.client.host),
        session_timeout,
        rebalance_timeout: if rebalance < 0 { session_timeout } else { millis(rebalance) },
        protocols: request
            .protocols
            .into_iter()
            .map(|p| (p.name.to_string(), p.metadata))
            .collect(),
        assignment: bytes::Bytes::new(),
        expires_at: Instant::now() + session_timeout,
        joining: false,
        syncing: false,
    };
    Ok(Join {
        member_id,
        newcomer,
        must_return: context.version >= MUST_RETURN,
        protocol_type: request.protocol_type.to_string(),
        member,
    })
}

fn accept(context: &Context<'_>, mut reply: JoinReply, member_id: String) -> JoinGroupResponse {
    if context.version < MAY_SKIP
        && let Some(led_as) = reply.led_as.take()
    {
        // Clients of this age assign whenever they lead, so this one must not know.
        reply.leader = led_as;
        reply.members.clear();
    }
    let named = context.version >= WITH_INSTANCE;
    let members = reply.members.into_iter().map(|member| {
        JoinGroupResponseMember::default()
            .with_member_id(text(member.id))
            .with_group_instance_id(member.instance_id.filter(|_| named).map(text))
            .with_metadata(member.metadata)
    });
    JoinGroupResponse::default()
        .with_generation_id(reply.generation)
        .with_protocol_type((context.version >= 7).then(|| text(reply.protocol_type)))
        .with_protocol_name(Some(text(reply.protocol)))
        .with_leader(text(reply.leader))
        .with_skip_assignment(reply.led_as.is_some())
        .with_member_id(text(member_id))
        .with_members(members.collect())
}

fn refuse(context: &Context<'_>, error: ResponseError, member_id: &str) -> JoinGroupResponse {
    // Before version 7 there had to be a name.
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
