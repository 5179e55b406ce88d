//! `ListOffsets`: the earliest or latest offset, or the first since a point in time.

use std::io;
use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::list_offsets_request::ListOffsetsPartition;
use kafka_protocol::messages::list_offsets_response::{
    ListOffsetsPartitionResponse, ListOffsetsTopicResponse,
};
use kafka_protocol::messages::{ListOffsetsRequest, ListOffsetsResponse};

use super::{Context, code};
use crate::storage::partition::Partition;
use crate::storage::timestamps::{self, Found};

/// Asks for the offset after the last record.
const LATEST: i64 = -1;
/// Asks for the offset of the first record.
const EARLIEST: i64 = -2;
/// Asks for the record with the largest timestamp.
const MAX_TIMESTAMP: i64 = -3;
/// Asks for the first record on this node, which is the first there is.
const EARLIEST_LOCAL: i64 = -4;

/// Answers for every partition asked for.
pub(super) async fn handle(
    context: &Context<'_>,
    request: ListOffsetsRequest,
) -> ListOffsetsResponse {
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let found = context.broker.topics.get(&topic.name);
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for asked in &topic.partitions {
            let partition = found.as_ref().and_then(|t| t.partition(asked.partition_index));
            partitions.push(look_up(context, partition, asked).await);
        }
        let response = ListOffsetsTopicResponse::default().with_name(topic.name);
        topics.push(response.with_partitions(partitions));
    }
    ListOffsetsResponse::default().with_topics(topics)
}

async fn look_up(
    context: &Context<'_>,
    partition: Option<&Arc<Partition>>,
    asked: &ListOffsetsPartition,
) -> ListOffsetsPartitionResponse {
    let response = ListOffsetsPartitionResponse::default()
        .with_partition_index(asked.partition_index)
        .with_timestamp(-1)
        .with_offset(-1);
    let failed = |error| response.clone().with_error_code(code(Some(error)));
    let Some(partition) = partition else {
        return failed(ResponseError::UnknownTopicOrPartition);
    };
    let found = match asked.timestamp {
        LATEST => Ok(Some(plain(partition.high_watermark()))),
        EARLIEST | EARLIEST_LOCAL => Ok(Some(plain(partition.start_offset()))),
        MAX_TIMESTAMP => search(partition, timestamps::latest).await,
        time if time >= 0 => search(partition, move |p| timestamps::first_since(p, time)).await,
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

fn plain(offset: i64) -> Found {
    Found { offset, timestamp_ms: -1 }
}

/// Searches on a thread that may block.
async fn search(
    partition: &Arc<Partition>,
    by: impl FnOnce(&Partition) -> io::Result<Option<Found>> + Send + 'static,
) -> io::Result<Option<Found>> {
    let partition = Arc::clone(partition);
    let searching = tokio::task::spawn_blocking(move || by(&partition));
    searching.await.unwrap_or_else(|error| Err(io::Error::other(error)))
}
