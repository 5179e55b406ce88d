//! `OffsetCommit`: commits offsets of a group; answered once they are durable.

use kafka_protocol::{
    ResponseError,
    messages::{
        OffsetCommitRequest, OffsetCommitResponse,
        offset_commit_request::OffsetCommitRequestPartition,
        offset_commit_response::{OffsetCommitResponsePartition, OffsetCommitResponseTopic},
    },
};

use super::{Context, code};
use crate::groups::{offsets::CommittedOffset, requests::MemberIdentity};

/// Maximum size of the metadata of a committed offset (`offset.metadata.max.bytes`).
const MAX_METADATA_BYTES: usize = 4_096;

/// Commits the valid offsets as one line of the journal.
pub(super) async fn handle(
    context: &Context<'_>,
    request: OffsetCommitRequest,
) -> OffsetCommitResponse {
    let mut accepted = Vec::new();
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let found = context.broker.topics.get(&topic.name);
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for partition in topic.partitions {
            let is_known =
                found.as_ref().is_some_and(|t| t.partition(partition.partition_index).is_some());
            let refused = validate(is_known, &partition).err();
            partitions.push((partition.partition_index, refused));
            if refused.is_none() {
                let committed = CommittedOffset {
                    offset: partition.committed_offset,
                    leader_epoch: partition.committed_leader_epoch,
                    metadata: partition.committed_metadata.unwrap_or_default().to_string(),
                };
                let number = partition.partition_index;
                accepted.push((topic.name.to_string(), number, committed));
            }
        }
        topics.push((topic.name, partitions));
    }
    let groups = &context.broker.groups;
    let generation = request.generation_id_or_member_epoch;
    let instance_id = request.group_instance_id.as_deref();
    let identity = MemberIdentity { member_id: &request.member_id, instance_id };
    let committed = if request.group_id.is_empty() {
        Err(ResponseError::InvalidGroupId)
    } else {
        groups.commit(&request.group_id, identity, generation, accepted).await
    };
    let failed = committed.err();
    let topics = topics.into_iter().map(|(name, partitions)| {
        let partitions = partitions.into_iter().map(|(number, refused)| {
            OffsetCommitResponsePartition::default()
                .with_partition_index(number)
                .with_error_code(code(failed.or(refused)))
        });
        OffsetCommitResponseTopic::default().with_name(name).with_partitions(partitions.collect())
    });
    OffsetCommitResponse::default().with_topics(topics.collect())
}

fn validate(is_known: bool, partition: &OffsetCommitRequestPartition) -> Result<(), ResponseError> {
    if !is_known {
        return Err(ResponseError::UnknownTopicOrPartition);
    }
    let metadata_bytes = partition.committed_metadata.as_ref().map_or(0, |m| m.len());
    if metadata_bytes > MAX_METADATA_BYTES {
        return Err(ResponseError::OffsetMetadataTooLarge);
    }
    Ok(())
}
