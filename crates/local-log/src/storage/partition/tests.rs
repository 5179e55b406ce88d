//! Compaction: readers of replaced segments, and producers of removed records.

use std::{
    collections::BTreeMap,
    fs::{self, File},
};

use super::{
    super::{
        batch::{BatchHeader, HEADER_BYTES, tests::build},
        producers::SequenceCheck,
        recovery::{self, RecoveredPartition},
    },
    *,
};
use crate::{config::Config, settings::Policy};

fn policy() -> Policy {
    let given = [("cleanup.policy", "compact"), ("internal.segment.bytes", "16384")];
    let given: BTreeMap<_, _> = given.map(|(n, v)| (n.to_owned(), v.to_owned())).into();
    Policy::from_configs(&given, &Config::new("127.0.0.1:0".parse().unwrap(), ""))
}

/// A batch of one record with this key and a long value.
fn keyed_batch(key: u8, producer: (i64, i16, i32)) -> Vec<u8> {
    let mut record = vec![0, 0, 0, 2, key, 0xd0, 0x0f];
    record.extend([7; 1_000]);
    record.push(0);
    let [low, high] = u16::try_from(record.len() * 2).unwrap().to_le_bytes();
    // Two bytes of seven bits each.
    let mut body = vec![low | 0x80, (high << 1) | (low >> 7)];
    body.extend(record);
    build(0, 1, producer, &body)
}

fn append(partition: &Arc<Partition>, batch: &[u8]) {
    let header = BatchHeader::verify(batch).unwrap();
    let appended = partition.append(batch, &header, &policy()).unwrap();
    assert!(matches!(appended, AppendOutcome::Stored { .. }));
}

/// A compacted partition, in which the only record of one producer is superseded; and the
/// segments before the compaction.
fn compacted_partition(folder: &Path) -> (Arc<Partition>, Vec<Arc<Segment>>) {
    let flusher = Flusher::new(Arc::new(File::sync_data));
    let empty = RecoveredPartition::default();
    let files = OpenFiles::new(10);
    let partition = Arc::new(Partition::new(folder.into(), false, flusher, files, empty));
    append(&partition, &keyed_batch(1, (7, 0, 0)));
    for _ in 0..60 {
        append(&partition, &keyed_batch(1, (-1, -1, -1)));
    }
    let before = partition.segments();
    assert!(before.len() > 3);
    assert!(partition.compact(&policy(), 0, 1_000, || false).unwrap());
    (partition, before)
}

#[test]
fn a_reader_that_started_before_a_compaction_continues() {
    let folder = tempfile::tempdir().unwrap();
    let (partition, before) = compacted_partition(folder.path());
    let after = partition.segments();
    assert!(after[0].visible_bytes() < before[0].visible_bytes());
    for segment in &before {
        let mut position = 0;
        while position < segment.visible_bytes() {
            let mut start = [0; HEADER_BYTES];
            assert_eq!(segment.read_at(&mut start, position).unwrap(), HEADER_BYTES);
            let header = BatchHeader::parse(&start).unwrap();
            assert_eq!(header.count, 1);
            position += header.size_bytes as u64;
        }
    }
}

#[test]
fn a_producer_is_remembered_after_its_records_are_compacted_away() {
    let folder = tempfile::tempdir().unwrap();
    drop(compacted_partition(folder.path()));
    // Without the checkpoint, only the segments contain the producer.
    fs::remove_file(folder.path().join("checkpoint")).unwrap();
    let recovered = recovery::recover(folder.path()).unwrap();
    assert_eq!(recovered.next_offset, 61);
    let again = BatchHeader::parse(&keyed_batch(1, (7, 0, 0))).unwrap();
    let duplicate = SequenceCheck::Duplicate { base_offset: 0, last_offset: 0 };
    assert_eq!(recovered.producers.check_sequence(&again), duplicate);
}
