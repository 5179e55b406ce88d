//! Measures how long after its confirmation an order is in the figures of an open dashboard.
//!
//! A dashboard reloads at each event that figures have changed. So does this client: it reads the
//! number of confirmed orders, then the whole page, and counts that number as seen once the page
//! has arrived. Orders from elsewhere at the same time would be counted as ours.

use std::{sync::Arc, time::Duration};

use parking_lot::{Mutex, MutexGuard};

use hdrhistogram::Histogram;
use serde::Deserialize;
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};

use super::{
    client::{Failure, Storefronts, connection_failure},
    tally::{Beginning, Tally, record_latency},
    watch::EventBuffer,
};

/// Timeout for the last order to be seen after the load.
const LAST_ORDER_TIMEOUT: Duration = Duration::from_secs(30);
const POLL_PAUSE: Duration = Duration::from_millis(20);

/// The part of `GET /api/analytics/summary` that is used.
#[derive(Deserialize)]
struct Summary {
    orders: Orders,
}

#[derive(Deserialize)]
struct Orders {
    confirmed: u64,
}

/// At `at` after the load's beginning, `confirmed` orders of this load were on the dashboard.
#[derive(Clone, Copy, Debug)]
pub(super) struct Observation {
    at: Duration,
    confirmed: u64,
}

/// An open dashboard.
pub(super) struct Dashboard {
    seen: Arc<Mutex<Vec<Observation>>>,
    task: JoinHandle<Failure>,
}

impl Dashboard {
    /// Opens the dashboard; to be called before the first order is placed.
    pub(super) async fn open(shop: Storefronts, beginning: Beginning) -> Result<Self, Failure> {
        let before = count_confirmed(&shop).await?;
        let seen = Arc::default();
        let task = tokio::spawn(observe_figures(shop, beginning, before, Arc::clone(&seen)));
        Ok(Self { seen, task })
    }

    /// Waits until `expected` orders are seen. Returns all observations.
    pub(super) async fn wait_for(self, expected: u64) -> Result<Vec<Observation>, Failure> {
        let begun = Instant::now();
        while lock(&self.seen).last().is_none_or(|seen| seen.confirmed < expected) {
            if self.task.is_finished() {
                let panicked = |e: tokio::task::JoinError| Failure::new("dashboard", e.to_string());
                return Err(self.task.await.unwrap_or_else(panicked));
            }
            if begun.elapsed() > LAST_ORDER_TIMEOUT {
                let seen = lock(&self.seen).last().map_or(0, |seen| seen.confirmed);
                let problem = format!("{seen} of {expected} confirmed orders are on the dashboard");
                return Err(Failure::new("dashboard", problem));
            }
            sleep(POLL_PAUSE).await;
        }
        self.task.abort();
        Ok(lock(&self.seen).clone())
    }
}

fn lock(seen: &Mutex<Vec<Observation>>) -> MutexGuard<'_, Vec<Observation>> {
    seen.lock()
}

/// Adds an observation for each change of the figures, until a request fails.
async fn observe_figures(
    shop: Storefronts,
    beginning: Beginning,
    before: u64,
    seen: Arc<Mutex<Vec<Observation>>>,
) -> Failure {
    let observing = async {
        let mut stream = shop.get_as_staff("/api/analytics/events").await?;
        let mut events = EventBuffer::default();
        while let Some(chunk) = stream.chunk().await.map_err(connection_failure)? {
            events.push(&chunk);
            let mut changed = false;
            while let Some(event) = events.next() {
                changed |= event.contains("event:");
            }
            if changed {
                let confirmed = count_confirmed(&shop).await?.saturating_sub(before);
                shop.get_as_staff("/analytics").await?.bytes().await.map_err(connection_failure)?;
                lock(&seen).push(Observation { at: beginning.elapsed(), confirmed });
            }
        }
        Ok::<_, Failure>(())
    };
    let ended = || Failure::new("dashboard", "its stream of events ended");
    observing.await.err().unwrap_or_else(ended)
}

async fn count_confirmed(shop: &Storefronts) -> Result<u64, Failure> {
    let body = shop
        .get_as_staff("/api/analytics/summary")
        .await?
        .bytes()
        .await
        .map_err(connection_failure)?;
    let unreadable = |e: serde_json::Error| Failure::new("unreadable answer", e.to_string());
    Ok(serde_json::from_slice::<Summary>(&body).map_err(unreadable)?.orders.confirmed)
}

/// How long after its confirmation each order of the span was seen, in microseconds. Figures are a
/// number of orders without ids; the orders that were confirmed first are taken to be in them.
pub(super) fn dashboard_lags(seen: &[Observation], tally: &Tally) -> Histogram<u64> {
    let mut lags = tally.empty_histogram();
    let mut confirmed = tally.confirmed_at.clone();
    confirmed.sort_unstable();
    let mut confirmed = confirmed.into_iter();
    let mut counted = 0;
    for observation in seen {
        while counted < observation.confirmed {
            let Some(at) = confirmed.next() else { return lags };
            counted += 1;
            if tally.span.contains(&at) {
                record_latency(&mut lags, observation.at.saturating_sub(at));
            }
        }
    }
    lags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_seen_with_the_first_observation_that_counts_it() {
        let ms = Duration::from_millis;
        let mut tally = Tally::new(Beginning::now(), ms(100)..ms(1_000)).unwrap();
        // One in the warm-up, and not in the order of their confirmations.
        tally.confirmed_at = vec![ms(210), ms(50), ms(200), ms(230)];
        let seen = |at, confirmed| Observation { at: ms(at), confirmed };
        let lags = dashboard_lags(&[seen(90, 1), seen(220, 3), seen(240, 3), seen(300, 4)], &tally);
        let lags_ms: Vec<_> = lags.iter_recorded().map(|v| v.value_iterated_to() / 1_000).collect();
        assert_eq!((lags_ms, lags.len()), (vec![10, 20, 70], 3));
    }
}
