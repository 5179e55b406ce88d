//! `OffsetDelete`: deletes committed offsets of topics a group no longer subscribes to.

use kafka_protocol::{
    ResponseError,
    messages::{
        OffsetDeleteRequest, OffsetDeleteResponse,
        offset_delete_response::{OffsetDeleteResponsePartition, OffsetDeleteResponseTopic},
    },
};

use super::{Context, code};

/// Deletes the offsets of topics without a subscribed member.
pub(super) async fn handle(
    context: &Context<'_>,
    request: OffsetDeleteRequest,
) -> OffsetDeleteResponse {
    let exists = |topic: &str, number| {
        context.broker.topics.get(topic).is_some_and(|t| t.partition(number).is_some())
    };
    let requested = request.topics.iter().flat_map(|topic| {
        let name = topic.name.to_string();
        topic.partitions.iter().map(move |p| (name.clone(), p.partition_index))
    });
    let known = requested.filter(|(topic, number)| exists(topic, *number)).collect();
    let refused = match context.broker.groups.delete_offsets(&request.group_id, known).await {
        Ok(refused) => refused,
        Err(error) => return OffsetDeleteResponse::default().with_error_code(code(Some(error))),
    };
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            let number = partition.partition_index;
            let error = if exists(&topic.name, number) {
                let refused = refused.contains(&(topic.name.to_string(), number));
                refused.then_some(ResponseError::GroupSubscribedToTopic)
            } else {
                Some(ResponseError::UnknownTopicOrPartition)
            };
            OffsetDeleteResponsePartition::default()
                .with_partition_index(number)
                .with_error_code(code(error))
        });
        let partitions = partitions.collect();
        OffsetDeleteResponseTopic::default().with_name(topic.name).with_partitions(partitions)
    });
    OffsetDeleteResponse::default().with_topics(topics.collect())
}
