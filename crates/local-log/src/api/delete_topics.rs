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

async fn remove(broker: &Broker, topic: &Arc<Topic>) -> std::io::Result<()> {
    let (topics, groups) = (Arc::clone(&broker.topics), Arc::clone(&broker.groups));
    let topic = Arc::clone(topic);
    // In one piece: the connection may end while the topic is being deleted, and a topic of the
    // same name must not inherit the offsets.
    run_blocking(move || {
        if topics.delete(topic.id)? {
            tracing::info!(topic = topic.name, "deleted a topic");
            groups.retain_topics(|name| name != topic.name)?;
        }
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeMap,
        fs::File,
        task::{self, Waker},
        time::Duration,
    };

    use super::*;
    use crate::{
        config::Config,
        groups::{offsets::CommittedOffset, requests::MemberIdentity},
    };

    async fn wait_until(is_met: impl Fn() -> bool) {
        let met = async {
            while !is_met() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), met).await.unwrap();
    }

    #[tokio::test]
    async fn a_deletion_whose_connection_ends_deletes_the_offsets_too() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(([127, 0, 0, 1], 0).into(), folder.path());
        config.fsync = false;
        let broker = Broker::open(config, Arc::new(File::sync_data)).unwrap();
        let topic = broker.topics.create("t", 1, BTreeMap::new()).unwrap().unwrap();
        let member = MemberIdentity { member_id: "", instance_id: None };
        let offset = CommittedOffset { offset: 5, leader_epoch: -1, metadata: String::new() };
        broker.groups.commit("g", member, -1, vec![("t".into(), 0, offset)]).await.unwrap();
        let has_offset = || broker.groups.with_offsets("g", |all| all.get("t", 0).is_some());
        assert!(has_offset());
        let mut removal = Box::pin(remove(&broker, &topic));
        let _ = removal.as_mut().poll(&mut task::Context::from_waker(Waker::noop()));
        drop(removal);
        wait_until(|| broker.topics.get("t").is_none()).await;
        wait_until(|| !has_offset()).await;
    }
}
