//! `DeleteTopics`: deletes topics, their records and their committed offsets.

use std::sync::Arc;

use kafka_protocol::{
    ResponseError,
    messages::{
        DeleteTopicsRequest, DeleteTopicsResponse, TopicName,
        delete_topics_request::DeleteTopicState, delete_topics_response::DeletableTopicResult,
    },
};
use uuid::Uuid;

use super::{Context, code, run_blocking, text};
use crate::{broker::Broker, topics::Topic};

/// First version that also identifies topics by id.
const BY_ID: i16 = 6;
/// First version with an error message.
const WITH_MESSAGE: i16 = 5;

/// Deletes each topic separately.
pub(super) async fn handle(
    context: &Context<'_>,
    request: DeleteTopicsRequest,
) -> DeleteTopicsResponse {
    let by_name = |name| DeleteTopicState::default().with_name(Some(name));
    let requested: Vec<DeleteTopicState> = if context.version >= BY_ID {
        request.topics
    } else {
        request.topic_names.into_iter().map(by_name).collect()
    };
    let mut responses = Vec::with_capacity(requested.len());
    for topic in requested {
        responses.push(delete(context, topic).await);
    }
    DeleteTopicsResponse::default().with_responses(responses)
}

async fn delete(context: &Context<'_>, requested: DeleteTopicState) -> DeletableTopicResult {
    let result = DeletableTopicResult::default().with_error_message(None);
    let identified_by = |name: Option<TopicName>, id: Uuid| {
        let id = if context.version >= BY_ID { id } else { Uuid::nil() };
        result.clone().with_name(name).with_topic_id(id)
    };
    let failed = |result: DeletableTopicResult, error: ResponseError, reason: String| {
        let reason = (context.version >= WITH_MESSAGE).then(|| text(reason));
        result.with_error_code(code(Some(error))).with_error_message(reason)
    };
    let topics = &context.broker.topics;
    let (found, unknown) = match &requested.name {
        Some(name) => (topics.get(name), ResponseError::UnknownTopicOrPartition),
        None => (topics.get_by_id(requested.topic_id), ResponseError::UnknownTopicId),
    };
    let Some(topic) = found else {
        let result = identified_by(requested.name, requested.topic_id);
        return failed(result, unknown, "there is no such topic".into());
    };
    let name = TopicName(text(topic.name.as_str()));
    match remove(context.broker, &topic).await {
        Ok(()) => identified_by(Some(name), topic.id),
        Err(error) => {
            tracing::error!(%error, topic = topic.name, "cannot delete a topic");
            let result = identified_by(Some(name), topic.id);
            failed(result, ResponseError::KafkaStorageError, error.to_string())
        }
    }
}

async fn remove(broker: &Broker, topic: &Topic) -> std::io::Result<()> {
    let (topics, id) = (Arc::clone(&broker.topics), topic.id);
    if run_blocking(move || topics.delete(id)).await? {
        tracing::info!(topic = topic.name, "deleted a topic");
        broker.groups.retain_topics(|name| name != topic.name)?;
    }
    Ok(())
}
