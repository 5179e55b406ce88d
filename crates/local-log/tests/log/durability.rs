//! Acknowledged records survive a kill and a power cut.
use std::{
    collections::BTreeSet,
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use child::Child;
use local_log::{Config, LocalLog};
use rdkafka::producer::{FutureProducer, FutureRecord};
use support::{any_port, create, in_time, producer, read_topic};

use crate::support::{self, child};

/// Acknowledged values so far.
type Acked = Arc<Mutex<BTreeSet<String>>>;

/// Sends until aborted, and collects the acknowledged values.
fn send_load(producer: &FutureProducer, acked: &Acked) -> tokio::task::JoinSet<()> {
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..40 {
        let (producer, acked) = (producer.clone(), Arc::clone(acked));
        senders.spawn(async move {
            for n in 0.. {
                let value = format!("{sender}-{n}");
                let key = value.clone();
                let record = FutureRecord::to("load").key(&key).payload(&value);
                if producer.send(record, Duration::from_secs(5)).await.is_ok() {
                    acked.lock().unwrap().insert(value);
                }
            }
        });
    }
    senders
}

async fn wait_for(acked: &Acked, count: usize) {
    let enough = async {
        while acked.lock().unwrap().len() < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    in_time("acknowledgements", enough).await;
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else if path.extension().is_none_or(|e| e != "tmp") {
            // A file may be renamed meanwhile; a power cut can have the same effect.
            let _ = fs::copy(&path, target);
        }
    }
}

/// Truncates the copied files to their synced length, and appends zeros to some.
fn cut_to(original: &Path, copied: &Path, synced: &[(PathBuf, u64)]) {
    for topic in fs::read_dir(copied.join("topics/load")).unwrap() {
        for entry in fs::read_dir(topic.unwrap().path()).unwrap() {
            let path = entry.unwrap().path();
            let known = original.join(path.strip_prefix(copied).unwrap());
            let Some((_, bytes)) = synced.iter().find(|(path, _)| *path == known) else {
                // Newer than the recorded lengths, or a file that is never synced.
                fs::remove_file(path).unwrap();
                continue;
            };
            let file = OpenOptions::new().write(true).open(&path).unwrap();
            let length = file.metadata().unwrap().len();
            file.set_len(*bytes).unwrap();
            let newest = synced.iter().rfind(|(path, _)| path.parent() == known.parent());
            if bytes % 2 == 0 && newest.is_some_and(|(path, _)| *path == known) {
                file.set_len(length.max(*bytes)).unwrap();
            }
        }
    }
}

/// Simulates a power cut under load: unsynced bytes are lost.
async fn simulate_power_cut(fsync: bool) -> (usize, usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(any_port(), folder.path());
    config.fsync = fsync;
    config.segment_bytes = 100_000;
    let log = LocalLog::start(config).await.unwrap();
    create(log.address(), "load", 8).await;
    let acked = Acked::default();
    let producer = producer(log.address());
    let mut senders = send_load(&producer, &acked);
    wait_for(&acked, 5_000).await;
    // The order matters: values acknowledged before the lengths are read must be within them.
    let expected = acked.lock().unwrap().clone();
    let synced = log.synced_lengths();
    let after = tempfile::tempdir().unwrap();
    copy(folder.path(), after.path());
    cut_to(folder.path(), after.path(), &synced);
    senders.shutdown().await;
    drop(producer);
    log.shutdown().await;
    let log = support::start(after.path()).await;
    let found: BTreeSet<String> = read_topic(log.address(), "load").await.into_values().collect();
    log.shutdown().await;
    (expected.len(), expected.difference(&found).count())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_loses_no_acknowledged_record() {
    let (acked, lost) = simulate_power_cut(true).await;
    assert!(acked >= 5_000);
    assert_eq!(lost, 0, "of {acked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_fsync_a_power_cut_loses_records() {
    // Shows that the test above can fail.
    assert!(simulate_power_cut(false).await.1 > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_under_load_loses_no_acknowledged_record() {
    let folder = tempfile::tempdir().unwrap();
    let child = Child::start(folder.path()).await;
    let address = child.address;
    create(address, "load", 8).await;
    let acked = Acked::default();
    let producer = producer(address);
    let mut senders = send_load(&producer, &acked);
    wait_for(&acked, 5_000).await;
    child.kill().await;
    senders.shutdown().await;
    let acked = acked.lock().unwrap().clone();
    let log = support::start(folder.path()).await;
    let found = read_topic(log.address(), "load").await;
    let values: BTreeSet<String> = found.values().cloned().collect();
    assert_eq!(acked.difference(&values).count(), 0);
    assert_eq!(values.len(), found.len(), "a record was stored twice");
    log.shutdown().await;
}
