//! `OffsetFetch`: how far groups have come.

use std::collections::BTreeMap;

use kafka_protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopics,
};
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use kafka_protocol::messages::{OffsetFetchRequest, OffsetFetchResponse, TopicName};

use super::{Context, text};
use crate::groups::offsets::{Committed, Offsets};

/// First version that asks for several groups.
const BATCHED: i16 = 8;
/// First version that has leader epochs; the batched form has them always.
const WITH_EPOCH: i16 = 5;

/// Answers for the partitions asked for, or for all that the group has committed.
pub(super) fn handle(context: &Context<'_>, request: OffsetFetchRequest) -> OffsetFetchResponse {
    if context.version >= BATCHED {
        let groups = request.groups.into_iter().map(|group| look_up(context, group));
        return OffsetFetchResponse::default().with_groups(groups.collect());
    }
    let topics = request.topics.map(|topics| {
        let asked = topics.into_iter().map(|topic| {
            OffsetFetchRequestTopics::default()
                .with_name(topic.name)
                .with_partition_indexes(topic.partition_indexes)
        });
        asked.collect()
    });
    let group = OffsetFetchRequestGroup::default().with_group_id(request.group_id);
    let found = look_up(context, group.with_topics(topics));
    let topics = found.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.into_iter().map(|p| single(context, p));
        OffsetFetchResponseTopic::default()
            .with_name(topic.name)
            .with_partitions(partitions.collect())
    });
    OffsetFetchResponse::default().with_topics(topics.collect())
}

fn look_up(context: &Context<'_>, group: OffsetFetchRequestGroup) -> OffsetFetchResponseGroup {
    let topics =
        context.broker.groups.with_offsets(&group.group_id, |offsets| match group.topics {
            Some(asked) => asked.into_iter().map(|topic| named(offsets, topic)).collect(),
            None => offsets.all().map(|(name, partitions)| all(name, partitions)).collect(),
        });
    OffsetFetchResponseGroup::default().with_group_id(group.group_id).with_topics(topics)
}

fn named(offsets: &Offsets, asked: OffsetFetchRequestTopics) -> OffsetFetchResponseTopics {
    let find = |number: &i32| partition(*number, offsets.get(&asked.name, *number));
    let partitions = asked.partition_indexes.iter().map(find).collect();
    OffsetFetchResponseTopics::default().with_name(asked.name).with_partitions(partitions)
}

fn all(name: &str, partitions: &BTreeMap<i32, Committed>) -> OffsetFetchResponseTopics {
    let partitions = partitions.iter().map(|(number, found)| partition(*number, Some(found)));
    OffsetFetchResponseTopics::default()
        .with_name(TopicName(text(name)))
        .with_partitions(partitions.collect())
}

fn partition(number: i32, found: Option<&Committed>) -> OffsetFetchResponsePartitions {
    let response = OffsetFetchResponsePartitions::default().with_partition_index(number);
    match found {
        Some(found) => response
            .with_committed_offset(found.offset)
            .with_committed_leader_epoch(found.leader_epoch)
            .with_metadata(Some(text(found.metadata.as_str()))),
        None => response.with_committed_offset(-1),
    }
}

/// The same answer in the older form.
fn single(
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
