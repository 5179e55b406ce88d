//! A log in memory: topics, partitions, offsets, and followers that get each record when written.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex},
};

use events::{Follower, OutgoingRecord, PublishError, Publisher, Record, RecordPosition, Topic};

use super::{Faults, lock};

const PARTITIONS: u64 = 3;

type Partitions = BTreeMap<(Topic, i32), Vec<Record>>;

#[derive(Clone)]
pub struct Log {
    partitions: Arc<Mutex<Partitions>>,
    followers: Arc<Mutex<Vec<Arc<dyn Follower>>>>,
    faults: Faults,
}

impl Log {
    pub fn new(faults: Faults) -> Self {
        Self { partitions: Arc::default(), followers: Arc::default(), faults }
    }

    /// Adds a follower of every record from now on.
    pub fn follow(&self, follower: Arc<dyn Follower>) {
        lock(&self.followers).push(follower);
    }

    /// Writes an event without any fault.
    pub fn append(&self, event: &OutgoingRecord) -> Record {
        let topic: Topic = event.topic.parse().unwrap();
        // With its fixed keys, this hasher puts a key into the same partition in every run.
        let mut hasher = DefaultHasher::new();
        event.key.hash(&mut hasher);
        let partition = i32::try_from(hasher.finish() % PARTITIONS).unwrap();
        let record = {
            let mut partitions = lock(&self.partitions);
            let records = partitions.entry((topic, partition)).or_default();
            let offset = i64::try_from(records.len()).unwrap();
            records.push(Record::delivered(event, topic, partition, offset));
            records[records.len() - 1].clone()
        };
        for follower in lock(&self.followers).iter() {
            follower.apply(&record);
        }
        record
    }

    /// All records of `topics`, by topic, each partition in order.
    pub fn read(&self, topics: &[Topic]) -> Vec<Record> {
        let partitions = lock(&self.partitions);
        let of = |topic: &Topic| {
            let topic = *topic;
            partitions.iter().filter(move |((t, _), _)| *t == topic).flat_map(|(_, r)| r.clone())
        };
        topics.iter().flat_map(of).collect()
    }

    /// All records.
    pub fn all(&self) -> Vec<Record> {
        self.read(Topic::ALL)
    }
}

impl Publisher for Log {
    async fn publish(
        &self,
        events: Vec<OutgoingRecord>,
    ) -> Result<Vec<RecordPosition>, PublishError> {
        // Lets two requests both read before either writes.
        tokio::task::yield_now().await;
        let write = || events.iter().map(|event| self.append(event).position()).collect();
        Ok(self.faults.call("log.publish", write)?)
    }
}
