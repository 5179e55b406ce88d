//! How an order ended: pushed while the load runs, or asked for once it is over.

use std::time::Duration;

use domain::status::Status;
use jiff::Timestamp;
use serde::Deserialize;
use tokio::time::{Instant, sleep, timeout_at};

use super::client::{Failure, Placed, Storefronts, broken};

/// Pause before a stream that broke is opened again, as browsers do.
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// Longest pause between two looks at an order that has no outcome yet.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The first step beyond `placed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Step {
    #[serde(with = "status")]
    pub(super) status: Status,
    /// By the clock of the service that made it.
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

/// Listens to an order until it has an outcome. A stream that breaks is opened again.
pub(super) async fn listen(
    shop: &Storefronts,
    placed: &Placed,
    until: Instant,
    retries: &mut u64,
) -> Result<Step, Failure> {
    let mut last = Failure::new("no outcome", "no outcome came over the stream in time");
    loop {
        match timeout_at(until, stream(shop, placed)).await {
            Ok(Ok(step)) => return Ok(step),
            Ok(Err(failure)) if Instant::now() + AGAIN_AFTER < until => last = failure,
            Ok(Err(failure)) => return Err(failure),
            Err(_) => return Err(last),
        }
        *retries += 1;
        sleep(AGAIN_AFTER).await;
    }
}

async fn stream(shop: &Storefronts, placed: &Placed) -> Result<Step, Failure> {
    let mut answer = shop.get(placed, "/events").await?;
    let mut events = Events::default();
    loop {
        match answer.chunk().await.map_err(broken)? {
            Some(chunk) => events.add(&chunk),
            None => return Err(Failure::new("broken connection", "a stream of events ended")),
        }
        while let Some(event) = events.next() {
            if let Some(step) = outcome(&event)? {
                return Ok(step);
            }
        }
    }
}

/// Server-sent events as they come in, cut anywhere.
#[derive(Debug, Default)]
pub(super) struct Events(Vec<u8>);

impl Events {
    pub(super) fn add(&mut self, chunk: &[u8]) {
        self.0.extend_from_slice(chunk);
    }

    /// The next whole event, with its fields one a line.
    pub(super) fn next(&mut self) -> Option<String> {
        let end = self.0.windows(2).position(|pair| pair == b"\n\n")?;
        let event = String::from_utf8_lossy(&self.0[..end]).into_owned();
        self.0.drain(..end + 2);
        Some(event)
    }
}

/// The step an event tells, unless it is the first one. Its id is the status, so that only the one
/// that matters is parsed.
fn outcome(event: &str) -> Result<Option<Step>, Failure> {
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

/// Asks for an order until it has an outcome.
pub(super) async fn ask(
    shop: &Storefronts,
    placed: &Placed,
    until: Instant,
) -> Result<Step, Failure> {
    let mut pause = Duration::from_millis(20);
    loop {
        let seen = timeout_at(until, look(shop, placed)).await;
        match seen {
            Ok(Ok(Some(step))) => return Ok(step),
            Ok(Err(failure)) if Instant::now() + pause >= until => return Err(failure),
            Ok(_) if Instant::now() + pause < until => {}
            _ => return Err(Failure::new("no outcome", "an order was asked for in vain")),
        }
        sleep(pause).await;
        pause = LOOK_EVERY.min(pause * 2);
    }
}

async fn look(shop: &Storefronts, placed: &Placed) -> Result<Option<Step>, Failure> {
    let body = shop.get(placed, "").await?.bytes().await.map_err(broken)?;
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
    fn a_stream_is_read_however_it_is_cut() {
        let text = format!(": keep\n\n{PLACED}{CONFIRMED}");
        for size in 1..text.len() {
            let mut events = Events::default();
            let mut found = Vec::new();
            for chunk in text.as_bytes().chunks(size) {
                events.add(chunk);
                while let Some(event) = events.next() {
                    found.extend(outcome(&event).unwrap());
                }
            }
            let at = "2026-11-22T12:00:00Z".parse().unwrap();
            assert_eq!(found, [Step { status: Status::Confirmed, at }], "cut at {size}");
        }
    }

    #[test]
    fn an_event_that_cannot_be_read_is_told() {
        assert!(outcome("id: confirmed\ndata: {}").is_err());
        assert!(outcome("id: levitating\ndata: {\"status\":\"levitating\"}").is_err());
    }
}
