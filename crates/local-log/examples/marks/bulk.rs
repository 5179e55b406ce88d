//! Throughput: as many records as the client can send and take.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use crate::process::LogProcess;
use crate::{Marks, client};

/// Longer than anything takes.
const LONG: Duration = Duration::from_mins(5);

pub(crate) fn measure(log: &LogProcess, marks: &mut Marks, records: usize) {
    let (rate, cpu_us) = timed(log, records, || produce(log, records));
    marks.at_least("produce, 300 B, idempotent, acks=all", "records/s", rate, 300_000.0);
    marks.note("produce, CPU of the log", "µs a record", cpu_us);
    let consumer = subscribed(log);
    let (rate, cpu_us) = timed(log, records, || consume(&consumer, records));
    marks.at_least("consume, 300 B", "records/s", rate, 450_000.0);
    marks.note("consume, CPU of the log", "µs a record", cpu_us);
}

fn timed(log: &LogProcess, records: usize, work: impl FnOnce()) -> (f64, f64) {
    let (start, cpu) = (Instant::now(), log.cpu_s());
    work();
    let took = start.elapsed().as_secs_f64();
    (records as f64 / took, (log.cpu_s() - cpu) * 1e6 / records as f64)
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
    producer.flush(LONG).unwrap();
}

/// A consumer that has its partitions, and the first record.
fn subscribed(log: &LogProcess) -> BaseConsumer {
    let mut config = client(log);
    config.set("group.id", "bulk").set("auto.offset.reset", "earliest");
    let consumer: BaseConsumer = config.create().unwrap();
    consumer.subscribe(&["bulk"]).unwrap();
    // Before the first record comes a rebalance, which ends a poll, too.
    while !matches!(consumer.poll(LONG), Some(Ok(_))) {}
    consumer
}

fn consume(consumer: &BaseConsumer, records: usize) {
    let mut count = 1;
    while count < records {
        count += usize::from(matches!(consumer.poll(LONG), Some(Ok(_))));
    }
}
