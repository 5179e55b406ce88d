//! The outcome of an order: by event stream while the load runs, or by polling once it is over.

use std::time::Duration;

use domain::status::Status;
use jiff::Timestamp;
use serde::Deserialize;
use tokio::time::{Instant, sleep, timeout_at};

use super::client::{Failure, PlacedOrder, Storefronts, connection_failure};

/// Pause before a broken stream is opened again, as in browsers.
const REOPEN_PAUSE: Duration = Duration::from_millis(500);
/// Maximum pause between two polls.
const MAX_POLL_PAUSE: Duration = Duration::from_millis(500);

/// The first step beyond `placed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Step {
    #[serde(with = "status")]
    pub(super) status: Status,
    /// By the clock of the service that made the step.
    pub(super) at: Timestamp,
}

mod status {
    use serde::{Deserialize, Deserializer, de::Error};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<domain::status::Status, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// Watches an order until it has an outcome. A broken stream is opened again.
pub(super) async fn watch_outcome(
    shop: &Storefronts,
    placed: &PlacedOrder,
    until: Instant,
    retries: &mut u64,
) -> Result<Step, Failure> {
    let mut last = Failure::new("no outcome", "no outcome came over the stream in time");
    loop {
        match timeout_at(until, read_stream(shop, placed)).await {
            Ok(Ok(step)) => return Ok(step),
            Ok(Err(failure)) if Instant::now() + REOPEN_PAUSE < until => last = failure,
            Ok(Err(failure)) => return Err(failure),
            Err(_) => return Err(last),
        }
        *retries += 1;
        sleep(REOPEN_PAUSE).await;
    }
}

async fn read_stream(shop: &Storefronts, placed: &PlacedOrder) -> Result<Step, Failure> {
    let mut answer = shop.get_order(placed, "/events").await?;
    let mut events = EventBuffer::default();
    loop {
        match answer.chunk().await.map_err(connection_failure)? {
            Some(chunk) => events.push(&chunk),
            None => return Err(Failure::new("broken connection", "a stream of events ended")),
        }
        while let Some(event) = events.next() {
            if let Some(step) = parse_outcome(&event)? {
                return Ok(step);
            }
        }
    }
}

/// A buffer of server-sent events, which may arrive in arbitrary chunks.
#[derive(Debug, Default)]
pub(super) struct EventBuffer(Vec<u8>);

impl EventBuffer {
    pub(super) fn push(&mut self, chunk: &[u8]) {
        self.0.extend_from_slice(chunk);
    }

    /// The next complete event, with one field per line.
    pub(super) fn next(&mut self) -> Option<String> {
        let end = self.0.windows(2).position(|pair| pair == b"\n\n")?;
        let event = String::from_utf8_lossy(&self.0[..end]).into_owned();
        self.0.drain(..end + 2);
        Some(event)
    }
}

/// The step in an event, unless it is `placed`. The id of an event is the status, so that only the
/// event that matters is parsed.
fn parse_outcome(event: &str) -> Result<Option<Step>, Failure> {
    let field = |name: &str| {
        let value = |line: &'_ str| Some(line.strip_prefix(name)?.strip_prefix(':')?.to_owned());
        event.lines().find_map(value)
    };
    match field("id").as_deref().map(str::trim) {
        None | Some("placed") => Ok(None),
        Some(_) => {
            let data = field("data").unwrap_or_default();
            let unreadable = |e: serde_json::Error| Failure::new("unreadable event", e.to_string());
            serde_json::from_str(&data).map(Some).map_err(unreadable)
        }
    }
}

/// `GET /api/orders/{id}`
#[derive(Deserialize)]
struct Order {
    history: Vec<Step>,
}

/// Polls an order until it has an outcome.
pub(super) async fn poll_outcome(
    shop: &Storefronts,
    placed: &PlacedOrder,
    until: Instant,
) -> Result<Step, Failure> {
    let mut pause = Duration::from_millis(20);
    loop {
        let seen = timeout_at(until, get_outcome(shop, placed)).await;
        match seen {
            Ok(Ok(Some(step))) => return Ok(step),
            Ok(Err(failure)) if Instant::now() + pause >= until => return Err(failure),
            Ok(_) if Instant::now() + pause < until => {}
            _ => return Err(Failure::new("no outcome", "an order had no outcome in time")),
        }
        sleep(pause).await;
        pause = MAX_POLL_PAUSE.min(pause * 2);
    }
}

async fn get_outcome(shop: &Storefronts, placed: &PlacedOrder) -> Result<Option<Step>, Failure> {
    let body = shop.get_order(placed, "").await?.bytes().await.map_err(connection_failure)?;
    let unreadable = |e: serde_json::Error| Failure::new("unreadable answer", e.to_string());
    let order: Order = serde_json::from_slice(&body).map_err(unreadable)?;
    Ok(order.history.into_iter().find(|step| step.status > Status::Placed))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACED: &str = "event: status\nid: placed\ndata: {\"status\":\"placed\"}\n\n";
    const CONFIRMED: &str = "event: status\nid: confirmed\ndata: {\"order_id\":\"x\",\
                             \"status\":\"confirmed\",\"at\":\"2026-11-22T12:00:00Z\"}\n\n";

    #[test]
    fn events_are_read_from_arbitrary_chunks() {
        let text = format!(": keep\n\n{PLACED}{CONFIRMED}");
        for size in 1..text.len() {
            let mut events = EventBuffer::default();
            let mut found = Vec::new();
            for chunk in text.as_bytes().chunks(size) {
                events.push(chunk);
                while let Some(event) = events.next() {
                    found.extend(parse_outcome(&event).unwrap());
                }
            }
            let at = "2026-11-22T12:00:00Z".parse().unwrap();
            assert_eq!(found, [Step { status: Status::Confirmed, at }], "cut at {size}");
        }
    }

    #[test]
    fn an_unreadable_event_is_an_error() {
        assert!(parse_outcome("id: confirmed\ndata: {}").is_err());
        assert!(parse_outcome("id: levitating\ndata: {\"status\":\"levitating\"}").is_err());
    }
}
