//! Notifies open dashboards that figures have changed: one database query serves all of them, and
//! an event is sent only when its result differs.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    response::{Sse, sse::Event},
};
use domain::ports::{FactStore, LagProbe};
use futures::{Stream, stream};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use super::Figures;
use web::live::sse;

/// Poll interval while a dashboard is open.
const POLL_INTERVAL: Duration = Duration::from_millis(25);
/// Poll interval while none is open.
const IDLE_POLL_INTERVAL: Duration = Duration::from_millis(200);
/// Shortest interval between two events of a stream: a burst of orders is one event.
const MIN_EVENT_INTERVAL: Duration = Duration::from_millis(80);
/// Number of streams that get events at [`MIN_EVENT_INTERVAL`]. With more, the interval of each
/// grows, so that the total load stays constant.
const FULL_RATE_LISTENERS: u32 = 4;

/// Version of the figures at the last poll.
#[derive(Debug, Default)]
pub struct Pulse(watch::Sender<i64>);

impl Pulse {
    /// Polls while a dashboard is open; never returns.
    pub async fn run<F: FactStore>(&self, facts: F) {
        loop {
            if self.0.receiver_count() == 0 {
                sleep(IDLE_POLL_INTERVAL).await;
                continue;
            }
            // An unavailable database has nothing new to show.
            if let Ok(pulse) = facts.pulse().await {
                self.0.send_if_modified(|known| std::mem::replace(known, pulse) != pulse);
            }
            sleep(POLL_INTERVAL).await;
        }
    }
}

pub(super) async fn stream_events<F: FactStore, L: LagProbe>(
    State(figures): State<Arc<Figures<F, L>>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut pulse = figures.pulse.0.subscribe();
    pulse.mark_changed();
    let first = (figures, pulse, Instant::now());
    let beats = stream::unfold(first, |(figures, mut pulse, not_before)| async move {
        pulse.changed().await.ok()?;
        sleep_until(not_before).await;
        pulse.borrow_and_update();
        let next = Instant::now() + event_interval(figures.pulse.0.receiver_count());
        Some((Ok(Event::default().event("summary").data("changed")), (figures, pulse, next)))
    });
    sse(beats)
}

/// Interval between two events of a stream, given the number of open streams.
fn event_interval(listeners: usize) -> Duration {
    let listeners = u32::try_from(listeners).unwrap_or(u32::MAX);
    MIN_EVENT_INTERVAL * listeners.max(FULL_RATE_LISTENERS) / FULL_RATE_LISTENERS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_dashboards_get_fewer_events() {
        assert_eq!(
            [event_interval(0), event_interval(1), event_interval(4)],
            [MIN_EVENT_INTERVAL; 3]
        );
        assert_eq!(event_interval(40), MIN_EVENT_INTERVAL * 10);
        // No overflow.
        assert!(event_interval(1_000_000) > Duration::from_mins(1));
    }
}
