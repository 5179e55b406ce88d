//! Records are read as sent.

use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{Consumer, StreamConsumer},
    error::{KafkaError, RDKafkaErrorCode},
    message::{Header, Headers, Message, OwnedHeaders},
    producer::{FutureProducer, FutureRecord},
};

use crate::{
    engine::{Engine, KEPT, on_both},
    support::{HANG, client, close, in_time, read, read_topic, send},
};

on_both!(
    a_record_is_read_with_all_its_parts,
    offsets_increase_in_each_partition,
    every_compression_codec_is_read,
    a_too_large_record_is_refused,
    records_are_stored_with_any_acks,
    an_unknown_partition_is_refused,
    a_topic_is_created_by_its_first_record,
    no_transaction_is_partly_visible,
);

/// A consumer of partition 0, from the earliest offset.
fn consumer_from_start(engine: &Engine, topic: &str) -> StreamConsumer {
    let consumer: StreamConsumer = engine.member(&engine.name("reader")).create().unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, 0, Offset::Beginning).unwrap();
    consumer.assign(&list).unwrap();
    consumer
}

async fn a_record_is_read_with_all_its_parts(engine: &Engine) {
    let topic = engine.topic(1, KEPT).await;
    let producer = engine.producer();
    let header = |key, value| Header { key, value };
    let headers = OwnedHeaders::new()
        .insert(header("twice", Some("one")))
        .insert(header("twice", Some("two")))
        .insert(header("none", None))
        .insert(header("empty", Some("")));
    let full = FutureRecord::to(&topic).key("ключ").payload(&[0_u8, 159, 255][..]);
    let full = full.headers(headers).timestamp(1_234_567_890_123).partition(0);
    in_time("send", producer.send(full, HANG)).await.unwrap();
    let tombstone: FutureRecord<'_, str, str> = FutureRecord::to(&topic).key("gone").partition(0);
    in_time("send", producer.send(tombstone, HANG)).await.unwrap();
    let bare: FutureRecord<'_, str, str> = FutureRecord::to(&topic).payload("").partition(0);
    in_time("send", producer.send(bare, HANG)).await.unwrap();
    let consumer = consumer_from_start(engine, &topic);
    let records = read(&consumer, 3).await;
    let first = &records[0];
    assert_eq!(first.key(), Some("ключ".as_bytes()));
    assert_eq!(first.payload(), Some(&[0, 159, 255][..]));
    assert_eq!(first.timestamp(), rdkafka::Timestamp::CreateTime(1_234_567_890_123));
    let found: Vec<_> = first.headers().unwrap().iter().map(|h| (h.key, h.value)).collect();
    let sent: [(&str, Option<&[u8]>); 4] =
        [("twice", Some(b"one")), ("twice", Some(b"two")), ("none", None), ("empty", Some(b""))];
    assert_eq!(found, sent);
    assert_eq!((records[1].key(), records[1].payload()), (Some(&b"gone"[..]), None));
    assert_eq!((records[2].key(), records[2].payload()), (None, Some(&b""[..])));
    assert!(records[2].headers().is_none_or(|headers| headers.count() == 0));
    let offsets: Vec<_> = records.iter().map(Message::offset).collect();
    assert_eq!(offsets, [0, 1, 2]);
    close(consumer).await;
}

async fn offsets_increase_in_each_partition(engine: &Engine) {
    let topic = engine.topic(3, &[]).await;
    let producer = engine.producer();
    let mut counts = [0_i64; 3];
    for n in 0..60 {
        let key = format!("key-{}", n % 7);
        let (partition, offset) = send(&producer, &topic, &key, &n.to_string()).await;
        let count = &mut counts[usize::try_from(partition).unwrap()];
        assert_eq!(offset, *count);
        *count += 1;
    }
    // The partitions of these keys by murmur2, on any broker.
    assert_eq!(counts.iter().sum::<i64>(), 60);
    let stored = read_topic(engine.address, &topic).await;
    assert_eq!(stored.len(), 60);
    for partition in 0..3_i32 {
        let values = stored.iter().filter(|((p, _), _)| *p == partition);
        let values: Vec<i32> = values.map(|(_, value)| value.parse().unwrap()).collect();
        assert!(values.is_sorted(), "partition {partition}: {values:?}");
    }
}

