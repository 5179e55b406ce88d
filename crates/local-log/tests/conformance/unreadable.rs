//! Unreadable batches are refused with the same error codes.

use std::io::Write;

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::{
    messages::{
        ProduceRequest, ProduceResponse, TopicName,
        produce_request::{PartitionProduceData, TopicProduceData},
    },
    protocol::StrBytes,
};

use crate::{
    batches::produce,
    engine::{Engine, KEPT, on_both},
    member::text,
    support::read_topic,
    wire::{BatchBuilder, Wire, batch, record},
};

on_both!(
    records_that_contradict_their_header_are_refused,
    compressed_records_must_match_their_codec,
    valid_compressed_batches_are_stored,
    invalid_headers_are_refused,
    a_decompression_bomb_blocks_no_other_request,
    refused_records_are_listed,
    records_with_timestamps_out_of_bounds_are_listed,
    log_append_time_replaces_the_timestamp,
);

const CORRUPT: i16 = 2;
const INVALID: i16 = 87;
/// `UNKNOWN_SERVER_ERROR`, which Apache Kafka returns in some cases where the log names the reason.
const UNEXPECTED: i16 = -1;

fn gzip(records: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(records).unwrap();
    encoder.finish().unwrap()
}

fn lz4(records: &[u8]) -> Vec<u8> {
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    encoder.write_all(records).unwrap();
    encoder.finish().unwrap()
}

