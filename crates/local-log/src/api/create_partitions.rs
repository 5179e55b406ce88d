//! `CreatePartitions`: increases the number of partitions of topics.

use std::sync::Arc;

use kafka_protocol::{
    ResponseError,
    messages::{
        CreatePartitionsRequest, CreatePartitionsResponse,
        create_partitions_request::CreatePartitionsTopic,
        create_partitions_response::CreatePartitionsTopicResult,
    },
};

use super::{ApiError, Context, code, run_blocking, text};
use crate::{broker::NODE_ID, topics::Topic};

/// Changes each topic separately.
pub(super) async fn handle(
    context: &Context<'_>,
    request: CreatePartitionsRequest,
) -> CreatePartitionsResponse {
    let mut results = Vec::with_capacity(request.topics.len());
    for requested in request.topics {
        let added = add_partitions(context, &requested, request.validate_only).await;
        let result = CreatePartitionsTopicResult::default().with_name(requested.name);
        results.push(match added {
            Ok(()) => result.with_error_message(None),
            Err((error, reason)) => {
                result.with_error_code(code(Some(error))).with_error_message(Some(text(reason)))
            }
        });
    }
    CreatePartitionsResponse::default().with_results(results)
}

async fn add_partitions(
    context: &Context<'_>,
    requested: &CreatePartitionsTopic,
    validate_only: bool,
) -> Result<(), ApiError> {
    let unknown = || (ResponseError::UnknownTopicOrPartition, "there is no such topic".to_owned());
    let topic = context.broker.topics.get(&requested.name).ok_or_else(unknown)?;
    let count = validate_count(context, requested, &topic)?;
    if validate_only {
        return Ok(());
    }
    let topics = Arc::clone(&context.broker.topics);
    let added = run_blocking(move || topics.add_partitions(&topic, count)).await;
    let failed = |error: std::io::Error| (ResponseError::KafkaStorageError, error.to_string());
    added.map_err(failed)?.map(|_| ()).ok_or_else(unknown)
}

/// The new number of partitions.
fn validate_count(
    context: &Context<'_>,
    requested: &CreatePartitionsTopic,
    topic: &Topic,
) -> Result<usize, ApiError> {
    let current = topic.partitions.len();
    let count = usize::try_from(requested.count).ok();
    let Some(count) = count.filter(|count| *count > current) else {
        let reason = format!("the topic has {current} partitions: the number can only increase");
        return Err((ResponseError::InvalidPartitions, reason));
    };
    let broker = context.broker;
    let left = broker.config.max_partitions.saturating_sub(broker.topics.partition_count());
    if count - current > left {
        let reason = format!("only {left} more partitions are allowed");
        return Err((ResponseError::InvalidPartitions, reason));
    }
    if let Some(assignments) = &requested.assignments {
        let is_here =
            |ids: &[kafka_protocol::messages::BrokerId]| ids.iter().all(|i| i.0 == NODE_ID);
        let is_valid =
            assignments.iter().all(|a| a.broker_ids.len() == 1 && is_here(&a.broker_ids));
        if !is_valid || assignments.len() != count - current {
            let reason = format!("partitions can only be assigned to node {NODE_ID}");
            return Err((ResponseError::InvalidReplicaAssignment, reason));
        }
    }
    Ok(count)
}
