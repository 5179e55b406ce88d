//! Consumer groups of librdkafka.

use std::collections::BTreeSet;

use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{CommitMode, Consumer, StreamConsumer},
    message::Message,
};

use crate::{
    engine::{Engine, on_both, pause},
    member::Member,
    support::{HANG, close, in_time, read, send},
};

on_both!(
    two_members_share_cooperatively,
    two_members_share_eagerly,
    a_member_that_leaves_is_replaced_at_once,
    a_silent_member_is_replaced,
    a_group_continues_at_its_committed_offset,
    no_record_is_read_twice_across_rebalances,
    groups_are_independent,
    the_state_of_a_group_is_described,
);

fn join(engine: &Engine, group: &str, topic: &str, strategy: &str) -> StreamConsumer {
    let mut config = engine.member(group);
    let consumer: StreamConsumer =
        config.set("partition.assignment.strategy", strategy).create().unwrap();
    consumer.subscribe(&[topic]).unwrap();
    consumer
}

fn assigned_partitions(consumer: &StreamConsumer) -> BTreeSet<i32> {
    let assigned = consumer.assignment().unwrap();
    assigned
        .elements()
        .iter()
        .map(rdkafka::topic_partition_list::TopicPartitionListElem::partition)
        .collect()
}

/// Polls all consumers until the partitions are evenly assigned, each to one owner.
async fn wait_until_shared(consumers: &[&StreamConsumer], partitions: usize) {
    in_time("share", async {
        loop {
            for consumer in consumers {
                // Polling serves callbacks; the topics are empty, or their records are not needed.
                let _ = tokio::time::timeout(std::time::Duration::from_millis(20), consumer.recv())
                    .await;
            }
            let shares: Vec<_> =
                consumers.iter().map(|consumer| assigned_partitions(consumer)).collect();
            let all: BTreeSet<_> = shares.iter().flatten().collect();
            let even = shares.iter().all(|s| s.len() == partitions / consumers.len());
            if even && all.len() == partitions {
                return;
            }
        }
    })
    .await;
}

async fn check_two_members(engine: &Engine, strategy: &str) {
    let topic = engine.topic(4, &[]).await;
    let group = engine.name(strategy);
    let one = join(engine, &group, &topic, strategy);
    wait_until_shared(&[&one], 4).await;
    let two = join(engine, &group, &topic, strategy);
    wait_until_shared(&[&one, &two], 4).await;
    close(two).await;
    wait_until_shared(&[&one], 4).await;
    close(one).await;
}

async fn two_members_share_cooperatively(engine: &Engine) {
    check_two_members(engine, "cooperative-sticky").await;
}

async fn two_members_share_eagerly(engine: &Engine) {
    check_two_members(engine, "range").await;
    check_two_members(engine, "roundrobin").await;
}

async fn a_member_that_leaves_is_replaced_at_once(engine: &Engine) {
    let topic = engine.topic(2, &[]).await;
    let group = engine.name("leaves");
    let mut config = engine.member(&group);
    // The session timeout is longer than the test: only leaving can release its partitions.
    config.set("session.timeout.ms", "300000").set("max.poll.interval.ms", "300000");
    let one: StreamConsumer = config.create().unwrap();
    one.subscribe(&[&topic]).unwrap();
    wait_until_shared(&[&one], 2).await;
    close(one).await;
    let two = join(engine, &group, &topic, "cooperative-sticky");
    wait_until_shared(&[&two], 2).await;
    close(two).await;
}

async fn a_silent_member_is_replaced(engine: &Engine) {
    let topic = engine.topic(2, &[]).await;
    let group = engine.name("silent");
    let mut silent = Member::new(engine, &group).await;
    // A member with librdkafka's strategy, which leads, assigns all partitions to itself, and then
    // sends nothing more.
    silent.join_with_id().await;
    let id = silent.id.clone();
    assert_eq!(silent.sync(&[(&id, b"all")]).await.error_code, 0);
    let heir = join(engine, &group, &topic, "range");
    wait_until_shared(&[&heir], 2).await;
    assert_eq!(silent.heartbeat().await, 25);
    close(heir).await;
}

fn commit(consumer: &StreamConsumer, topic: &str, offset: i64) {
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, 0, Offset::Offset(offset)).unwrap();
    consumer.commit(&list, CommitMode::Sync).unwrap();
}

async fn a_group_continues_at_its_committed_offset(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    let producer = engine.producer();
    for n in 0..6 {
        send(&producer, &topic, "k", &n.to_string()).await;
    }
    let group = engine.name("goes-on");
    for (first, next) in [(0, 2), (2, 5), (5, 6)] {
        let consumer = join(engine, &group, &topic, "cooperative-sticky");
        assert_eq!(read(&consumer, 1).await[0].offset(), first);
        commit(&consumer, &topic, next);
        let committed = {
            let mut list = TopicPartitionList::new();
            list.add_partition(&topic, 0);
            let found = consumer.committed_offsets(list, HANG).unwrap().to_topic_map();
            found[&(topic.clone(), 0)]
        };
        assert_eq!(committed, Offset::Offset(next));
        close(consumer).await;
    }
}

async fn no_record_is_read_twice_across_rebalances(engine: &Engine) {
    let topic = engine.topic(4, &[]).await;
    let producer = engine.producer();
    let group = engine.name("come-and-go");
    let mut seen = BTreeSet::new();
    let mut take = |record: rdkafka::message::OwnedMessage| {
        let place = (record.partition(), record.offset());
        assert!(seen.insert(place), "{place:?} was read twice");
        seen.len()
    };
    for round in 0..3 {
        for n in 0..20 {
            send(&producer, &topic, &format!("{round}-{n}"), "v").await;
        }
        let consumer = join(engine, &group, &topic, "cooperative-sticky");
        for record in read(&consumer, 20).await {
            take(record);
        }
        consumer.commit_consumer_state(CommitMode::Sync).unwrap();
        close(consumer).await;
    }
    assert_eq!(seen.len(), 60);
}

async fn groups_are_independent(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    send(&engine.producer(), &topic, "k", "v").await;
    for group in ["these", "those"] {
        let consumer = join(engine, &engine.name(group), &topic, "range");
        assert_eq!(read(&consumer, 1).await[0].offset(), 0);
        commit(&consumer, &topic, 1);
        close(consumer).await;
    }
}

async fn the_state_of_a_group_is_described(engine: &Engine) {
    let topic = engine.topic(1, &[]).await;
    let group = engine.name("state");
    let mut onlooker = Member::new(engine, &group).await;
    assert_eq!(onlooker.describe().await.0, "Dead");
    let consumer = join(engine, &group, &topic, "range");
    wait_until_shared(&[&consumer], 1).await;
    assert_eq!(onlooker.describe().await, ("Stable".into(), 1));
    send(&engine.producer(), &topic, "k", "v").await;
    read(&consumer, 1).await;
    commit(&consumer, &topic, 1);
    close(consumer).await;
    in_time("leave", async {
        while onlooker.describe().await != ("Empty".into(), 0) {
            pause().await;
        }
    })
    .await;
}
