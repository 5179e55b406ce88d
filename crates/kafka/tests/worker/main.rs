//! The worker loop with errors that brokers return only in rare situations.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::ports::Unavailable;
use events::{
    Handler, Outcome, OutgoingRecord, Pace, PublishError, Publisher, Record, RecordPosition, Topic,
};
use kafka::{Counters, KafkaConfig, Worker, create_topics, topic_names};
use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    mocking::MockCluster,
    producer::{DefaultProducerContext, FutureProducer, FutureRecord},
    types::{RDKafkaApiKey, RDKafkaRespErr},
};
use tokio_util::sync::CancellationToken;

mod retries;

const RECORDS: usize = 20;
const AT_MOST: Duration = Duration::from_mins(1);
const TOPIC: &str = "order_details";

#[derive(Clone, Default)]
struct CountingHandler(Arc<AtomicUsize>);

impl Handler for CountingHandler {
    const GROUP: &'static str = "counting";
    const TOPICS: &'static [Topic] = &[Topic::OrderDetails];
    const PRODUCES: &'static [Topic] = &[];
    const PACE: Pace = Pace::batches(Duration::ZERO);

    async fn handle(&self, records: &[Record]) -> Result<Vec<Outcome>, Unavailable> {
        self.0.fetch_add(records.len(), Ordering::SeqCst);
        Ok(vec![Outcome::Done(Vec::new()); records.len()])
    }
}

#[derive(Clone)]
struct NoPublisher;

impl Publisher for NoPublisher {
    async fn publish(
        &self,
        events: Vec<OutgoingRecord>,
    ) -> Result<Vec<RecordPosition>, PublishError> {
        assert!(events.is_empty(), "nothing is published here");
        Ok(Vec::new())
    }
}

type Cluster = MockCluster<'static, DefaultProducerContext>;

/// A cluster with one broker and one partition with records.
async fn cluster() -> Cluster {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic(TOPIC, 1, 1).unwrap();
    let producer: FutureProducer = client(&cluster).create().unwrap();
    for _ in 0..RECORDS {
        let record = FutureRecord::to(TOPIC).key("an order").payload("{}");
        producer.send(record, AT_MOST).await.unwrap();
    }
    cluster
}

fn client(cluster: &Cluster) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", cluster.bootstrap_servers())
        .set("group.id", CountingHandler::GROUP);
    config
}

/// Works until every record is handled and committed; returns the number of handled records.
async fn work(cluster: &Cluster) -> usize {
    let handler = CountingHandler::default();
    let config = KafkaConfig::new(cluster.bootstrap_servers());
    let counters = Arc::new(Counters::detached::<CountingHandler>());
    let worker = Worker::new(Arc::new(handler.clone()), NoPublisher, &config, counters).unwrap();
    let stop = CancellationToken::new();
    let running = tokio::spawn(worker.run(stop.clone()));
    let observer: BaseConsumer = client(cluster).create().unwrap();
    let observer = Arc::new(observer);
    let all_committed = async {
        while committed(observer.clone()).await != Some(i64::try_from(RECORDS).unwrap()) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(AT_MOST, all_committed).await.unwrap();
    stop.cancel();
    running.await.unwrap().unwrap();
    handler.0.load(Ordering::SeqCst)
}

async fn committed(observer: Arc<BaseConsumer>) -> Option<i64> {
    let ask = move || {
        let mut list = TopicPartitionList::new();
        list.add_partition(TOPIC, 0);
        let found = observer.committed_offsets(list, AT_MOST).ok()?;
        match found.find_partition(TOPIC, 0)?.offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        }
    };
    tokio::task::spawn_blocking(ask).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_briefly_unknown_to_its_broker_is_read() {
    let cluster = cluster().await;
    let unknown = RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    cluster.topic_error(TOPIC, unknown).unwrap();
    let known_again = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        cluster.topic_error(TOPIC, RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR).unwrap();
    };
    assert_eq!(tokio::join!(work(&cluster), known_again).0, RECORDS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_commit_is_repeated_without_new_records() {
    let cluster = cluster().await;
    let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS;
    cluster.request_errors(RDKafkaApiKey::OffsetCommit, &[refused; 3]);
    assert_eq!(work(&cluster).await, RECORDS);
}

/// Brokers respond, but a partition has no leader: starting fails and names it.
#[tokio::test]
async fn a_partition_without_a_leader_is_named_within_the_limit() {
    let cluster = MockCluster::new(1).unwrap();
    for topic in topic_names(&[]) {
        cluster.create_topic(&topic, 1, 1).unwrap();
    }
    cluster.partition_leader(TOPIC, 0, None).unwrap();
    let config = KafkaConfig::new(cluster.bootstrap_servers());
    let begun = create_topics(&config, &[], Duration::from_secs(2));
    let refused = tokio::time::timeout(AT_MOST, begun).await.unwrap().unwrap_err();
    let expected = "partition 0 of the topic order_details has no leader";
    assert!(refused.to_string().contains(expected), "{refused}");
}

#[derive(Clone)]
struct FailingPublisher;

impl Publisher for FailingPublisher {
    async fn publish(&self, _: Vec<OutgoingRecord>) -> Result<Vec<RecordPosition>, PublishError> {
        unreachable!("a defect of ours, in the middle of a call")
    }
}

/// Nothing after a lost call would ever be committed: the worker ends with the reason.
#[tokio::test]
async fn a_lost_call_ends_the_worker_with_its_reason() {
    let cluster = cluster().await;
    let config = KafkaConfig::new(cluster.bootstrap_servers());
    let (handler, counters) =
        (Arc::new(CountingHandler::default()), Arc::new(Counters::detached::<CountingHandler>()));
    let worker = Worker::new(handler, FailingPublisher, &config, counters).unwrap();
    let ended = tokio::time::timeout(AT_MOST, worker.run(CancellationToken::new())).await;
    let reason = ended.unwrap().unwrap_err();
    assert!(reason.contains("the group counting has lost a call"), "{reason}");
}
