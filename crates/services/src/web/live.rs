//! Server-sent events that only say "look again": pages fetch themselves when they hear one.

use std::{convert::Infallible, time::Duration};

use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, stream};
use tokio::sync::watch::Receiver;

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

/// An event named `name` whenever the bell rings. Each ring gives two: at once, and again when slower
/// tables have caught up.
pub fn look_again(
    bell: Receiver<()>,
    name: &'static str,
) -> impl Stream<Item = Result<Event, Infallible>> + Send + 'static {
    let event = move || Ok(Event::default().event(name).data("changed"));
    stream::unfold((bell, false), move |(mut bell, again)| async move {
        if again {
            tokio::time::sleep(SECOND_LOOK).await;
            return Some((event(), (bell, false)));
        }
        bell.changed().await.ok()?;
        tokio::time::sleep(AT_MOST_EVERY).await;
        // What rang meanwhile is seen by the same look.
        bell.mark_unchanged();
        Some((event(), (bell, true)))
    })
}
