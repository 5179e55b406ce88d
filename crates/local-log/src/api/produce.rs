//! `Produce`: checks a record batch, appends it as received, acknowledges it once it is durable.

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::produce_response::{PartitionProduceResponse, TopicProduceResponse};
use kafka_protocol::messages::{ProduceRequest, ProduceResponse, TopicName};

use super::{Context, code, text};
use crate::cleaner::now_ms;
use crate::storage::batch::{BatchError, BatchHeader};
use crate::storage::partition::{Appended, Partition};
use crate::storage::producers::Verdict;
use crate::storage::records;
use crate::topics::Topic;

/// Codec number of zstd, which clients may use from version 7 on.
const ZSTD: i16 = 4;

/// What was appended, and still has to become durable.
pub(super) struct Pending {
    answered: bool,
    topics: Vec<(TopicName, Vec<Outcome>)>,
}

/// What became of one batch.
struct Outcome {
    partition: i32,
    result: Result<Written, Refusal>,
}

/// A batch that is in its partition.
struct Written {
    partition: Arc<Partition>,
    base_offset: i64,
    end_offset: i64,
}

/// A batch that was refused: a code, and a line for people.
type Refusal = (ResponseError, String);

/// Appends the batches in the order in which they were sent.
pub(super) async fn append(context: &Context<'_>, request: ProduceRequest) -> Pending {
    let acks_known = matches!(request.acks, -1..=1);
    let transactional = request.transactional_id.is_some();
    let mut topics = Vec::with_capacity(request.topic_data.len());
    for TopicProduceData { name, partition_data, .. } in request.topic_data {
        let topic = context.broker.topics.get(&name);
        let mut outcomes = Vec::with_capacity(partition_data.len());
        for data in partition_data {
            let partition = data.index;
            let result = if !acks_known {
                Err((ResponseError::InvalidRequiredAcks, "acks must be 0, 1 or all".into()))
            } else if transactional {
                Err(no_transactions())
            } else {
                append_one(context, topic.as_deref(), &data)
            };
            if let Err((error, reason)) = &result {
                tracing::debug!(topic = %name.as_str(), partition, ?error, reason, "refused a batch");
            }
            outcomes.push(Outcome { partition, result });
        }
        topics.push((name, outcomes));
    }
    // Appending never waits; give other connections their turn all the same.
    tokio::task::yield_now().await;
    Pending { answered: request.acks != 0, topics }
}

/// Waits until everything appended is durable; `None` if the client wants no answer.
pub(super) async fn acknowledge(
    context: &Context<'_>,
    pending: Pending,
) -> Option<ProduceResponse> {
    if !pending.answered {
        return None;
    }
    let mut responses = Vec::with_capacity(pending.topics.len());
    for (name, outcomes) in pending.topics {
        let mut partitions = Vec::with_capacity(outcomes.len());
        for outcome in outcomes {
            partitions.push(acknowledge_one(context, outcome).await);
        }
        let response = TopicProduceResponse::default().with_name(name);
        responses.push(response.with_partition_responses(partitions));
    }
    Some(ProduceResponse::default().with_responses(responses))
}

async fn acknowledge_one(context: &Context<'_>, outcome: Outcome) -> PartitionProduceResponse {
    let response = PartitionProduceResponse::default()
        .with_index(outcome.partition)
        .with_log_append_time_ms(-1);
    match outcome.result {
        Ok(written) => {
            written.partition.durable(written.end_offset).await;
            let start = written.partition.start_offset();
            let start = if context.version >= 5 { start } else { -1 };
            response.with_base_offset(written.base_offset).with_log_start_offset(start)
        }
        Err((error, reason)) => {
            let reason = (context.version >= 8).then(|| text(reason));
            response
                .with_error_code(code(Some(error)))
                .with_base_offset(-1)
                .with_log_start_offset(-1)
                .with_error_message(reason)
        }
    }
}

