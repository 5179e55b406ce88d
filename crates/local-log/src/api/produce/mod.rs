//! `Produce`: validates batches, appends them as received, acknowledges them once durable.

mod validate;

use std::sync::Arc;

use kafka_protocol::{
    ResponseError,
    messages::{
        ProduceRequest, ProduceResponse, TopicName,
        produce_request::{PartitionProduceData, TopicProduceData},
        produce_response::{
            BatchIndexAndErrorMessage, PartitionProduceResponse, TopicProduceResponse,
        },
    },
};

use self::validate::{BatchRefusal, ValidBatch, validate};
use super::{Context, code, text};
use crate::{
    cleaner::now_ms,
    storage::{
        partition::{AppendOutcome, Partition},
        producers::SequenceCheck,
    },
    topics::Topic,
};

/// Compressed batches from this size on are validated on a blocking thread.
const LARGE_BYTES: usize = 16 << 10;
/// First version with errors per record.
const WITH_RECORD_ERRORS: i16 = 8;

/// Appended batches that wait to become durable.
pub(super) struct PendingAcks {
    expects_response: bool,
    topics: Vec<(TopicName, Vec<BatchResult>)>,
}

/// The result for one batch.
struct BatchResult {
    partition: i32,
    result: Result<AppendedBatch, BatchRefusal>,
}

/// A batch appended to its partition.
struct AppendedBatch {
    partition: Arc<Partition>,
    base_offset: i64,
    end_offset: i64,
    /// Timestamp of all records, if the topic uses `LogAppendTime`.
    append_time_ms: Option<i64>,
}

/// Appends the batches in the order in which they were sent.
pub(super) async fn append(context: &Context<'_>, request: ProduceRequest) -> PendingAcks {
    let has_valid_acks = matches!(request.acks, -1..=1);
    let is_transactional = request.transactional_id.is_some();
    let mut topics = Vec::with_capacity(request.topic_data.len());
    for TopicProduceData { name, partition_data, .. } in request.topic_data {
        let topic = context.broker.topics.get(&name);
        let mut results = Vec::with_capacity(partition_data.len());
        for data in partition_data {
            let partition = data.index;
            let result = if !has_valid_acks {
                let reason = "acks must be 0, 1 or all";
                Err(BatchRefusal::new(ResponseError::InvalidRequiredAcks, reason))
            } else if is_transactional {
                Err(validate::transactions_unsupported())
            } else {
                append_batch(context, topic.as_ref(), data).await
            };
            if let Err(BatchRefusal { error, reason, .. }) = &result {
                let topic = name.as_str();
                tracing::debug!(topic, partition, ?error, reason, "refused a batch");
            }
            results.push(BatchResult { partition, result });
        }
        topics.push((name, results));
    }
    // Appending never awaits; this lets other connections run.
    tokio::task::yield_now().await;
    PendingAcks { expects_response: request.acks != 0, topics }
}

/// Waits until all batches are durable; `None` if the client expects no response.
pub(super) async fn acknowledge(
    context: &Context<'_>,
    pending: PendingAcks,
) -> Option<ProduceResponse> {
    if !pending.expects_response {
        return None;
    }
    let mut responses = Vec::with_capacity(pending.topics.len());
    for (name, results) in pending.topics {
        let mut partitions = Vec::with_capacity(results.len());
        for result in results {
            partitions.push(acknowledge_batch(context, result).await);
        }
        let response = TopicProduceResponse::default().with_name(name);
        responses.push(response.with_partition_responses(partitions));
    }
    Some(ProduceResponse::default().with_responses(responses))
}

async fn acknowledge_batch(context: &Context<'_>, batch: BatchResult) -> PartitionProduceResponse {
    let response =
        PartitionProduceResponse::default().with_index(batch.partition).with_log_append_time_ms(-1);
    match batch.result {
        Ok(appended) => {
            appended.partition.wait_until_durable(appended.end_offset).await;
            let start_offset = appended.partition.start_offset();
            let start_offset = if context.version >= 5 { start_offset } else { -1 };
            response
                .with_base_offset(appended.base_offset)
                .with_log_append_time_ms(appended.append_time_ms.unwrap_or(-1))
                .with_log_start_offset(start_offset)
        }
        Err(refusal) => {
            let response = response
                .with_error_code(code(Some(refusal.error)))
                .with_base_offset(-1)
                .with_log_start_offset(-1);
            if context.version < WITH_RECORD_ERRORS {
                return response;
            }
            let record_errors = refusal.record_errors.into_iter().map(|(index, reason)| {
                BatchIndexAndErrorMessage::default()
                    .with_batch_index(index)
                    .with_batch_index_error_message(Some(text(reason)))
            });
            response
                .with_record_errors(record_errors.collect())
                .with_error_message(Some(text(refusal.reason)))
        }
    }
}

async fn append_batch(
    context: &Context<'_>,
    topic: Option<&Arc<Topic>>,
    data: PartitionProduceData,
) -> Result<AppendedBatch, BatchRefusal> {
    let unknown =
        || BatchRefusal::new(ResponseError::UnknownTopicOrPartition, "there is no such partition");
    let topic = topic.ok_or_else(unknown)?;
    let partition = topic.partition(data.index).ok_or_else(unknown)?;
    let ValidBatch { header, batch, append_time_ms } =
        validate_data(context.version, topic, data).await?;
    match partition.append(&batch, &header, &topic.policy) {
        Ok(AppendOutcome::Stored { base_offset, end_offset }) => {
            let partition = Arc::clone(partition);
            Ok(AppendedBatch { partition, base_offset, end_offset, append_time_ms })
        }
        Ok(AppendOutcome::Deleted) => Err(unknown()),
        Ok(AppendOutcome::Refused(check)) => Err(refuse_sequence(check)),
        Err(error) => {
            let message = context.broker.write_failures.log_write_failure(&error, &topic.name);
            Err(BatchRefusal::new(ResponseError::KafkaStorageError, message))
        }
    }
}

/// Validates a batch; large compressed ones on a blocking thread.
async fn validate_data(
    version: i16,
    topic: &Arc<Topic>,
    data: PartitionProduceData,
) -> Result<ValidBatch, BatchRefusal> {
    let batch = data.records.unwrap_or_default();
    let now_ms = now_ms();
    if batch.len() < LARGE_BYTES || !validate::is_compressed(&batch) {
        return validate(version, topic, data.index, &batch, now_ms);
    }
    let topic = Arc::clone(topic);
    let validating = move || validate(version, &topic, data.index, &batch, now_ms);
    tokio::task::spawn_blocking(validating).await.unwrap_or_else(|error| {
        let reason = format!("the batch could not be validated: {error}");
        Err(BatchRefusal::new(ResponseError::UnknownServerError, reason))
    })
}

fn refuse_sequence(check: SequenceCheck) -> BatchRefusal {
    match check {
        SequenceCheck::Fenced => BatchRefusal::new(
            ResponseError::InvalidProducerEpoch,
            "a newer producer uses this producer id",
        ),
        _ => BatchRefusal::new(
            ResponseError::OutOfOrderSequenceNumber,
            "the sequence number does not follow that of the previous batch",
        ),
    }
}
