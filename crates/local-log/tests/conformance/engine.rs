//! The two engines, and a macro that runs a test on both.

use std::net::SocketAddr;

use kafka_protocol::{
    messages::{
        FindCoordinatorRequest, GroupId, MetadataRequest, MetadataResponse, TopicName,
        metadata_request::MetadataRequestTopic, metadata_response::MetadataResponseBroker,
    },
    protocol::StrBytes,
};
use local_log::{Config, LocalLog};
use rdkafka::{
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    config::ClientConfig,
    producer::FutureProducer,
};
use uuid::Uuid;

use crate::{
    offsets,
    support::{self, HANG, in_time},
    wire::Wire,
};

/// Runs tests on both engines: `on_both!(one, another)`, or `on_both!(needs "kcat": one)` for those
/// of clients that `cargo test` alone cannot bring along.
macro_rules! on_both {
    (needs $what:literal: $($test:ident),+ $(,)?) => {
        $crate::engine::on_both!(@ #[ignore = concat!("needs ", $what, ": `cargo xtask test` runs it")] $($test),+);
    };
    ($($test:ident),+ $(,)?) => {
        $crate::engine::on_both!(@ #[cfg(test)] $($test),+);
    };
    (@ #[$local:meta] $($test:ident),+) => {
        mod local_log {
            $(
                #[tokio::test(flavor = "multi_thread")]
                #[$local]
                async fn $test() {
                    let engine = $crate::engine::Engine::local_log().await;
                    super::$test(&engine).await;
                    engine.clean_up().await;
                }
            )+
        }
        mod apache_kafka {
            $(
                #[tokio::test(flavor = "multi_thread")]
                #[ignore = "needs Apache Kafka: `cargo xtask test` runs it"]
                async fn $test() {
                    let engine = $crate::engine::Engine::apache_kafka();
                    super::$test(&engine).await;
                    engine.clean_up().await;
                }
            )+
        }
    };
}

pub(crate) use on_both;

/// Disables retention, for topics with old records.
pub const KEPT: &[(&str, &str)] = &[("retention.ms", "-1")];

/// The engine of a test, with unique names for topics and groups.
pub struct Engine {
    /// Bootstrap broker.
    pub address: SocketAddr,
    prefix: String,
    local: Option<(LocalLog, tempfile::TempDir)>,
}

impl Engine {
    /// A new local log, configured like Apache Kafka by default.
    pub async fn local_log() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(support::any_port(), folder.path());
        config.auto_create_topics = true;
        // As in the test cluster.
        config.cleaner_interval = std::time::Duration::from_secs(1);
        let log = LocalLog::start(config).await.unwrap();
        Self { address: log.address(), prefix: "own-".into(), local: Some((log, folder)) }
    }

    /// The cluster, which is shared with other tests.
    pub fn apache_kafka() -> Self {
        let brokers = std::env::var("TEST_KAFKA_BROKERS").unwrap_or_else(|_| {
            panic!("TEST_KAFKA_BROKERS is not set: `cargo xtask services up` starts a cluster")
        });
        let address = brokers.split(',').next().unwrap().parse().unwrap();
        let prefix = format!("conformance-{}-", Uuid::new_v4().simple());
        Self { address, prefix, local: None }
    }

    /// A unique name for a topic or group.
    pub fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// An admin client.
    pub fn admin(&self) -> AdminClient<DefaultClientContext> {
        support::client(self.address).create().unwrap()
    }

    /// Creates a topic with the engine's replication factor; returns its name.
    pub async fn topic(&self, partitions: i32, config: &[(&str, &str)]) -> String {
        let name = self.name(&format!("topic-{}", Uuid::new_v4().simple()));
        self.named_topic(&name, partitions, config).await
    }

    /// Creates a topic of this name, and waits for its leaders.
    pub async fn named_topic(
        &self,
        name: &str,
        partitions: i32,
        config: &[(&str, &str)],
    ) -> String {
        let mut new = NewTopic::new(name, partitions, TopicReplication::Fixed(-1));
        for (key, value) in config {
            new = new.set(key, value);
        }
        let admin = self.admin();
        let options = AdminOptions::new();
        let created = in_time("create", admin.create_topics(&[new], &options)).await;
        created.unwrap()[0].as_ref().unwrap();
        for partition in 0..partitions {
            self.leader(name, partition).await;
        }
        self.wait_until_known(name).await;
        name.to_owned()
    }

    /// A producer with durable acknowledgements.
    pub fn producer(&self) -> FutureProducer {
        support::producer(self.address)
    }

    /// Settings of a group member.
    pub fn member(&self, group: &str) -> ClientConfig {
        let mut config = support::client(self.address);
        config.set("group.id", group).set("auto.offset.reset", "earliest");
        config.set("enable.auto.commit", "false").set("session.timeout.ms", "6000");
        config.set("heartbeat.interval.ms", "500");
        config.set("partition.assignment.strategy", "cooperative-sticky");
        config
    }

    /// Waits until every broker knows the topic.
    async fn wait_until_known(&self, topic: &str) {
        let brokers = fetch_metadata(&mut Wire::connect(self.address).await, topic).await.brokers;
        for broker in brokers {
            let mut wire = connect(&broker).await;
            in_time("known", async {
                while fetch_metadata(&mut wire, topic).await.topics[0].error_code != 0 {
                    pause().await;
                }
            })
            .await;
        }
    }

    /// Connects to the leader of a partition, once it is elected.
    pub async fn leader(&self, topic: &str, partition: i32) -> Wire {
        let mut wire = Wire::connect(self.address).await;
        in_time("leader", async {
            loop {
                let answer = fetch_metadata(&mut wire, topic).await;
                let partitions = &answer.topics[0].partitions;
                let found = partitions.iter().find(|p| p.partition_index == partition);
                let leader = found.map(|p| p.leader_id);
                if let Some(broker) = answer.brokers.iter().find(|b| Some(b.node_id) == leader) {
                    let mut leader = connect(broker).await;
                    // Other brokers may know the new leader before it does.
                    if offsets::list_offset(&mut leader, topic, partition, -1).await.0 == 0 {
                        return leader;
                    }
                }
                pause().await;
            }
        })
        .await
    }

    /// Connects to the coordinator of a group, once it is available.
    pub async fn coordinator(&self, group: &GroupId) -> Wire {
        let request = FindCoordinatorRequest::default().with_key(group.0.clone());
        let mut wire = Wire::connect(self.address).await;
        in_time("coordinator", async {
            loop {
                let answer = wire.request(&request, 3).await;
                if answer.error_code == 0 {
                    let address = format!("{}:{}", &*answer.host, answer.port);
                    return Wire::connect(address.parse().unwrap()).await;
                }
                pause().await;
            }
        })
        .await
    }

    /// Deletes all topics and groups of the test.
    pub async fn clean_up(self) {
        if let Some((log, _folder)) = self.local {
            return log.shutdown().await;
        }
        let admin = self.admin();
        let metadata = admin.inner().fetch_metadata(None, HANG).unwrap();
        let names = metadata.topics().iter().map(rdkafka::metadata::MetadataTopic::name);
        let ours: Vec<_> = names.filter(|name| name.starts_with(&self.prefix)).collect();
        if !ours.is_empty() {
            admin.delete_topics(&ours, &AdminOptions::new()).await.unwrap();
        }
    }
}

/// Requests the metadata of a topic.
async fn fetch_metadata(wire: &mut Wire, topic: &str) -> MetadataResponse {
    let name = TopicName(StrBytes::from_string(topic.to_owned()));
    let topics = vec![MetadataRequestTopic::default().with_name(Some(name))];
    let request = MetadataRequest::default().with_topics(Some(topics));
    wire.request(&request.with_allow_auto_topic_creation(false), 9).await
}

async fn connect(broker: &MetadataResponseBroker) -> Wire {
    Wire::connect(format!("{}:{}", &*broker.host, broker.port).parse().unwrap()).await
}

/// Pause between two polls of a condition.
pub async fn pause() {
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
}
