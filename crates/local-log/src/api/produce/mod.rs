//! `Produce`: checks a record batch, appends it as received, acknowledges it once it is durable.

mod check;

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::produce_response::{
    BatchIndexAndErrorMessage, PartitionProduceResponse, TopicProduceResponse,
};
use kafka_protocol::messages::{ProduceRequest, ProduceResponse, TopicName};

use self::check::{Accepted, Refusal, check};
use super::{Context, code, text};
use crate::cleaner::now_ms;
use crate::storage::partition::{Appended, Partition};
use crate::storage::producers::Verdict;
use crate::topics::Topic;

/// Batches from this size on are checked on a thread that may take its time, if compressed.
const LARGE_BYTES: usize = 16 << 10;
/// First version that says which records of a batch are refused, and why.
const WITH_REASONS: i16 = 8;

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
    /// The time that its records were given, if the topic does so.
    append_time_ms: Option<i64>,
}

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
                Err(Refusal::of(ResponseError::InvalidRequiredAcks, "acks must be 0, 1 or all"))
            } else if transactional {
                Err(check::no_transactions())
            } else {
                append_one(context, topic.as_ref(), data).await
            };
            if let Err(Refusal { error, reason, .. }) = &result {
                let topic = name.as_str();
                tracing::debug!(topic, partition, ?error, reason, "refused a batch");
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
            response
                .with_base_offset(written.base_offset)
                .with_log_append_time_ms(written.append_time_ms.unwrap_or(-1))
                .with_log_start_offset(start)
        }
        Err(refusal) => {
            let response = response
                .with_error_code(code(Some(refusal.error)))
                .with_base_offset(-1)
                .with_log_start_offset(-1);
            if context.version < WITH_REASONS {
                return response;
            }
            let records = refusal.records.into_iter().map(|(index, reason)| {
                BatchIndexAndErrorMessage::default()
                    .with_batch_index(index)
                    .with_batch_index_error_message(Some(text(reason)))
            });
            response
                .with_record_errors(records.collect())
                .with_error_message(Some(text(refusal.reason)))
        }
    }
}

async fn append_one(
    context: &Context<'_>,
    topic: Option<&Arc<Topic>>,
    data: PartitionProduceData,
) -> Result<Written, Refusal> {
    let unknown =
        || Refusal::of(ResponseError::UnknownTopicOrPartition, "there is no such partition");
    let topic = topic.ok_or_else(unknown)?;
    let partition = topic.partition(data.index).ok_or_else(unknown)?;
    let Accepted { header, batch, append_time_ms } =
        check_in_place(context.version, topic, data).await?;
    match partition.append(&batch, &header, &topic.policy) {
        Ok(Appended::Stored { base_offset, end_offset }) => {
            let partition = Arc::clone(partition);
            Ok(Written { partition, base_offset, end_offset, append_time_ms })
        }
        Ok(Appended::Gone) => Err(unknown()),
        Ok(Appended::Refused(verdict)) => Err(refusal(verdict)),
        Err(error) => {
            let line = context.broker.trouble.note(&error, &topic.name);
            Err(Refusal::of(ResponseError::KafkaStorageError, line))
        }
    }
}

/// Checks a batch here; one that has to be decompressed, and is large, where that holds up no other.
async fn check_in_place(
    version: i16,
    topic: &Arc<Topic>,
    data: PartitionProduceData,
) -> Result<Accepted, Refusal> {
    let batch = data.records.unwrap_or_default();
    let now_ms = now_ms();
    if batch.len() < LARGE_BYTES || !check::is_compressed(&batch) {
        return check(version, topic, data.index, &batch, now_ms);
    }
    let topic = Arc::clone(topic);
    let checking = move || check(version, &topic, data.index, &batch, now_ms);
    tokio::task::spawn_blocking(checking).await.unwrap_or_else(|error| {
        let reason = format!("the batch could not be checked: {error}");
        Err(Refusal::of(ResponseError::UnknownServerError, reason))
    })
}

fn refusal(verdict: Verdict) -> Refusal {
    match verdict {
        Verdict::Fenced => Refusal::of(
            ResponseError::InvalidProducerEpoch,
            "a newer producer has taken over this id",
        ),
        _ => Refusal::of(
            ResponseError::OutOfOrderSequenceNumber,
            "it does not follow the batch before",
        ),
    }
}
