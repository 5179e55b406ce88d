//! Recovery of files after a crash: torn tails are truncated, other damage fails the start.
use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    path::Path,
};

use local_log::{Config, LocalLog, Position, StartError};
use support::{any_port, create, producer, read_topic, segments, send};

use crate::support;

/// A folder with twenty records, as after a crash: without the files of a clean shutdown.
async fn crashed_folder() -> tempfile::TempDir {
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
        Err(StartError::Corrupt { position: Position::Byte(at), .. }) => Some(at),
        Err(other) => panic!("another error: {other}"),
        Ok(log) => {
            log.shutdown().await;
            None
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_tail_is_truncated() {
    let folder = crashed_folder().await;
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
async fn unwritten_zeros_at_the_end_are_truncated() {
    let folder = crashed_folder().await;
    let file = segments(folder.path(), "t").remove(0);
    let mut tail = OpenOptions::new().append(true).open(&file).unwrap();
    tail.write_all(&[0; 10_000]).unwrap();
    let log = support::start(folder.path()).await;
    assert_eq!(read_topic(log.address(), "t").await.len(), 20);
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shortened_file_fails_the_start_after_a_clean_shutdown() {
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
async fn a_start_error_names_its_cause() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    let locked = LocalLog::start(Config::new(any_port(), folder.path())).await;
    assert!(matches!(locked, Err(StartError::InUse(path)) if path == folder.path()));
    let other = tempfile::tempdir().unwrap();
    let taken = LocalLog::start(Config::new(log.address(), other.path())).await;
    assert!(matches!(taken, Err(StartError::AddressInUse(address)) if address == log.address()));
    let file = other.path().join("file");
    File::create(&file).unwrap();
    let not_a_folder = LocalLog::start(Config::new(any_port(), file.join("data"))).await;
    assert!(matches!(not_a_folder, Err(StartError::NotWritable { .. })));
    log.shutdown().await;
}
