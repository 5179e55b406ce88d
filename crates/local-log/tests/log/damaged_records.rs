//! Damaged bytes on disk: their offsets are served as corrupt, all others as stored.
use std::{
    fs,
    path::{Path, PathBuf},
};

use local_log::{Config, DamagedRange, LocalLog};
use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{Consumer, StreamConsumer},
    error::KafkaError,
    message::Message,
};
use support::{child::Child, *};

use crate::support::{
    self,
    batches::{ReceivedBatch, fetch, fetch_all},
    wire::Wire,
};

/// Small segments, so that most are sealed.
const SMALL_SEGMENTS: [(&str, &str); 1] = [("internal.segment.bytes", "16384")];

fn change(file: &Path, at: u64, change: impl FnOnce(&mut [u8])) {
    let mut bytes = fs::read(file).unwrap();
    change(&mut bytes[usize::try_from(at).unwrap()..]);
    fs::write(file, bytes).unwrap();
}

fn range(first_offset: i64, last_offset: i64) -> DamagedRange {
    DamagedRange { topic: "t".into(), partition: 0, first_offset, last_offset }
}

/// A log with several segments of batches of three records: the batches as read, and the files.
async fn fill_log(folder: &Path) -> (Vec<ReceivedBatch>, Vec<PathBuf>) {
    let log = support::start(folder).await;
    create_with(log.address(), "t", 1, &SMALL_SEGMENTS).await;
    let mut wire = Wire::connect(log.address()).await;
    for n in 0..80_u8 {
        let value = vec![n; 40];
        let records = (0..3).flat_map(|at| wire::record(at, Some(b"key"), Some(&value))).collect();
        let sketch = wire::BatchBuilder { records, ..wire::BatchBuilder::new(3) };
        for _ in 0..4 {
            produce(&mut wire, sketch.build()).await;
        }
    }
    let whole = fetch_all(log.address(), "t", 1 << 20).await;
    log.shutdown().await;
    (whole, segments(folder, "t"))
}

async fn produce(wire: &mut Wire, records: bytes::Bytes) {
    use kafka_protocol::messages::{
        ProduceRequest, TopicName,
        produce_request::{PartitionProduceData, TopicProduceData},
    };
    let data = PartitionProduceData::default().with_records(Some(records));
    let name = TopicName(kafka_protocol::protocol::StrBytes::from_static_str("t"));
    let topic = TopicProduceData::default().with_name(name).with_partition_data(vec![data]);
    let request = ProduceRequest::default().with_acks(-1).with_topic_data(vec![topic]);
    assert_eq!(wire.request(&request, 9).await.responses[0].partition_responses[0].error_code, 0);
}

/// All batches are intact except this range, which is one batch with a wrong checksum.
fn assert_only_damage(got: &[ReceivedBatch], whole: &[ReceivedBatch], first: i64, last: i64) {
    let corrupt: Vec<_> = got.iter().filter(|batch| !batch.is_sound).collect();
    assert_eq!(corrupt.len(), 1, "{corrupt:?}");
    assert_eq!((corrupt[0].first, corrupt[0].last), (first, last));
    let sound: Vec<_> = got.iter().filter(|batch| batch.is_sound).collect();
    let expected: Vec<_> = whole.iter().filter(|b| b.last < first || b.first > last).collect();
    assert_eq!(sound, expected);
}

