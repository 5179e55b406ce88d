//! `CreatePartitions`: gives topics more partitions; they are never made fewer.

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::create_partitions_request::CreatePartitionsTopic;
use kafka_protocol::messages::create_partitions_response::CreatePartitionsTopicResult;
use kafka_protocol::messages::{CreatePartitionsRequest, CreatePartitionsResponse};

use super::{Context, blocking, code, text};
use crate::broker::NODE_ID;
use crate::topics::Topic;

/// Why a topic stays as it is: a code, and a line for people.
type Refusal = (ResponseError, String);

/// Grows each topic on its own.
pub(super) async fn handle(
    context: &Context<'_>,
    request: CreatePartitionsRequest,
) -> CreatePartitionsResponse {
    let mut results = Vec::with_capacity(request.topics.len());
    for asked in request.topics {
        let grown = grow(context, &asked, request.validate_only).await;
        let result = CreatePartitionsTopicResult::default().with_name(asked.name);
        results.push(match grown {
            Ok(()) => result.with_error_message(None),
            Err((error, reason)) => {
                result.with_error_code(code(Some(error))).with_error_message(Some(text(reason)))
            }
        });
    }
    CreatePartitionsResponse::default().with_results(results)
}

async fn grow(
    context: &Context<'_>,
    asked: &CreatePartitionsTopic,
    validate_only: bool,
) -> Result<(), Refusal> {
    let unknown = || (ResponseError::UnknownTopicOrPartition, "there is no such topic".to_owned());
    let topic = context.broker.topics.get(&asked.name).ok_or_else(unknown)?;
    let count = check(context, asked, &topic)?;
    if validate_only {
        return Ok(());
    }
    let topics = Arc::clone(&context.broker.topics);
    let grown = blocking(move || topics.grow(&topic, count)).await;
    let failed = |error: std::io::Error| (ResponseError::KafkaStorageError, error.to_string());
    grown.map_err(failed)?.map(|_| ()).ok_or_else(unknown)
}

/// The number of partitions there will be.
fn check(
    context: &Context<'_>,
    asked: &CreatePartitionsTopic,
    topic: &Topic,
) -> Result<usize, Refusal> {
    let now = topic.partitions.len();
    let Some(count) = usize::try_from(asked.count).ok().filter(|count| *count > now) else {
        let reason = format!("the topic has {now} partitions, which cannot become fewer");
        return Err((ResponseError::InvalidPartitions, reason));
    };
    let broker = context.broker;
    let left = broker.config.max_partitions.saturating_sub(broker.topics.partition_count());
    if count - now > left {
        let reason = format!("only {left} more partitions are allowed");
        return Err((ResponseError::InvalidPartitions, reason));
    }
    if let Some(assignments) = &asked.assignments {
        let here = |ids: &[kafka_protocol::messages::BrokerId]| ids.iter().all(|i| i.0 == NODE_ID);
        let fits = assignments.iter().all(|a| a.broker_ids.len() == 1 && here(&a.broker_ids));
        if !fits || assignments.len() != count - now {
            let reason = format!("partitions can only be assigned to node {NODE_ID}");
            return Err((ResponseError::InvalidReplicaAssignment, reason));
        }
    }
    Ok(count)
}
