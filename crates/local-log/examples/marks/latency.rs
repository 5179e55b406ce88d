//! Time from produce to delivery, alone and beside eight groups, and what those cost when idle.

use std::time::{Duration, Instant};

use rdkafka::Message;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::producer::{FutureProducer, FutureRecord};

use crate::process::LogProcess;
use crate::{Marks, client};

/// Groups that read along.
const GROUPS: usize = 8;
/// Partitions of their topic.
const PARTITIONS: usize = 60;
/// Pause between two records of 2,000 a second.
const PACE: Duration = Duration::from_micros(500);

pub(crate) async fn measure(log: &LogProcess, marks: &mut Marks, quick: bool) {
    let samples = if quick { 300 } else { 2_000 };
    let (p50, p99) = one_by_one(log, samples).await;
    marks.below("produce to delivery at linger 0, p50", "ms", p50, 1.0);
    marks.note("produce to delivery at linger 0, p99", "ms", p99);
    let consumers = idle_groups(log, marks, if quick { 3 } else { 10 }).await;
    busy_groups(log, marks, consumers, if quick { 4_000 } else { 20_000 }).await;
}

/// One record at a time; median and 99th percentile in milliseconds.
async fn one_by_one(log: &LogProcess, samples: usize) -> (f64, f64) {
    let mut config = client(log);
    config.set("linger.ms", "0").set("enable.idempotence", "true");
    let producer: FutureProducer = config.create().unwrap();
    let mut config = client(log);
    config.set("group.id", "latency").set("auto.offset.reset", "earliest");
    let consumer: StreamConsumer = config.create().unwrap();
    consumer.subscribe(&["latency"]).unwrap();
    let mut times = Vec::new();
    for n in 0..samples {
        let key = n.to_string();
        let start = Instant::now();
        let record = FutureRecord::to("latency").key(&key).payload("a small record");
        let sent = producer.send_result(record).unwrap();
        while consumer.recv().await.unwrap().key() != Some(key.as_bytes()) {}
        times.push(start.elapsed());
        sent.await.unwrap().unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    percentiles(times)
}

/// Groups that have their partitions and nothing to do.
async fn idle_groups(log: &LogProcess, marks: &mut Marks, seconds: u64) -> Vec<StreamConsumer> {
    let consumers: Vec<StreamConsumer> = (0..GROUPS)
        .map(|n| {
            let mut config = client(log);
            config.set("group.id", format!("group-{n}")).set("heartbeat.interval.ms", "500");
            config.set("session.timeout.ms", "10000");
            let consumer: StreamConsumer = config.create().unwrap();
            consumer.subscribe(&["groups"]).unwrap();
            consumer
        })
        .collect();
    for consumer in &consumers {
        while consumer.assignment().unwrap().count() < PARTITIONS {
            let _ = tokio::time::timeout(Duration::from_millis(20), consumer.recv()).await;
        }
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = log.cpu_s();
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let share = (log.cpu_s() - before) * 100.0 / seconds as f64;
    marks.below("CPU with 8 idle groups on 60 partitions", "% of a core", share, 1.0);
    marks.below("memory with 8 idle groups", "MiB", log.memory_mib(), 20.0);
    consumers
}

/// All groups read 2,000 records a second, sent with linger 5.
async fn busy_groups(
    log: &LogProcess,
    marks: &mut Marks,
    consumers: Vec<StreamConsumer>,
    records: usize,
) {
    let start = Instant::now();
    let read = move |consumer: StreamConsumer| async move {
        let mut times = Vec::with_capacity(records);
        while times.len() < records {
            let message = consumer.recv().await.unwrap();
            let sent = u64::from_be_bytes(message.payload().unwrap().try_into().unwrap());
            times.push(start.elapsed().saturating_sub(Duration::from_micros(sent)));
        }
        times
    };
    let readers: Vec<_> = consumers.into_iter().map(|c| tokio::spawn(read(c))).collect();
    let mut config = client(log);
    config.set("linger.ms", "5").set("enable.idempotence", "true");
    let producer: FutureProducer = config.create().unwrap();
    let before = log.cpu_s();
    let mut pace = tokio::time::interval(PACE);
    for n in 0..records {
        pace.tick().await;
        let (key, now) = (n.to_string(), u64::try_from(start.elapsed().as_micros()).unwrap());
        let record = FutureRecord::to("groups").key(&key);
        drop(producer.send_result(record.payload(&now.to_be_bytes())).unwrap());
    }
    let mut times = Vec::new();
    for reader in readers {
        times.extend(reader.await.unwrap());
    }
    let cpu_us = (log.cpu_s() - before) * 1e6 / records as f64;
    let (p50, p99) = percentiles(times);
    marks.below("2,000/s to 8 groups at linger 5, p50", "ms", p50, 8.0);
    marks.note("2,000/s to 8 groups at linger 5, p99", "ms", p99);
    marks.note("2,000/s to 8 groups, CPU of the log", "µs a record", cpu_us);
}

/// Median and 99th percentile in milliseconds.
fn percentiles(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort();
    let at = |percent: usize| times[times.len() * percent / 100].as_secs_f64() * 1e3;
    (at(50), at(99))
}
