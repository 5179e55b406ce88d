//! Measures a log in a process of its own: `cargo run --release --example bench -- DIR [--no-fsync]`.
//!
//! Throughput of 300-byte records, latency from produce to delivery, memory and CPU when idle
//! with eight groups on sixty partitions, and the time a start takes.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measuring program")]
#![allow(clippy::cast_precision_loss, reason = "figures are rounded anyway")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use local_log::{Config, LocalLog};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, StreamConsumer};
use rdkafka::producer::{BaseProducer, BaseRecord, FutureProducer, FutureRecord, Producer};
use rdkafka::{ClientConfig, Message};

/// Records for throughput.
const RECORDS: usize = 2_000_000;
/// Records for latency.
const SAMPLES: usize = 2_000;
/// Records that eight groups read at 2,000 a second.
const PACED: usize = 10_000;
/// How long to watch an idle log.
const IDLE: Duration = Duration::from_secs(10);
/// Longer than anything takes.
const LONG: Duration = Duration::from_mins(2);
/// Where the log of the child process listens.
const ADDRESS: &str = "127.0.0.1:29092";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = arguments.first().map_or("bench-data", String::as_str);
    let fsync = !arguments.iter().any(|a| a == "--no-fsync");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if arguments.iter().any(|a| a == "--serve") {
        return runtime.block_on(serve(Path::new(folder), fsync));
    }
    let mut log = spawn(folder, fsync);
    println!("fsync {fsync}; ready for the first client after {:?}", wait_until_ready());
    create("bulk", 6);
    create("latency", 6);
    create("groups", 60);
    println!("memory of a fresh log: {} KiB", memory_kib(&log));
    runtime.block_on(latency("alone"));
    runtime.block_on(groups(&log));
    produce_bulk(&log);
    consume_bulk(&log);
    println!("memory at the end: {} KiB", memory_kib(&log));
    log.kill().unwrap();
    log.wait().unwrap();
    let mut log = spawn(folder, fsync);
    println!("ready again after a kill: {:?}", wait_until_ready());
    log.kill().unwrap();
    log.wait().unwrap();
}

async fn serve(folder: &Path, fsync: bool) {
    let mut config = Config::new(ADDRESS.parse().unwrap(), folder);
    config.fsync = fsync;
    let start = Instant::now();
    let log = LocalLog::start(config).await.unwrap();
    println!("  started in {:?}", start.elapsed());
    println!("stopped: {}", log.failed().await);
}

fn spawn(folder: &str, fsync: bool) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([folder, "--serve"]).stdout(Stdio::inherit());
    if !fsync {
        command.arg("--no-fsync");
    }
    command.spawn().unwrap()
}

fn client() -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", ADDRESS);
    config
}

fn wait_until_ready() -> Duration {
    let start = Instant::now();
    while std::net::TcpStream::connect(ADDRESS).is_err() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let consumer: BaseConsumer = client().create().unwrap();
    consumer.fetch_metadata(None, LONG).unwrap();
    start.elapsed()
}

fn create(topic: &str, partitions: i32) {
    let admin: AdminClient<DefaultClientContext> = client().create().unwrap();
    let new = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let created = runtime.block_on(admin.create_topics(&[new], &AdminOptions::new())).unwrap();
    println!("topic {topic}: {created:?}");
}

fn produce_bulk(log: &Child) {
    let mut config = client();
    config.set("enable.idempotence", "true").set("linger.ms", "5");
    config.set("queue.buffering.max.messages", "500000");
    let producer: BaseProducer = config.create().unwrap();
    let payload = [b'x'; 300];
    let (start, cpu) = (Instant::now(), cpu_ticks(log));
    for n in 0..RECORDS {
        let key = n.to_string();
        let mut record = BaseRecord::to("bulk").key(&key).payload(&payload[..]);
        while let Err((_, again)) = producer.send(record) {
            producer.poll(Duration::from_millis(1));
            record = again;
        }
        if n % 1_000 == 0 {
            producer.poll(Duration::ZERO);
        }
    }
    producer.flush(LONG).unwrap();
    report("produce", start.elapsed(), cpu_ticks(log) - cpu);
}

fn consume_bulk(log: &Child) {
    let mut config = client();
    config.set("group.id", "bulk").set("auto.offset.reset", "earliest");
    let consumer: BaseConsumer = config.create().unwrap();
    consumer.subscribe(&["bulk"]).unwrap();
    // Before the first record comes a rebalance, which ends a poll, too.
    while !matches!(consumer.poll(LONG), Some(Ok(_))) {}
    let (start, cpu) = (Instant::now(), cpu_ticks(log));
    let mut count = 1;
    while count < RECORDS {
        count += usize::from(matches!(consumer.poll(LONG), Some(Ok(_))));
    }
    report("consume", start.elapsed(), cpu_ticks(log) - cpu);
}

