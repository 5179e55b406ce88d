//! `DeleteRecords`: advances the start offset of partitions.

use std::sync::Arc;

use kafka_protocol::{
    ResponseError,
    messages::{
        DeleteRecordsRequest, DeleteRecordsResponse,
        delete_records_request::DeleteRecordsPartition,
        delete_records_response::{DeleteRecordsPartitionResult, DeleteRecordsTopicResult},
    },
};

use super::{Context, code};
use crate::{
    storage::partition::{DeleteError, Partition},
    topics::Topic,
};

/// Offset that stands for the high watermark: all records are deleted.
const ALL: i64 = -1;

/// Deletes records of each partition separately.
pub(super) async fn handle(
    context: &Context<'_>,
    request: DeleteRecordsRequest,
) -> DeleteRecordsResponse {
    let mut topics = Vec::with_capacity(request.topics.len());
    for requested in request.topics {
        let topic = context.broker.topics.get(&requested.name);
        let mut partitions = Vec::with_capacity(requested.partitions.len());
        for partition in &requested.partitions {
            let result = DeleteRecordsPartitionResult::default()
                .with_partition_index(partition.partition_index);
            partitions.push(match delete(topic.as_deref(), partition).await {
                Ok(start_offset) => result.with_low_watermark(start_offset),
                Err(error) => result.with_low_watermark(-1).with_error_code(code(Some(error))),
            });
        }
        let result = DeleteRecordsTopicResult::default().with_name(requested.name);
        topics.push(result.with_partitions(partitions));
    }
    DeleteRecordsResponse::default().with_topics(topics)
}

async fn delete(
    topic: Option<&Topic>,
    requested: &DeleteRecordsPartition,
) -> Result<i64, ResponseError> {
    let topic = topic.ok_or(ResponseError::UnknownTopicOrPartition)?;
    let partition = topic.partition(requested.partition_index);
    let partition = partition.ok_or(ResponseError::UnknownTopicOrPartition)?;
    if !topic.policy.may_delete {
        return Err(ResponseError::PolicyViolation);
    }
    let offset =
        if requested.offset == ALL { partition.high_watermark() } else { requested.offset };
    let (worker, folder) = (Arc::clone(partition), partition.folder().to_path_buf());
    let deleting = move || Partition::delete_before(&worker, offset);
    let deleted = tokio::task::spawn_blocking(deleting).await;
    match deleted.map_err(|error| DeleteError::Io(std::io::Error::other(error))).flatten() {
        Ok(start_offset) => Ok(start_offset),
        Err(DeleteError::OutOfRange) => Err(ResponseError::OffsetOutOfRange),
        Err(DeleteError::Io(error)) => {
            tracing::error!(%error, folder = %folder.display(), "cannot delete records");
            Err(ResponseError::KafkaStorageError)
        }
    }
}
