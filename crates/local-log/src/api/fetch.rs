//! `Fetch`: returns stored batches; waits while there are fewer bytes than `min_bytes`.

use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use kafka_protocol::{
    ResponseError,
    messages::{
        FetchRequest, FetchResponse,
        fetch_request::{FetchPartition, FetchTopic},
        fetch_response::{FetchableTopicResponse, PartitionData},
    },
};
use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

use super::{Context, code};
use crate::{
    storage::{
        partition::Partition,
        reader::{self, ReadError},
    },
    topics::Topic,
};

/// Upper bound on `max_wait_ms`.
const MAX_WAIT_MS: u64 = 300_000;
/// First version that identifies topics by id.
const BY_ID: i16 = 13;

/// Answers once `min_bytes` are available, on an error, or after `max_wait_ms`.
pub(super) async fn handle(context: &Context<'_>, request: FetchRequest) -> FetchResponse {
    let wait_ms = u64::try_from(request.max_wait_ms).unwrap_or(0).min(MAX_WAIT_MS);
    let deadline = Instant::now() + Duration::from_millis(wait_ms);
    let topics: Vec<FetchedTopic> =
        request.topics.iter().map(|topic| FetchedTopic::find(context, topic)).collect();
    let min_bytes = usize::try_from(request.min_bytes).unwrap_or(0);
    let limit = usize::try_from(request.max_bytes).unwrap_or(0);
    let limit = limit.min(context.broker.config.max_fetch_bytes);
    let mut waiter = None;
    loop {
        let read = read_all(context, &topics, limit).await;
        let is_enough = read.has_failed || read.bytes >= min_bytes.min(limit.max(1));
        if is_enough || wait_ms == 0 || context.broker.stopping.is_cancelled() {
            return read.response;
        }
        let waiter = waiter.get_or_insert_with(|| FetchWaiter::register(&topics));
        // Checked after registering: a watermark may have advanced in between.
        while watermark_sum(&topics) == read.watermark_sum {
            let is_woken = tokio::select! {
                () = context.broker.stopping.cancelled() => false,
                woken = timeout_at(deadline, waiter.wake.notified()) => woken.is_ok(),
            };
            if !is_woken {
                return read_all(context, &topics, limit).await.response;
            }
        }
    }
}

/// A topic of the request, looked up.
struct FetchedTopic<'a> {
    requested: &'a FetchTopic,
    topic: Option<Arc<Topic>>,
}

impl<'a> FetchedTopic<'a> {
    fn find(context: &Context<'_>, requested: &'a FetchTopic) -> Self {
        let topics = &context.broker.topics;
        let topic = if context.version >= BY_ID {
            topics.get_by_id(requested.topic_id)
        } else {
            topics.get(&requested.topic)
        };
        Self { requested, topic }
    }

    fn partitions(&self) -> impl Iterator<Item = &Arc<Partition>> {
        let topic = self.topic.as_deref();
        self.requested.partitions.iter().filter_map(move |p| topic?.partition(p.partition))
    }
}

/// A waiting fetch, registered with its partitions until dropped.
struct FetchWaiter {
    wake: Arc<Notify>,
    partitions: Vec<Arc<Partition>>,
}

