//! How long after its confirmation an order is in the figures of a dashboard that is open.
//!
//! A dashboard is told that figures have changed, and fetches itself anew. So does this: at each such
//! event it reads how many orders are confirmed, then the whole page, and only once that has come are
//! so many orders seen. Orders of others at the same time would be taken for ours.

use std::{sync::Arc, time::Duration};

use parking_lot::{Mutex, MutexGuard};

use hdrhistogram::Histogram;
use serde::Deserialize;
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};

use super::{
    client::{Failure, Storefronts, broken},
    tally::{Beginning, Tally, record},
    watch::Events,
};

/// How long after the load the last order may take to be seen.
const LAST_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The part of `GET /api/analytics/summary` that is looked at.
#[derive(Deserialize)]
struct Summary {
    orders: Orders,
}

#[derive(Deserialize)]
struct Orders {
    confirmed: u64,
}

/// At `at` since the load's beginning, `confirmed` orders of this load were seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    at: Duration,
    confirmed: u64,
}

/// A dashboard that is kept open.
pub(super) struct Dashboard {
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<Failure>,
}

impl Dashboard {
    /// Opens it, before the first order is placed.
    pub(super) async fn open(shop: Storefronts, beginning: Beginning) -> Result<Self, Failure> {
        let before = confirmed(&shop).await?;
        let seen = Arc::default();
        let task = tokio::spawn(look(shop, beginning, before, Arc::clone(&seen)));
        Ok(Self { seen, task })
    }

    /// Waits until so many orders are seen. Answers what each look saw.
    pub(super) async fn finish(self, expected: u64) -> Result<Vec<Seen>, Failure> {
        let begun = Instant::now();
        while lock(&self.seen).last().is_none_or(|seen| seen.confirmed < expected) {
            if self.task.is_finished() {
                let lost = |e: tokio::task::JoinError| Failure::new("dashboard", e.to_string());
                return Err(self.task.await.unwrap_or_else(lost));
            }
            if begun.elapsed() > LAST_WITHIN {
                let seen = lock(&self.seen).last().map_or(0, |seen| seen.confirmed);
                let told = format!("{seen} of {expected} confirmed orders are on the dashboard");
                return Err(Failure::new("dashboard", told));
            }
            sleep(LOOK_EVERY).await;
        }
        self.task.abort();
        Ok(lock(&self.seen).clone())
    }
}

fn lock(seen: &Mutex<Vec<Seen>>) -> MutexGuard<'_, Vec<Seen>> {
    seen.lock()
}

/// Looks whenever the figures have changed, until something does not work.
async fn look(
    shop: Storefronts,
    beginning: Beginning,
    before: u64,
    seen: Arc<Mutex<Vec<Seen>>>,
) -> Failure {
    let looked = async {
        let mut stream = shop.staff("/api/analytics/events").await?;
        let mut events = Events::default();
        while let Some(chunk) = stream.chunk().await.map_err(broken)? {
            events.add(&chunk);
            let mut changed = false;
            while let Some(event) = events.next() {
                changed |= event.contains("event:");
            }
            if changed {
                let confirmed = confirmed(&shop).await?.saturating_sub(before);
                shop.staff("/analytics").await?.bytes().await.map_err(broken)?;
                lock(&seen).push(Seen { at: beginning.elapsed(), confirmed });
            }
        }
        Ok::<_, Failure>(())
    };
    let ended = || Failure::new("dashboard", "its stream of events ended");
    looked.await.err().unwrap_or_else(ended)
}

async fn confirmed(shop: &Storefronts) -> Result<u64, Failure> {
    let body = shop.staff("/api/analytics/summary").await?.bytes().await.map_err(broken)?;
    let unreadable = |e: serde_json::Error| Failure::new("unreadable answer", e.to_string());
    Ok(serde_json::from_slice::<Summary>(&body).map_err(unreadable)?.orders.confirmed)
}

/// How long after its confirmation each order of the span was seen, in microseconds. Figures say how
/// many and not which: the first so many confirmed ones are taken to be in them.
pub(super) fn lags(seen: &[Seen], tally: &Tally) -> Histogram<u64> {
    let mut lags = tally.empty();
    let mut confirmed = tally.confirmed_at.clone();
    confirmed.sort_unstable();
    let mut confirmed = confirmed.into_iter();
    let mut counted = 0;
    for look in seen {
        while counted < look.confirmed {
            let Some(at) = confirmed.next() else { return lags };
            counted += 1;
            if tally.span.contains(&at) {
                record(&mut lags, look.at.saturating_sub(at));
            }
        }
    }
    lags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_seen_with_the_first_look_that_counts_it() {
        let ms = Duration::from_millis;
        let mut tally = Tally::new(Beginning::now(), ms(100)..ms(1_000)).unwrap();
        // One in the warm-up, and not in the order of their confirmations.
        tally.confirmed_at = vec![ms(210), ms(50), ms(200), ms(230)];
        let seen = |at, confirmed| Seen { at: ms(at), confirmed };
        let lags = lags(&[seen(90, 1), seen(220, 3), seen(240, 3), seen(300, 4)], &tally);
        let told: Vec<_> = lags.iter_recorded().map(|v| v.value_iterated_to() / 1_000).collect();
        assert_eq!((told, lags.len()), (vec![10, 20, 70], 3));
    }
}
