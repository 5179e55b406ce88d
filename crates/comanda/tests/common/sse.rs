//! Reading server-sent events.

use reqwest::Response;
use serde_json::Value;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub name: String,
    pub id: String,
    pub data: String,
}

impl Event {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap()
    }
}

/// An open stream.
pub struct Stream {
    response: Response,
    text: String,
}

impl Stream {
    pub(super) fn new(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new() }
    }

    /// The next event; keep-alive comments are skipped.
    pub async fn next(&mut self) -> Event {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (parse(block), rest.to_owned());
                self.text = rest;
                if !event.name.is_empty() {
                    return event;
                }
                continue;
            }
            let chunk = tokio::time::timeout(super::MAX_WAIT, self.response.chunk()).await;
            let chunk = chunk.expect("an event comes").unwrap().expect("the stream goes on");
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next change of the status. Topics are not ordered relative to each other, so the refund
    /// of a cancelled order may be announced first.
    pub async fn next_status(&mut self) -> Event {
        loop {
            let event = self.next().await;
            if event.name == "status" {
                return event;
            }
        }
    }

    /// The ids of the next changes of the status up to `last`. Steps only move forward, so some may be missing.
    pub async fn ids_until(&mut self, last: &str) -> Vec<String> {
        let mut ids = Vec::new();
        while ids.last().is_none_or(|id| id != last) {
            ids.push(self.next_status().await.id);
        }
        ids
    }

    /// The ids of the next `count` changes of the status.
    pub async fn ids(&mut self, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        for _ in 0..count {
            ids.push(self.next_status().await.id);
        }
        ids
    }
}

fn parse(block: &str) -> Event {
    let field = |name: &str| {
        let lines = block.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        lines.map(str::trim_start).collect::<Vec<_>>().join("\n")
    };
    Event { name: field("event"), id: field("id"), data: field("data") }
}
