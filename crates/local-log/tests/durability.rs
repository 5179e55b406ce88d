//! What was acknowledged is still there: after a kill, after a power cut, after damage.

mod support;

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use local_log::{Config, LocalLog, StartError};
use rdkafka::producer::{FutureProducer, FutureRecord};
use support::{any_port, create, in_time, producer, read_topic, send};

/// Segment files of a topic, oldest first.
fn segments(folder: &Path, topic: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join("topics").join(topic).join("0")).unwrap();
    let mut files: Vec<_> = entries.map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "log"));
    files.sort();
    files
}

fn flip_byte(file: &Path, at: u64) {
    let mut file = OpenOptions::new().read(true).write(true).open(file).unwrap();
    let mut byte = [0];
    file.seek(SeekFrom::Start(at)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&[byte[0] ^ 4]).unwrap();
}

/// A folder with twenty records, as a crash would leave it: without the notes of a clean end.
async fn after_a_crash() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "t", 1).await;
    let producer = producer(log.address());
    for n in 0..20 {
        send(&producer, "t", "k", &format!("value {n}")).await;
    }
    drop(producer);
    log.shutdown().await;
    fs::remove_file(folder.path().join("topics/t/0/checkpoint")).unwrap();
    folder
}

async fn corrupt_offset(folder: &Path) -> Option<u64> {
    match LocalLog::start(Config::new(any_port(), folder)).await {
        Err(StartError::Corrupt { offset_bytes, .. }) => Some(offset_bytes),
        Err(other) => panic!("another error: {other}"),
        Ok(log) => {
            log.shutdown().await;
            None
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_tail_is_cut_off() {
    let folder = after_a_crash().await;
    let file = segments(folder.path(), "t").remove(0);
    let size = fs::metadata(&file).unwrap().len();
    let cut = OpenOptions::new().write(true).open(&file).unwrap();
    cut.set_len(size - 3).unwrap();
    drop(cut);
    let log = support::start(folder.path()).await;
    assert_eq!(read_topic(log.address(), "t").await.len(), 19);
    let (_, offset) = send(&producer(log.address()), "t", "k", "again").await;
    assert_eq!(offset, 19);
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn zeros_where_nothing_was_written_are_cut_off() {
    let folder = after_a_crash().await;
    let file = segments(folder.path(), "t").remove(0);
    let mut tail = OpenOptions::new().append(true).open(&file).unwrap();
    tail.write_all(&[0; 10_000]).unwrap();
    let log = support::start(folder.path()).await;
    assert_eq!(read_topic(log.address(), "t").await.len(), 20);
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_in_the_middle_is_refused_with_its_place() {
    let folder = after_a_crash().await;
    let file = segments(folder.path(), "t").remove(0);
    let middle = fs::metadata(&file).unwrap().len() / 2;
    // Every byte of more than one record: offset, length, checksum, everything.
    for at in middle..middle + 100 {
        flip_byte(&file, at);
        let found = corrupt_offset(folder.path()).await;
        let found = found.unwrap_or_else(|| panic!("started with byte {at} changed"));
        assert!(found <= at && at - found < 200, "byte {at}, found at {found}");
        flip_byte(&file, at);
    }
    assert_eq!(corrupt_offset(folder.path()).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_after_a_clean_end_is_refused_even_in_the_last_record() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "t", 1).await;
    send(&producer(log.address()), "t", "k", "first").await;
    send(&producer(log.address()), "t", "k", "last").await;
    log.shutdown().await;
    let file = segments(folder.path(), "t").remove(0);
    flip_byte(&file, fs::metadata(&file).unwrap().len() - 2);
    assert!(corrupt_offset(folder.path()).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shortened_file_is_refused_after_a_clean_end() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "t", 1).await;
    send(&producer(log.address()), "t", "k", "v").await;
    log.shutdown().await;
    let file = segments(folder.path(), "t").remove(0);
    File::create(&file).unwrap();
    assert!(corrupt_offset(folder.path()).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_says_what_is_in_its_way() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    let locked = LocalLog::start(Config::new(any_port(), folder.path())).await;
    assert!(matches!(locked, Err(StartError::Locked(path)) if path == folder.path()));
    let other = tempfile::tempdir().unwrap();
    let taken = LocalLog::start(Config::new(log.address(), other.path())).await;
    assert!(matches!(taken, Err(StartError::AddressInUse(address)) if address == log.address()));
    let file = other.path().join("file");
    File::create(&file).unwrap();
    let not_a_folder = LocalLog::start(Config::new(any_port(), file.join("data"))).await;
    assert!(matches!(not_a_folder, Err(StartError::NotWritable { .. })));
    log.shutdown().await;
}

/// Values that were acknowledged so far.
type Acked = Arc<Mutex<BTreeSet<String>>>;

/// Sends until it is aborted, and notes what was acknowledged.
fn load(producer: &FutureProducer, acked: &Acked) -> tokio::task::JoinSet<()> {
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
            // A file may be renamed away in between: a power cut is no kinder.
            let _ = fs::copy(&path, target);
        }
    }
}

/// Cuts the power under load: what no sync has covered is lost, or was never written.
async fn power_cut(fsync: bool) -> (usize, usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(any_port(), folder.path());
    config.fsync = fsync;
    config.segment_bytes = 100_000;
    let log = LocalLog::start(config).await.unwrap();
    create(log.address(), "load", 8).await;
    let acked = Acked::default();
    let producer = producer(log.address());
    let mut senders = load(&producer, &acked);
    wait_for(&acked, 5_000).await;
    // In this order: what was acknowledged before the lengths are taken must be within them.
    let expected = acked.lock().unwrap().clone();
    let synced = log.synced_lengths();
    let after = tempfile::tempdir().unwrap();
    copy(folder.path(), after.path());
    for (path, bytes) in synced {
        let copied = after.path().join(path.strip_prefix(folder.path()).unwrap());
        let file = OpenOptions::new().write(true).open(copied).unwrap();
        let length = file.metadata().unwrap().len();
        file.set_len(bytes).unwrap();
        // Every other file keeps its length: its last blocks were never written.
        if bytes % 2 == 0 {
            file.set_len(length.max(bytes)).unwrap();
        }
    }
    senders.shutdown().await;
    drop(producer);
    log.shutdown().await;
    let log = support::start(after.path()).await;
    let found: BTreeSet<String> = read_topic(log.address(), "load").await.into_values().collect();
    log.shutdown().await;
    (expected.len(), expected.difference(&found).count())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_loses_nothing_that_was_acknowledged() {
    let (acked, lost) = power_cut(true).await;
    assert!(acked >= 5_000);
    assert_eq!(lost, 0, "of {acked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_fsync_the_power_cut_does_lose_records() {
    // Shows that the test above can fail.
    assert!(power_cut(false).await.1 > 0);
}

/// Not a test of its own: serves a folder until it is killed.
#[test]
fn child_log() {
    let Ok(folder) = std::env::var("LOCAL_LOG_TEST_FOLDER") else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let log = support::start(Path::new(&folder)).await;
        let beside = Path::new(&folder).join("address.new");
        fs::write(&beside, log.address().to_string()).unwrap();
        fs::rename(&beside, Path::new(&folder).join("address")).unwrap();
        std::future::pending::<()>().await;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_under_load_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_log"])
        .env("LOCAL_LOG_TEST_FOLDER", folder.path())
        .stdout(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let address = async {
        loop {
            if let Ok(text) = fs::read_to_string(folder.path().join("address")) {
                return text.parse::<SocketAddr>().unwrap();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let address = in_time("start of the child", address).await;
    create(address, "load", 8).await;
    let acked = Acked::default();
    let producer = producer(address);
    let mut senders = load(&producer, &acked);
    wait_for(&acked, 5_000).await;
    child.kill().await.unwrap();
    senders.shutdown().await;
    let acked = acked.lock().unwrap().clone();
    let log = support::start(folder.path()).await;
    let found = read_topic(log.address(), "load").await;
    let values: BTreeSet<String> = found.values().cloned().collect();
    assert_eq!(acked.difference(&values).count(), 0);
    assert_eq!(values.len(), found.len(), "a record was stored twice");
    log.shutdown().await;
}
