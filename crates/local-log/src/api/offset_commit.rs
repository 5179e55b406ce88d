//! `OffsetCommit`: a group notes how far it has come; answered once that is durable.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::offset_commit_request::OffsetCommitRequestPartition;
use kafka_protocol::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use kafka_protocol::messages::{OffsetCommitRequest, OffsetCommitResponse};

use super::{Context, code};
use crate::groups::offsets::Committed;
use crate::groups::requests::Asker;

/// Longest note a client may leave with an offset.
const MAX_METADATA_BYTES: usize = 4_096;

/// Commits what can be committed, as one line in the journal.
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
            let exists =
                found.as_ref().is_some_and(|t| t.partition(partition.partition_index).is_some());
            let refused = refusal(exists, &partition);
            partitions.push((partition.partition_index, refused));
            if refused.is_none() {
                let committed = Committed {
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
    let asker = Asker { member_id: &request.member_id, instance_id };
    let committed = if request.group_id.is_empty() {
        Err(ResponseError::InvalidGroupId)
    } else {
        groups.commit(&request.group_id, asker, generation, accepted).await
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

fn refusal(exists: bool, partition: &OffsetCommitRequestPartition) -> Option<ResponseError> {
    if !exists {
        return Some(ResponseError::UnknownTopicOrPartition);
    }
    let note = partition.committed_metadata.as_ref().map_or(0, |note| note.len());
    (note > MAX_METADATA_BYTES).then_some(ResponseError::OffsetMetadataTooLarge)
}