fn snappy(records: &[u8]) -> Vec<u8> {
    let block = snap::raw::Encoder::new().compress_vec(records).unwrap();
    let mut framed = BytesMut::from(&b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01"[..]);
    framed.put_u32(u32::try_from(block.len()).unwrap());
    framed.put_slice(&block);
    framed.to_vec()
}

fn zstd(records: &[u8]) -> Vec<u8> {
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    ruzstd::encoding::compress_to_vec(records, level)
}

type Compress = fn(&[u8]) -> Vec<u8>;

/// Codecs by their number in the attributes.
const CODECS: [(i16, Compress); 4] = [(1, gzip), (2, snappy), (3, lz4), (4, zstd)];

/// Asserts that a batch is refused with one of these codes, and a later valid one stored.
async fn assert_refused(wire: &mut Wire, topic: &str, what: &str, records: Bytes, codes: &[i16]) {
    let outcome = produce(wire, topic, -1, records).await;
    assert!(codes.contains(&outcome.0), "{what}: {outcome:?} instead of {codes:?}");
}

async fn records_that_contradict_their_header_are_refused(engine: &Engine) {
    let topic = engine.topic(1, KEPT).await;
    let mut wire = engine.leader(&topic, 0).await;
    let good = BatchBuilder::new(3);
    let with = |records: Vec<u8>| BatchBuilder { records, ..good.clone() };
    let two = BatchBuilder::new(2).records;
    let with_length = |length: u8| {
        let mut records = good.records.clone();
        records[0] = length;
        with(records)
    };
    let cases = [
        ("too few records", with(two)),
        ("too many records", with(BatchBuilder::new(4).records)),
        ("no records", with(Vec::new())),
        ("random bytes", with(b"these are no records at all, whatever one does".to_vec())),
        ("zeros", with(vec![0; 40])),
        ("a negative size", with_length(11)),
        ("a size that is too large", with_length(126)),
        ("a size that is too small", with_length(8)),
        ("a count of zero", BatchBuilder { count: 0, ..good.clone() }),
        ("a negative count", BatchBuilder { count: -3, ..good.clone() }),
        ("a count beyond the offsets", BatchBuilder { count: 4, ..good.clone() }),
        ("offsets beyond the count", BatchBuilder { last_offset_delta: 3, ..good.clone() }),
        ("a negative last offset", BatchBuilder { last_offset_delta: -1, ..good.clone() }),
    ];
    for (what, sketch) in cases {
        assert_refused(&mut wire, &topic, what, sketch.build(), &[INVALID]).await;
    }
    assert_eq!(produce(&mut wire, &topic, -1, good.build()).await, (0, 0));
    assert_eq!(read_topic(engine.address, &topic).await.len(), 3);
}

async fn compressed_records_must_match_their_codec(engine: &Engine) {
    let topic = engine.topic(1, KEPT).await;
    let mut wire = engine.leader(&topic, 0).await;
    let plain = BatchBuilder::new(3).records;
    for (attributes, compress) in CODECS {
        let with =
            |records: Vec<u8>| BatchBuilder { attributes, records, ..BatchBuilder::new(3) }.build();
        let good = compress(&plain);
        let mut bent = good.clone();
        let middle = bent.len() / 2;
        bent.truncate(middle);
        let cases = [
            ("not compressed", with(plain.clone())),
            ("random bytes", with(b"these are no records at all, whatever one does".to_vec())),
            ("nothing", with(Vec::new())),
            ("cut off", with(bent)),
            ("too few", with(compress(&BatchBuilder::new(2).records))),
            ("too many", with(compress(&BatchBuilder::new(4).records))),
            ("random bytes, compressed", with(compress(&[0xa7; 300]))),
            ("another codec", with(CODECS[usize::from(attributes == 1)].1(&plain))),
        ];
        for (what, records) in cases {
            let what = format!("{what} as codec {attributes}");
            assert_refused(&mut wire, &topic, &what, records, &[INVALID, CORRUPT, UNEXPECTED])
                .await;
        }
    }
    let compressed = BatchBuilder { records: gzip(&plain), ..BatchBuilder::new(3) }.build();
    assert_refused(&mut wire, &topic, "compressed without a codec", compressed, &[INVALID]).await;
    assert_eq!(produce(&mut wire, &topic, -1, batch(1, (-1, -1, -1))).await, (0, 0));
    assert_eq!(read_topic(engine.address, &topic).await.len(), 1);
}

async fn valid_compressed_batches_are_stored(engine: &Engine) {
    let topic = engine.topic(1, KEPT).await;
    let mut wire = engine.leader(&topic, 0).await;
    for (n, (attributes, compress)) in (0_i64..).zip(CODECS) {
        let good = BatchBuilder {
            attributes,
            records: compress(&BatchBuilder::new(3).records),
            ..BatchBuilder::new(3)
        };
        assert_eq!(produce(&mut wire, &topic, -1, good.build()).await, (0, n * 3));
    }
    assert_eq!(read_topic(engine.address, &topic).await.len(), 12);
}

async fn invalid_headers_are_refused(engine: &Engine) {
    let topic = engine.topic(1, KEPT).await;
    let mut wire = engine.leader(&topic, 0).await;
    let good = BatchBuilder::new(2).build();
    let changed = |at: usize, to: &[u8]| {
        let mut bytes = BytesMut::from(&good[..]);
        bytes[at..at + to.len()].copy_from_slice(to);
        bytes.freeze()
    };
    let end = good.len();
    let cases = [
        ("a wrong checksum", changed(17, &[1, 2, 3, 4]), CORRUPT),
        ("a damaged record", changed(end - 1, &[9]), CORRUPT),
        ("a message format of the future", changed(16, &[3]), CORRUPT),
        ("the first message format", changed(16, &[0]), INVALID),
        ("a negative length", changed(8, &[0xff; 4]), CORRUPT),
        ("a tiny length", changed(8, &[0, 0, 0, 1]), CORRUPT),
        ("a length beyond the end", changed(8, &[0, 0, 1, 0]), INVALID),
        ("a cut batch", good.slice(..40), INVALID),
        ("no batch", Bytes::new(), INVALID),
        ("two batches", Bytes::from([&good[..], &good[..]].concat()), INVALID),
        ("a base offset", BatchBuilder { base_offset: 7, ..BatchBuilder::new(2) }.build(), INVALID),
        (
            "control records",
            BatchBuilder { attributes: 32, ..BatchBuilder::new(2) }.build(),
            INVALID,
        ),
        (
            "an id without a number",
            BatchBuilder { producer: (5, 0, -1), ..BatchBuilder::new(2) }.build(),
            INVALID,
        ),
    ];
    for (what, records, code) in cases {
        assert_refused(&mut wire, &topic, what, records, &[code]).await;
    }
    assert_eq!(produce(&mut wire, &topic, -1, good).await, (0, 0));
    assert_eq!(read_topic(engine.address, &topic).await.len(), 2);
}

async fn a_decompression_bomb_blocks_no_other_request(engine: &Engine) {
    let topic = engine.topic(1, KEPT).await;
    let mut wire = engine.leader(&topic, 0).await;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0; 1 << 20];
    for _ in 0..300 {
        encoder.write_all(&zeros).unwrap();
    }
    let records = encoder.finish().unwrap();
    let bomb = BatchBuilder { attributes: 1, records, ..BatchBuilder::new(3) }.build();
    assert!(bomb.len() < 1_000_000);
    assert_refused(&mut wire, &topic, "a bomb", bomb, &[INVALID, CORRUPT, UNEXPECTED]).await;
    assert_eq!(produce(&mut wire, &topic, -1, batch(1, (-1, -1, -1))).await, (0, 0));
}

