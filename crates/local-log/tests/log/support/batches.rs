//! Batches as received by a reader.

use std::net::SocketAddr;

use bytes::{Buf, Bytes};
use kafka_protocol::{
    messages::{
        FetchRequest, TopicName,
        fetch_request::{FetchPartition, FetchTopic},
    },
    protocol::StrBytes,
};

use super::wire::Wire;

/// A received batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedBatch {
    pub first: i64,
    pub last: i64,
    pub is_sound: bool,
    pub bytes: Bytes,
}

/// Splits the records of a fetch response into batches; panics on an incomplete batch.
pub fn split(mut records: Bytes) -> Vec<ReceivedBatch> {
    let mut batches = Vec::new();
    while !records.is_empty() {
        let mut head = &records[..];
        let first = head.get_i64();
        let size = usize::try_from(head.get_i32()).unwrap() + 12;
        let bytes = records.split_to(size);
        let crc = u32::from_be_bytes(bytes[17..21].try_into().unwrap());
        let is_sound = crc32c::crc32c(&bytes[21..]) == crc;
        let last = first + i64::from(i32::from_be_bytes(bytes[23..27].try_into().unwrap()));
        batches.push(ReceivedBatch { first, last, is_sound, bytes });
    }
    batches
}

/// Fetches once from partition 0: the batches, and the high watermark.
pub async fn fetch(
    wire: &mut Wire,
    topic: &str,
    offset: i64,
    max_bytes: i32,
) -> (Vec<ReceivedBatch>, i64) {
    let partition =
        FetchPartition::default().with_fetch_offset(offset).with_partition_max_bytes(max_bytes);
    let topic = FetchTopic::default()
        .with_topic(TopicName(StrBytes::from_string(topic.to_owned())))
        .with_partitions(vec![partition]);
    let request = FetchRequest::default().with_max_bytes(max_bytes).with_topics(vec![topic]);
    let answer = wire.request(&request, 12).await;
    let data = &answer.responses[0].partitions[0];
    assert_eq!(data.error_code, 0, "fetch at {offset}");
    (split(data.records.clone().unwrap_or_default()), data.high_watermark)
}

/// Fetches all batches of partition 0, `max_bytes` at a time.
pub async fn fetch_all(address: SocketAddr, topic: &str, max_bytes: i32) -> Vec<ReceivedBatch> {
    let mut wire = Wire::connect(address).await;
    let (mut all, mut offset) = (Vec::new(), 0);
    loop {
        let (batches, end) = fetch(&mut wire, topic, offset, max_bytes).await;
        let Some(last) = batches.last() else {
            assert_eq!(offset, end, "nothing is answered before the end");
            return all;
        };
        offset = last.last + 1;
        all.extend(batches);
    }
}
