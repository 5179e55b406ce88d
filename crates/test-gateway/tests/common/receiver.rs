//! A webhook receiver with an independent check of signatures.
#![allow(dead_code, reason = "every test file uses a part of it")]
#![allow(clippy::expect_used, reason = "a test that cannot go on ends")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::Client;

/// A received webhook.
#[derive(Clone)]
pub(crate) struct Received {
    pub(crate) signature: String,
    pub(crate) body: Bytes,
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    pub(crate) fn id(&self) -> String {
        self.json()["id"].as_str().expect("an id").to_owned()
    }

    pub(crate) fn kind(&self) -> String {
        self.json()["type"].as_str().expect("a type").to_owned()
    }

    /// Timestamp and signatures.
    pub(crate) fn parts(&self) -> (i64, Vec<&str>) {
        let mut parts = self.signature.split(',');
        let time = parts.next().and_then(|part| part.strip_prefix("t=")).expect("a time");
        let signatures = parts.map(|part| part.strip_prefix("v1=").expect("a v1"));
        (time.parse().expect("seconds"), signatures.collect())
    }

    pub(crate) fn is_signed_with(&self, secrets: &[&str]) -> bool {
        let (time, signatures) = self.parts();
        let message = [format!("{time}.").as_bytes(), &self.body].concat();
        signatures == secrets.iter().map(|key| hmac(key.as_bytes(), &message)).collect::<Vec<_>>()
    }
}

/// HMAC by RFC 2104, for keys of up to one block.
fn hmac(key: &[u8], message: &[u8]) -> String {
    let pad = |byte: u8| {
        let mut block = [byte; 64];
        block.iter_mut().zip(key).for_each(|(place, key)| *place ^= key);
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
    outer.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(hex_digit).collect()
}

fn hex_digit(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).expect("below 16")
}

/// A running receiver.
pub(crate) struct Receiver {
    pub(crate) url: String,
    state: Arc<Shared>,
}

struct Shared {
    received: Mutex<Vec<Received>>,
    status: AtomicU16,
    open: watch::Sender<bool>,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let state = Arc::new(Shared {
            received: Mutex::default(),
            status: AtomicU16::new(200),
            open: watch::Sender::new(true),
            at_once: AtomicUsize::new(0),
            most_at_once: AtomicUsize::new(0),
        });
        let app = Router::new().route("/hook", post(receive)).with_state(state.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, state }
    }

    /// Sets the status of further responses.
    pub(crate) fn set_status(&self, status: u16) {
        self.state.status.store(status, Ordering::SeqCst);
    }

    /// Sets whether requests are answered at all.
    pub(crate) fn set_open(&self, open: bool) {
        self.state.open.send_replace(open);
    }

    pub(crate) fn max_in_flight(&self) -> usize {
        self.state.most_at_once.load(Ordering::SeqCst)
    }

    pub(crate) fn all(&self) -> Vec<Received> {
        self.state.received.lock().expect("no poison").clone()
    }

    /// Waits until `count` webhooks have arrived.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Received> {
        loop {
            let all = self.all();
            if all.len() >= count {
                return all;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

async fn receive(State(state): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers["stripe-signature"].to_str().expect("text").to_owned();
    state.received.lock().expect("no poison").push(Received { signature, body });
    let at_once = state.at_once.fetch_add(1, Ordering::SeqCst) + 1;
    state.most_at_once.fetch_max(at_once, Ordering::SeqCst);
    let _ = state.open.subscribe().wait_for(|open| *open).await;
    state.at_once.fetch_sub(1, Ordering::SeqCst);
    StatusCode::from_u16(state.status.load(Ordering::SeqCst)).expect("a status")
}

impl Client {
    /// Sets a receiver as endpoint, with immediate retries.
    pub(crate) async fn set_webhooks(self, receiver: &Receiver, more: Value) {
        let mut settings = json!({ "url": receiver.url, "secrets": ["whsec_1"], "first_retry_ms": 1,
            "longest_retry_ms": 4 });
        let more = more.as_object().expect("an object").clone();
        settings.as_object_mut().expect("an object").extend(more);
        let answer = self.send("PUT", "/_webhooks", None, &settings.to_string()).await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Waits until the delivery statistics match.
    pub(crate) async fn wait_for_stats(self, matches: impl Fn(&Value) -> bool) -> Value {
        loop {
            let shown = self.get("/_webhooks").await.json();
            if matches(&shown) {
                return shown;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until all events are delivered.
    pub(crate) async fn wait_until_delivered(self) -> Value {
        self.wait_for_stats(|shown| shown["pending"] == 0).await
    }
}
