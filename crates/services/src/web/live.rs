//! Server-sent events that only say "look again": pages fetch themselves when they hear one.

use std::{convert::Infallible, time::Duration};

use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, stream};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Between two events of one stream: a burst of orders is one look.
const AT_MOST_EVERY: Duration = Duration::from_millis(150);
/// Long enough for the tables to have what the log already says.
const SECOND_LOOK: Duration = Duration::from_millis(350);

/// An SSE answer with a comment every 15 seconds, so that nobody takes silence for death.
pub fn sse<S>(events: S) -> Sse<axum::response::sse::KeepAliveStream<S>>
where
    S: Stream<Item = Result<Event, Infallible>> + Send + 'static,
{
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

/// An event named `name` whenever the bell rings for something `concerns` says yes to. Each ring
/// gives two: at once, and again when slower tables have caught up.
pub fn look_again<T: Clone + Send + 'static>(
    bell: Receiver<T>,
    name: &'static str,
    concerns: impl Fn(&T) -> bool + Send + Sync + 'static,
) -> impl Stream<Item = Result<Event, Infallible>> + Send + 'static {
    let event = move || Ok(Event::default().event(name).data("changed"));
    stream::unfold((bell, concerns, false), move |(mut bell, concerns, again)| async move {
        if again {
            tokio::time::sleep(SECOND_LOOK).await;
            return Some((event(), (bell, concerns, false)));
        }
        loop {
            match bell.recv().await {
                Ok(rung) if !concerns(&rung) => {}
                // Whoever missed some looks as well.
                Ok(_) | Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => return None,
            }
        }
        tokio::time::sleep(AT_MOST_EVERY).await;
        Some((event(), (bell, concerns, true)))
    })
}
