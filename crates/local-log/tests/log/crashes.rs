//! Kills at random times, during compaction, retention, and creation and deletion of topics.
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use child::Child;
use rdkafka::{
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer},
    producer::{FutureProducer, FutureRecord},
};
use support::{HANG, client, create_with, in_time, producer, read_topic, watermarks};

use crate::support::{self, child};

/// Number of kills per run.
const KILLS: usize = 6;
/// Number of keys in the compacted topic.
const KEYS: usize = 64;
/// Number of concurrent senders, which share the keys.
const SENDERS: usize = 16;

const COMPACTED: [(&str, &str); 4] = [
    ("cleanup.policy", "compact"),
    ("internal.segment.bytes", "16384"),
    ("min.cleanable.dirty.ratio", "0"),
    ("delete.retention.ms", "0"),
];
const EXPIRING: [(&str, &str); 2] =
    [("internal.segment.bytes", "16384"), ("retention.bytes", "60000")];

/// The expected state after any crash.
#[derive(Default)]
struct Model {
    /// The last acknowledged and the last sent number, by key.
    keys: BTreeMap<usize, (usize, usize)>,
    /// Acknowledged records by offset.
    expiring: BTreeMap<i64, String>,
    /// Topics with an acknowledged record and no pending deletion.
    alive: BTreeSet<String>,
    /// Topics with an acknowledged deletion.
    deleted: BTreeSet<String>,
}

type Shared = Arc<Mutex<Model>>;

/// Sends continuously; each key has one sender, so that its records are in order.
async fn send_keys(producer: FutureProducer, model: Shared, first: usize) {
    for n in (first..).step_by(SENDERS) {
        let key = n % KEYS;
        model.lock().unwrap().keys.entry(key).or_default().1 = n;
        let value = format!("{key}/{n}/{}", "words ".repeat(40));
        let key_text = key.to_string();
        let record = FutureRecord::to("compacted").key(&key_text).payload(&value);
        if producer.send(record, Duration::from_secs(2)).await.is_ok() {
            model.lock().unwrap().keys.entry(key).or_default().0 = n;
        }
    }
}

async fn send_expiring(producer: FutureProducer, model: Shared) {
    for n in 0.. {
        let value = format!("{n} {}", "words ".repeat(100));
        let record = FutureRecord::to("expiring").key("k").payload(&value);
        if let Ok(sent) = producer.send(record, Duration::from_secs(2)).await {
            model.lock().unwrap().expiring.insert(sent.offset, value);
        }
    }
}

/// Creates a topic, produces a record, and deletes the previous topic.
async fn churn(address: SocketAddr, model: Shared, round: usize) {
    let admin: AdminClient<DefaultClientContext> = client(address).create().unwrap();
    let producer = producer(address);
    let options = AdminOptions::new().request_timeout(Some(Duration::from_secs(2)));
    for n in 0.. {
        let name = format!("churn-{round}-{n}");
        let new = NewTopic::new(&name, 2, TopicReplication::Fixed(1));
        let _ = admin.create_topics(&[new], &options).await;
        let record = FutureRecord::to(&name).key("k").payload("v");
        if producer.send(record, Duration::from_secs(2)).await.is_err() {
            continue;
        }
        model.lock().unwrap().alive.insert(name);
        if n % 2 == 1 {
            let before = format!("churn-{round}-{}", n - 1);
            model.lock().unwrap().alive.remove(&before);
            let deleted = admin.delete_topics(&[&before], &options).await;
            if deleted.is_ok_and(|results| results[0].is_ok()) {
                model.lock().unwrap().deleted.insert(before);
            }
        }
    }
}

async fn verify(address: SocketAddr, model: &Shared) {
    let found = read_topic(address, "compacted").await;
    let mut last = BTreeMap::new();
    for value in found.values() {
        let mut parts = value.split('/').map(str::parse::<usize>);
        last.insert(parts.next().unwrap().unwrap(), parts.next().unwrap().unwrap());
    }
    for (key, (acked, sent)) in model.lock().unwrap().keys.clone() {
        let n = last.get(&key).copied().unwrap_or(0);
        assert!(n >= acked && n <= sent, "key {key}: {n}, acknowledged {acked}, sent {sent}");
    }
    let (start, end) = watermarks(address, "expiring").await;
    let found = read_topic(address, "expiring").await;
    assert!(found.keys().map(|position| position.1).eq(start..end), "gaps from {start} to {end}");
    for (offset, value) in model.lock().unwrap().expiring.range(start..) {
        assert_eq!(found.get(&(0, *offset)), Some(value), "offset {offset}");
    }
    let consumer: BaseConsumer = client(address).create().unwrap();
    let topics = consumer.fetch_metadata(None, HANG).unwrap();
    let names: BTreeSet<String> = topics.topics().iter().map(|t| t.name().to_owned()).collect();
    drop(topics);
    let (alive, deleted) = {
        let model = model.lock().unwrap();
        (model.alive.clone(), model.deleted.clone())
    };
    assert_eq!(names.intersection(&deleted).next(), None, "a deleted topic came back");
    assert_eq!(alive.difference(&names).next(), None, "a topic is missing");
    for topic in alive.iter().rev().take(3) {
        assert_eq!(read_topic(address, topic).await.len(), 1, "{topic}");
    }
}

/// Deterministic random numbers.
struct SeededRandom(u64);

impl SeededRandom {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % limit
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_during_compaction_retention_and_deletion_lose_nothing() {
    let from_clock = || u64::from(std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos());
    let given = std::env::var("LOCAL_LOG_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(from_clock);
    eprintln!("again with LOCAL_LOG_TEST_SEED={seed}");
    let mut chance = SeededRandom(seed);
    let folder = tempfile::tempdir().unwrap();
    let model = Shared::default();
    for round in 0..=KILLS {
        let child = Child::start_cleaning(folder.path()).await;
        let address = child.address;
        if round == 0 {
            create_with(address, "compacted", 1, &COMPACTED).await;
            create_with(address, "expiring", 1, &EXPIRING).await;
        }
        in_time("verification", verify(address, &model)).await;
        if round == KILLS {
            break;
        }
        let next = model.lock().unwrap().keys.values().map(|k| k.1).max();
        let next = next.map_or(0, |n| (n + 1).next_multiple_of(SENDERS));
        let mut work = tokio::task::JoinSet::new();
        let sender = producer(address);
        for n in 0..SENDERS {
            work.spawn(send_keys(sender.clone(), Arc::clone(&model), next + n));
            work.spawn(send_expiring(sender.clone(), Arc::clone(&model)));
        }
        work.spawn(churn(address, Arc::clone(&model), round));
        tokio::time::sleep(Duration::from_millis(300 + chance.below(1_500))).await;
        child.kill().await;
        work.shutdown().await;
    }
    let model = model.lock().unwrap();
    let acked = model.keys.values().map(|k| k.0).max().unwrap_or(0);
    eprintln!(
        "{acked} keyed, {} expiring, {} topics deleted",
        model.expiring.len(),
        model.deleted.len()
    );
    assert!(acked > KEYS && model.expiring.len() > 100 && !model.deleted.is_empty());
}
