//! Server-sent events without content: a page reloads itself when it receives one.

use std::{convert::Infallible, time::Duration};

use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, StreamExt, stream};
use tokio::sync::watch::Receiver;

/// Shortest interval between two events of a stream: a burst of changes is one event.
const MIN_EVENT_INTERVAL: Duration = Duration::from_millis(150);
/// Delay of the second event, by which the tables have caught up with the log.
const SECOND_EVENT_DELAY: Duration = Duration::from_millis(350);

/// Heartbeat interval. The heartbeat is an event, since scripts do not receive comments; without
/// one, a page treats the stream as dead. Proxies close idle connections after a minute.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(10);
/// Name of the heartbeat event.
const HEARTBEAT: &str = "beat";
/// Reconnection delay of browsers.
const RECONNECT_AFTER: Duration = Duration::from_secs(2);

/// An SSE response that begins at once, so that proxies pass on its head, and has heartbeats.
pub fn sse<S>(events: S) -> Sse<impl Stream<Item = Result<Event, Infallible>> + Send + 'static>
where
    S: Stream<Item = Result<Event, Infallible>> + Send + 'static,
{
    let first = Event::default().comment("live").retry(RECONNECT_AFTER);
    let events = stream::once(std::future::ready(Ok(first))).chain(events);
    let beat = Event::default().event(HEARTBEAT).data(HEARTBEAT_INTERVAL.as_secs().to_string());
    Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT_INTERVAL).event(beat))
}

/// A stream of events named `name` for the rings of a bell: each ring sends one event at once and
/// one when the tables have caught up.
pub fn change_events(
    bell: Receiver<()>,
    name: &'static str,
) -> impl Stream<Item = Result<Event, Infallible>> + Send + 'static {
    let event = move || Ok(Event::default().event(name).data("changed"));
    stream::unfold((bell, false), move |(mut bell, again)| async move {
        if again {
            tokio::time::sleep(SECOND_EVENT_DELAY).await;
            return Some((event(), (bell, false)));
        }
        bell.changed().await.ok()?;
        tokio::time::sleep(MIN_EVENT_INTERVAL).await;
        // The same event covers changes during the interval.
        bell.mark_unchanged();
        Some((event(), (bell, true)))
    })
}
