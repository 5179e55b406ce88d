//! Creates the topics.

use std::time::{Duration, Instant};

use events::{Delay, Topic, dead_letter, retry};
use rdkafka::{
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    types::RDKafkaErrorCode,
};

use super::{
    client::KafkaConfig,
    cluster::{Cluster, FoundTopic},
    error::KafkaError,
    serving,
};

/// Minimum timeout for the brokers, however little time is left.
const ANSWER_AT_LEAST: Duration = Duration::from_secs(2);
/// Partitions of created topics, unless configured.
const PARTITIONS: i32 = 6;
/// Replicas of created topics, if there are enough brokers.
const REPLICATION: i32 = 3;

/// All topics of the platform: the contracts, and the retry and dead-letter topics of `groups`,
/// each with its retry plan.
pub fn topic_names(groups: &[(&str, &[Delay])]) -> Vec<String> {
    let contracts = Topic::ALL.iter().map(|topic| topic.name().to_owned());
    let own = |(group, plan): &(&str, &[Delay])| {
        let mut own = retry::topics(group, plan);
        own.push(dead_letter::topic(group));
        own
    };
    contracts.chain(groups.iter().flat_map(own)).collect()
}

/// Creates missing topics, and waits until all topics are served, at most `within`. Existing topics
/// are left unchanged; they are refused only if their number of partitions is not the configured
/// one.
pub async fn create_topics(
    config: &KafkaConfig,
    groups: &[(&str, &[Delay])],
    within: Duration,
) -> Result<(), KafkaError> {
    let deadline = Instant::now() + within;
    let asked = config.clone();
    let cluster = tokio::task::spawn_blocking(move || Cluster::fetch(&asked)).await;
    let cluster = cluster.map_err(|_| KafkaError::Read(rdkafka::error::KafkaError::Canceled))??;
    let names = topic_names(groups);
    let mut missing = Vec::new();
    for name in &names {
        match cluster.topics.get(name) {
            Some(found) => check_topic(config, name, found)?,
            None => missing.push(name.clone()),
        }
    }
    if !missing.is_empty() {
        create_missing(config, &cluster, &missing, deadline).await?;
    }
    let asked = config.clone();
    let served =
        tokio::task::spawn_blocking(move || serving::wait_until_served(&asked, &names, deadline))
            .await;
    served.map_err(|_| KafkaError::Read(rdkafka::error::KafkaError::Canceled))?
}

fn check_topic(config: &KafkaConfig, topic: &str, found: &FoundTopic) -> Result<(), KafkaError> {
    if let Some(asked) = config.partitions
        && usize::try_from(asked) != Ok(found.partitions)
    {
        let (topic, found) = (topic.to_owned(), found.partitions);
        return Err(KafkaError::Partitions { topic, found, asked });
    }
    if let Some(asked) = config.replication
        && usize::try_from(asked).is_ok_and(|asked| found.replication < asked)
    {
        let replicas = found.replication;
        tracing::warn!(topic, replicas, asked, "the topic has fewer replicas than asked for");
    }
    Ok(())
}

/// Number of replicas, and of those that must acknowledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Replication {
    replication: i32,
    min_insync: i32,
}

impl Replication {
    /// By default three replicas, of which one may be down without blocking writers.
    fn choose(config: &KafkaConfig, brokers: usize) -> Self {
        let one_a_broker = i32::try_from(brokers).unwrap_or(REPLICATION).clamp(1, REPLICATION);
        let replication = config.replication.unwrap_or(one_a_broker);
        let usual = if replication >= 3 { 2 } else { 1 };
        Self { replication, min_insync: config.min_insync_replicas.unwrap_or(usual) }
    }
}

async fn create_missing(
    config: &KafkaConfig,
    cluster: &Cluster,
    missing: &[String],
    deadline: Instant,
) -> Result<(), KafkaError> {
    let names = config.names();
    let copies = Replication::choose(config, cluster.brokers);
    let min_insync = copies.min_insync.to_string();
    let on_cluster: Vec<_> = missing.iter().map(|name| names.on_cluster(name)).collect();
    let new = on_cluster.iter().map(|name| {
        let partitions = config.partitions.unwrap_or(PARTITIONS);
        let replication = TopicReplication::Fixed(copies.replication);
        let topic = NewTopic::new(name, partitions, replication)
            .set("min.insync.replicas", &min_insync)
            // Orders are kept without limit: the log is the source of truth.
            .set("retention.ms", "-1");
        let compacted = names.contract(name).is_some_and(Topic::is_compacted);
        if compacted { topic.set("cleanup.policy", "compact") } else { topic }
    });
    let new: Vec<_> = new.collect();
    let left = deadline.saturating_duration_since(Instant::now()).max(ANSWER_AT_LEAST);
    let options = AdminOptions::new().operation_timeout(Some(left)).request_timeout(Some(left));
    let admin: AdminClient<DefaultClientContext> =
        config.admin().create().map_err(KafkaError::Settings)?;
    let results = admin.create_topics(&new, &options).await;
    let results = results.map_err(|error| KafkaError::Unreachable {
        brokers: config.brokers.clone(),
        reason: error.to_string(),
    })?;
    for result in results {
        check_created(result, copies)?;
    }
    Ok(())
}

fn check_created(
    result: Result<String, (String, RDKafkaErrorCode)>,
    copies: Replication,
) -> Result<(), KafkaError> {
    let Err((topic, reason)) = result else { return Ok(()) };
    match reason {
        // Another instance created it first.
        RDKafkaErrorCode::TopicAlreadyExists => Ok(()),
        RDKafkaErrorCode::TopicAuthorizationFailed
        | RDKafkaErrorCode::ClusterAuthorizationFailed => {
            Err(KafkaError::Denied { what: format!("creating the topic {topic}") })
        }
        _ => Err(KafkaError::Topic { topic, replication: copies.replication, reason }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(replication: Option<i32>, min_insync: Option<i32>, brokers: usize) -> (i32, i32) {
        let config = KafkaConfig {
            replication,
            min_insync_replicas: min_insync,
            ..KafkaConfig::new("127.0.0.1:9092")
        };
        let copies = Replication::choose(&config, brokers);
        (copies.replication, copies.min_insync)
    }

    #[test]
    fn three_replicas_with_three_brokers() {
        assert_eq!(chosen(None, None, 1), (1, 1));
        assert_eq!(chosen(None, None, 2), (2, 1));
        assert_eq!(chosen(None, None, 3), (3, 2));
        assert_eq!(chosen(None, None, 9), (3, 2));
    }

    #[test]
    fn settings_override_defaults() {
        assert_eq!(chosen(Some(1), None, 3), (1, 1));
        assert_eq!(chosen(Some(5), None, 9), (5, 2));
        assert_eq!(chosen(None, Some(3), 3), (3, 3));
    }

    #[test]
    fn a_different_number_of_partitions_is_refused_only_if_configured() {
        let found = FoundTopic { partitions: 12, replication: 3 };
        let mut config = KafkaConfig::new("127.0.0.1:9092");
        assert!(check_topic(&config, "menu", &found).is_ok());
        config.partitions = Some(6);
        let refused = check_topic(&config, "menu", &found).unwrap_err().to_string();
        assert!(refused.contains("the topic menu has 12 partitions, not 6"), "{refused}");
    }
}