/// Removes the files written by a clean shutdown, as after a crash.
fn remove_shutdown_files(folder: &Path) {
    for entry in fs::read_dir(folder.join("topics/t/0")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "index") || path.ends_with("checkpoint") {
            fs::remove_file(path).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_to_any_byte_of_a_batch_affects_only_that_batch() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, files) = fill_log(folder.path()).await;
    remove_shutdown_files(folder.path());
    let original = fs::read(&files[1]).unwrap();
    let first = files[1].file_stem().unwrap().to_str().unwrap().parse::<i64>().unwrap();
    let size = whole.iter().find(|batch| batch.first == first).unwrap().bytes.len() as u64;
    for at in (0..size).step_by(3).chain([8, 11, 16, 23, 26]) {
        change(&files[1], size + at, |bytes| bytes[0] ^= 4);
        let log = support::start(folder.path()).await;
        assert_eq!(log.damaged_ranges(), [range(first + 3, first + 5)], "byte {at}");
        let got = fetch_all(log.address(), "t", 50_000).await;
        assert_only_damage(&got, &whole, first + 3, first + 5);
        log.shutdown().await;
        fs::write(&files[1], &original).unwrap();
        remove_shutdown_files(folder.path());
    }
    // A restored file is intact again.
    let log = support::start(folder.path()).await;
    assert_eq!(log.damaged_ranges(), []);
    assert_eq!(fetch_all(log.address(), "t", 1 << 20).await, whole);
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_over_headers_is_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, files) = fill_log(folder.path()).await;
    let first = files[2].file_stem().unwrap().to_str().unwrap().parse::<i64>().unwrap();
    let size = whole.iter().find(|batch| batch.first == first).unwrap().bytes.len() as u64;
    // From the middle of the second batch to the middle of the fourth.
    change(&files[2], size + size / 2, |bytes| {
        bytes[..usize::try_from(size * 2).unwrap()].fill(0xee);
    });
    for notes in [true, false] {
        if !notes {
            remove_shutdown_files(folder.path());
        }
        for max_bytes in [1, 1_000, 1 << 20] {
            let log = support::start(folder.path()).await;
            let got = fetch_all(log.address(), "t", max_bytes).await;
            assert_only_damage(&got, &whole, first + 3, first + 11);
            assert_eq!(log.damaged_ranges(), [range(first + 3, first + 11)]);
            log.shutdown().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_garbage_affects_only_its_records() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, files) = fill_log(folder.path()).await;
    let base = |n: usize| files[n].file_stem().unwrap().to_str().unwrap().parse::<i64>().unwrap();
    change(&files[0], 0, |bytes| bytes.fill(0x5a));
    let log = support::start(folder.path()).await;
    let got = fetch_all(log.address(), "t", 1 << 20).await;
    assert_only_damage(&got, &whole, 0, base(1) - 1);
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_found_by_a_read_is_remembered_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, files) = fill_log(folder.path()).await;
    let first = files[1].file_stem().unwrap().to_str().unwrap().parse::<i64>().unwrap();
    change(&files[1], 100, |bytes| bytes[0] ^= 1);
    let child = Child::start(folder.path()).await;
    let got = fetch_all(child.address, "t", 1 << 20).await;
    assert_only_damage(&got, &whole, first, first + 2);
    child.kill().await;
    let log = support::start(folder.path()).await;
    assert_eq!(log.damaged_ranges(), [range(first, first + 2)]);
    // Lookups by timestamp skip the damage too.
    let sent = i64::try_from(whole.len() * 3).unwrap();
    assert_eq!(watermarks(log.address(), "t").await, (0, sent));
    let (by_time, times) = look_up_by_time(&log).await;
    assert_eq!((by_time, times), (0, sent));
    log.shutdown().await;
}