async fn every_compression_codec_is_read(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    for codec in ["none", "gzip", "snappy", "lz4"] {
        let mut config = client(engine.address);
        config.set("compression.codec", codec).set("linger.ms", "50");
        let producer: FutureProducer = config.create().unwrap();
        let payload = format!("{codec} ").repeat(500);
        let record = || FutureRecord::to(&topic).key(codec).payload(&payload).partition(0);
        let (one, two) = (producer.send(record(), HANG), producer.send(record(), HANG));
        let (one, two) = in_time("send", join_both(one, two)).await;
        assert_eq!(one.unwrap().offset + 1, two.unwrap().offset);
    }
    let consumer = consumer_from_start(engine, &topic);
    for record in read(&consumer, 8).await {
        let codec = std::str::from_utf8(record.key().unwrap()).unwrap();
        assert_eq!(record.payload().unwrap(), format!("{codec} ").repeat(500).as_bytes());
    }
    close(consumer).await;
}

async fn join_both<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    tokio::join!(a, b)
}

async fn a_too_large_record_is_refused(engine: &Engine) {
    let topic = engine.topic(1, &[("max.message.bytes", "2000")]).await;
    let producer = engine.producer();
    let large = "x".repeat(3_000);
    let record = FutureRecord::to(&topic).key("k").payload(&large);
    let (error, _) = in_time("send", producer.send(record, HANG)).await.unwrap_err();
    let expected = KafkaError::MessageProduction(RDKafkaErrorCode::MessageSizeTooLarge);
    assert_eq!(error, expected);
    let producer = engine.producer();
    assert_eq!(send(&producer, &topic, "k", &"x".repeat(1_000)).await, (0, 0));
}

async fn records_are_stored_with_any_acks(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    for acks in ["0", "1"] {
        let producer: FutureProducer = client(engine.address).set("acks", acks).create().unwrap();
        send(&producer, &topic, "k", acks).await;
    }
    let consumer = consumer_from_start(engine, &topic);
    let values = read(&consumer, 2).await;
    let values: Vec<_> = values.iter().map(|record| record.payload().unwrap()).collect();
    assert_eq!(values, [b"0", b"1"]);
    close(consumer).await;
}

async fn an_unknown_partition_is_refused(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    let producer = engine.producer();
    let record = FutureRecord::to(&topic).key("k").payload("v").partition(7);
    let (error, _) = in_time("send", producer.send(record, HANG)).await.unwrap_err();
    assert_eq!(error, KafkaError::MessageProduction(RDKafkaErrorCode::UnknownPartition));
}

async fn a_topic_is_created_by_its_first_record(engine: &Engine) {
    let topic = engine.name("made-by-use");
    assert_eq!(send(&engine.producer(), &topic, "k", "v").await, (0, 0));
    let metadata = engine.admin().inner().fetch_metadata(Some(&topic), HANG).unwrap();
    assert_eq!(metadata.topics()[0].partitions().len(), 1);
}

/// An intended difference: the local log has no transactions. On both engines, a `read_committed`
/// consumer never reads a record of a transaction that was aborted or refused.
async fn no_transaction_is_partly_visible(engine: &Engine) {
    use rdkafka::producer::Producer;
    let topic = engine.topic(1, &[]).await;
    let mut config = client(engine.address);
    config.set("transactional.id", engine.name("transaction"));
    let producer: FutureProducer = config.create().unwrap();
    let (name, in_it) = (topic.clone(), producer.clone());
    let began = tokio::task::spawn_blocking(move || {
        in_it.init_transactions(HANG).and_then(|()| in_it.begin_transaction())
    });
    if in_time("begin", began).await.unwrap().is_ok() {
        send(&producer, &name, "k", "aborted").await;
        tokio::task::spawn_blocking(move || producer.abort_transaction(HANG))
            .await
            .unwrap()
            .unwrap();
    }
    send(&engine.producer(), &topic, "k", "after").await;
    let consumer = consumer_from_start(engine, &topic);
    let record = &read(&consumer, 1).await[0];
    assert_eq!(record.payload(), Some(&b"after"[..]));
    close(consumer).await;
}
