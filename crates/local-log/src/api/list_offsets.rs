//! `ListOffsets`: finds the earliest or latest offset, or the first at or after a timestamp.

use std::{io, sync::Arc};

use kafka_protocol::{
    ResponseError,
    messages::{
        ListOffsetsRequest, ListOffsetsResponse,
        list_offsets_request::ListOffsetsPartition,
        list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse},
    },
};

use super::{Context, code};
use crate::storage::{
    partition::Partition,
    timestamps::{self, TimestampOffset},
};

/// Timestamp that stands for the high watermark.
const LATEST: i64 = -1;
/// Timestamp that stands for the start offset.
const EARLIEST: i64 = -2;
/// Timestamp that stands for the record with the largest timestamp.
const MAX_TIMESTAMP: i64 = -3;
/// Timestamp that stands for the start offset on this node, here the same as [`EARLIEST`].
const EARLIEST_LOCAL: i64 = -4;

/// Looks up an offset in each partition.
pub(super) async fn handle(
    context: &Context<'_>,
    request: ListOffsetsRequest,
) -> ListOffsetsResponse {
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let found = context.broker.topics.get(&topic.name);
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for requested in &topic.partitions {
            let partition = found.as_ref().and_then(|t| t.partition(requested.partition_index));
            partitions.push(look_up(context, partition, requested).await);
        }
        let response = ListOffsetsTopicResponse::default().with_name(topic.name);
        topics.push(response.with_partitions(partitions));
    }
    ListOffsetsResponse::default().with_topics(topics)
}

async fn look_up(
    context: &Context<'_>,
    partition: Option<&Arc<Partition>>,
    requested: &ListOffsetsPartition,
) -> ListOffsetsPartitionResponse {
    let response = ListOffsetsPartitionResponse::default()
        .with_partition_index(requested.partition_index)
        .with_timestamp(-1)
        .with_offset(-1);
    let failed = |error| response.clone().with_error_code(code(Some(error)));
    let Some(partition) = partition else {
        return failed(ResponseError::UnknownTopicOrPartition);
    };
    let found = match requested.timestamp {
        LATEST => Ok(Some(without_timestamp(partition.high_watermark()))),
        EARLIEST | EARLIEST_LOCAL => Ok(Some(without_timestamp(partition.start_offset()))),
        MAX_TIMESTAMP => search(partition, timestamps::find_latest).await,
        time if time >= 0 => {
            search(partition, move |p| timestamps::find_first_since(p, time)).await
        }
        _ => Ok(None),
    };
    match found {
        Ok(Some(found)) => response
            .with_offset(found.offset)
            .with_timestamp(found.timestamp_ms)
            .with_leader_epoch(if context.version >= 4 { 0 } else { -1 }),
        Ok(None) => response,
        Err(error) => {
            tracing::error!(%error, folder = %partition.folder().display(), "cannot read");
            failed(ResponseError::KafkaStorageError)
        }
    }
}

fn without_timestamp(offset: i64) -> TimestampOffset {
    TimestampOffset { offset, timestamp_ms: -1 }
}

/// Searches on a blocking thread.
async fn search(
    partition: &Arc<Partition>,
    find: impl FnOnce(&Partition) -> io::Result<Option<TimestampOffset>> + Send + 'static,
) -> io::Result<Option<TimestampOffset>> {
    let partition = Arc::clone(partition);
    let searching = tokio::task::spawn_blocking(move || find(&partition));
    searching.await.unwrap_or_else(|error| Err(io::Error::other(error)))
}
