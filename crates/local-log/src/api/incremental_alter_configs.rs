//! `IncrementalAlterConfigs`: changes settings of topics one by one.

use std::collections::BTreeMap;
use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig,
};
use kafka_protocol::messages::incremental_alter_configs_response::AlterConfigsResourceResponse;
use kafka_protocol::messages::{IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse};

use super::{Context, blocking, code, text};
use crate::settings;
use crate::topics::{Topic, Topics};

/// Kind of resource: a topic.
const TOPIC: i8 = 2;

/// Why settings stay as they are: a code, and a line for people.
pub(super) type Refusal = (ResponseError, String);

/// Changes each resource on its own, all of its settings or none.
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
) -> Result<(), Refusal> {
    let topic = topic_of(context, resource.resource_type, &resource.resource_name)?;
    let mut configs = topic.configs.clone();
    for change in &resource.configs {
        apply(&mut configs, change)?;
    }
    store(&context.broker.topics, topic, configs, validate_only).await
}

/// The topic whose settings are to be changed.
pub(super) fn topic_of(context: &Context<'_>, kind: i8, name: &str) -> Result<Arc<Topic>, Refusal> {
    if kind != TOPIC {
        let reason = "only topics have settings that can be changed here".to_owned();
        return Err((ResponseError::InvalidRequest, reason));
    }
    context.broker.topics.get(name).ok_or_else(unknown)
}

/// Checks all settings of a topic, and makes them its own for good.
pub(super) async fn store(
    topics: &Arc<Topics>,
    topic: Arc<Topic>,
    configs: BTreeMap<String, String>,
    validate_only: bool,
) -> Result<(), Refusal> {
    settings::check_all(&configs).map_err(|reason| (ResponseError::InvalidConfig, reason))?;
    if validate_only {
        return Ok(());
    }
    let topics = Arc::clone(topics);
    let changed = blocking(move || topics.configure(&topic, configs)).await;
    let failed = |error: std::io::Error| (ResponseError::KafkaStorageError, error.to_string());
    changed.map_err(failed)?.map(|_| ()).ok_or_else(unknown)
}

fn unknown() -> Refusal {
    (ResponseError::UnknownTopicOrPartition, "there is no such topic".to_owned())
}

/// Set, delete, append to a list, take from a list.
fn apply(configs: &mut BTreeMap<String, String>, change: &AlterableConfig) -> Result<(), Refusal> {
    let (name, value) = (change.name.to_string(), change.value.as_deref());
    let invalid = |reason: &str| (ResponseError::InvalidConfig, format!("{name}: {reason}"));
    let given = || value.map(str::to_owned).ok_or_else(|| invalid("a value is missing"));
    let is_list = |s: &&(&str, settings::Kind, &str)| s.0 == name && s.1 == settings::Kind::List;
    let list = settings::SETTINGS.iter().find(is_list);
    let now = configs.get(&name).map(String::as_str).or(list.map(|s| s.2)).unwrap_or_default();
    let words = || now.split(',').map(str::trim).filter(|word| !word.is_empty());
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
            let kept = |word: &&str| removed.split(',').all(|r| r.trim() != *word);
            let all: Vec<&str> = words().filter(kept).collect();
            drop(configs.insert(name.clone(), all.join(",")));
        }
        _ => return Err((ResponseError::InvalidRequest, "an unknown operation".into())),
    }
    Ok(())
}
