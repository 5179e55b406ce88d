//! `OffsetForLeaderEpoch`: returns the end offset of an epoch; this log only has epoch 0.

use kafka_protocol::{
    ResponseError,
    messages::{
        OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse,
        offset_for_leader_epoch_request::OffsetForLeaderPartition,
        offset_for_leader_epoch_response::{EpochEndOffset, OffsetForLeaderTopicResult},
    },
};

use super::{Context, code};
use crate::storage::partition::Partition;

/// Looks up the epoch in each partition.
pub(super) fn handle(
    context: &Context<'_>,
    request: OffsetForLeaderEpochRequest,
) -> OffsetForLeaderEpochResponse {
    let topics = request.topics.into_iter().map(|requested| {
        let topic = context.broker.topics.get(&requested.topic);
        let find = |p: &OffsetForLeaderPartition| {
            look_up(topic.as_ref().and_then(|t| t.partition(p.partition)).map(AsRef::as_ref), p)
        };
        let partitions = requested.partitions.iter().map(find).collect();
        OffsetForLeaderTopicResult::default()
            .with_topic(requested.topic)
            .with_partitions(partitions)
    });
    OffsetForLeaderEpochResponse::default().with_topics(topics.collect())
}

fn look_up(partition: Option<&Partition>, requested: &OffsetForLeaderPartition) -> EpochEndOffset {
    let unknown = EpochEndOffset::default()
        .with_partition(requested.partition)
        .with_leader_epoch(-1)
        .with_end_offset(-1);
    let failed = |error| unknown.clone().with_error_code(code(Some(error)));
    let Some(partition) = partition else {
        return failed(ResponseError::UnknownTopicOrPartition);
    };
    if requested.current_leader_epoch > 0 {
        return failed(ResponseError::UnknownLeaderEpoch);
    }
    if requested.leader_epoch != 0 {
        return unknown;
    }
    unknown.with_leader_epoch(0).with_end_offset(partition.high_watermark())
}
