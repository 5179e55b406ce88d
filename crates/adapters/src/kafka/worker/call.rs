//! One call of a handler, repeated until its effects are done and its events acknowledged.

use std::{panic::AssertUnwindSafe, sync::atomic::Ordering, time::Duration};

use domain::ports::Unavailable;
use events::{Handler, Outcome, PublishError, Publisher, Record};
use futures::FutureExt;
use tokio_util::sync::CancellationToken;

use super::{Counters, DRAIN, outcomes::Open};

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
    let mut open = Open::new(records);
    loop {
        let waited = match handle(handler, open.records()).await {
            Ok(outcomes) => {
                let (events, ended) = open.collect::<H>(outcomes, tries);
                match publisher.publish(events).await {
                    Ok(_) => {
                        open.close::<H>(ended, &[], counters);
                        return;
                    }
                    Err(PublishError::TooLarge(events)) => {
                        open = open.close::<H>(ended, &events, counters);
                        continue;
                    }
                    Err(PublishError::Unavailable(unavailable)) => unavailable,
                }
            }
            Err(unavailable) => unavailable,
        };
        counters.waits.fetch_add(1, Ordering::Relaxed);
        if tries == 0 {
            let records = open.records().len();
            tracing::warn!(group = H::GROUP, records, reason = %waited, "waiting");
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
