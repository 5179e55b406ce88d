//! Looking up offsets, and consumers with an offset out of range.

use kafka_protocol::messages::{
    list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic},
    *,
};
use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{Consumer, StreamConsumer},
    error::{KafkaError, RDKafkaErrorCode},
    message::Message,
    producer::FutureRecord,
};

use crate::{
    engine::{Engine, KEPT, on_both},
    member::text,
    support::{HANG, close, in_time, read, send, wire::Wire},
};

on_both!(
    offsets_are_found_by_time,
    an_empty_partition_has_start_and_end,
    an_offset_out_of_range_is_reset_by_policy,
    a_consumer_can_seek,
    an_unknown_partition_is_an_error,
);

/// Looks up an offset at the leader of the partition; see [`list_offset`].
pub async fn list_offset_at_leader(
    engine: &Engine,
    topic: &str,
    partition: i32,
    time: i64,
) -> (i16, i64, i64) {
    list_offset(&mut engine.leader(topic, 0).await, topic, partition, time).await
}

/// Looks up an offset by timestamp, or −1 for the end, −2 for the start, −3 for the largest
/// timestamp; returns error code, offset and timestamp.
pub async fn list_offset(
    wire: &mut Wire,
    topic: &str,
    partition: i32,
    time: i64,
) -> (i16, i64, i64) {
    let requested =
        ListOffsetsPartition::default().with_partition_index(partition).with_timestamp(time);
    let topic = ListOffsetsTopic::default()
        .with_name(TopicName(text(topic)))
        .with_partitions(vec![requested.with_current_leader_epoch(-1)]);
    let request = ListOffsetsRequest::default().with_replica_id(BrokerId(-1));
    let answer = wire.request(&request.with_topics(vec![topic]), 7).await;
    let found = &answer.topics[0].partitions[0];
    (found.error_code, found.offset, found.timestamp)
}

async fn offsets_are_found_by_time(engine: &Engine) {
    let topic = engine.topic(1, KEPT).await;
    let producer = engine.producer();
    for time in [1_000, 3_000, 2_000, 5_000] {
        let record = FutureRecord::to(&topic).key("k").payload("v").timestamp(time);
        in_time("send", producer.send(record, HANG)).await.unwrap();
    }
    for (requested, found) in [
        (-2, (0, 0, -1)),
        (-1, (0, 4, -1)),
        (-3, (0, 3, 5_000)),
        (0, (0, 0, 1_000)),
        (1_000, (0, 0, 1_000)),
        (1_001, (0, 1, 3_000)),
        // The first record at or after the timestamp; later records may have earlier timestamps.
        (2_000, (0, 1, 3_000)),
        (3_001, (0, 3, 5_000)),
        (5_000, (0, 3, 5_000)),
        (5_001, (0, -1, -1)),
    ] {
        assert_eq!(
            list_offset_at_leader(engine, &topic, 0, requested).await,
            found,
            "time {requested}"
        );
    }
    let consumer: StreamConsumer = engine.member(&engine.name("times")).create().unwrap();
    for (time, offset) in [(3_001, Offset::Offset(3)), (9_000, Offset::End)] {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&topic, 0, Offset::Offset(time)).unwrap();
        let found = consumer.offsets_for_times(list, HANG).unwrap().to_topic_map();
        assert_eq!(found[&(topic.clone(), 0)], offset);
    }
    close(consumer).await;
}

async fn an_empty_partition_has_start_and_end(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    assert_eq!(list_offset_at_leader(engine, &topic, 0, -2).await, (0, 0, -1));
    assert_eq!(list_offset_at_leader(engine, &topic, 0, -1).await, (0, 0, -1));
    assert_eq!(list_offset_at_leader(engine, &topic, 0, 5).await, (0, -1, -1));
    assert_eq!(list_offset_at_leader(engine, &topic, 0, -3).await, (0, -1, -1));
}

async fn an_unknown_partition_is_an_error(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    assert_eq!(list_offset_at_leader(engine, &topic, 8, -1).await, (3, -1, -1));
}

fn assigned_consumer(engine: &Engine, topic: &str, from: i64, reset: &str) -> StreamConsumer {
    let mut config = engine.member(&engine.name("reset"));
    let consumer: StreamConsumer = config.set("auto.offset.reset", reset).create().unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, 0, Offset::Offset(from)).unwrap();
    consumer.assign(&list).unwrap();
    consumer
}

async fn an_offset_out_of_range_is_reset_by_policy(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    let producer = engine.producer();
    for n in 0..5 {
        send(&producer, &topic, "k", &n.to_string()).await;
    }
    let earliest = assigned_consumer(engine, &topic, 1_000, "earliest");
    let records = read(&earliest, 5).await;
    assert_eq!(records[0].offset(), 0);
    close(earliest).await;

    let strict = assigned_consumer(engine, &topic, 1_000, "error");
    let error = in_time("error", strict.recv()).await.map(|_| ()).unwrap_err();
    assert_eq!(error, KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset));
    close(strict).await;

    let mut config = engine.member(&engine.name("reset"));
    config.set("auto.offset.reset", "latest").set("enable.partition.eof", "true");
    let latest: StreamConsumer = config.create().unwrap();
    {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&topic, 0, Offset::Offset(1_000)).unwrap();
        latest.assign(&list).unwrap();
    }
    let end = in_time("end", latest.recv()).await.map(|_| ()).unwrap_err();
    assert_eq!(end, KafkaError::PartitionEOF(0));
    send(&producer, &topic, "k", "new").await;
    assert_eq!(read(&latest, 1).await[0].offset(), 5);
    close(latest).await;
}

async fn a_consumer_can_seek(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    let producer = engine.producer();
    for n in 0..10 {
        send(&producer, &topic, "k", &n.to_string()).await;
    }
    let consumer = assigned_consumer(engine, &topic, 4, "error");
    assert_eq!(read(&consumer, 1).await[0].offset(), 4);
    for place in [9, 0, 6] {
        consumer.seek(&topic, 0, Offset::Offset(place), HANG).unwrap();
        assert_eq!(read(&consumer, 1).await[0].offset(), place);
    }
    assert_eq!(consumer.fetch_watermarks(&topic, 0, HANG).unwrap(), (0, 10));
    close(consumer).await;
}
