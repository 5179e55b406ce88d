//! `OffsetFetch`: returns the committed offsets of groups.

use std::collections::BTreeMap;

use kafka_protocol::messages::{
    OffsetFetchRequest, OffsetFetchResponse, TopicName,
    offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopics},
    offset_fetch_response::{
        OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
        OffsetFetchResponseTopic, OffsetFetchResponseTopics,
    },
};

use super::{Context, text};
use crate::groups::offsets::{CommittedOffset, Offsets};

/// First version with several groups.
const BATCHED: i16 = 8;
/// First version with leader epochs; the batched form always has them.
const WITH_EPOCH: i16 = 5;

/// Returns the requested partitions, or all that have a committed offset.
pub(super) fn handle(context: &Context<'_>, request: OffsetFetchRequest) -> OffsetFetchResponse {
    if context.version >= BATCHED {
        let groups = request.groups.into_iter().map(|group| look_up(context, group));
        return OffsetFetchResponse::default().with_groups(groups.collect());
    }
    let topics = request.topics.map(|topics| {
        let requested = topics.into_iter().map(|topic| {
            OffsetFetchRequestTopics::default()
                .with_name(topic.name)
                .with_partition_indexes(topic.partition_indexes)
        });
        requested.collect()
    });
    let group = OffsetFetchRequestGroup::default().with_group_id(request.group_id);
    let found = look_up(context, group.with_topics(topics));
    let topics = found.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.into_iter().map(|p| to_unbatched(context, p));
        OffsetFetchResponseTopic::default()
            .with_name(topic.name)
            .with_partitions(partitions.collect())
    });
    OffsetFetchResponse::default().with_topics(topics.collect())
}

fn look_up(context: &Context<'_>, group: OffsetFetchRequestGroup) -> OffsetFetchResponseGroup {
    let topics =
        context.broker.groups.with_offsets(&group.group_id, |offsets| match group.topics {
            Some(requested) => {
                requested.into_iter().map(|topic| describe_requested(offsets, topic)).collect()
            }
            None => {
                offsets.all().map(|(name, partitions)| describe_all(name, partitions)).collect()
            }
        });
    OffsetFetchResponseGroup::default().with_group_id(group.group_id).with_topics(topics)
}

fn describe_requested(
    offsets: &Offsets,
    requested: OffsetFetchRequestTopics,
) -> OffsetFetchResponseTopics {
    let find = |number: &i32| describe_partition(*number, offsets.get(&requested.name, *number));
    let partitions = requested.partition_indexes.iter().map(find).collect();
    OffsetFetchResponseTopics::default().with_name(requested.name).with_partitions(partitions)
}

fn describe_all(
    name: &str,
    partitions: &BTreeMap<i32, CommittedOffset>,
) -> OffsetFetchResponseTopics {
    let partitions =
        partitions.iter().map(|(number, found)| describe_partition(*number, Some(found)));
    OffsetFetchResponseTopics::default()
        .with_name(TopicName(text(name)))
        .with_partitions(partitions.collect())
}

fn describe_partition(
    number: i32,
    found: Option<&CommittedOffset>,
) -> OffsetFetchResponsePartitions {
    let response = OffsetFetchResponsePartitions::default().with_partition_index(number);
    match found {
        Some(found) => response
            .with_committed_offset(found.offset)
            .with_committed_leader_epoch(found.leader_epoch)
            .with_metadata(Some(text(found.metadata.as_str()))),
        None => response.with_committed_offset(-1),
    }
}

/// Converts a partition of the batched form to the older form.
fn to_unbatched(
    context: &Context<'_>,
    found: OffsetFetchResponsePartitions,
) -> OffsetFetchResponsePartition {
    let epoch = found.committed_leader_epoch;
    OffsetFetchResponsePartition::default()
        .with_partition_index(found.partition_index)
        .with_committed_offset(found.committed_offset)
        .with_committed_leader_epoch(if context.version >= WITH_EPOCH { epoch } else { -1 })
        .with_metadata(found.metadata)
}
