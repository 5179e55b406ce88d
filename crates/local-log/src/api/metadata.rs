//! `Metadata`: describes topics; this node leads all their partitions.

use kafka_protocol::{
    ResponseError,
    messages::{
        BrokerId, MetadataRequest, MetadataResponse, TopicName,
        metadata_request::MetadataRequestTopic,
        metadata_response::{
            MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
        },
    },
};
use uuid::Uuid;

use super::{Context, code, create_topics, text};
use crate::{broker::NODE_ID, topics::Topic};

/// First version in which the name of a topic is nullable.
const WITHOUT_NAME: i16 = 12;

/// Describes the requested topics, or all of them.
pub(super) async fn handle(context: &Context<'_>, request: MetadataRequest) -> MetadataResponse {
    let means_all = |topics: &Vec<_>| topics.is_empty() && context.version == 0;
    let topics = match request.topics {
        Some(requested) if !means_all(&requested) => {
            let create = request.allow_auto_topic_creation || context.version < 4;
            let mut described = Vec::with_capacity(requested.len());
            for topic in requested {
                described.push(look_up(context, topic, create).await);
            }
            described
        }
        _ => context.broker.topics.all().iter().map(|t| describe(context, t)).collect(),
    };
    let local = context.client.local;
    let broker = MetadataResponseBroker::default()
        .with_node_id(BrokerId(NODE_ID))
        .with_host(text(local.ip().to_string()))
        .with_port(i32::from(local.port()));
    let cluster_id = (context.version >= 2).then(|| text(context.broker.topics.cluster_id()));
    MetadataResponse::default()
        .with_brokers(vec![broker])
        .with_cluster_id(cluster_id)
        .with_controller_id(BrokerId(NODE_ID))
        .with_topics(topics)
}

async fn look_up(
    context: &Context<'_>,
    requested: MetadataRequestTopic,
    create: bool,
) -> MetadataResponseTopic {
    let topics = &context.broker.topics;
    let name = match requested.name {
        // Java clients send an empty name together with an id.
        Some(name) if requested.topic_id.is_nil() => name,
        _ => return look_up_by_id(context, requested.topic_id),
    };
    if let Some(topic) = topics.get(&name) {
        return describe(context, &topic);
    }
    let failed = |name, error| {
        MetadataResponseTopic::default().with_name(Some(name)).with_error_code(code(Some(error)))
    };
    if !create_topics::is_valid_name(&name) {
        return failed(name, ResponseError::InvalidTopicException);
    }
    if !(create && context.broker.config.auto_create_topics) {
        return failed(name, ResponseError::UnknownTopicOrPartition);
    }
    match create_topics::create_with_defaults(context, name.to_string()).await {
        Ok(topic) => describe(context, &topic),
        Err(error) => failed(name, error),
    }
}

fn look_up_by_id(context: &Context<'_>, id: Uuid) -> MetadataResponseTopic {
    if let Some(topic) = context.broker.topics.get_by_id(id) {
        return describe(context, &topic);
    }
    let name = (context.version < WITHOUT_NAME).then(TopicName::default);
    MetadataResponseTopic::default()
        .with_name(name)
        .with_topic_id(id)
        .with_error_code(code(Some(ResponseError::UnknownTopicId)))
}

fn describe(context: &Context<'_>, topic: &Topic) -> MetadataResponseTopic {
    let node = || vec![BrokerId(NODE_ID)];
    let partitions = (0_i32..).zip(&topic.partitions).map(|(number, _)| {
        MetadataResponsePartition::default()
            .with_partition_index(number)
            .with_leader_id(BrokerId(NODE_ID))
            .with_leader_epoch(if context.version >= 7 { 0 } else { -1 })
            .with_replica_nodes(node())
            .with_isr_nodes(node())
    });
    MetadataResponseTopic::default()
        .with_name(Some(TopicName(text(topic.name.as_str()))))
        .with_topic_id(if context.version >= 10 { topic.id } else { Uuid::nil() })
        .with_partitions(partitions.collect())
}