fn append_one(
    context: &Context<'_>,
    topic: Option<&Topic>,
    data: &PartitionProduceData,
) -> Result<Written, Refusal> {
    let unknown = || (ResponseError::UnknownTopicOrPartition, "there is no such partition".into());
    let topic = topic.ok_or_else(unknown)?;
    let partition = topic.partition(data.index).ok_or_else(unknown)?;
    let batch = data.records.as_deref().unwrap_or_default();
    let header = check(context, topic, batch)?;
    match partition.append(batch, &header, &topic.policy) {
        Ok(Appended::Stored { base_offset, end_offset }) => {
            Ok(Written { partition: Arc::clone(partition), base_offset, end_offset })
        }
        Ok(Appended::Gone) => Err(unknown()),
        Ok(Appended::Refused(verdict)) => Err(refusal(verdict)),
        Err(error) => {
            let line = context.broker.trouble.note(&error, &topic.name);
            Err((ResponseError::KafkaStorageError, line))
        }
    }
}

/// Whether the bytes are exactly one batch that may be stored in this topic.
fn check(context: &Context<'_>, topic: &Topic, batch: &[u8]) -> Result<BatchHeader, Refusal> {
    let header = BatchHeader::verify(batch).map_err(|error| {
        let kind = match error {
            BatchError::Magic(_) => ResponseError::UnsupportedForMessageFormat,
            BatchError::Count => ResponseError::InvalidRecord,
            _ => ResponseError::CorruptMessage,
        };
        (kind, error.to_string())
    })?;
    let invalid = |reason: &str| Err((ResponseError::InvalidRecord, reason.to_owned()));
    let largest = topic.policy.max_message_bytes;
    if header.size_bytes != batch.len() {
        return invalid("a partition takes exactly one batch in a request");
    }
    if header.size_bytes > largest {
        let reason = format!("the batch has {} bytes, {largest} allowed", header.size_bytes);
        return Err((ResponseError::MessageTooLarge, reason));
    }
    if !header.is_dense() || header.is_control() {
        return invalid("the batch does not hold what a producer sends");
    }
    if header.producer_id >= 0 && (header.base_sequence < 0 || header.producer_epoch < 0) {
        return invalid("an idempotent batch needs a sequence number and an epoch");
    }
    if header.is_transactional() {
        return Err(no_transactions());
    }
    if header.compression() > ZSTD || (header.compression() == ZSTD && context.version < 7) {
        let reason = "this compression is not supported in this version".into();
        return Err((ResponseError::UnsupportedCompressionType, reason));
    }
    check_times(topic, &header)?;
    if topic.policy.compact {
        check_keys(&header, batch)?;
    }
    Ok(header)
}

/// Records from far away in time would never be deleted, or at once.
fn check_times(topic: &Topic, header: &BatchHeader) -> Result<(), Refusal> {
    let now_ms = now_ms();
    let oldest_ms = now_ms.saturating_sub(topic.policy.max_past_ms);
    let newest_ms = now_ms.saturating_add(topic.policy.max_future_ms);
    if header.max_timestamp_ms > newest_ms || header.base_timestamp_ms < oldest_ms {
        let reason = format!("the timestamps must lie between {oldest_ms} and {newest_ms}");
        return Err((ResponseError::InvalidTimestamp, reason));
    }
    Ok(())
}

/// Compaction goes by keys: every record needs one, and they must be readable.
fn check_keys(header: &BatchHeader, batch: &[u8]) -> Result<(), Refusal> {
    let mut all = true;
    records::decompress(header, batch)
        .and_then(|plain| records::each_record(header, &plain, |r| all &= r.key.is_some()))
        .map_err(|error| (ResponseError::CorruptMessage, error.to_string()))?;
    if all {
        return Ok(());
    }
    Err((ResponseError::InvalidRecord, "a record of a compacted topic needs a key".into()))
}

fn refusal(verdict: Verdict) -> Refusal {
    let (error, reason) = match verdict {
        Verdict::Fenced => {
            (ResponseError::InvalidProducerEpoch, "a newer producer has taken over this id")
        }
        _ => (ResponseError::OutOfOrderSequenceNumber, "it does not follow the batch before"),
    };
    (error, reason.into())
}

fn no_transactions() -> Refusal {
    let reason = "this log has no transactions; use Apache Kafka for them".into();
    (ResponseError::TransactionalIdAuthorizationFailed, reason)
}
