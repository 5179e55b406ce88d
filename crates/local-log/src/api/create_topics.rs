//! `CreateTopics`: validates topics and creates them durably.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use kafka_protocol::{
    ResponseError,
    messages::{
        CreateTopicsRequest, CreateTopicsResponse,
        create_topics_request::CreatableTopic,
        create_topics_response::{CreatableTopicConfigs, CreatableTopicResult},
    },
};

use super::{ApiError, Context, code, text};
use crate::{
    broker::{Broker, NODE_ID},
    settings,
    topics::Topic,
};

/// Maximum length of a topic name, as in Kafka; it must fit into a file name.
const MAX_NAME_BYTES: usize = 249;

/// A validated topic, to be created.
struct NewTopic {
    partitions: usize,
    configs: BTreeMap<String, String>,
}

/// Creates each topic separately; a refused one does not affect the others.
pub(super) async fn handle(
    context: &Context<'_>,
    request: CreateTopicsRequest,
) -> CreateTopicsResponse {
    let mut occurrences = HashMap::new();
    for topic in &request.topics {
        *occurrences.entry(topic.name.clone()).or_insert(0) += 1;
    }
    let mut results = Vec::with_capacity(request.topics.len());
    for topic in &request.topics {
        let created = if occurrences.get(&topic.name).is_some_and(|n| *n > 1) {
            Err((ResponseError::InvalidRequest, "the request names this topic twice".into()))
        } else {
            create(context.broker, topic, request.validate_only).await
        };
        results.push(build_result(context, topic, created));
    }
    CreateTopicsResponse::default().with_topics(results)
}

async fn create(
    broker: &Broker,
    topic: &CreatableTopic,
    validate_only: bool,
) -> Result<(NewTopic, Option<Arc<Topic>>), ApiError> {
    let new = validate(broker, topic)?;
    if validate_only {
        return Ok((new, None));
    }
    let created = save_topic(broker, topic.name.to_string(), &new).await?;
    Ok((new, Some(created)))
}

/// Creates a topic with default settings, because a client requested its metadata.
pub(super) async fn create_with_defaults(
    context: &Context<'_>,
    name: String,
) -> Result<Arc<Topic>, ResponseError> {
    let topic = CreatableTopic::default().with_name(text(name.as_str()).into());
    let topic = topic.with_num_partitions(-1).with_replication_factor(-1);
    match create(context.broker, &topic, false).await {
        Ok((_, Some(topic))) => Ok(topic),
        Err((ResponseError::TopicAlreadyExists, _)) | Ok(_) => {
            context.broker.topics.get(&name).ok_or(ResponseError::UnknownTopicOrPartition)
        }
        Err((error, _)) => Err(error),
    }
}

fn validate(broker: &Broker, topic: &CreatableTopic) -> Result<NewTopic, ApiError> {
    if !is_valid_name(&topic.name) {
        let reason = "a name has 1 to 249 of: letters, digits, dot, underscore, hyphen";
        return Err((ResponseError::InvalidTopicException, reason.into()));
    }
    if broker.topics.get(&topic.name).is_some() {
        return Err(already_exists(&topic.name));
    }
    let partitions = partition_count(broker, topic)?;
    let left = broker.config.max_partitions.saturating_sub(broker.topics.partition_count());
    if partitions > left {
        let reason = format!("only {left} more partitions are allowed");
        return Err((ResponseError::InvalidPartitions, reason));
    }
    let mut configs = BTreeMap::new();
    for config in &topic.configs {
        let Some(value) = &config.value else { continue };
        configs.insert(config.name.to_string(), value.to_string());
    }
    settings::validate_all(&configs).map_err(|reason| (ResponseError::InvalidConfig, reason))?;
    Ok(NewTopic { partitions, configs })
}

