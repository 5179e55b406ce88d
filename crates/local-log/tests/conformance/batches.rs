//! Record batches on the wire: retries, gaps, invalid batches. Their timestamps are from 1970, so
//! the topics have no retention.

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::{
    produce_request::{PartitionProduceData, TopicProduceData},
    *,
};

use crate::{
    engine::{Engine, KEPT, on_both},
    member::text,
    support::{in_time, read_topic},
    wire::{Wire, batch},
};

on_both!(
    a_retried_batch_is_acknowledged_and_stored_once,
    a_gap_in_the_sequence_is_refused,
    an_old_epoch_is_refused,
    an_unknown_producer_may_start_at_any_sequence_number,
    a_damaged_batch_is_refused,
    an_unknown_topic_is_refused,
    invalid_acks_are_refused,
    producer_ids_are_unique,
);

/// Error code and base offset.
pub async fn produce(wire: &mut Wire, topic: &str, acks: i16, records: Bytes) -> (i16, i64) {
    let data = PartitionProduceData::default().with_index(0).with_records(Some(records));
    let topic = TopicProduceData::default()
        .with_name(TopicName(text(topic)))
        .with_partition_data(vec![data]);
    let request = ProduceRequest::default()
        .with_acks(acks)
        .with_timeout_ms(30_000)
        .with_topic_data(vec![topic]);
    let answer = wire.request(&request, 9).await;
    let partition = &answer.responses[0].partition_responses[0];
    (partition.error_code, partition.base_offset)
}

/// Error code of a broker that has just started and cannot allocate producer ids yet.
const LOADING: i16 = 14;

async fn producer_id(wire: &mut Wire) -> i64 {
    let request = InitProducerIdRequest::default().with_transactional_id(None);
    let ask = async {
        loop {
            let answer = wire.request(&request, 4).await;
            if answer.error_code != LOADING {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let answer = in_time("a producer id", ask).await;
    assert_eq!((answer.error_code, answer.producer_epoch), (0, 0));
    answer.producer_id.0
}

async fn a_retried_batch_is_acknowledged_and_stored_once(engine: &Engine) {
    let topic = engine.topic(1, KEPT).await;
    let mut wire = engine.leader(&topic, 0).await;
    let id = producer_id(&mut wire).await;
    for n in 0..7_i32 {
        for _ in 0..2 {
            let outcome = produce(&mut wire, &topic, -1, batch(2, (id, 0, n * 2))).await;
            assert_eq!(outcome, (0, i64::from(n) * 2));
        }
    }
    // The last five batches are remembered, the maximum number in flight.
    assert_eq!(produce(&mut wire, &topic, -1, batch(2, (id, 0, 4))).await, (0, 4));
    let forgotten = produce(&mut wire, &topic, -1, batch(2, (id, 0, 0))).await;
    assert_eq!(forgotten.0, 45);
    assert_eq!(read_topic(engine.address, &topic).await.len(), 14);
}

async fn a_gap_in_the_sequence_is_refused(engine: &Engine) {
    let topic = engine.topic(1, KEPT).await;
    let mut wire = engine.leader(&topic, 0).await;
    let id = producer_id(&mut wire).await;
    assert_eq!(produce(&mut wire, &topic, -1, batch(2, (id, 0, 0))).await, (0, 0));
    assert_eq!(produce(&mut wire, &topic, -1, batch(1, (id, 0, 5))).await.0, 45);
    assert_eq!(produce(&mut wire, &topic, -1, batch(1, (id, 0, 2))).await, (0, 2));
}

async fn an_old_epoch_is_refused(engine: &Engine) {
    let topic = engine.topic(1, KEPT).await;
    let mut wire = engine.leader(&topic, 0).await;
    let id = producer_id(&mut wire).await;
    assert_eq!(produce(&mut wire, &topic, -1, batch(1, (id, 3, 0))).await, (0, 0));
    assert_eq!(produce(&mut wire, &topic, -1, batch(1, (id, 2, 1))).await.0, 47);
    // The sequence numbers of a new epoch start at 0.
    assert_eq!(produce(&mut wire, &topic, -1, batch(1, (id, 4, 1))).await.0, 45);
    assert_eq!(produce(&mut wire, &topic, -1, batch(1, (id, 4, 0))).await, (0, 1));
}

async fn an_unknown_producer_may_start_at_any_sequence_number(engine: &Engine) {
    let topic = engine.topic(1, KEPT).await;
    let mut wire = engine.leader(&topic, 0).await;
    let id = producer_id(&mut wire).await;
    assert_eq!(produce(&mut wire, &topic, -1, batch(1, (id, 0, 17))).await, (0, 0));
    assert_eq!(produce(&mut wire, &topic, -1, batch(1, (id, 0, 18))).await, (0, 1));
}

async fn a_damaged_batch_is_refused(engine: &Engine) {
    let topic = engine.topic(1, KEPT).await;
    let mut wire = engine.leader(&topic, 0).await;
    let good = batch(2, (-1, -1, -1));
    let changed = |at: usize, to: u8| {
        let mut bytes = BytesMut::from(&good[..]);
        bytes[at] = to;
        bytes.freeze()
    };
    let last = good.len() - 1;
    assert_eq!(produce(&mut wire, &topic, -1, changed(last, 9)).await, (2, -1));
    assert_eq!(produce(&mut wire, &topic, -1, changed(20, 1)).await, (2, -1));
    assert_eq!(produce(&mut wire, &topic, -1, good.clone()).await, (0, 0));
    assert_eq!(read_topic(engine.address, &topic).await.len(), 2);
}

async fn an_unknown_topic_is_refused(engine: &Engine) {
    let mut wire = Wire::connect(engine.address).await;
    let nowhere = engine.name("nowhere");
    assert_eq!(produce(&mut wire, &nowhere, -1, batch(1, (-1, -1, -1))).await, (3, -1));
}

async fn invalid_acks_are_refused(engine: &Engine) {
    let topic = engine.topic(1, KEPT).await;
    let mut wire = engine.leader(&topic, 0).await;
    assert_eq!(produce(&mut wire, &topic, 5, batch(1, (-1, -1, -1))).await.0, 21);
    assert_eq!(produce(&mut wire, &topic, 1, batch(1, (-1, -1, -1))).await, (0, 0));
}

async fn producer_ids_are_unique(engine: &Engine) {
    let mut wire = Wire::connect(engine.address).await;
    let first = producer_id(&mut wire).await;
    assert_ne!(first, producer_id(&mut wire).await);
}
