//! Records are read as produced: keys, headers, tombstones, compression, restarts.
use rdkafka::{
    consumer::Consumer,
    error::RDKafkaErrorCode,
    message::{Header, Headers, Message, OwnedHeaders},
    producer::{FutureProducer, FutureRecord},
};
use support::{HANG, client, close, consumer, create, in_time, producer, read, read_topic, send};

use crate::support;

#[tokio::test(flavor = "multi_thread")]
async fn records_are_read_as_sent() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "orders", 6).await;
    let producer = producer(log.address());
    let headers = OwnedHeaders::new()
        .insert(Header { key: "ce_id", value: Some("7") })
        .insert(Header { key: "empty", value: None::<&str> });
    let record = FutureRecord::to("orders").key("k").payload("v").headers(headers);
    in_time("send", producer.send(record, HANG)).await.unwrap();
    let tombstone = FutureRecord::<str, str>::to("orders").key("k");
    in_time("send", producer.send(tombstone, HANG)).await.unwrap();

    let consumer = consumer(log.address(), "readers");
    consumer.subscribe(&["orders"]).unwrap();
    let messages = read(&consumer, 2).await;
    close(consumer).await;
    assert_eq!(messages[0].key(), Some(&b"k"[..]));
    assert_eq!(messages[0].payload(), Some(&b"v"[..]));
    let headers = messages[0].headers().unwrap();
    assert_eq!(headers.get(0).value, Some(&b"7"[..]));
    assert_eq!(headers.get(1).value, None);
    assert_eq!(messages[1].payload(), None);
    assert_eq!(messages[0].partition(), messages[1].partition());
    assert_eq!((messages[0].offset(), messages[1].offset()), (0, 1));
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn compressed_batches_are_stored_unchanged_and_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    let mut expected = Vec::new();
    for codec in ["none", "gzip", "lz4", "snappy"] {
        create(log.address(), codec, 1).await;
        let producer: FutureProducer = client(log.address())
            .set("compression.codec", codec)
            .set("enable.idempotence", "true")
            .set("linger.ms", "20")
            .create()
            .unwrap();
        let value = "the same words over and over ".repeat(40);
        let sends = (0..500).map(|_| {
            let record = FutureRecord::to(codec).key("k").payload(&value);
            producer.send_result(record).unwrap()
        });
        for sent in sends.collect::<Vec<_>>() {
            in_time("send", sent).await.unwrap().unwrap();
        }
        expected.push((codec, value));
    }
    log.shutdown().await;
    let log = support::start(folder.path()).await;
    for (codec, value) in expected {
        let found = read_topic(log.address(), codec).await;
        assert_eq!(found.len(), 500);
        assert!(found.values().all(|v| *v == value));
        assert!(found.keys().copied().eq((0..500).map(|n| (0, n))));
    }
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn offsets_are_found_by_timestamp() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "timed", 1).await;
    let producer = producer(log.address());
    for n in 0..10 {
        let record = FutureRecord::to("timed").key("k").payload("v").timestamp(1_000 + n * 100);
        in_time("send", producer.send(record, HANG)).await.unwrap();
    }
    let consumer = consumer(log.address(), "by-time");
    for (time, expected) in [(0, 0), (1_000, 0), (1_001, 1), (1_900, 9)] {
        let mut list = rdkafka::TopicPartitionList::new();
        list.add_partition_offset("timed", 0, rdkafka::Offset::Offset(time)).unwrap();
        let found = consumer.offsets_for_times(list, HANG).unwrap();
        assert_eq!(found.elements()[0].offset(), rdkafka::Offset::Offset(expected), "at {time}");
    }
    assert_eq!(consumer.fetch_watermarks("timed", 0, HANG).unwrap(), (0, 10));
    close(consumer).await;
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transactional_producer_is_refused() {
    use rdkafka::producer::Producer;
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    let producer: FutureProducer =
        client(log.address()).set("transactional.id", "t").create().unwrap();
    let refused = tokio::task::spawn_blocking(move || producer.init_transactions(HANG));
    let refused = in_time("init_transactions", refused).await.unwrap().unwrap_err();
    let code = refused.rdkafka_error_code();
    assert_eq!(code, Some(RDKafkaErrorCode::TransactionalIdAuthorizationFailed));
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_stay_in_order_over_many_segments_and_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let mut sent = 0;
    for _ in 0..3 {
        let mut config = local_log::Config::new(support::any_port(), folder.path());
        config.segment_bytes = 20_000;
        let log = local_log::LocalLog::start(config).await.unwrap();
        if sent == 0 {
            create(log.address(), "rolled", 1).await;
        }
        let producer = producer(log.address());
        for _ in 0..300 {
            let (_, offset) = send(&producer, "rolled", "k", &sent.to_string().repeat(100)).await;
            assert_eq!(offset, sent);
            sent += 1;
        }
        let found = read_topic(log.address(), "rolled").await;
        let expected = (0..sent).map(|n| ((0, n), n.to_string().repeat(100)));
        assert!(found.into_iter().eq(expected));
        log.shutdown().await;
    }
    let files = std::fs::read_dir(folder.path().join("topics/rolled/0")).unwrap();
    assert!(files.count() > 4);
}
