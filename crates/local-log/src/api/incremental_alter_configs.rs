//! `IncrementalAlterConfigs`: changes single settings of topics.

use std::{collections::BTreeMap, sync::Arc};

use kafka_protocol::{
    ResponseError,
    messages::{
        IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
        incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig},
        incremental_alter_configs_response::AlterConfigsResourceResponse,
    },
};

use super::{ApiError, Context, code, run_blocking, text};
use crate::{
    settings::{self, ConfigType},
    topics::{Topic, Topics},
};

/// Resource type: topic.
const TOPIC: i8 = 2;

/// Changes each resource separately; a change of one resource is atomic.
pub(super) async fn handle(
    context: &Context<'_>,
    request: IncrementalAlterConfigsRequest,
) -> IncrementalAlterConfigsResponse {
    let mut responses = Vec::with_capacity(request.resources.len());
    for resource in request.resources {
        let altered = alter(context, &resource, request.validate_only).await;
        let response = AlterConfigsResourceResponse::default()
            .with_resource_type(resource.resource_type)
            .with_resource_name(resource.resource_name);
        responses.push(match altered {
            Ok(()) => response.with_error_message(None),
            Err((error, reason)) => {
                response.with_error_code(code(Some(error))).with_error_message(Some(text(reason)))
            }
        });
    }
    IncrementalAlterConfigsResponse::default().with_responses(responses)
}

async fn alter(
    context: &Context<'_>,
    resource: &AlterConfigsResource,
    validate_only: bool,
) -> Result<(), ApiError> {
    let topic = find_topic(context, resource.resource_type, &resource.resource_name)?;
    let mut configs = topic.configs.clone();
    for change in &resource.configs {
        apply(&mut configs, change)?;
    }
    save_configs(&context.broker.topics, topic, configs, validate_only).await
}

/// Finds the topic named by a resource.
pub(super) fn find_topic(
    context: &Context<'_>,
    resource_type: i8,
    name: &str,
) -> Result<Arc<Topic>, ApiError> {
    if resource_type != TOPIC {
        let reason = "only the settings of topics can be changed in this log".to_owned();
        return Err((ResponseError::InvalidRequest, reason));
    }
    context.broker.topics.get(name).ok_or_else(unknown)
}

/// Validates the settings of a topic and stores them durably.
pub(super) async fn save_configs(
    topics: &Arc<Topics>,
    topic: Arc<Topic>,
    configs: BTreeMap<String, String>,
    validate_only: bool,
) -> Result<(), ApiError> {
    settings::validate_all(&configs).map_err(|reason| (ResponseError::InvalidConfig, reason))?;
    if validate_only {
        return Ok(());
    }
    let topics = Arc::clone(topics);
    let changed = run_blocking(move || topics.replace_configs(&topic, configs)).await;
    let failed = |error: std::io::Error| (ResponseError::KafkaStorageError, error.to_string());
    changed.map_err(failed)?.map(|_| ()).ok_or_else(unknown)
}

fn unknown() -> ApiError {
    (ResponseError::UnknownTopicOrPartition, "there is no such topic".to_owned())
}

/// Applies one change: set (0), delete (1), append to a list (2), subtract from a list (3).
fn apply(configs: &mut BTreeMap<String, String>, change: &AlterableConfig) -> Result<(), ApiError> {
    let (name, value) = (change.name.to_string(), change.value.as_deref());
    let invalid = |reason: &str| (ResponseError::InvalidConfig, format!("{name}: {reason}"));
    let given = || value.map(str::to_owned).ok_or_else(|| invalid("a value is missing"));
    let is_list = |s: &&(&str, ConfigType, &str)| s.0 == name && s.1 == ConfigType::List;
    let list = settings::SETTINGS.iter().find(is_list);
    let current = configs.get(&name).map(String::as_str).or(list.map(|s| s.2)).unwrap_or_default();
    let words = || current.split(',').map(str::trim).filter(|word| !word.is_empty());
    match change.config_operation {
        0 => drop(configs.insert(name.clone(), given()?)),
        1 => drop(configs.remove(&name)),
        2 | 3 if list.is_none() => return Err(invalid("it is not a list")),
        2 => {
            let added = given()?;
            let new = added.split(',').map(str::trim).filter(|new| words().all(|w| w != *new));
            let all: Vec<&str> = words().chain(new).collect();
            drop(configs.insert(name.clone(), all.join(",")));
        }
        3 => {
            let removed = given()?;
            let is_kept = |word: &&str| removed.split(',').all(|r| r.trim() != *word);
            let all: Vec<&str> = words().filter(is_kept).collect();
            drop(configs.insert(name.clone(), all.join(",")));
        }
        _ => return Err((ResponseError::InvalidRequest, "unknown operation".into())),
    }
    Ok(())
}
