//! Whether figures have changed, for dashboards that are open: one question to the database for
//! all of them, and an event only when the answer is another one.

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

/// Between two questions while anybody listens.
const ASK_EVERY: Duration = Duration::from_millis(25);
/// Between two looks for somebody who listens.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Between two events of one stream: a burst of orders is one look.
const AT_MOST_EVERY: Duration = Duration::from_millis(80);
/// So many look that often. With more of them each looks less often: what all of them cost together
/// stays the same, however many are open.
const LOOK_FREELY: u32 = 4;

/// The last answer.
#[derive(Debug, Default)]
pub struct Pulse(watch::Sender<i64>);

impl Pulse {
    /// Asks for as long as anybody listens, without end.
    pub async fn run<F: FactStore>(&self, facts: F) {
        loop {
            if self.0.receiver_count() == 0 {
                sleep(LOOK_EVERY).await;
                continue;
            }
            // A database that is away has nothing new to show.
            if let Ok(pulse) = facts.pulse().await {
                self.0.send_if_modified(|known| std::mem::replace(known, pulse) != pulse);
            }
            sleep(ASK_EVERY).await;
        }
    }
}

pub(super) async fn events<F: FactStore, L: LagProbe>(
    State(figures): State<Arc<Figures<F, L>>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut pulse = figures.pulse.0.subscribe();
    pulse.mark_changed();
    let first = (figures, pulse, Instant::now());
    let beats = stream::unfold(first, |(figures, mut pulse, not_before)| async move {
        pulse.changed().await.ok()?;
        sleep_until(not_before).await;
        pulse.borrow_and_update();
        let next = Instant::now() + apart(figures.pulse.0.receiver_count());
        Some((Ok(Event::default().event("summary").data("changed")), (figures, pulse, next)))
    });
    sse(beats)
}

/// Between two events of one stream, where so many listen.
fn apart(listeners: usize) -> Duration {
    let listeners = u32::try_from(listeners).unwrap_or(u32::MAX);
    AT_MOST_EVERY * listeners.max(LOOK_FREELY) / LOOK_FREELY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_dashboards_look_less_often() {
        assert_eq!([apart(0), apart(1), apart(4)], [AT_MOST_EVERY; 3]);
        assert_eq!(apart(40), AT_MOST_EVERY * 10);
        // More than there can be is no overflow.
        assert!(apart(1_000_000) > Duration::from_mins(1));
    }
}