/// The offset found by the first record's timestamp, and the number of records from there on.
async fn look_up_by_time(log: &LocalLog) -> (i64, i64) {
    let consumer: rdkafka::consumer::BaseConsumer = client(log.address()).create().unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset("t", 0, Offset::Offset(5_000)).unwrap();
    let found = consumer.offsets_for_times(list, HANG).unwrap();
    let Offset::Offset(first) = found.elements()[0].offset() else { panic!("{found:?}") };
    (first, watermarks(log.address(), "t").await.1)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_continues_after_a_damaged_last_record() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "t", 1).await;
    send(&producer(log.address()), "t", "k", "first").await;
    send(&producer(log.address()), "t", "k", "last").await;
    log.shutdown().await;
    let file = segments(folder.path(), "t").remove(0);
    change(&file, fs::metadata(&file).unwrap().len() - 2, |bytes| bytes[0] ^= 1);
    for round in 0..2 {
        let log = support::start(folder.path()).await;
        assert_eq!(log.damaged_ranges(), [range(1, 1)]);
        assert_eq!(send(&producer(log.address()), "t", "k", "after").await, (0, 2 + round));
        let got = fetch_all(log.address(), "t", 1 << 20).await;
        let corrupt: Vec<_> = got.iter().filter(|b| !b.is_sound).map(|b| b.first).collect();
        assert_eq!((got.len(), corrupt), (3 + usize::try_from(round).unwrap(), vec![1]));
        log.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_offset_of_a_damaged_last_record_is_not_reused_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let child = Child::start(folder.path()).await;
    create(child.address, "t", 1).await;
    for value in ["first", "last"] {
        send(&producer(child.address), "t", "k", value).await;
    }
    child.kill().await;
    let file = segments(folder.path(), "t").remove(0);
    change(&file, fs::metadata(&file).unwrap().len() - 3, |bytes| bytes[0] ^= 1);
    let child = Child::start(folder.path()).await;
    assert_eq!(send(&producer(child.address), "t", "k", "after").await, (0, 2));
    let got = fetch_all(child.address, "t", 1 << 20).await;
    let corrupt: Vec<_> = got.iter().filter(|b| !b.is_sound).map(|b| b.first).collect();
    assert_eq!((got.len(), corrupt), (3, vec![1]));
    child.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_verifies_checksums_gets_an_error_and_continues_after_the_damage() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, files) = fill_log(folder.path()).await;
    change(&files[1], 200, |bytes| bytes[..300].fill(0xcc));
    let log = support::start(folder.path()).await;
    let consumer: StreamConsumer =
        client(log.address()).set("group.id", "checks").set("check.crcs", "true").create().unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset("t", 0, Offset::Beginning).unwrap();
    consumer.assign(&list).unwrap();
    drop(list);
    let (mut offsets, mut corrupt) = (Vec::new(), 0);
    let end = i64::try_from(whole.len() * 3).unwrap();
    while offsets.last() != Some(&(end - 1)) {
        match in_time("read", consumer.recv()).await {
            Ok(message) => offsets.push(message.offset()),
            Err(KafkaError::MessageConsumption(code)) => {
                assert_eq!(code, rdkafka::error::RDKafkaErrorCode::BadMessage);
                corrupt += 1;
                // librdkafka stays at the damage until the application seeks past it.
                let behind = Offset::Offset(log.damaged_ranges()[0].last_offset + 1);
                consumer.seek("t", 0, behind, HANG).unwrap();
            }
            Err(other) => panic!("{other}"),
        }
    }
    let damaged: i64 =
        log.damaged_ranges().iter().map(|d| d.last_offset - d.first_offset + 1).sum();
    assert!(corrupt > 0);
    assert_eq!(i64::try_from(offsets.len()).unwrap(), end - damaged);
    assert!(offsets.is_sorted());
    close(consumer).await;
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retention_deletes_damaged_segments() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, files) = fill_log(folder.path()).await;
    change(&files[0], 0, |bytes| bytes[..40].fill(1));
    let log = support::start(folder.path()).await;
    fetch_all(log.address(), "t", 1 << 20).await;
    assert_eq!(log.damaged_ranges(), [range(0, 2)]);
    log.shutdown().await;
    // The records are from 1970, so they are now expired.
    let mut config = Config::new(any_port(), folder.path());
    config.cleaner_interval = std::time::Duration::from_millis(20);
    let log = LocalLog::start(config).await.unwrap();
    wait_until("retention", || segments(folder.path(), "t").len() == 1).await;
    wait_until("the end of the damage", || log.damaged_ranges().is_empty()).await;
    wait_until("the end of its note", || !folder.path().join("topics/t/0/damage").exists()).await;
    let end = i64::try_from(whole.len() * 3).unwrap();
    assert_eq!(watermarks(log.address(), "t").await, (end, end));
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn compaction_skips_a_damaged_segment() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    let compacted = [
        ("cleanup.policy", "compact"),
        ("internal.segment.bytes", "16384"),
        ("min.cleanable.dirty.ratio", "0.01"),
        ("delete.retention.ms", "0"),
    ];
    create_with(log.address(), "t", 1, &compacted).await;
    let sender = producer(log.address());
    for n in 0..300 {
        let value = format!("{n} {}", "words ".repeat(60));
        send(&sender, "t", &(n % 5).to_string(), &value).await;
    }
    log.shutdown().await;
    let files = segments(folder.path(), "t");
    change(&files[1], 500, |bytes| bytes[..20].fill(3));
    let damaged = fs::read(&files[1]).unwrap();
    let log = start_cleaning(folder.path()).await;
    wait_until("compaction", || segments(folder.path(), "t").len() <= 4).await;
    assert_eq!(log.damaged_ranges().len(), 1);
    assert_eq!(fs::read(&files[1]).unwrap(), damaged);
    let got = fetch_all(log.address(), "t", 1 << 20).await;
    assert_eq!(got.iter().filter(|batch| !batch.is_sound).count(), 1);
    let sound = |n: i64| got.iter().any(|b| b.is_sound && (b.first..=b.last).contains(&n));
    assert!((295..300).all(sound));
    let mut wire = Wire::connect(log.address()).await;
    assert_eq!(fetch(&mut wire, "t", 300, 1_000).await, (Vec::new(), 300));
    log.shutdown().await;
}
