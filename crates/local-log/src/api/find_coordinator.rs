//! `FindCoordinator`: this node coordinates all groups; transactions have no coordinator.

use kafka_protocol::{
    ResponseError,
    messages::{
        BrokerId, FindCoordinatorRequest, FindCoordinatorResponse,
        find_coordinator_response::Coordinator,
    },
    protocol::StrBytes,
};

use super::{Context, code, text};
use crate::broker::NODE_ID;

/// Key type: consumer group.
const GROUP: i8 = 0;
/// First version with several keys.
const BATCHED: i16 = 4;

/// Finds the coordinator of each key.
pub(super) fn handle(
    context: &Context<'_>,
    request: FindCoordinatorRequest,
) -> FindCoordinatorResponse {
    let find = |key| find(context, request.key_type, key);
    if context.version >= BATCHED {
        let found = request.coordinator_keys.into_iter().map(find).collect();
        return FindCoordinatorResponse::default().with_coordinators(found);
    }
    let found = find(request.key);
    let message = found.error_message.filter(|_| context.version >= 1);
    FindCoordinatorResponse::default()
        .with_error_code(found.error_code)
        .with_error_message(message)
        .with_node_id(found.node_id)
        .with_host(found.host)
        .with_port(found.port)
}

fn find(context: &Context<'_>, kind: i8, key: StrBytes) -> Coordinator {
    let found = Coordinator::default().with_key(key);
    if kind != GROUP {
        let reason = "this log has no transactions; use Apache Kafka for them";
        return found
            .with_node_id(BrokerId(-1))
            .with_port(-1)
            .with_error_code(code(Some(ResponseError::TransactionalIdAuthorizationFailed)))
            .with_error_message(Some(text(reason)));
    }
    let local = context.client.local;
    found
        .with_node_id(BrokerId(NODE_ID))
        .with_host(text(local.ip().to_string()))
        .with_port(i32::from(local.port()))
        .with_error_message(None)
}
