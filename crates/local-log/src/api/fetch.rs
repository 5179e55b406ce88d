//! `Fetch`: returns stored batches, and waits for more when there are too few.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::fetch_response::{FetchableTopicResponse, PartitionData};
use kafka_protocol::messages::{FetchRequest, FetchResponse};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::{Context, code};
use crate::storage::partition::Partition;
use crate::storage::reader::{self, ReadError};
use crate::topics::Topic;

/// Longest wait, whatever the client asks for.
const MAX_WAIT_MS: u64 = 300_000;
/// First version that names topics by id.
const BY_ID: i16 = 13;

/// Answers once `min_bytes` are there, an error is, or the time is up.
pub(super) async fn handle(context: &Context<'_>, request: FetchRequest) -> FetchResponse {
    let wait_ms = u64::try_from(request.max_wait_ms).unwrap_or(0).min(MAX_WAIT_MS);
    let deadline = Instant::now() + Duration::from_millis(wait_ms);
    let wanted: Vec<Wanted> =
        request.topics.iter().map(|topic| Wanted::find(context, topic)).collect();
    let min_bytes = usize::try_from(request.min_bytes).unwrap_or(0);
    let limit = usize::try_from(request.max_bytes).unwrap_or(0);
    let limit = limit.min(context.broker.config.max_fetch_bytes);
    let mut waiting = None;
    loop {
        let read = read_all(context, &wanted, limit).await;
        let enough = read.failed || read.bytes >= min_bytes.min(limit.max(1));
        if enough || wait_ms == 0 || context.broker.stopping.is_cancelled() {
            return read.response;
        }
        let waiting = waiting.get_or_insert_with(|| Waiting::sign_up(&wanted));
        // Look after signing up: something may have been published in between.
        let looked_at = read.ends;
        while ends(&wanted) == looked_at {
            let woken = tokio::select! {
                () = context.broker.stopping.cancelled() => false,
                woken = timeout_at(deadline, waiting.reader.notified()) => woken.is_ok(),
            };
            if !woken {
                return read_all(context, &wanted, limit).await.response;
            }
        }
    }
}

/// A topic of the request, with its partitions looked up.
struct Wanted<'a> {
    asked: &'a FetchTopic,
    topic: Option<Arc<Topic>>,
}

impl<'a> Wanted<'a> {
    fn find(context: &Context<'_>, asked: &'a FetchTopic) -> Self {
        let topics = &context.broker.topics;
        let by_id = context.version >= BY_ID;
        let topic = if by_id { topics.get_by_id(asked.topic_id) } else { topics.get(&asked.topic) };
        Self { asked, topic }
    }

    fn partitions(&self) -> impl Iterator<Item = &Arc<Partition>> {
        let topic = self.topic.as_deref();
        self.asked.partitions.iter().filter_map(move |p| topic?.partition(p.partition))
    }
}

/// A reader that its partitions know of, until it is dropped.
struct Waiting {
    reader: Arc<Notify>,
    partitions: Vec<Arc<Partition>>,
}

