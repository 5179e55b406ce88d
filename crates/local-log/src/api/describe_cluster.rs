//! `DescribeCluster`: describes the cluster, which is this node.

use kafka_protocol::messages::{
    BrokerId, DescribeClusterRequest, DescribeClusterResponse,
    describe_cluster_response::DescribeClusterBroker,
};

use super::{Context, text};
use crate::broker::NODE_ID;

/// Describes this node.
pub(super) fn handle(context: &Context<'_>, _: DescribeClusterRequest) -> DescribeClusterResponse {
    let local = context.client.local;
    let broker = DescribeClusterBroker::default()
        .with_broker_id(BrokerId(NODE_ID))
        .with_host(text(local.ip().to_string()))
        .with_port(i32::from(local.port()));
    DescribeClusterResponse::default()
        .with_error_message(None)
        .with_cluster_id(text(context.broker.topics.cluster_id()))
        .with_controller_id(BrokerId(NODE_ID))
        .with_brokers(vec![broker])
}