/// The requested number of partitions, given directly or by a replica assignment.
fn partition_count(broker: &Broker, topic: &CreatableTopic) -> Result<usize, ApiError> {
    if topic.assignments.is_empty() {
        if !matches!(topic.replication_factor, -1 | 1) {
            let reason = "there is one node, so the replication factor is 1";
            return Err((ResponseError::InvalidReplicationFactor, reason.into()));
        }
        let requested = topic.num_partitions;
        let requested = if requested == -1 { broker.config.default_partitions } else { requested };
        let count = usize::try_from(requested).ok().filter(|n| *n > 0);
        let reason = "a topic has at least one partition";
        return count.ok_or((ResponseError::InvalidPartitions, reason.into()));
    }
    let mut numbers: Vec<i32> = topic.assignments.iter().map(|a| a.partition_index).collect();
    numbers.sort_unstable();
    let is_dense = numbers.iter().zip(0..).all(|(number, expected)| *number == expected);
    let is_here = topic.assignments.iter().all(|a| a.broker_ids.iter().all(|id| id.0 == NODE_ID));
    if is_dense && is_here && topic.assignments.iter().all(|a| a.broker_ids.len() == 1) {
        return Ok(numbers.len());
    }
    let reason = format!("partitions can only be assigned to node {NODE_ID}");
    Err((ResponseError::InvalidReplicaAssignment, reason))
}

async fn save_topic(broker: &Broker, name: String, new: &NewTopic) -> Result<Arc<Topic>, ApiError> {
    let topics = Arc::clone(&broker.topics);
    let (partitions, configs, new_name) = (new.partitions, new.configs.clone(), name.clone());
    let creating = move || topics.create(&new_name, partitions, configs);
    let created = tokio::task::spawn_blocking(creating).await.map_err(std::io::Error::other);
    match created.and_then(|created| created) {
        Ok(Some(topic)) => {
            tracing::info!(topic = name, partitions, "created a topic");
            Ok(topic)
        }
        Ok(None) => Err(already_exists(&name)),
        Err(error) => {
            tracing::error!(%error, topic = name, "cannot create a topic");
            Err((ResponseError::KafkaStorageError, error.to_string()))
        }
    }
}

fn build_result(
    context: &Context<'_>,
    topic: &CreatableTopic,
    created: Result<(NewTopic, Option<Arc<Topic>>), ApiError>,
) -> CreatableTopicResult {
    let result = CreatableTopicResult::default().with_name(topic.name.clone());
    let (new, created) = match created {
        Ok(created) => created,
        Err((error, reason)) => {
            return result
                .with_error_code(code(Some(error)))
                .with_error_message(Some(text(reason)));
        }
    };
    let result = result.with_error_message(None);
    if context.version < 5 {
        return result;
    }
    let configs = new.configs.iter().map(|(name, value)| {
        CreatableTopicConfigs::default()
            .with_name(text(name.as_str()))
            .with_value(Some(text(value.as_str())))
            .with_config_source(settings::SOURCE_TOPIC)
    });
    let id = created.filter(|_| context.version >= 7).map_or(uuid::Uuid::nil(), |t| t.id);
    result
        .with_topic_id(id)
        .with_num_partitions(i32::try_from(new.partitions).unwrap_or(i32::MAX))
        .with_replication_factor(1)
        .with_configs(Some(configs.collect()))
}

fn already_exists(name: &str) -> ApiError {
    (ResponseError::TopicAlreadyExists, format!("Topic '{name}' already exists."))
}

/// Whether a topic may have this name, which becomes a folder name.
pub(super) fn is_valid_name(name: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    let has_valid_length = (1..=MAX_NAME_BYTES).contains(&name.len());
    has_valid_length && name != "." && name != ".." && name.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::is_valid_name;

    #[test]
    fn a_topic_name_cannot_escape_the_data_folder() {
        for name in ["", ".", "..", "a/b", "../x", "a b", "ä", "a\0", &"x".repeat(250)] {
            assert!(!is_valid_name(name), "{name:?}");
        }
        for name in ["a", "order_details", "email.retry.5m", "A-1", "...", &"x".repeat(249)] {
            assert!(is_valid_name(name), "{name:?}");
        }
    }
}
