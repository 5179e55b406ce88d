//! One call of a handler, repeated until its effects are done and its events acknowledged.

use std::{panic::AssertUnwindSafe, sync::atomic::Ordering, time::Duration};

use domain::ports::{Clock, Unavailable};
use events::{
    Delay, Handler, Outcome, Outgoing, Publisher, Record, dead_letter::dead_letter, retry::retry,
};
use futures::FutureExt;
use tokio_util::sync::CancellationToken;

use super::{Counters, DRAIN};
use crate::clock::SystemClock;

/// The longest wait between two tries.
const MAX_BACKOFF: Duration = Duration::from_secs(5);

/// After the stop, calls in flight get most of the drain time, then they are abandoned.
pub(super) async fn abandon(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(DRAIN.mul_f32(0.8)).await;
}

/// Handles records until their effects are done and their events acknowledged.
pub(super) async fn call<H: Handler, P: Publisher>(
    handler: &H,
    publisher: &P,
    records: &[Record],
    counters: &Counters,
) {
    let mut tries = 0;
    loop {
        let waited = match handle(handler, records).await {
            Ok(outcomes) => {
                let ended = collect::<H>(records, outcomes, tries);
                match publisher.publish(ended.events).await {
                    Ok(_) => {
                        let done = records.len() as u64 - ended.dead - ended.retried;
                        counters.dead.fetch_add(ended.dead, Ordering::Relaxed);
                        counters.retried.fetch_add(ended.retried, Ordering::Relaxed);
                        counters.done.fetch_add(done, Ordering::Relaxed);
                        return;
                    }
                    Err(unavailable) => unavailable,
                }
            }
            Err(unavailable) => unavailable,
        };
        counters.waits.fetch_add(1, Ordering::Relaxed);
        if tries == 0 {
            tracing::warn!(group = H::GROUP, records = records.len(), reason = %waited, "waiting");
        }
        tokio::time::sleep(backoff(tries)).await;
        tries += 1;
    }
}

/// Calls the handler. A panic is a defect of ours, but it must not stall the partition: the records
/// are handled one by one, and the one that panics by itself is a dead letter.
async fn handle<H: Handler>(handler: &H, records: &[Record]) -> Result<Vec<Outcome>, Unavailable> {
    if let Ok(outcomes) = AssertUnwindSafe(handler.handle(records)).catch_unwind().await {
        return outcomes;
    }
    let mut outcomes = Vec::with_capacity(records.len());
    for record in records {
        match AssertUnwindSafe(handler.handle(std::slice::from_ref(record))).catch_unwind().await {
            Ok(outcome) => outcomes.extend(outcome?),
            Err(_) => outcomes.push(Outcome::Dead("the handler failed on this record".into())),
        }
    }
    Ok(outcomes)
}

/// What a call came to.
#[derive(Default)]
struct Ended {
    events: Vec<Outgoing>,
    retried: u64,
    dead: u64,
}

/// The events of all records. `waited` is how often this call was repeated for them.
fn collect<H: Handler>(records: &[Record], outcomes: Vec<Outcome>, waited: u32) -> Ended {
    let mut ended = Ended::default();
    for (record, outcome) in records.iter().zip(outcomes) {
        let attempts = record.attempts().saturating_add(waited).saturating_add(1);
        let (topic, offset) = (record.topic.name(), record.offset);
        let (group, partition) = (H::GROUP, record.partition);
        let delay = Delay::after(H::RETRY, attempts);
        match (outcome, delay) {
            (Outcome::Done(more), _) => ended.events.extend(more),
            (Outcome::Retry(reason), Some(delay)) => {
                tracing::info!(group, topic, partition, offset, attempts, %delay, reason, "tried again later");
                let now = SystemClock.now();
                ended.events.push(retry(group, delay, record, &reason, attempts, now));
                ended.retried += 1;
            }
            // A handler without a plan has nothing to wait for.
            (Outcome::Retry(reason) | Outcome::Dead(reason), _) => {
                tracing::warn!(group, topic, partition, offset, attempts, reason, "dead letter");
                ended.events.push(dead_letter(group, record, &reason, attempts));
                ended.dead += 1;
            }
        }
    }
    ended
}

/// 50 ms, doubling up to five seconds, plus up to a quarter of jitter so that instances spread.
fn backoff(tries: u32) -> Duration {
    let base = Duration::from_millis(50)
        .saturating_mul(2_u32.saturating_pow(tries.min(10)))
        .min(MAX_BACKOFF);
    let jitter = uuid::Uuid::new_v4().as_bytes()[0];
    base + base.mul_f32(f32::from(jitter) / 1024.0)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use events::{Pace, Topic};

    use super::*;

    #[test]
    fn backoff_grows_and_is_bounded() {
        assert!(backoff(0) >= Duration::from_millis(50));
        assert!(backoff(3) >= Duration::from_millis(400));
        assert!(backoff(u32::MAX) <= MAX_BACKOFF.mul_f32(1.25));
    }

    struct Fragile;

    impl Handler for Fragile {
        const GROUP: &'static str = "fragile";
        const TOPICS: &'static [Topic] = &[];
        const PRODUCES: &'static [Topic] = &[];
        const PACE: Pace = Pace::batches(Duration::ZERO);

        async fn handle(&self, records: &[Record]) -> Result<Vec<Outcome>, Unavailable> {
            assert!(records.iter().all(|record| record.offset != 1), "offset 1 is poison");
            Ok(vec![Outcome::Done(Vec::new()); records.len()])
        }
    }

    #[tokio::test]
    async fn a_record_that_panics_is_dead_and_its_neighbours_are_done() {
        let record = |offset| Record {
            topic: Topic::OrderDetails,
            partition: 0,
            offset,
            key: Bytes::new(),
            headers: Vec::new(),
            payload: None,
        };
        let outcomes = handle(&Fragile, &[record(0), record(1), record(2)]).await.unwrap();
        assert_eq!(outcomes[0], Outcome::Done(Vec::new()));
        assert!(matches!(outcomes[1], Outcome::Dead(_)));
        assert_eq!(outcomes[2], Outcome::Done(Vec::new()));
    }
}
