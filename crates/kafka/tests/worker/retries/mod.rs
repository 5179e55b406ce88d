//! Records in a retry topic wait until they are due, without blocking others.

mod shop;

use events::OutgoingRecord;
use jiff::SignedDuration;

use self::shop::{LONG_RETRIES, RETRIES, Shop, event, until};
use super::TOPIC;

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_record_returns_when_due_and_blocks_no_other() {
    let shop = Shop::open();
    // Not due during the test: whatever it blocked would never be handled.
    let hour = shop.park("hour", SignedDuration::from_hours(1)).await;
    // Due already, in another partition of the same topic.
    let mut keys = (0..).map(|n| format!("slow-{n}"));
    let slow = loop {
        let key = keys.next().unwrap();
        if shop.park(&key, -SignedDuration::from_mins(1)).await.0 != hour.0 {
            break key;
        }
    };
    let slow = slow.as_str();
    let (end, running) = shop.worker();
    let first = shop.write(event(slow)).await;
    // Behind it in its own partition, and in others.
    let mut last = Vec::new();
    for n in 0..20 {
        let key = if n % 2 == 0 { slow.replace("slow", "quick") } else { format!("quick-{n}") };
        last.push(shop.write(event(&key)).await);
    }
    until(async || shop.patient.has(slow, 1) && shop.patient.has("quick-19", 0)).await;
    // The first attempt is done: the commit passes it.
    shop.has_committed(TOPIC, first).await;
    for place in last {
        shop.has_committed(TOPIC, place).await;
    }
    let headers = shop.parked(slow).await.expect("it lies there");
    assert_eq!(headers["comanda_attempts"], "1");
    until(async || shop.patient.calls().iter().filter(|c| (&*c.0, c.1) == (slow, 1)).count() == 2)
        .await;
    end.cancel();
    running.await.unwrap().unwrap();
    let calls = shop.patient.calls();
    assert!(calls.iter().all(|(_, _, is_due)| *is_due), "nothing comes early: {calls:?}");
    assert_eq!(calls.iter().filter(|(key, n, _)| key == slow && *n == 0).count(), 1);
    assert!(!shop.patient.has("hour", 1), "not due for an hour");
    let behind = shop.committed().await.get(&(LONG_RETRIES.to_owned(), hour.0)).copied();
    assert!(behind.is_none_or(|at| at <= hour.1), "what waits is not committed: {behind:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_record_is_handled_after_a_restart() {
    let shop = Shop::open();
    let (end, running) = shop.worker();
    // The second is behind the first in its retry topic, too.
    let (partition, offset) = shop.write(event("slow")).await;
    shop.write(event("slow")).await;
    shop.has_committed(TOPIC, (partition, offset + 1)).await;
    end.cancel();
    running.await.unwrap().unwrap();
    let headers = shop.parked("slow").await.expect("it lies in the topic of retries");
    let header = |name: &str| headers[&format!("comanda_{name}")].as_str();
    assert_eq!((header("origin_topic"), header("error")), (TOPIC, "not yet"));
    assert_eq!(header("origin_partition"), partition.to_string());
    assert_eq!(header("origin_offset"), offset.to_string());

    let (end, running) = shop.worker();
    until(async || shop.patient.calls().iter().filter(|call| call.1 == 1).count() == 2).await;
    end.cancel();
    running.await.unwrap().unwrap();
    let calls = shop.patient.calls();
    let expected = [0, 0, 1, 1].map(|attempts| ("slow".to_owned(), attempts, true));
    assert_eq!(calls, expected, "nothing is lost, and nothing that is done is done again");
    let [consumed, done, retried, dead] = shop.counters.totals();
    assert_eq!((done, retried, dead), (2, 2, 0));
    assert!(consumed >= 4, "what waits may be read by both");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_behind_a_waiting_one_are_handled_after_it() {
    let shop = Shop::open();
    let (end, running) = shop.worker();
    shop.write(event("slow")).await;
    // The record and its retry: from now on the retry's partition is paused.
    until(async || shop.counters.totals()[0] == 2).await;
    shop.write(event("slow")).await;
    until(async || shop.patient.calls().iter().filter(|call| call.1 == 1).count() == 2).await;
    end.cancel();
    running.await.unwrap().unwrap();
    assert!(shop.patient.calls().iter().all(|(_, _, is_due)| *is_due));
}

/// A foreign producer may write any due time into the header.
#[tokio::test(flavor = "multi_thread")]
async fn no_record_waits_longer_than_the_delay_of_its_topic() {
    let shop = Shop::open();
    for (key, due_ms) in [("never", i64::MAX), ("never", 0)] {
        let made_up = event(key).with_header("comanda_due_ms", due_ms.to_string());
        shop.write(OutgoingRecord { topic: RETRIES.to_owned(), ..made_up }).await;
    }
    let (end, running) = shop.worker();
    until(async || shop.counters.totals()[1] == 2).await;
    end.cancel();
    running.await.unwrap().unwrap();
}