impl FetchWaiter {
    fn register(topics: &[FetchedTopic<'_>]) -> Self {
        let wake = Arc::new(Notify::new());
        let partitions: Vec<_> =
            topics.iter().flat_map(FetchedTopic::partitions).cloned().collect();
        for partition in &partitions {
            partition.add_waiter(&wake);
        }
        Self { wake, partitions }
    }
}

impl Drop for FetchWaiter {
    fn drop(&mut self) {
        for partition in &self.partitions {
            partition.remove_waiter(&self.wake);
        }
    }
}

/// Sum of the high watermarks; it changes whenever a partition advances or is deleted.
fn watermark_sum(topics: &[FetchedTopic<'_>]) -> i64 {
    let term = |p: &Arc<Partition>| p.high_watermark() - i64::from(p.is_deleted());
    topics.iter().flat_map(FetchedTopic::partitions).map(term).sum()
}

/// The result of reading all partitions once.
struct FetchResult {
    watermark_sum: i64,
    response: FetchResponse,
    bytes: usize,
    has_failed: bool,
}

async fn read_all(context: &Context<'_>, topics: &[FetchedTopic<'_>], limit: usize) -> FetchResult {
    let (mut bytes, mut has_failed, watermark_sum) = (0, false, watermark_sum(topics));
    let mut responses = Vec::with_capacity(topics.len());
    for topic in topics {
        let mut partitions = Vec::with_capacity(topic.requested.partitions.len());
        for requested in &topic.requested.partitions {
            let left = limit.saturating_sub(bytes);
            // The first batch is returned even if too large; otherwise the reader would be stuck.
            let has_room = left > 0 || bytes == 0;
            let data = read_partition(context, topic, requested, left, has_room).await;
            bytes += data.records.as_ref().map_or(0, Bytes::len);
            has_failed |= data.error_code != 0;
            partitions.push(data);
        }
        let response = if context.version >= BY_ID {
            FetchableTopicResponse::default().with_topic_id(topic.requested.topic_id)
        } else {
            FetchableTopicResponse::default().with_topic(topic.requested.topic.clone())
        };
        responses.push(response.with_partitions(partitions));
    }
    let response = FetchResponse::default().with_responses(responses);
    FetchResult { watermark_sum, response, bytes, has_failed }
}

async fn read_partition(
    context: &Context<'_>,
    topic: &FetchedTopic<'_>,
    requested: &FetchPartition,
    left: usize,
    has_room: bool,
) -> PartitionData {
    let data = PartitionData::default()
        .with_partition_index(requested.partition)
        .with_aborted_transactions(None)
        .with_records(Some(Bytes::new()));
    let failed = |error| data.clone().with_error_code(code(Some(error))).with_high_watermark(-1);
    let is_deleted = |topic: &&Arc<Topic>| topic.partitions.first().is_some_and(|p| p.is_deleted());
    let Some(found) = topic.topic.as_ref().filter(|topic| !is_deleted(topic)) else {
        let by_id = context.version >= BY_ID;
        let error = if by_id {
            ResponseError::UnknownTopicId
        } else {
            ResponseError::UnknownTopicOrPartition
        };
        return failed(error);
    };
    let Some(partition) = found.partition(requested.partition) else {
        return failed(ResponseError::UnknownTopicOrPartition);
    };
    if requested.current_leader_epoch > 0 {
        return failed(ResponseError::UnknownLeaderEpoch);
    }
    let max_bytes = usize::try_from(requested.partition_max_bytes).unwrap_or(0).min(left);
    let high = partition.high_watermark();
    // The common case, a partition without new records, takes no lock.
    let is_at_end = requested.fetch_offset == high;
    let read = if is_at_end || (!has_room && requested.fetch_offset <= high) {
        Ok(Bytes::new())
    } else {
        read_records(partition, requested.fetch_offset, max_bytes).await
    };
    match read {
        Ok(records) => data
            .with_high_watermark(high)
            .with_last_stable_offset(high)
            .with_log_start_offset(log_start_offset(context, partition))
            .with_records(Some(records)),
        Err(ReadError::OutOfRange) => failed(ResponseError::OffsetOutOfRange),
        Err(ReadError::Corrupt(_)) => failed(ResponseError::CorruptMessage),
        Err(ReadError::Io(error)) => {
            tracing::error!(%error, folder = %partition.folder().display(), "cannot read");
            failed(ResponseError::KafkaStorageError)
        }
    }
}

fn log_start_offset(context: &Context<'_>, partition: &Partition) -> i64 {
    if context.version >= 5 { partition.start_offset() } else { -1 }
}

/// Reads recent records, likely cached in memory, directly; older ones on a blocking thread.
async fn read_records(
    partition: &Arc<Partition>,
    offset: i64,
    max_bytes: usize,
) -> Result<Bytes, ReadError> {
    if partition.is_recent(offset) {
        match reader::read(partition, offset, max_bytes) {
            Err(ReadError::Corrupt(_)) => {}
            read => return read,
        }
    }
    let partition = Arc::clone(partition);
    let reading = move || read_and_inspect(&partition, offset, max_bytes);
    let read = tokio::task::spawn_blocking(reading).await;
    read.unwrap_or_else(|error| Err(ReadError::Io(io::Error::other(error))))
}

/// Reads; on unknown damage, inspects the segment and reads again.
fn read_and_inspect(
    partition: &Partition,
    offset: i64,
    max_bytes: usize,
) -> Result<Bytes, ReadError> {
    loop {
        match reader::read(partition, offset, max_bytes) {
            Err(ReadError::Corrupt(segment)) => {
                if !partition.inspect(&segment).map_err(ReadError::Io)? {
                    return Err(ReadError::Io(io::Error::other("a stored batch is damaged")));
                }
            }
            read => return read,
        }
    }
}
