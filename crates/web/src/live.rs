//! Server-sent events that only say "look again": pages fetch themselves when they hear one.

use std::{convert::Infallible, time::Duration};

use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, StreamExt, stream};
use tokio::sync::watch::Receiver;

/// Between two events of one stream: a burst of orders is one look.
const AT_MOST_EVERY: Duration = Duration::from_millis(150);
/// Long enough for the tables to have what the log already says.
const SECOND_LOOK: Duration = Duration::from_millis(350);

/// After a silence of this long a stream says that it is still there: by an event, for pages do not
/// hear comments, and one that hears nothing for longer takes the stream for dead. Proxies wait a
/// minute before they give up.
const BEAT_EVERY: Duration = Duration::from_secs(10);
/// The name of that event.
const BEAT: &str = "beat";
/// How long browsers wait before they connect again.
const AGAIN_AFTER: Duration = Duration::from_secs(2);

/// An SSE answer that begins at once, so that whatever stands in between passes its head on, and
/// that is never silent for long.
pub fn sse<S>(events: S) -> Sse<impl Stream<Item = Result<Event, Infallible>> + Send + 'static>
where
    S: Stream<Item = Result<Event, Infallible>> + Send + 'static,
{
    let first = Event::default().comment("live").retry(AGAIN_AFTER);
    let events = stream::once(std::future::ready(Ok(first))).chain(events);
    let beat = Event::default().event(BEAT).data(BEAT_EVERY.as_secs().to_string());
    Sse::new(events).keep_alive(KeepAlive::new().interval(BEAT_EVERY).event(beat))
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
