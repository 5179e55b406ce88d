//! Latency from produce to delivery, with one and with eight consumer groups, and the cost of idle
//! groups.

use std::time::{Duration, Instant};

use rdkafka::{
    Message,
    consumer::{Consumer, StreamConsumer},
    producer::{FutureProducer, FutureRecord},
};

use crate::{Figures, client, process::LogProcess};

/// Number of consumer groups.
const GROUPS: usize = 8;
/// Number of partitions of their topic.
const PARTITIONS: usize = 60;
/// Interval between two records, at 2,000 per second.
const PACE: Duration = Duration::from_micros(500);

pub(crate) async fn measure(log: &LogProcess, figures: &mut Figures, quick: bool) {
    let samples = if quick { 300 } else { 2_000 };
    let (p50, p99) = measure_single_records(log, samples).await;
    figures.below("produce to delivery at linger 0, p50", "ms", p50, 1.0);
    figures.record("produce to delivery at linger 0, p99", "ms", p99);
    let consumers = measure_idle_groups(log, figures, if quick { 3 } else { 10 }).await;
    measure_busy_groups(log, figures, consumers, if quick { 4_000 } else { 20_000 }).await;
}

/// Sends one record at a time; returns median and 99th percentile in milliseconds.
async fn measure_single_records(log: &LogProcess, samples: usize) -> (f64, f64) {
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

/// Measures groups with assigned partitions and no records.
async fn measure_idle_groups(
    log: &LogProcess,
    figures: &mut Figures,
    seconds: u64,
) -> Vec<StreamConsumer> {
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
    figures.below("CPU with 8 idle groups on 60 partitions", "% of a core", share, 1.0);
    figures.below("memory with 8 idle groups", "MiB", log.memory_mib(), 20.0);
    consumers
}

/// Measures groups that each read 2,000 records per second, sent with a linger of 5 ms.
async fn measure_busy_groups(
    log: &LogProcess,
    figures: &mut Figures,
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
    figures.below("2,000/s to 8 groups at linger 5, p50", "ms", p50, 8.0);
    figures.record("2,000/s to 8 groups at linger 5, p99", "ms", p99);
    figures.record("2,000/s to 8 groups, CPU of the log", "µs per record", cpu_us);
}

/// Median and 99th percentile in milliseconds.
fn percentiles(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort();
    let at = |percent: usize| times[times.len() * percent / 100].as_secs_f64() * 1e3;
    (at(50), at(99))
}
