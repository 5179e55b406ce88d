//! Records that wait in a topic of retries: until they are due, and holding up nobody.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use adapters::{
    clock::SystemClock,
    kafka::{Counters, KafkaConfig, KafkaPublisher, Worker},
};
use domain::ports::{Clock, Unavailable};
use events::{
    Delay, Handler, Outcome, Outgoing, Pace, Publisher, Record, Topic,
    retry::{due_ms, retry},
};
use jiff::{SignedDuration, Timestamp};
use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    message::Headers,
    mocking::MockCluster,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{AT_MOST, Cluster, TOPIC};

const RETRIES: &str = "patient.retry.5s";
const PARTITIONS: i32 = 3;

/// A call for a record: its key, how often it was tried before, and whether it was due.
type Call = (String, u32, bool);

/// Asks for time at the first attempt at `slow…`, and does everything else.
#[derive(Clone, Default)]
struct Patient(Arc<Mutex<Vec<Call>>>);

impl Handler for Patient {
    const GROUP: &'static str = "patient";
    const TOPICS: &'static [Topic] = &[Topic::OrderDetails];
    const PRODUCES: &'static [Topic] = &[];
    const PACE: Pace = Pace::batches(Duration::ZERO);
    const RETRY: &'static [Delay] = &[Delay::Seconds5];

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

impl Patient {
    fn calls(&self) -> Vec<Call> {
        self.0.lock().unwrap().clone()
    }

    fn has(&self, key: &str, attempts: u32) -> bool {
        self.calls().iter().any(|call| (call.0.as_str(), call.1) == (key, attempts))
    }
}

struct Shop {
    cluster: Cluster,
    publisher: KafkaPublisher,
    config: KafkaConfig,
    patient: Patient,
    counters: Arc<Counters>,
}

impl Shop {
    fn open() -> Self {
        let cluster = MockCluster::new(1).unwrap();
        for topic in [TOPIC, RETRIES] {
            cluster.create_topic(topic, PARTITIONS, 1).unwrap();
        }
        let config = KafkaConfig::new(cluster.bootstrap_servers());
        let publisher = KafkaPublisher::new(&config).unwrap();
        let (patient, counters) = (Patient::default(), Arc::default());
        Self { cluster, publisher, config, patient, counters }
    }

    fn worker(&self) -> (CancellationToken, JoinHandle<Result<(), String>>) {
        let (patient, publisher) = (Arc::new(self.patient.clone()), self.publisher.clone());
        let worker = Worker::new(patient, publisher, &self.config, self.counters.clone()).unwrap();
        let stop = CancellationToken::new();
        (stop.clone(), tokio::spawn(worker.run(stop)))
    }

    /// Writes an event, and answers its partition and offset.
    async fn write(&self, event: Outgoing) -> (i32, i64) {
        let place = self.publisher.publish(vec![event]).await.unwrap().remove(0);
        (place.partition, place.offset)
    }

    /// Puts a record into the topic of retries that is due so long after now.
    async fn park(&self, key: &str, due_in: SignedDuration) -> (i32, i64) {
        let waits = SignedDuration::try_from(Delay::Seconds5.duration()).unwrap();
        let now: Timestamp = SystemClock.now() + due_in - waits;
        let record = Record::delivered(&event(key), Topic::OrderDetails, 0, 0);
        self.write(retry(Patient::GROUP, Delay::Seconds5, &record, "by hand", 1, now)).await
    }

    fn observer(&self) -> BaseConsumer {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.cluster.bootstrap_servers());
        config.set("group.id", Patient::GROUP).create().unwrap()
    }

    /// What the group has committed, by topic and partition.
    async fn committed(&self) -> HashMap<(String, i32), i64> {
        let observer = self.observer();
        let ask = move || {
            let mut list = TopicPartitionList::new();
            for topic in [TOPIC, RETRIES] {
                list.add_partition_range(topic, 0, PARTITIONS - 1);
            }
            let found = observer.committed_offsets(list, AT_MOST).unwrap();
            let at = found.elements().into_iter().filter_map(|place| match place.offset() {
                Offset::Offset(at) => Some(((place.topic().to_owned(), place.partition()), at)),
                _ => None,
            });
            at.collect()
        };
        tokio::task::spawn_blocking(ask).await.unwrap()
    }

