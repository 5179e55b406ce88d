//! Malformed requests, stalled requests, and too many connections.
use bytes::Bytes;
use kafka_protocol::{
    messages::{
        produce_request::{PartitionProduceData, TopicProduceData},
        *,
    },
    protocol::StrBytes,
};
use support::{create, in_time, producer, read_topic, send};
use tokio::io::AsyncWriteExt;
use wire::{Wire, batch, frame};

use crate::support::{self, wire};

fn text(s: &'static str) -> StrBytes {
    StrBytes::from_static_str(s)
}

fn produce(topic: &'static str, acks: i16, records: Bytes) -> ProduceRequest {
    let data = PartitionProduceData::default().with_index(0).with_records(Some(records));
    let topic = TopicProduceData::default()
        .with_name(TopicName(text(topic)))
        .with_partition_data(vec![data]);
    ProduceRequest::default().with_acks(acks).with_timeout_ms(1_000).with_topic_data(vec![topic])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_request_closes_only_its_connection() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "calm", 1).await;
    let producer = producer(log.address());
    send(&producer, "calm", "k", "before").await;
    let mut half = Wire::connect(log.address()).await;
    half.0.write_all(&frame(&MetadataRequest::default(), 9)[..9]).await.unwrap();
    let mut unknown_version = frame(&MetadataRequest::default(), 9);
    unknown_version[7] = 99;
    let mut unknown_key = frame(&MetadataRequest::default(), 9);
    unknown_key[4..6].copy_from_slice(&999_i16.to_be_bytes());
    let mut huge_array = frame(&MetadataRequest::default(), 8);
    let at = huge_array.len() - 7;
    huge_array[at..at + 4].copy_from_slice(&i32::MAX.to_be_bytes());
    let garbage: [&[u8]; 10] = [
        b"GET / HTTP/1.1\r\n\r\n",
        &[0xff; 64],
        &[0; 64],
        &[0, 0, 0, 9, 0, 18, 0, 3, 0, 0, 0, 1, 0xff, 0xff],
        &u32::to_be_bytes(101 << 20),
        &i32::to_be_bytes(-1),
        &i32::to_be_bytes(i32::MIN),
        &unknown_version,
        &unknown_key,
        &huge_array,
    ];
    for (n, bytes) in garbage.into_iter().enumerate() {
        let mut wire = Wire::connect(log.address()).await;
        wire.0.write_all(bytes).await.unwrap();
        let answer = in_time(&format!("garbage {n}"), wire.frame()).await;
        assert!(answer.is_none(), "garbage {n} was answered");
    }
    send(&producer, "calm", "k", "after").await;
    assert_eq!(read_topic(log.address(), "calm").await.len(), 2);
    drop(half);
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn random_bytes_never_stop_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "calm", 1).await;
    let seed = std::env::var("LOCAL_LOG_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 =
        seed.unwrap_or_else(|| u64::from(std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos()));
    eprintln!("again with LOCAL_LOG_TEST_SEED={seed}");
    let mut state = seed | 1;
    let mut chance = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_be_bytes()[1]
    };
    let metadata = frame(&MetadataRequest::default(), 9);
    let record = frame(&produce("calm", -1, batch(3, (-1, -1, -1))), 9);
    for n in 0..300 {
        // Random bytes, or a request with a few bytes changed, or a valid header and a random body.
        let bytes = match n % 3 {
            0 => (0..usize::from(chance())).map(|_| chance()).collect::<Vec<u8>>(),
            1 => {
                let mut bytes = if n % 2 == 0 { metadata.to_vec() } else { record.to_vec() };
                for _ in 0..4 {
                    let at = 4 + usize::from(chance()) % (bytes.len() - 4);
                    bytes[at] = chance();
                }
                bytes
            }
            _ => {
                let body: Vec<u8> = (0..usize::from(chance())).map(|_| chance()).collect();
                let length = u32::try_from(body.len() + 8).unwrap().to_be_bytes();
                let key = [0, chance() % 70, 0, chance() % 8];
                [&length[..], &key, &[0, 0, 0, 1], &body].concat()
            }
        };
        let mut wire = Wire::connect(log.address()).await;
        wire.0.write_all(&bytes).await.unwrap();
        wire.0.shutdown().await.unwrap();
        in_time(&format!("garbage {n}"), async { while wire.frame().await.is_some() {} }).await;
    }
    let answer = Wire::connect(log.address()).await.request(&MetadataRequest::default(), 9).await;
    assert_eq!(answer.brokers.len(), 1);
    let before = read_topic(log.address(), "calm").await.len();
    send(&producer(log.address()), "calm", "k", "after").await;
    assert_eq!(read_topic(log.address(), "calm").await.len(), before + 1);
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_request_times_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = local_log::Config::new(support::any_port(), folder.path());
    config.request_stall_timeout = std::time::Duration::from_millis(200);
    let log = local_log::LocalLog::start(config).await.unwrap();
    let whole = frame(&MetadataRequest::default(), 9);
    for sent in [1, 3, 4, 9, whole.len() - 1] {
        let mut wire = Wire::connect(log.address()).await;
        wire.0.write_all(&whole[..sent]).await.unwrap();
        assert!(in_time("the end of the connection", wire.frame()).await.is_none());
    }
    // A pause between requests is allowed.
    let mut wire = Wire::connect(log.address()).await;
    for _ in 0..2 {
        assert_eq!(wire.request(&MetadataRequest::default(), 9).await.brokers.len(), 1);
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    }
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_beyond_the_limit_are_closed_and_the_others_continue() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = local_log::Config::new(support::any_port(), folder.path());
    config.max_connections = 20;
    let log = local_log::LocalLog::start(config).await.unwrap();
    let mut open = Vec::new();
    for _ in 0..20 {
        let mut wire = Wire::connect(log.address()).await;
        wire.request(&ApiVersionsRequest::default(), 3).await;
        open.push(wire);
    }
    for _ in 0..10 {
        let mut wire = Wire::connect(log.address()).await;
        assert!(in_time("the end of the connection", wire.frame()).await.is_none());
    }
    for wire in &mut open {
        wire.request(&ApiVersionsRequest::default(), 3).await;
    }
    open.pop();
    let again = async {
        loop {
            let mut wire = Wire::connect(log.address()).await;
            wire.send(&ApiVersionsRequest::default(), 3).await;
            if wire.frame().await.is_some() {
                break;
            }
        }
    };
    in_time("a free place", again).await;
    log.shutdown().await;
}
