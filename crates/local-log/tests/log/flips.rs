//! A flipped bit in any file is harmless, refused or reported; a torn line is truncated.
use std::{
    fs::{self, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::Path,
};

use local_log::{Config, LocalLog, Position, StartError};
use rdkafka::{
    admin::{AdminClient, AdminOptions},
    client::DefaultClientContext,
    consumer::{CommitMode, Consumer},
};
use support::{any_port, create, producer, read_topic, segments, send};

use crate::support;

fn flip_byte(file: &Path, at: u64) {
    let mut file = OpenOptions::new().read(true).write(true).open(file).unwrap();
    let mut byte = [0];
    file.seek(SeekFrom::Start(at)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&[byte[0] ^ 4]).unwrap();
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

/// All stored state: records, committed offsets, topics, an advanced start offset.
async fn read_everything(log: &LocalLog) -> String {
    let records = read_topic(log.address(), "t").await;
    let start = support::watermarks(log.address(), "t").await;
    let reader = support::consumer(log.address(), "readers");
    let committed = {
        let mut list = rdkafka::TopicPartitionList::new();
        list.add_partition("t", 0);
        let found = reader.committed_offsets(list, support::HANG).unwrap();
        format!("{:?}", found.elements()[0].offset())
    };
    support::close(reader).await;
    format!("{records:?} {start:?} {committed}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_anywhere_is_refused_reported_or_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "t", 1).await;
    let sender = producer(log.address());
    for n in 0..10 {
        send(&sender, "t", "k", &format!("value {n}")).await;
    }
    let reader = support::consumer(log.address(), "readers");
    let (mut upto, mut committed) =
        (rdkafka::TopicPartitionList::new(), rdkafka::TopicPartitionList::new());
    upto.add_partition_offset("t", 0, rdkafka::Offset::Offset(3)).unwrap();
    committed.add_partition_offset("t", 0, rdkafka::Offset::Offset(7)).unwrap();
    reader.commit(&committed, CommitMode::Sync).unwrap();
    drop(committed);
    support::close(reader).await;
    let admin: AdminClient<DefaultClientContext> = support::client(log.address()).create().unwrap();
    admin.delete_records(&upto, &AdminOptions::new()).await.unwrap();
    drop((upto, sender));
    let expected = read_everything(&log).await;
    log.shutdown().await;
    let partition = folder.path().join("topics/t/0");
    let index = segments(folder.path(), "t")[0].with_extension("index");
    let segment = segments(folder.path(), "t").remove(0);
    let notes = [index, partition.join("checkpoint")];
    let rest = ["groups.journal", "topics.json", "producer-ids"].map(|n| folder.path().join(n));
    let (mut refused, mut reported) = (0, 0);
    for file in notes.iter().chain(&rest).chain([&segment, &partition.join("marks")]) {
        let size = fs::metadata(file).unwrap().len();
        let original = fs::read(file).unwrap();
        // The last byte of a text file is an irrelevant line break.
        for at in (0..size - 1).step_by(usize::try_from(size / 7).unwrap().max(1)) {
            flip_byte(file, at);
            let place = format!("byte {at} of {}", file.display());
            match LocalLog::start(config_without_retention(folder.path())).await {
                Ok(log) => {
                    // Records may be damaged, if the damage is reported.
                    if log.damaged_ranges().is_empty() {
                        assert_eq!(read_everything(&log).await, expected, "{place}");
                    } else {
                        assert_eq!(*file, segment, "{place}");
                        reported += 1;
                    }
                    log.shutdown().await;
                }
                Err(StartError::Corrupt { .. }) => {
                    assert!(!notes.contains(file), "{place} can be done without");
                    refused += 1;
                }
                Err(other) => panic!("{place}: {other}"),
            }
            fs::write(file, &original).unwrap();
        }
    }
    assert!(refused > 15 && reported > 5, "{refused} refused, {reported} reported");
}

fn config_without_retention(folder: &Path) -> Config {
    let mut config = Config::new(any_port(), folder);
    config.retention_ms = -1;
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_journal_line_is_truncated_and_a_damaged_one_refused() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "t", 1).await;
    let reader = support::consumer(log.address(), "readers");
    for offset in 1..=3 {
        let mut list = rdkafka::TopicPartitionList::new();
        list.add_partition_offset("t", 0, rdkafka::Offset::Offset(offset)).unwrap();
        reader.commit(&list, CommitMode::Sync).unwrap();
    }
    support::close(reader).await;
    log.shutdown().await;
    let file = folder.path().join("groups.journal");
    let whole = fs::read(&file).unwrap();
    let half_a_line = &whole[..40];
    for tail in [half_a_line, &[0; 5_000]] {
        fs::write(&file, [&whole[..], tail].concat()).unwrap();
        let log = support::start(folder.path()).await;
        assert!(read_everything(&log).await.contains("Offset(3)"));
        log.shutdown().await;
        assert_eq!(fs::read(&file).unwrap(), whole);
    }
    for at in [20, whole.len() as u64 - 20] {
        flip_byte(&file, at);
        assert!(corrupt_offset(folder.path()).await.is_some());
        flip_byte(&file, at);
    }
}
