//! Creating the topics.

use std::time::Duration;

use events::{Topic, dead_letter};
use rdkafka::{
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    types::RDKafkaErrorCode,
};

use super::client::{KafkaConfig, KafkaError};

const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// Every topic of the platform: the contracts, and the dead letters of `groups`.
pub fn topic_names(groups: &[&str]) -> Vec<String> {
    let contracts = Topic::ALL.iter().map(|topic| topic.name().to_owned());
    contracts.chain(groups.iter().map(|group| dead_letter::topic(group))).collect()
}

/// Creates what is missing; topics that exist are left as they are.
pub async fn create_topics(config: &KafkaConfig, groups: &[&str]) -> Result<(), KafkaError> {
    let admin: AdminClient<DefaultClientContext> =
        config.admin().create().map_err(KafkaError::Settings)?;
    let names = topic_names(groups);
    let new = names.iter().map(|name| {
        let compacted = name.parse::<Topic>().is_ok_and(Topic::is_compacted);
        let topic =
            NewTopic::new(name, config.partitions, TopicReplication::Fixed(config.replication));
        // Orders are kept without limit: the log is what an order is.
        let topic = topic.set("retention.ms", "-1");
        if compacted { topic.set("cleanup.policy", "compact") } else { topic }
    });
    let new: Vec<_> = new.collect();
    let options = AdminOptions::new()
        .operation_timeout(Some(ANSWER_WITHIN))
        .request_timeout(Some(ANSWER_WITHIN));
    let results = admin.create_topics(&new, &options).await;
    let results = results
        .map_err(|reason| KafkaError::Unreachable { brokers: config.brokers.clone(), reason })?;
    for result in results {
        match result {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, reason)) => return Err(KafkaError::Topic { topic, reason }),
        }
    }
    Ok(())
}