fn report(what: &str, took: Duration, ticks: u64) {
    let rate = RECORDS as f64 / took.as_secs_f64() / 1_000.0;
    let cpu_us = ticks as f64 * 10_000.0 / RECORDS as f64;
    println!("{what}: {rate:.0}k records/s, {cpu_us:.2} µs CPU of the log for each");
}

async fn latency(name: &str) {
    let mut config = client();
    config.set("linger.ms", "0").set("enable.idempotence", "true");
    let producer: FutureProducer = config.create().unwrap();
    let mut config = client();
    config.set("group.id", "latency").set("auto.offset.reset", "earliest");
    let consumer: StreamConsumer = config.create().unwrap();
    consumer.subscribe(&["latency"]).unwrap();
    let mut times = Vec::new();
    for n in 0..SAMPLES {
        let key = n.to_string();
        let start = Instant::now();
        let record = FutureRecord::to("latency").key(&key).payload("a small record");
        let sent = producer.send_result(record).unwrap();
        while consumer.recv().await.unwrap().key() != Some(key.as_bytes()) {}
        times.push(start.elapsed());
        sent.await.unwrap().unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    times.sort();
    let at = |part: usize| times[SAMPLES * part / 100];
    println!("produce to delivery ({name}): p50 {:?}, p99 {:?}", at(50), at(99));
}

async fn groups(log: &Child) {
    let consumers: Vec<StreamConsumer> = (0..8)
        .map(|n| {
            let mut config = client();
            config.set("group.id", format!("idle-{n}")).set("heartbeat.interval.ms", "500");
            config.set("session.timeout.ms", "10000");
            let consumer: StreamConsumer = config.create().unwrap();
            consumer.subscribe(&["groups"]).unwrap();
            consumer
        })
        .collect();
    for consumer in &consumers {
        while consumer.assignment().unwrap().count() < 60 {
            let _ = tokio::time::timeout(Duration::from_millis(20), consumer.recv()).await;
        }
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = cpu_ticks(log);
    tokio::time::sleep(IDLE).await;
    let ticks = cpu_ticks(log) - before;
    let share = ticks as f64 / IDLE.as_secs_f64();
    println!("idle, 8 groups × 60 partitions: {share:.1} % of a core, {} KiB", memory_kib(log));
    latency("beside 8 idle groups").await;
    busy_groups(log, consumers).await;
}

/// Eight groups that all read 2,000 records a second, sent with linger 5.
async fn busy_groups(log: &Child, consumers: Vec<StreamConsumer>) {
    let start = Instant::now();
    let readers: Vec<_> = consumers
        .into_iter()
        .map(|consumer| {
            tokio::spawn(async move {
                let mut times = Vec::with_capacity(PACED);
                while times.len() < PACED {
                    let message = consumer.recv().await.unwrap();
                    let sent = u64::from_be_bytes(message.payload().unwrap().try_into().unwrap());
                    let sent = Duration::from_micros(sent);
                    times.push(start.elapsed().saturating_sub(sent));
                }
                times
            })
        })
        .collect();
    let mut config = client();
    config.set("linger.ms", "5").set("enable.idempotence", "true");
    let producer: FutureProducer = config.create().unwrap();
    let before = cpu_ticks(log);
    let mut pace = tokio::time::interval(Duration::from_micros(500));
    for n in 0..PACED {
        pace.tick().await;
        let (key, now) = (n.to_string(), u64::try_from(start.elapsed().as_micros()).unwrap());
        let record = FutureRecord::to("groups").key(&key);
        drop(producer.send_result(record.payload(&now.to_be_bytes())).unwrap());
    }
    let mut times = Vec::new();
    for reader in readers {
        times.extend(reader.await.unwrap());
    }
    let took = start.elapsed().as_secs_f64();
    let share = (cpu_ticks(log) - before) as f64 / took;
    times.sort();
    let at = |part: usize| times[times.len() * part / 100];
    println!(
        "2,000/s to 8 groups at linger 5: p50 {:?}, p99 {:?}, {share:.1} % of a core",
        at(50),
        at(99)
    );
}

/// User and system time of a process, in hundredths of a second.
fn cpu_ticks(process: &Child) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.id())).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

fn memory_kib(process: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
