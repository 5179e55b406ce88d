//! Batches that nobody could read are refused before they are stored, with the same codes.

use std::io::Write;

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::ProduceResponse;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{ProduceRequest, TopicName};
use kafka_protocol::protocol::StrBytes;

use crate::batches::produce;
use crate::engine::{Engine, KEPT, on_both};
use crate::member::text;
use crate::support::read_topic;
use crate::wire::{Sketch, Wire, batch, record};

on_both!(
    records_that_contradict_their_header_are_refused,
    compressed_bytes_must_be_what_the_attributes_say,
    what_is_well_compressed_is_stored,
    impossible_headers_are_refused,
    a_bomb_is_refused_or_stored_and_stops_nobody,
    single_records_are_named,
    times_out_of_bounds_are_named,
    times_of_arrival_are_given,
);

const CORRUPT: i16 = 2;
const INVALID: i16 = 87;
/// What Apache Kafka says of what it did not expect; the log names the reason.
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

/// By number: what the attributes call it.
const CODECS: [(i16, Compress); 4] = [(1, gzip), (2, snappy), (3, lz4), (4, zstd)];

/// The batch is refused with one of these codes, and a good one after it is stored.
async fn refused(wire: &mut Wire, topic: &str, what: &str, records: Bytes, codes: &[i16]) {
    let outcome = produce(wire, topic, -1, records).await;
    assert!(codes.contains(&outcome.0), "{what}: {outcome:?} instead of {codes:?}");
}

async fn records_that_contradict_their_header_are_refused(engine: &Engine) {
    let topic = engine.topic(1, KEPT).await;
    let mut wire = engine.leader(&topic, 0).await;
    let good = Sketch::of(3);
    let with = |records: Vec<u8>| Sketch { records, ..good.clone() };
    let two = Sketch::of(2).records;
    let with_length = |length: u8| {
        let mut records = good.records.clone();
        records[0] = length;
        with(records)
    };
    let cases = [
        ("too few records", with(two)),
        ("too many records", with(Sketch::of(4).records)),
        ("no records", with(Vec::new())),
        ("chance bytes", with(b"these are no records at all, whatever one does".to_vec())),
        ("zeros", with(vec![0; 40])),
        ("a negative size", with_length(11)),
        ("a size that is too large", with_length(126)),
        ("a size that is too small", with_length(8)),
        ("a count of zero", Sketch { count: 0, ..good.clone() }),
        ("a negative count", Sketch { count: -3, ..good.clone() }),
        ("a count beyond the offsets", Sketch { count: 4, ..good.clone() }),
        ("offsets beyond the count", Sketch { last_offset_delta: 3, ..good.clone() }),
        ("a negative last offset", Sketch { last_offset_delta: -1, ..good.clone() }),
    ];
    for (what, sketch) in cases {
        refused(&mut wire, &topic, what, sketch.build(), &[INVALID]).await;
    }
    assert_eq!(produce(&mut wire, &topic, -1, good.build()).await, (0, 0));
    assert_eq!(read_topic(engine.address, &topic).await.len(), 3);
}

async fn compressed_bytes_must_be_what_the_attributes_say(engine: &Engine) {
    let topic = engine.topic(1, KEPT).await;
    let mut wire = engine.leader(&topic, 0).await;
    let plain = Sketch::of(3).records;
    for (attributes, compress) in CODECS {
        let with = |records: Vec<u8>| Sketch { attributes, records, ..Sketch::of(3) }.build();
        let good = compress(&plain);
        let mut bent = good.clone();
        let middle = bent.len() / 2;
        bent.truncate(middle);
        let cases = [
            ("not compressed", with(plain.clone())),
            ("chance bytes", with(b"these are no records at all, whatever one does".to_vec())),
            ("nothing", with(Vec::new())),
            ("cut off", with(bent)),
            ("too few", with(compress(&Sketch::of(2).records))),
            ("too many", with(compress(&Sketch::of(4).records))),
            ("chance bytes, compressed", with(compress(&[0xa7; 300]))),
            ("another codec", with(CODECS[usize::from(attributes == 1)].1(&plain))),
        ];
        for (what, records) in cases {
            let what = format!("{what} as codec {attributes}");
            refused(&mut wire, &topic, &what, records, &[INVALID, CORRUPT, UNEXPECTED]).await;
        }
    }
    let compressed = Sketch { records: gzip(&plain), ..Sketch::of(3) }.build();
    refused(&mut wire, &topic, "compressed, not said", compressed, &[INVALID]).await;
    assert_eq!(produce(&mut wire, &topic, -1, batch(1, (-1, -1, -1))).await, (0, 0));
    assert_eq!(read_topic(engine.address, &topic).await.len(), 1);
}

async fn what_is_well_compressed_is_stored(engine: &Engine) {
    let topic = engine.topic(1, KEPT).await;
    let mut wire = engine.leader(&topic, 0).await;
    for (n, (attributes, compress)) in (0_i64..).zip(CODECS) {
        let good =
            Sketch { attributes, records: compress(&Sketch::of(3).records), ..Sketch::of(3) };
        assert_eq!(produce(&mut wire, &topic, -1, good.build()).await, (0, n * 3));
    }
    assert_eq!(read_topic(engine.address, &topic).await.len(), 12);
}

