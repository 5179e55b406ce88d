//! `DescribeConfigs`: describes the settings of topics; the node itself has none.

use kafka_protocol::{
    ResponseError,
    messages::{
        DescribeConfigsRequest, DescribeConfigsResponse,
        describe_configs_request::DescribeConfigsResource,
        describe_configs_response::{DescribeConfigsResourceResult, DescribeConfigsResult},
    },
};

use super::{Context, code, text};
use crate::{
    broker::NODE_ID,
    settings::{ConfigType, SETTINGS, SOURCE_DEFAULT, SOURCE_TOPIC, default_value},
    topics::Topic,
};

/// Resource type: topic.
const TOPIC: i8 = 2;
/// Resource type: node.
const BROKER: i8 = 4;
/// First version with the type of a setting.
const WITH_TYPE: i16 = 3;

/// Describes each resource.
pub(super) fn handle(
    context: &Context<'_>,
    request: DescribeConfigsRequest,
) -> DescribeConfigsResponse {
    let results = request.resources.into_iter().map(|resource| describe(context, &resource));
    DescribeConfigsResponse::default().with_results(results.collect())
}

fn describe(context: &Context<'_>, resource: &DescribeConfigsResource) -> DescribeConfigsResult {
    let result = DescribeConfigsResult::default()
        .with_resource_type(resource.resource_type)
        .with_resource_name(resource.resource_name.clone());
    let failed = |error, reason: &str| {
        result.clone().with_error_code(code(Some(error))).with_error_message(Some(text(reason)))
    };
    match resource.resource_type {
        TOPIC => match context.broker.topics.get(&resource.resource_name) {
            Some(topic) => {
                let configs = describe_settings(context, &topic, resource);
                result.with_error_message(None).with_configs(configs)
            }
            None => failed(ResponseError::UnknownTopicOrPartition, "there is no such topic"),
        },
        BROKER if resource.resource_name.parse() == Ok(NODE_ID) => result.with_error_message(None),
        BROKER => failed(ResponseError::InvalidRequest, "there is no such node"),
        _ => failed(ResponseError::InvalidRequest, "only topics have settings in this log"),
    }
}

fn describe_settings(
    context: &Context<'_>,
    topic: &Topic,
    resource: &DescribeConfigsResource,
) -> Vec<DescribeConfigsResourceResult> {
    let is_requested = |name: &str| {
        resource.configuration_keys.as_ref().is_none_or(|keys| keys.iter().any(|k| **k == *name))
    };
    let settings = SETTINGS.iter().filter(|(name, _, _)| is_requested(name));
    let describe = |(name, kind, _): &(&str, ConfigType, &str)| {
        let set = topic.configs.get(*name).cloned();
        let source = if set.is_some() { SOURCE_TOPIC } else { SOURCE_DEFAULT };
        let value = set.or_else(|| default_value(name, &context.broker.config)).unwrap_or_default();
        let result = DescribeConfigsResourceResult::default()
            .with_name(text(*name))
            .with_value(Some(text(value)))
            .with_config_source(source);
        if context.version < WITH_TYPE {
            return result;
        }
        result.with_config_type(*kind as i8).with_documentation(None)
    };
    settings.map(describe).collect()
}