/// Produces a batch; returns the response.
async fn produce_in_version(
    wire: &mut Wire,
    topic: &str,
    records: Bytes,
    version: i16,
) -> ProduceResponse {
    let data = PartitionProduceData::default().with_index(0).with_records(Some(records));
    let topic = TopicProduceData::default()
        .with_name(TopicName(text(topic)))
        .with_partition_data(vec![data]);
    let request = ProduceRequest::default().with_acks(-1).with_timeout_ms(30_000);
    wire.request(&request.with_topic_data(vec![topic]), version).await
}

/// Error code, indexes of the refused records, and whether all have an error message.
fn record_errors(answer: &ProduceResponse) -> (i16, Vec<i32>, bool) {
    let partition = &answer.responses[0].partition_responses[0];
    let records = &partition.record_errors;
    let reasons = records.iter().map(|record| &record.batch_index_error_message);
    let is_given = |reason: &Option<StrBytes>| reason.as_ref().is_some_and(|r| !r.is_empty());
    let all = reasons.chain([&partition.error_message]).all(is_given);
    (partition.error_code, records.iter().map(|record| record.batch_index).collect(), all)
}

async fn refused_records_are_listed(engine: &Engine) {
    let mut settings = KEPT.to_vec();
    settings.push(("cleanup.policy", "compact"));
    let topic = engine.topic(1, &settings).await;
    let mut wire = engine.leader(&topic, 0).await;
    let keys: [Option<&[u8]>; 4] = [Some(b"a"), None, Some(b""), None];
    let records: Vec<u8> =
        (0..).zip(keys).flat_map(|(n, key)| record(n, key, Some(b"v"))).collect();
    for (attributes, compress) in [(0, <[u8]>::to_vec as Compress), CODECS[0]] {
        let sketch =
            BatchBuilder { attributes, records: compress(&records), ..BatchBuilder::new(4) };
        for version in [8, 10] {
            let answer = produce_in_version(&mut wire, &topic, sketch.build(), version).await;
            assert_eq!(record_errors(&answer), (INVALID, vec![1, 3], true), "{answer:?}");
        }
        let old = produce_in_version(&mut wire, &topic, sketch.build(), 7).await;
        assert_eq!(old.responses[0].partition_responses[0].error_code, INVALID);
    }
    assert!(read_topic(engine.address, &topic).await.is_empty());
}

async fn records_with_timestamps_out_of_bounds_are_listed(engine: &Engine) {
    let settings = [("retention.ms", "-1"), ("message.timestamp.before.max.ms", "60000")];
    let topic = engine.topic(1, &settings).await;
    let mut wire = engine.leader(&topic, 0).await;
    let old = produce_in_version(&mut wire, &topic, BatchBuilder::new(2).build(), 9).await;
    assert_eq!(record_errors(&old), (32, vec![0, 1], true), "{old:?}");
    // A record without a timestamp is always within bounds.
    let timeless =
        BatchBuilder { base_timestamp_ms: -1, max_timestamp_ms: -1, ..BatchBuilder::new(2) };
    assert_eq!(produce(&mut wire, &topic, -1, timeless.build()).await, (0, 0));
    assert_eq!(read_topic(engine.address, &topic).await.len(), 2);
}

async fn log_append_time_replaces_the_timestamp(engine: &Engine) {
    let topic = engine.topic(1, &[("message.timestamp.type", "LogAppendTime")]).await;
    let mut wire = engine.leader(&topic, 0).await;
    let before = now_ms();
    for n in 0..2 {
        let answer = produce_in_version(&mut wire, &topic, BatchBuilder::new(3).build(), 9).await;
        let partition = &answer.responses[0].partition_responses[0];
        assert_eq!((partition.error_code, partition.base_offset), (0, n * 3));
        assert!((before..=now_ms()).contains(&partition.log_append_time_ms), "{answer:?}");
    }
    // Found by log append time, not by the producer's timestamp.
    assert_eq!(crate::offsets::list_offset(&mut wire, &topic, 0, before).await.1, 0);
    assert_eq!(read_topic(engine.address, &topic).await.len(), 6);
}

fn now_ms() -> i64 {
    i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap()
}
