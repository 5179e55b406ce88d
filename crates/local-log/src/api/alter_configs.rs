//! `AlterConfigs`: replaces the settings of topics; settings not named return to their defaults.

use std::collections::BTreeMap;

use kafka_protocol::{
    ResponseError,
    messages::{
        AlterConfigsRequest, AlterConfigsResponse, alter_configs_request::AlterConfigsResource,
        alter_configs_response::AlterConfigsResourceResponse,
    },
};

use super::{
    ApiError, Context, code,
    incremental_alter_configs::{find_topic, save_configs},
    text,
};

/// Changes each resource separately; a change of one resource is atomic.
pub(super) async fn handle(
    context: &Context<'_>,
    request: AlterConfigsRequest,
) -> AlterConfigsResponse {
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
    AlterConfigsResponse::default().with_responses(responses)
}

async fn alter(
    context: &Context<'_>,
    resource: &AlterConfigsResource,
    validate_only: bool,
) -> Result<(), ApiError> {
    let topic = find_topic(context, resource.resource_type, &resource.resource_name)?;
    let mut configs = BTreeMap::new();
    for config in &resource.configs {
        let Some(value) = &config.value else {
            let reason = format!("{}: a value is missing", config.name.as_str());
            return Err((ResponseError::InvalidConfig, reason));
        };
        configs.insert(config.name.to_string(), value.to_string());
    }
    save_configs(&context.broker.topics, topic, configs, validate_only).await
}
