//! Consumer groups: sharing partitions, failover, restarts.
use std::{collections::BTreeSet, time::Duration};

use rdkafka::{
    ClientConfig,
    consumer::{CommitMode, Consumer, StreamConsumer},
    message::Message,
};
use support::{HANG, close, consumer, create, in_time, producer, read, send};

use crate::support;

/// Waits until the two consumers together own each partition once.
async fn wait_until_shared(consumers: &[&StreamConsumer], partitions: usize) {
    let shared = async {
        loop {
            let owned = |c: &&StreamConsumer| c.assignment().unwrap().count();
            let counts: Vec<usize> = consumers.iter().map(owned).collect();
            if counts.iter().sum::<usize>() == partitions && counts.iter().all(|n| *n > 0) {
                return;
            }
            for consumer in consumers {
                let _ = tokio::time::timeout(Duration::from_millis(50), consumer.recv()).await;
            }
        }
    };
    in_time("sharing", shared).await;
}

fn commit(consumer: &StreamConsumer, topic: &str, partition: i32, offset: i64) {
    let mut list = rdkafka::TopicPartitionList::new();
    list.add_partition_offset(topic, partition, rdkafka::Offset::Offset(offset)).unwrap();
    consumer.commit(&list, CommitMode::Sync).unwrap();
}

async fn check_two_members(strategy: &str) {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "shared", 6).await;
    let member = || -> StreamConsumer {
        let mut config: ClientConfig = support::client(log.address());
        config.set("group.id", "pair").set("auto.offset.reset", "earliest");
        config.set("partition.assignment.strategy", strategy);
        config.set("heartbeat.interval.ms", "300").set("session.timeout.ms", "6000");
        config.create().unwrap()
    };
    let (first, second) = (member(), member());
    first.subscribe(&["shared"]).unwrap();
    second.subscribe(&["shared"]).unwrap();
    wait_until_shared(&[&first, &second], 6).await;
    let producer = producer(log.address());
    let mut expected = BTreeSet::new();
    for n in 0..60 {
        send(&producer, "shared", &format!("key-{n}"), &n.to_string()).await;
        expected.insert(n.to_string());
    }
    let mut seen = BTreeSet::new();
    while seen.len() < 60 {
        let message = in_time("either", async {
            tokio::select! { m = first.recv() => m, m = second.recv() => m }
        });
        let message = message.await.unwrap().detach();
        seen.insert(String::from_utf8(message.payload().unwrap().to_vec()).unwrap());
    }
    assert_eq!(seen, expected);
    // One member leaves; the other receives all partitions.
    close(second).await;
    wait_until_shared(&[&first], 6).await;
    close(first).await;
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_members_share_cooperatively() {
    check_two_members("cooperative-sticky").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_members_share_eagerly() {
    check_two_members("range").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn offsets_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "kept", 1).await;
    let sender = producer(log.address());
    for n in 0..10 {
        send(&sender, "kept", "k", &n.to_string()).await;
    }
    let reader = consumer(log.address(), "keeper");
    reader.subscribe(&["kept"]).unwrap();
    read(&reader, 4).await;
    commit(&reader, "kept", 0, 4);
    close(reader).await;
    drop(sender);
    log.shutdown().await;
    let log = support::start(folder.path()).await;
    let reader = consumer(log.address(), "keeper");
    reader.subscribe(&["kept"]).unwrap();
    let messages = read(&reader, 1).await;
    assert_eq!(messages[0].offset(), 4);
    close(reader).await;
    log.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_continues_after_a_restart_without_redelivery() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    let address = log.address();
    create(address, "through", 3).await;
    let sender = producer(address);
    let reader = consumer(address, "worker");
    reader.subscribe(&["through"]).unwrap();
    for n in 0..20 {
        send(&sender, "through", &n.to_string(), "before").await;
    }
    read(&reader, 20).await;
    log.shutdown().await;
    let mut config = local_log::Config::new(address, folder.path());
    config.min_session_timeout_ms = 1_000;
    let log = local_log::LocalLog::start(config).await.unwrap();
    for n in 0..20 {
        send(&sender, "through", &n.to_string(), "after").await;
    }
    // Nothing was committed: a new generation would deliver the first twenty again.
    let messages = read(&reader, 20).await;
    assert!(messages.iter().all(|m| m.payload() == Some(&b"after"[..])));
    close(reader).await;
    log.shutdown().await;
}

/// Not a test: the child process of other tests, which stays in a group until it is killed.
#[test]
fn child_member() {
    let Ok(address) = std::env::var("LOCAL_LOG_TEST_MEMBER") else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let member = consumer(address.parse().unwrap(), "fragile");
        member.subscribe(&["doomed"]).unwrap();
        loop {
            let _ = member.recv().await;
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_member_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "doomed", 4).await;
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "groups::child_member"])
        .env("LOCAL_LOG_TEST_MEMBER", log.address().to_string())
        .stdout(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let survivor = consumer(log.address(), "fragile");
    survivor.subscribe(&["doomed"]).unwrap();
    let half = async {
        while survivor.assignment().unwrap().count() != 2 {
            let _ = tokio::time::timeout(Duration::from_millis(50), survivor.recv()).await;
        }
    };
    in_time("half of the partitions", half).await;
    child.kill().await.unwrap();
    let all = async {
        while survivor.assignment().unwrap().count() != 4 {
            let _ = tokio::time::timeout(Duration::from_millis(50), survivor.recv()).await;
        }
    };
    in_time("all partitions", all).await;
    let listed = survivor.client().fetch_group_list(Some("fragile"), HANG).unwrap();
    assert_eq!(listed.groups()[0].members().len(), 1);
    assert_eq!(listed.groups()[0].state(), "Stable");
    drop(listed);
    close(survivor).await;
    log.shutdown().await;
}

/// The partitions assigned to a consumer.
fn assigned_partitions(consumer: &StreamConsumer) -> BTreeSet<i32> {
    let list = consumer.assignment().unwrap();
    list.elements()
        .iter()
        .map(rdkafka::topic_partition_list::TopicPartitionListElem::partition)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_static_member_keeps_its_partitions_across_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let log = support::start(folder.path()).await;
    create(log.address(), "t", 6).await;
    let named = |name: &str| {
        let mut config: ClientConfig = support::client(log.address());
        config.set("group.id", "static").set("group.instance.id", name);
        config.set("session.timeout.ms", "30000").set("heartbeat.interval.ms", "500");
        let consumer: StreamConsumer = config.create().unwrap();
        consumer.subscribe(&["t"]).unwrap();
        consumer
    };
    let (first, second) = (named("first"), named("second"));
    wait_until_shared(&[&first, &second], 6).await;
    let (of_first, of_second) = (assigned_partitions(&first), assigned_partitions(&second));
    close(first).await;
    let first = named("first");
    let back = async {
        while assigned_partitions(&first).is_empty() {
            let _ = tokio::time::timeout(Duration::from_millis(50), first.recv()).await;
        }
    };
    in_time("coming back", back).await;
    assert_eq!((assigned_partitions(&first), assigned_partitions(&second)), (of_first, of_second));
    close(first).await;
    close(second).await;
    log.shutdown().await;
}
