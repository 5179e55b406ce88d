//! Throughput of one producer and one consumer.

use std::time::{Duration, Instant};

use rdkafka::{
    consumer::{BaseConsumer, Consumer},
    producer::{BaseProducer, BaseRecord, Producer},
};

use crate::{Figures, client, process::LogProcess};

/// Reached only by a hang.
const HANG: Duration = Duration::from_mins(5);

pub(crate) fn measure(log: &LogProcess, figures: &mut Figures, records: usize) {
    let (rate, cpu_us) = measure_work(log, records, || produce(log, records));
    figures.at_least("produce, 300 B, idempotent, acks=all", "records/s", rate, 300_000.0);
    figures.record("produce, CPU of the log", "µs per record", cpu_us);
    let consumer = subscribe(log);
    let (rate, cpu_us) = measure_work(log, records, || consume(&consumer, records));
    figures.at_least("consume, 300 B", "records/s", rate, 450_000.0);
    figures.record("consume, CPU of the log", "µs per record", cpu_us);
}

/// Runs `work`; returns records per second and CPU microseconds per record.
fn measure_work(log: &LogProcess, records: usize, work: impl FnOnce()) -> (f64, f64) {
    let (start, cpu) = (Instant::now(), log.cpu_s());
    work();
    let elapsed_s = start.elapsed().as_secs_f64();
    (records as f64 / elapsed_s, (log.cpu_s() - cpu) * 1e6 / records as f64)
}

fn produce(log: &LogProcess, records: usize) {
    let mut config = client(log);
    config.set("enable.idempotence", "true").set("linger.ms", "5");
    config.set("queue.buffering.max.messages", "500000");
    let producer: BaseProducer = config.create().unwrap();
    let payload = [b'x'; 300];
    for n in 0..records {
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
    producer.flush(HANG).unwrap();
}

/// A consumer with assigned partitions that has read the first record.
fn subscribe(log: &LogProcess) -> BaseConsumer {
    let mut config = client(log);
    config.set("group.id", "bulk").set("auto.offset.reset", "earliest");
    let consumer: BaseConsumer = config.create().unwrap();
    consumer.subscribe(&["bulk"]).unwrap();
    // The rebalance before the first record also ends a poll.
    while !matches!(consumer.poll(HANG), Some(Ok(_))) {}
    consumer
}

fn consume(consumer: &BaseConsumer, records: usize) {
    let mut count = 1;
    while count < records {
        count += usize::from(matches!(consumer.poll(HANG), Some(Ok(_))));
    }
}
