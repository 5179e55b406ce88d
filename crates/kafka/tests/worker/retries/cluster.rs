//! A group with retries, on a cluster of one broker.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use clock::SystemClock;
use domain::ports::{Clock, Unavailable};
use events::{
    Delay, Handler, Outcome, OutgoingRecord, Pace, Publisher, Record, Topic,
    retry::{due_ms, encode_retry},
};
use jiff::{SignedDuration, Timestamp};
use kafka::{Counters, KafkaConfig, KafkaPublisher, Worker};
use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    message::Headers,
    mocking::MockCluster,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::super::{AT_MOST, Cluster, TOPIC};

pub(super) const RETRIES: &str = "patient.retry.5s";
pub(super) const LONG_RETRIES: &str = "patient.retry.10m";
pub(super) const PARTITIONS: i32 = 3;

/// A call for a record: its key, how often it was tried before, and whether it was due.
pub(super) type Call = (String, u32, bool);

/// Retries at the first attempt at `slow…`, and handles everything else.
#[derive(Clone, Default)]
pub(super) struct PatientHandler(Arc<Mutex<Vec<Call>>>);

impl Handler for PatientHandler {
    const GROUP: &'static str = "patient";
    const TOPICS: &'static [Topic] = &[Topic::OrderDetails];
    const PRODUCES: &'static [Topic] = &[];
    const PACE: Pace = Pace::batches(Duration::ZERO);
    const RETRY: &'static [Delay] = &[Delay::Seconds5, Delay::Minutes10];

    async fn handle(&self, records: &[Record]) -> Result<Vec<Outcome>, Unavailable> {
        let outcome = |record: &Record| {
            let key = String::from_utf8(record.key.to_vec()).unwrap();
            let is_due = due_ms(record) <= SystemClock.now().as_millisecond();
            let asks = key.starts_with("slow") && record.attempts() == 0;
            self.0.lock().unwrap().push((key, record.attempts(), is_due));
            if asks { Outcome::Retry("not yet".into()) } else { Outcome::Done(Vec::new()) }
        };
        Ok(records.iter().map(outcome).collect())
    }
}

impl PatientHandler {
    pub(super) fn calls(&self) -> Vec<Call> {
        self.0.lock().unwrap().clone()
    }

    pub(super) fn has(&self, key: &str, attempts: u32) -> bool {
        self.calls().iter().any(|call| (call.0.as_str(), call.1) == (key, attempts))
    }
}

pub(super) struct RetryCluster {
    cluster: Cluster,
    publisher: KafkaPublisher,
    config: KafkaConfig,
    pub(super) patient: PatientHandler,
    pub(super) counters: Arc<Counters>,
}

impl RetryCluster {
    pub(super) fn start() -> Self {
        let cluster = MockCluster::new(1).unwrap();
        for topic in [TOPIC, RETRIES, LONG_RETRIES] {
            cluster.create_topic(topic, PARTITIONS, 1).unwrap();
        }
        let config = KafkaConfig::new(cluster.bootstrap_servers());
        let publisher = KafkaPublisher::new(&config).unwrap();
        let (patient, counters) =
            (PatientHandler::default(), Arc::new(Counters::detached::<PatientHandler>()));
        Self { cluster, publisher, config, patient, counters }
    }

    pub(super) fn worker(&self) -> (CancellationToken, JoinHandle<Result<(), String>>) {
        let (patient, publisher) = (Arc::new(self.patient.clone()), self.publisher.clone());
        let worker = Worker::new(patient, publisher, &self.config, self.counters.clone()).unwrap();
        let stop = CancellationToken::new();
        (stop.clone(), tokio::spawn(worker.run(stop)))
    }

    /// Publishes an event; returns its partition and offset.
    pub(super) async fn write(&self, event: OutgoingRecord) -> (i32, i64) {
        let position = self.publisher.publish(vec![event]).await.unwrap().remove(0);
        (position.partition, position.offset)
    }

    /// Publishes a record to the longest retry topic, due after `due_in`.
    pub(super) async fn park(&self, key: &str, due_in: SignedDuration) -> (i32, i64) {
        let delay = SignedDuration::try_from(Delay::Minutes10.duration()).unwrap();
        let now: Timestamp = SystemClock.now() + due_in - delay;
        let record = Record::delivered(&event(key), Topic::OrderDetails, 0, 0);
        self.write(encode_retry(
            PatientHandler::GROUP,
            Delay::Minutes10,
            &record,
            "by hand",
            1,
            now,
        ))
        .await
    }

    fn observer(&self) -> BaseConsumer {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.cluster.bootstrap_servers());
        config.set("group.id", PatientHandler::GROUP).create().unwrap()
    }

    /// The committed offsets by topic and partition.
    pub(super) async fn committed(&self) -> HashMap<(String, i32), i64> {
        let observer = self.observer();
        let ask = move || {
            let mut list = TopicPartitionList::new();
            for topic in [TOPIC, RETRIES, LONG_RETRIES] {
                list.add_partition_range(topic, 0, PARTITIONS - 1);
            }
            let found = observer.committed_offsets(list, AT_MOST).unwrap();
            let at = found.elements().into_iter().filter_map(|position| match position.offset() {
                Offset::Offset(at) => {
                    Some(((position.topic().to_owned(), position.partition()), at))
                }
                _ => None,
            });
            at.collect()
        };
        tokio::task::spawn_blocking(ask).await.unwrap()
    }

    pub(super) async fn has_committed(&self, topic: &str, (partition, offset): (i32, i64)) {
        let position = (topic.to_owned(), partition);
        wait_until(async || self.committed().await.get(&position).is_some_and(|at| *at > offset))
            .await;
    }

    /// A record in a retry topic: its key and headers.
    pub(super) async fn parked(&self, key: &str) -> Option<HashMap<String, String>> {
        let (observer, key) = (self.observer(), key.to_owned());
        let read = move || {
            let mut list = TopicPartitionList::new();
            for partition in 0..PARTITIONS {
                list.add_partition_offset(RETRIES, partition, Offset::Beginning).unwrap();
            }
            observer.assign(&list).unwrap();
            drop(list);
            while let Some(Ok(message)) = observer.poll(Duration::from_secs(2)) {
                let text = |bytes: Option<&[u8]>| {
                    String::from_utf8(bytes.unwrap_or_default().to_vec()).unwrap()
                };
                if message.key() == Some(key.as_bytes()) {
                    let all = message.headers().unwrap();
                    return Some(all.iter().map(|h| (h.key.into(), text(h.value))).collect());
                }
            }
            None
        };
        tokio::task::spawn_blocking(read).await.unwrap()
    }
}

pub(super) fn event(key: &str) -> OutgoingRecord {
    let key = bytes::Bytes::copy_from_slice(key.as_bytes());
    let payload = Some("{}".into());
    OutgoingRecord { topic: TOPIC.to_owned(), key, headers: Vec::new(), payload }
}

pub(super) async fn wait_until(mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(AT_MOST, wait).await.unwrap();
}