async fn impossible_headers_are_refused(engine: &Engine) {
    let topic = engine.topic(1, KEPT).await;
    let mut wire = engine.leader(&topic, 0).await;
    let good = Sketch::of(2).build();
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
        ("a base offset", Sketch { base_offset: 7, ..Sketch::of(2) }.build(), INVALID),
        ("control records", Sketch { attributes: 32, ..Sketch::of(2) }.build(), INVALID),
        (
            "an id without a number",
            Sketch { producer: (5, 0, -1), ..Sketch::of(2) }.build(),
            INVALID,
        ),
    ];
    for (what, records, code) in cases {
        refused(&mut wire, &topic, what, records, &[code]).await;
    }
    assert_eq!(produce(&mut wire, &topic, -1, good).await, (0, 0));
    assert_eq!(read_topic(engine.address, &topic).await.len(), 2);
}

async fn a_bomb_is_refused_or_stored_and_stops_nobody(engine: &Engine) {
    let topic = engine.topic(1, KEPT).await;
    let mut wire = engine.leader(&topic, 0).await;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0; 1 << 20];
    for _ in 0..300 {
        encoder.write_all(&zeros).unwrap();
    }
    let records = encoder.finish().unwrap();
    let bomb = Sketch { attributes: 1, records, ..Sketch::of(3) }.build();
    assert!(bomb.len() < 1_000_000);
    refused(&mut wire, &topic, "a bomb", bomb, &[INVALID, CORRUPT, UNEXPECTED]).await;
    assert_eq!(produce(&mut wire, &topic, -1, batch(1, (-1, -1, -1))).await, (0, 0));
}

/// The whole answer.
async fn answer(wire: &mut Wire, topic: &str, records: Bytes, version: i16) -> ProduceResponse {
    let data = PartitionProduceData::default().with_index(0).with_records(Some(records));
    let topic = TopicProduceData::default()
        .with_name(TopicName(text(topic)))
        .with_partition_data(vec![data]);
    let request = ProduceRequest::default().with_acks(-1).with_timeout_ms(30_000);
    wire.ask(&request.with_topic_data(vec![topic]), version).await
}

/// Error code, places of the records that are refused, and whether each and all have a reason.
fn named(answer: &ProduceResponse) -> (i16, Vec<i32>, bool) {
    let partition = &answer.responses[0].partition_responses[0];
    let records = &partition.record_errors;
    let reasons = records.iter().map(|record| &record.batch_index_error_message);
    let said = |reason: &Option<StrBytes>| reason.as_ref().is_some_and(|r| !r.is_empty());
    let all = reasons.chain([&partition.error_message]).all(said);
    (partition.error_code, records.iter().map(|record| record.batch_index).collect(), all)
}

async fn single_records_are_named(engine: &Engine) {
    let mut settings = KEPT.to_vec();
    settings.push(("cleanup.policy", "compact"));
    let topic = engine.topic(1, &settings).await;
    let mut wire = engine.leader(&topic, 0).await;
    let keys: [Option<&[u8]>; 4] = [Some(b"a"), None, Some(b""), None];
    let records: Vec<u8> =
        (0..).zip(keys).flat_map(|(n, key)| record(n, key, Some(b"v"))).collect();
    for (attributes, compress) in [(0, <[u8]>::to_vec as Compress), CODECS[0]] {
        let sketch = Sketch { attributes, records: compress(&records), ..Sketch::of(4) };
        for version in [8, 10] {
            let answer = answer(&mut wire, &topic, sketch.build(), version).await;
            assert_eq!(named(&answer), (INVALID, vec![1, 3], true), "{answer:?}");
        }
        let old = answer(&mut wire, &topic, sketch.build(), 7).await;
        assert_eq!(old.responses[0].partition_responses[0].error_code, INVALID);
    }
    assert!(read_topic(engine.address, &topic).await.is_empty());
}

async fn times_out_of_bounds_are_named(engine: &Engine) {
    let settings = [("retention.ms", "-1"), ("message.timestamp.before.max.ms", "60000")];
    let topic = engine.topic(1, &settings).await;
    let mut wire = engine.leader(&topic, 0).await;
    let old = answer(&mut wire, &topic, Sketch::of(2).build(), 9).await;
    assert_eq!(named(&old), (32, vec![0, 1], true), "{old:?}");
    // Without a time, none is out of bounds.
    let timeless = Sketch { base_timestamp_ms: -1, max_timestamp_ms: -1, ..Sketch::of(2) };
    assert_eq!(produce(&mut wire, &topic, -1, timeless.build()).await, (0, 0));
    assert_eq!(read_topic(engine.address, &topic).await.len(), 2);
}

async fn times_of_arrival_are_given(engine: &Engine) {
    let topic = engine.topic(1, &[("message.timestamp.type", "LogAppendTime")]).await;
    let mut wire = engine.leader(&topic, 0).await;
    let before = now_ms();
    for n in 0..2 {
        let answer = answer(&mut wire, &topic, Sketch::of(3).build(), 9).await;
        let partition = &answer.responses[0].partition_responses[0];
        assert_eq!((partition.error_code, partition.base_offset), (0, n * 3));
        assert!((before..=now_ms()).contains(&partition.log_append_time_ms), "{answer:?}");
    }
    // Found by the time of arrival, not by that of the producer.
    assert_eq!(crate::offsets::ask(&mut wire, &topic, 0, before).await.1, 0);
    assert_eq!(read_topic(engine.address, &topic).await.len(), 6);
}

fn now_ms() -> i64 {
    i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap()
}
