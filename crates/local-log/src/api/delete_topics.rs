//! `DeleteTopics`: removes topics, their records, and the offsets that groups have in them.

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::delete_topics_request::DeleteTopicState;
use kafka_protocol::messages::delete_topics_response::DeletableTopicResult;
use kafka_protocol::messages::{DeleteTopicsRequest, DeleteTopicsResponse, TopicName};
use uuid::Uuid;

use super::{Context, blocking, code, text};
use crate::broker::Broker;
use crate::topics::Topic;

/// First version that names topics by id, too.
const BY_ID: i16 = 6;
/// First version that has a line for people.
const WITH_MESSAGE: i16 = 5;

/// Deletes each topic on its own.
pub(super) async fn handle(
    context: &Context<'_>,
    request: DeleteTopicsRequest,
) -> DeleteTopicsResponse {
    let by_name = |name| DeleteTopicState::default().with_name(Some(name));
    let asked: Vec<DeleteTopicState> = if context.version >= BY_ID {
        request.topics
    } else {
        request.topic_names.into_iter().map(by_name).collect()
    };
    let mut responses = Vec::with_capacity(asked.len());
    for topic in asked {
        responses.push(delete(context, topic).await);
    }
    DeleteTopicsResponse::default().with_responses(responses)
}

async fn delete(context: &Context<'_>, asked: DeleteTopicState) -> DeletableTopicResult {
    let result = DeletableTopicResult::default().with_error_message(None);
    let known_as = |name: Option<TopicName>, id: Uuid| {
        let id = if context.version >= BY_ID { id } else { Uuid::nil() };
        result.clone().with_name(name).with_topic_id(id)
    };
    let failed = |result: DeletableTopicResult, error: ResponseError, reason: String| {
        let reason = (context.version >= WITH_MESSAGE).then(|| text(reason));
        result.with_error_code(code(Some(error))).with_error_message(reason)
    };
    let topics = &context.broker.topics;
    let (found, unknown) = match &asked.name {
        Some(name) => (topics.get(name), ResponseError::UnknownTopicOrPartition),
        None => (topics.get_by_id(asked.topic_id), ResponseError::UnknownTopicId),
    };
    let Some(topic) = found else {
        let result = known_as(asked.name, asked.topic_id);
        return failed(result, unknown, "there is no such topic".into());
    };
    let name = TopicName(text(topic.name.as_str()));
    match remove(context.broker, &topic).await {
        Ok(()) => known_as(Some(name), topic.id),
        Err(error) => {
            tracing::error!(%error, topic = topic.name, "cannot delete a topic");
            let result = known_as(Some(name), topic.id);
            failed(result, ResponseError::KafkaStorageError, error.to_string())
        }
    }
}

async fn remove(broker: &Broker, topic: &Topic) -> std::io::Result<()> {
    let (topics, id) = (Arc::clone(&broker.topics), topic.id);
    if blocking(move || topics.delete(id)).await? {
        tracing::info!(topic = topic.name, "deleted a topic");
        broker.groups.forget_topics(|name| name != topic.name)?;
    }
    Ok(())
}