    async fn has_committed(&self, topic: &str, (partition, offset): (i32, i64)) {
        let place = (topic.to_owned(), partition);
        until(async || self.committed().await.get(&place).is_some_and(|at| *at > offset)).await;
    }

    /// A record of the topic of retries: its key and headers.
    async fn parked(&self, key: &str) -> Option<HashMap<String, String>> {
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

fn event(key: &str) -> Outgoing {
    let key = bytes::Bytes::copy_from_slice(key.as_bytes());
    let payload = Some("{}".into());
    Outgoing { topic: TOPIC.to_owned(), key, headers: Vec::new(), payload }
}

async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(AT_MOST, wait).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_waits_comes_back_when_it_is_due_and_holds_up_nobody() {
    let shop = Shop::open();
    // This one is not due before the test is over: whatever it held up would never be handled.
    let hour = shop.park("hour", SignedDuration::from_hours(1)).await;
    // This one is due already, in another partition of the same topic.
    let mut keys = (0..).map(|n| format!("slow-{n}"));
    let slow = loop {
        let key = keys.next().unwrap();
        if shop.park(&key, -SignedDuration::from_mins(1)).await.0 != hour.0 {
            break key;
        }
    };
    let slow = slow.as_str();
    let (stop, running) = shop.worker();
    let first = shop.write(event(slow)).await;
    // Behind it in its own partition, and in others.
    let mut last = Vec::new();
    for n in 0..20 {
        let key = if n % 2 == 0 { slow.replace("slow", "quick") } else { format!("quick-{n}") };
        last.push(shop.write(event(&key)).await);
    }
    until(async || shop.patient.has(slow, 1) && shop.patient.has("quick-19", 0)).await;
    // The first attempt at it is done with: the commit goes past it.
    shop.has_committed(TOPIC, first).await;
    for place in last {
        shop.has_committed(TOPIC, place).await;
    }
    let headers = shop.parked(slow).await.expect("it lies there");
    assert_eq!(headers["comanda_attempts"], "1");
    until(async || shop.patient.calls().iter().filter(|c| (&*c.0, c.1) == (slow, 1)).count() == 2)
        .await;
    stop.cancel();
    running.await.unwrap().unwrap();
    let calls = shop.patient.calls();
    assert!(calls.iter().all(|(_, _, is_due)| *is_due), "nothing comes early: {calls:?}");
    assert_eq!(calls.iter().filter(|(key, n, _)| key == slow && *n == 0).count(), 1);
    assert!(!shop.patient.has("hour", 1), "not due for an hour");
    let behind = shop.committed().await.get(&(RETRIES.to_owned(), hour.0)).copied();
    assert!(behind.is_none_or(|at| at <= hour.1), "what waits is not committed: {behind:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_at_a_restart_is_handled_by_the_next_process() {
    let shop = Shop::open();
    let (stop, running) = shop.worker();
    let (partition, offset) = shop.write(event("slow")).await;
    shop.has_committed(TOPIC, (partition, offset)).await;
    stop.cancel();
    running.await.unwrap().unwrap();
    let headers = shop.parked("slow").await.expect("it lies in the topic of retries");
    let header = |name: &str| headers[&format!("comanda_{name}")].as_str();
    assert_eq!((header("origin_topic"), header("error")), (TOPIC, "not yet"));
    assert_eq!(header("origin_partition"), partition.to_string());
    assert_eq!(header("origin_offset"), offset.to_string());

    let (stop, running) = shop.worker();
    until(async || shop.patient.has("slow", 1)).await;
    stop.cancel();
    running.await.unwrap().unwrap();
    let calls = shop.patient.calls();
    let expected = [0, 1].map(|attempts| ("slow".to_owned(), attempts, true));
    assert_eq!(calls, expected, "nothing is lost, and nothing that is done is done again");
    let counted =
        |counter: &std::sync::atomic::AtomicU64| counter.load(std::sync::atomic::Ordering::Relaxed);
    let Counters { consumed, done, retried, .. } = &*shop.counters;
    assert_eq!((counted(done), counted(retried)), (1, 1));
    assert!(counted(consumed) >= 2, "the one that waits may be read by both");
}
