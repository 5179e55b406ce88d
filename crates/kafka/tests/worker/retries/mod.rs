//! Records in a retry topic wait until they are due, without blocking others.

mod cluster;

use events::OutgoingRecord;
use jiff::SignedDuration;

use self::cluster::{LONG_RETRIES, RETRIES, RetryCluster, event, wait_until};
use super::TOPIC;

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_record_returns_when_due_and_blocks_no_other() {
    let cluster = RetryCluster::start();
    // Not due during the test: whatever it blocked would never be handled.
    let hour = cluster.park("hour", SignedDuration::from_hours(1)).await;
    // Due already, in another partition of the same topic.
    let mut keys = (0..).map(|n| format!("slow-{n}"));
    let slow = loop {
        let key = keys.next().unwrap();
        if cluster.park(&key, -SignedDuration::from_mins(1)).await.0 != hour.0 {
            break key;
        }
    };
    let slow = slow.as_str();
    let (end, running) = cluster.worker();
    let first = cluster.write(event(slow)).await;
    // Later records of its own partition, and of others.
    let mut last = Vec::new();
    for n in 0..20 {
        let key = if n % 2 == 0 { slow.replace("slow", "quick") } else { format!("quick-{n}") };
        last.push(cluster.write(event(&key)).await);
    }
    wait_until(async || cluster.patient.has(slow, 1) && cluster.patient.has("quick-19", 0)).await;
    // The first attempt is done: the commit passes it.
    cluster.has_committed(TOPIC, first).await;
    for position in last {
        cluster.has_committed(TOPIC, position).await;
    }
    let headers = cluster.parked(slow).await.expect("it lies there");
    assert_eq!(headers["comanda_attempts"], "1");
    wait_until(async || {
        cluster.patient.calls().iter().filter(|c| (&*c.0, c.1) == (slow, 1)).count() == 2
    })
    .await;
    end.cancel();
    running.await.unwrap().unwrap();
    let calls = cluster.patient.calls();
    assert!(calls.iter().all(|(_, _, is_due)| *is_due), "nothing comes early: {calls:?}");
    assert_eq!(calls.iter().filter(|(key, n, _)| key == slow && *n == 0).count(), 1);
    assert!(!cluster.patient.has("hour", 1), "not due for an hour");
    let behind = cluster.committed().await.get(&(LONG_RETRIES.to_owned(), hour.0)).copied();
    assert!(behind.is_none_or(|at| at <= hour.1), "what waits is not committed: {behind:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_record_is_handled_after_a_restart() {
    let cluster = RetryCluster::start();
    let (end, running) = cluster.worker();
    // The second is behind the first in its retry topic, too.
    let (partition, offset) = cluster.write(event("slow")).await;
    cluster.write(event("slow")).await;
    cluster.has_committed(TOPIC, (partition, offset + 1)).await;
    end.cancel();
    running.await.unwrap().unwrap();
    let headers = cluster.parked("slow").await.expect("it lies in the topic of retries");
    let header = |name: &str| headers[&format!("comanda_{name}")].as_str();
    assert_eq!((header("origin_topic"), header("error")), (TOPIC, "not yet"));
    assert_eq!(header("origin_partition"), partition.to_string());
    assert_eq!(header("origin_offset"), offset.to_string());

    let (end, running) = cluster.worker();
    wait_until(async || cluster.patient.calls().iter().filter(|call| call.1 == 1).count() == 2)
        .await;
    end.cancel();
    running.await.unwrap().unwrap();
    let calls = cluster.patient.calls();
    let expected = [0, 0, 1, 1].map(|attempts| ("slow".to_owned(), attempts, true));
    assert_eq!(calls, expected, "nothing is lost, and nothing that is done is done again");
    let [consumed, done, retried, dead] = cluster.counters.totals();
    assert_eq!((done, retried, dead), (2, 2, 0));
    assert!(consumed >= 4, "what waits may be read by both");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_behind_a_waiting_one_are_handled_after_it() {
    let cluster = RetryCluster::start();
    let (end, running) = cluster.worker();
    cluster.write(event("slow")).await;
    // The record and its retry: from now on the retry's partition is paused.
    wait_until(async || cluster.counters.totals()[0] == 2).await;
    cluster.write(event("slow")).await;
    wait_until(async || cluster.patient.calls().iter().filter(|call| call.1 == 1).count() == 2)
        .await;
    end.cancel();
    running.await.unwrap().unwrap();
    assert!(cluster.patient.calls().iter().all(|(_, _, is_due)| *is_due));
}

/// A foreign producer may write any due time into the header.
#[tokio::test(flavor = "multi_thread")]
async fn no_record_waits_longer_than_the_delay_of_its_topic() {
    let cluster = RetryCluster::start();
    for (key, due_ms) in [("never", i64::MAX), ("never", 0)] {
        let made_up = event(key).with_header("comanda_due_ms", due_ms.to_string());
        cluster.write(OutgoingRecord { topic: RETRIES.to_owned(), ..made_up }).await;
    }
    let (end, running) = cluster.worker();
    wait_until(async || cluster.counters.totals()[1] == 2).await;
    end.cancel();
    running.await.unwrap().unwrap();
}