impl Waiting {
    fn sign_up(wanted: &[Wanted<'_>]) -> Self {
        let reader = Arc::new(Notify::new());
        let partitions: Vec<_> = wanted.iter().flat_map(Wanted::partitions).cloned().collect();
        for partition in &partitions {
            partition.wake_at_publish(&reader);
        }
        Self { reader, partitions }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        for partition in &self.partitions {
            partition.forget(&self.reader);
        }
    }
}

/// A sum that moves whenever any of the partitions does.
fn ends(wanted: &[Wanted<'_>]) -> i64 {
    let moved = |p: &Arc<Partition>| p.high_watermark() - i64::from(p.is_gone());
    wanted.iter().flat_map(Wanted::partitions).map(moved).sum()
}

/// What one look at all partitions found.
struct Found {
    ends: i64,
    response: FetchResponse,
    bytes: usize,
    failed: bool,
}

async fn read_all(context: &Context<'_>, wanted: &[Wanted<'_>], limit: usize) -> Found {
    let (mut bytes, mut failed, ends) = (0, false, ends(wanted));
    let mut responses = Vec::with_capacity(wanted.len());
    for topic in wanted {
        let mut partitions = Vec::with_capacity(topic.asked.partitions.len());
        for asked in &topic.asked.partitions {
            let left = limit.saturating_sub(bytes);
            // The first batch is returned even if it is too large, or a reader would never pass it.
            let room = left > 0 || bytes == 0;
            let data = read_one(context, topic, asked, left, room).await;
            bytes += data.records.as_ref().map_or(0, Bytes::len);
            failed |= data.error_code != 0;
            partitions.push(data);
        }
        let response = if context.version >= BY_ID {
            FetchableTopicResponse::default().with_topic_id(topic.asked.topic_id)
        } else {
            FetchableTopicResponse::default().with_topic(topic.asked.topic.clone())
        };
        responses.push(response.with_partitions(partitions));
    }
    Found { ends, response: FetchResponse::default().with_responses(responses), bytes, failed }
}

async fn read_one(
    context: &Context<'_>,
    topic: &Wanted<'_>,
    asked: &FetchPartition,
    left: usize,
    room: bool,
) -> PartitionData {
    let data = PartitionData::default()
        .with_partition_index(asked.partition)
        .with_aborted_transactions(None)
        .with_records(Some(Bytes::new()));
    let failed = |error| data.clone().with_error_code(code(Some(error))).with_high_watermark(-1);
    let gone = |topic: &&Arc<Topic>| topic.partitions.first().is_some_and(|p| p.is_gone());
    let Some(found) = topic.topic.as_ref().filter(|topic| !gone(topic)) else {
        let by_id = context.version >= BY_ID;
        let error = if by_id {
            ResponseError::UnknownTopicId
        } else {
            ResponseError::UnknownTopicOrPartition
        };
        return failed(error);
    };
    let Some(partition) = found.partition(asked.partition) else {
        return failed(ResponseError::UnknownTopicOrPartition);
    };
    if asked.current_leader_epoch > 0 {
        return failed(ResponseError::UnknownLeaderEpoch);
    }
    let max_bytes = usize::try_from(asked.partition_max_bytes).unwrap_or(0).min(left);
    let high = partition.high_watermark();
    // Most partitions of a fetch are at their end: that costs no lock.
    let at_end = asked.fetch_offset == high;
    let read = if at_end || (!room && asked.fetch_offset <= high) {
        Ok(Bytes::new())
    } else {
        read_records(partition, asked.fetch_offset, max_bytes).await
    };
    match read {
        Ok(records) => data
            .with_high_watermark(high)
            .with_last_stable_offset(high)
            .with_log_start_offset(log_start(context, partition))
            .with_records(Some(records)),
        Err(ReadError::OutOfRange) => failed(ResponseError::OffsetOutOfRange),
        Err(ReadError::Unsound(_)) => failed(ResponseError::CorruptMessage),
        Err(ReadError::Io(error)) => {
            tracing::error!(%error, folder = %partition.folder().display(), "cannot read");
            failed(ResponseError::KafkaStorageError)
        }
    }
}

fn log_start(context: &Context<'_>, partition: &Partition) -> i64 {
    if context.version >= 5 { partition.start_offset() } else { -1 }
}

/// Reads what is likely in memory at once, and anything older on a thread that may block.
async fn read_records(
    partition: &Arc<Partition>,
    offset: i64,
    max_bytes: usize,
) -> Result<Bytes, ReadError> {
    if partition.is_recent(offset) {
        match reader::read(partition, offset, max_bytes) {
            Err(ReadError::Unsound(_)) => {}
            read => return read,
        }
    }
    let partition = Arc::clone(partition);
    let reading = move || read_after_inspection(&partition, offset, max_bytes);
    let read = tokio::task::spawn_blocking(reading).await;
    read.unwrap_or_else(|error| Err(ReadError::Io(io::Error::other(error))))
}

/// Reads; where something is damaged that was not known to be, finds out what, and reads again.
fn read_after_inspection(
    partition: &Partition,
    offset: i64,
    max_bytes: usize,
) -> Result<Bytes, ReadError> {
    loop {
        match reader::read(partition, offset, max_bytes) {
            Err(ReadError::Unsound(segment)) => {
                if !partition.inspect(&segment).map_err(ReadError::Io)? {
                    return Err(ReadError::Io(io::Error::other("a stored batch is damaged")));
                }
            }
            read => return read,
        }
    }
}
